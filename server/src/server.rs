//! A whole server from one configuration: the hub, and every listener.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::hub::Hub;
use crate::shutdown::{self, Shutdown, ShutdownTrigger};
use crate::{http, rtmp};

/// Connections that the kernel may hold for us before they are accepted.
const BACKLOG: u32 = 1024;

/// A running server.
#[derive(Debug)]
pub struct Server {
    rtmp_addresses: Vec<SocketAddr>,
    http_addresses: Vec<SocketAddr>,
    trigger: ShutdownTrigger,
    tasks: JoinSet<()>,
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for {service}: {source}")]
pub struct ListenError {
    /// `RTMP` or `HTTP`.
    pub service: &'static str,
    /// The address as configured.
    pub address: SocketAddr,
    /// What the system said.
    pub source: io::Error,
}

impl Server {
    /// Listens on every configured address, then serves. Nothing is served when one of them cannot be had.
    ///
    /// # Errors
    /// [`ListenError`] names the first address that is taken or not ours.
    pub fn start(config: &Arc<Config>) -> Result<Self, ListenError> {
        let rtmp = listen_all("RTMP", &config.rtmp.listen)?;
        let http_wanted = if config.http_server.enabled { config.http_server.listen.as_slice() } else { &[] };
        let http = listen_all("HTTP", http_wanted)?;
        let addresses =
            |listeners: &[TcpListener]| listeners.iter().flat_map(TcpListener::local_addr).collect();
        let (rtmp_addresses, http_addresses) = (addresses(&rtmp), addresses(&http));

        let (trigger, shutdown) = shutdown::channel();
        let connections = Arc::new(Semaphore::new(config.max_connections));
        let hub = Hub::new();
        let mut tasks = JoinSet::new();
        for listener in rtmp {
            let (config, hub, connections) = (config.clone(), hub.clone(), connections.clone());
            tasks.spawn(rtmp::serve(listener, config, hub, connections, shutdown.clone()));
        }
        for listener in http {
            let (config, hub, connections) = (config.clone(), hub.clone(), connections.clone());
            tasks.spawn(http::serve(listener, config, hub, connections, shutdown.clone()));
        }
        tasks.spawn(end_hub(hub, shutdown));
        Ok(Self { rtmp_addresses, http_addresses, trigger, tasks })
    }

    /// Where encoders connect, with the port that the system chose where 0 was asked for.
    #[must_use]
    pub fn rtmp_addresses(&self) -> &[SocketAddr] {
        &self.rtmp_addresses
    }

    /// Where browsers connect, with the port that the system chose where 0 was asked for.
    #[must_use]
    pub fn http_addresses(&self) -> &[SocketAddr] {
        &self.http_addresses
    }

    /// Stops to accept, ends every connection, and returns when all is quiet.
    pub async fn shutdown(mut self) {
        self.trigger.shutdown();
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn end_hub(hub: Arc<Hub>, shutdown: Shutdown) {
    shutdown.requested().await;
    hub.shutdown();
}

fn listen_all(service: &'static str, addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, ListenError> {
    addresses
        .iter()
        .map(|&address| listen(address).map_err(|source| ListenError { service, address, source }))
        .collect()
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
