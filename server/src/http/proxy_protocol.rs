//! The header that a trusted proxy puts before a connection's own bytes, to say whose connection it is.
//!
//! This is the PROXY protocol, versions 1 and 2, as HAProxy's proxy-protocol.txt describes it. Only a peer in
//! `trusted_proxies` is asked for one, and from it one must come: who could leave it out could pretend to be the proxy.

mod header;

use std::io;
use std::net::SocketAddr;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::client_address::is_trusted;
use crate::config::HttpServer;
use crate::shutdown::Shutdown;

pub use header::{Header, HeaderError, MAX_LENGTH, Progress, parse};

/// Why a connection ends before its first request.
#[derive(Debug, thiserror::Error)]
enum ProxyProtocolError {
    /// A peer that may not say whose connection it is; whatever it sent was not looked at.
    #[error("proxy_protocol is on, and the peer is not one of trusted_proxies")]
    Untrusted,
    /// No header, or a broken one.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The whole header did not come within `header_timeout`.
    #[error("no whole PROXY protocol header came in time")]
    Timeout,
    /// The connection broke, or ended within the header.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What [`accept`] says, or `None` when the connection is to end: that is logged. It ends also when the server stops.
pub(super) async fn identify(
    stream: &mut TcpStream,
    peer: SocketAddr,
    config: &HttpServer,
    shutdown: &Shutdown,
) -> Option<SocketAddr> {
    let accepted = tokio::select! {
        accepted = accept(stream, peer, config) => accepted,
        () = shutdown.requested() => return None,
    };
    match accepted {
        Ok(address) => return Some(address),
        // A port scan, or a health check.
        Err(ProxyProtocolError::Io(error)) => tracing::debug!(%peer, %error, "HTTP connection ends"),
        Err(error) => tracing::info!(%peer, %error, "HTTP connection refused"),
    }
    None
}

/// Whose connection `stream` from `peer` is: with `proxy_protocol` on, what the header says, which is taken off the
/// stream; else, and where the header leaves it open, `peer`.
async fn accept(
    stream: &mut TcpStream,
    peer: SocketAddr,
    config: &HttpServer,
) -> Result<SocketAddr, ProxyProtocolError> {
    if !config.proxy_protocol {
        return Ok(peer);
    }
    if !is_trusted(peer.ip(), &config.trusted_proxies) {
        return Err(ProxyProtocolError::Untrusted);
    }
    let header = timeout(config.http.header_timeout, read(stream)).await;
    Ok(header.map_err(|_| ProxyProtocolError::Timeout)??.source.unwrap_or(peer))
}

/// Reads exactly the header: what is behind it belongs to TLS or HTTP.
async fn read(stream: &mut TcpStream) -> Result<Header, ProxyProtocolError> {
    let mut bytes = Vec::new();
    loop {
        let more = match parse(&bytes)? {
            Progress::Done(header) => return Ok(header),
            Progress::Needs(more) => more,
        };
        let length = bytes.len();
        bytes.resize(length + more, 0);
        let read = stream.read(&mut bytes[length..]).await?;
        if read == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        bytes.truncate(length + read);
    }
}

#[cfg(test)]
mod tests;
