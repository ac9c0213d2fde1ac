//! Sockets that listen.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};

use super::ListenError;
use super::endpoints::Endpoint;

/// Connections that the kernel may hold for us before they are accepted.
const BACKLOG: u32 = 1024;

/// Listens where `endpoint` says.
///
/// All sockets allow others of the same user at their port (SO_REUSEPORT). Without `reuse_port`, only those of this
/// process are meant: at `held`, where it listens already. A reload can then move from all addresses to one of them.
pub(super) fn bind(
    endpoint: Endpoint,
    held: &[SocketAddr],
    reuse_port: bool,
) -> Result<(Endpoint, Arc<TcpListener>), ListenError> {
    let Endpoint { address, service } = endpoint;
    let is_ours = held.iter().any(|held| held.port() == address.port());
    let socket = || {
        if address.port() != 0 && !is_ours && !reuse_port {
            socket(address)?.bind(address)?;
        }
        let socket = socket(address)?;
        socket.set_reuseport(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    let socket = socket().map_err(|source| ListenError { service, address, source })?;
    Ok((endpoint, Arc::new(socket)))
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    Ok(socket)
}
