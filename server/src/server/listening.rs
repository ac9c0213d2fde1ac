//! Sockets that listen.

use std::io;
#[cfg(unix)]
use std::os::fd::AsFd;
use std::sync::Arc;

#[cfg(unix)]
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket};

use super::ListenError;
use super::endpoints::Endpoint;
use crate::accept::BACKLOG;

/// Listens where `endpoint` says; other processes may do so too when `reuse_port` says so.
///
/// What this process has `held` so far at the same port is no obstacle: a reload can move from all addresses to one.
pub(super) fn bind(
    endpoint: Endpoint,
    held: &[(Endpoint, Arc<TcpListener>)],
    reuse_port: bool,
) -> Result<(Endpoint, Arc<TcpListener>), ListenError> {
    let Endpoint { address, service } = endpoint;
    let is_near = |held: &Endpoint| held.address.port() == address.port() && address.port() != 0;
    let near: Vec<_> = held.iter().filter(|(held, _)| is_near(held)).map(|(_, socket)| socket).collect();
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        // Both must allow it, until the new one listens.
        let shares = reuse_port || !near.is_empty();
        allow(&socket, shares)?;
        near.iter().try_for_each(|near| allow(near.as_ref(), shares))?;
        let listening = socket.bind(address).and_then(|()| socket.listen(BACKLOG));
        near.iter().try_for_each(|near| allow(near.as_ref(), reuse_port))?;
        let listening = listening?;
        allow(&listening, reuse_port)?;
        Ok(listening)
    };
    let socket = listen().map_err(|source| ListenError { service, address, source })?;
    Ok((endpoint, Arc::new(socket)))
}

#[cfg(unix)]
fn allow(socket: &impl AsFd, reuse_port: bool) -> io::Result<()> {
    SockRef::from(socket).set_reuse_port(reuse_port)
}

#[cfg(not(unix))]
fn allow<T>(_: &T, _: bool) -> io::Result<()> {
    Ok(())
}
