//! From an accepted connection to one that speaks TLS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::super::connection::Connection;
use super::super::socket::Socket;
use super::super::tcp::Tcp;
use crate::config::Http;

/// The first byte of a TLS connection: a record of the handshake (RFC 8446 section 5.1).
const HANDSHAKE_RECORD: u8 = 22;

/// What rustls may hold of one connection without having sent it, in bytes.
const BUFFER_LIMIT: usize = 64 * 1024;

/// How long one who did not speak TLS may take to hear so.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

const NOT_TLS: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 63\r\n\
    Cache-Control: no-store\r\nConnection: close\r\n\r\n\
    this port speaks HTTPS only: use https:// or wss:// in the URL\n";

/// Why there is no TLS connection.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum HandshakeFailure {
    #[error("the TLS handshake did not end in time")]
    TimedOut,
    #[error("the client speaks plain HTTP to a TLS port")]
    NotTls,
    #[error("the client went before the TLS handshake")]
    Left,
    #[error("the TLS handshake failed: {0}")]
    Failed(#[from] io::Error),
}

/// Waits for the client's handshake, for at most `header_timeout`.
///
/// Plain HTTP is told so. Whatever fails, the stream is closed.
pub(in super::super) async fn handshake(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
    connection: Arc<Connection>,
    limits: Http,
) -> Result<TlsStream<Socket<Tcp>>, HandshakeFailure> {
    let deadline = Instant::now() + limits.header_timeout;
    let mut first = [0];
    let peeked =
        timeout_at(deadline, stream.peek(&mut first)).await.map_err(|_| HandshakeFailure::TimedOut)?;
    if peeked? == 0 {
        return Err(HandshakeFailure::Left);
    }
    if first != [HANDSHAKE_RECORD] {
        // Who does not listen is cut off.
        let _ = timeout(ANSWER_TIMEOUT, tell_plain_client(stream)).await;
        return Err(HandshakeFailure::NotTls);
    }
    let socket = Socket::new(Tcp::new(stream), connection, limits.send_timeout);
    let accepted = acceptor.accept_with(socket, |session| session.set_buffer_limit(Some(BUFFER_LIMIT)));
    Ok(timeout_at(deadline, accepted).await.map_err(|_| HandshakeFailure::TimedOut)??)
}

async fn tell_plain_client(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(NOT_TLS.as_bytes()).await?;
    stream.shutdown().await?;
    // To close with unread bytes is a reset, which may overtake the answer.
    while stream.read(&mut [0; 1024]).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_plain_http_is_as_long_as_it_says() {
        let (head, body) = NOT_TLS.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{}", body.len());
    }
}
