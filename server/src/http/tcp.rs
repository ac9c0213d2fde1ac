//! A TCP socket that writes first and asks afterwards.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// `MSG_NOSIGNAL` of Linux: a peer that is gone is an error, and no signal (send(2)).
const NO_SIGNAL: i32 = if cfg!(target_os = "linux") { 0x4000 } else { 0 };

/// A socket of one who is mostly ready for more.
///
/// The runtime's own stream looks at its notes of the socket's readiness before it writes and after. With thousands of
/// sockets in turn those are out of every cache by then, and nearly always say yes; the kernel says as much itself. Only
/// a socket that is full is left to the runtime, which then waits for it.
#[derive(Debug)]
pub(super) struct Tcp(TcpStream);

impl Tcp {
    pub(super) const fn new(stream: TcpStream) -> Self {
        Self(stream)
    }
}

impl AsyncRead for Tcp {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match SockRef::from(&self.0).send_with_flags(bytes, NO_SIGNAL) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                Pin::new(&mut self.0).poll_write(cx, bytes)
            }
            sent => Poll::Ready(sent),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // A TLS session writes one record as a list of one; to the kernel that is not the same.
        if let [slice] = slices {
            return self.poll_write(cx, slice);
        }
        Pin::new(&mut self.0).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn pair() -> (Tcp, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (far, near) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        (Tcp::new(near.unwrap().0), far.unwrap())
    }

    #[tokio::test]
    async fn a_full_socket_is_waited_for_and_loses_nothing() {
        let (mut near, mut far) = pair().await;
        let sent: Vec<u8> = (0..16_000_000_u32).map(|number| (number / 7) as u8).collect();
        let copy = sent.clone();
        let writing = tokio::spawn(async move {
            for piece in copy.chunks(100_000) {
                near.write_all(piece).await.unwrap();
            }
        });
        let mut got = Vec::new();
        far.read_to_end(&mut got).await.unwrap();
        writing.await.unwrap();
        assert!(got == sent);
    }

    #[tokio::test]
    async fn a_peer_that_is_gone_is_an_error() {
        let (mut near, far) = pair().await;
        drop(far);
        while near.write_all(b"anybody?").await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}
