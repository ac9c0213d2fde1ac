//! A whole server from one configuration: the hub, and every listener.

mod endpoints;
mod listening;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::connections::Connections;
use crate::edge;
use crate::forward::{self, ForwardStatus, Ledger};
use crate::http::{Certificates, Entrance, Http, IdentityError, LoadedCertificates, ReloadRequest};
use crate::hub::Hub;
use crate::rtmp;
use crate::settings::{self, Settings, SettingsUpdate};
use crate::shutdown::{self, Shutdown, ShutdownTrigger};
use endpoints::{Endpoint, endpoints, kept};
use listening::bind;

pub use endpoints::Service;

/// A running server.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<Listener>,
    /// Of listeners that have been asked to stop to accept, and may have some to take in yet.
    retiring: Vec<ShutdownTrigger>,
    settings: Settings,
    update: SettingsUpdate,
    hub: Arc<Hub>,
    http: Http,
    reload_requests: Option<mpsc::Receiver<ReloadRequest>>,
    certificates: Certificates,
    forwards: Arc<Ledger>,
    connections: Arc<Connections>,
    trigger: ShutdownTrigger,
    shutdown: Shutdown,
    tasks: JoinSet<()>,
}

/// One bound address, and the loop that accepts there.
#[derive(Debug)]
struct Listener {
    endpoint: Endpoint,
    socket: Arc<TcpListener>,
    /// Ends the accept loop; connections stay.
    retire: ShutdownTrigger,
}

/// Where a listener of a new configuration comes from.
enum Place {
    /// It is there already, at this index.
    Kept(usize),
    New(Endpoint, Arc<TcpListener>),
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for {service}: {source}")]
pub struct ListenError {
    /// What was to be served there.
    pub service: Service,
    /// The address as configured.
    pub address: SocketAddr,
    /// What the system said.
    pub source: io::Error,
}

/// Why a configuration cannot be put in force.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address that cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A certificate that cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl Server {
    /// Listens on every configured address, then serves. Nothing is served when one of them cannot be had.
    ///
    /// # Errors
    /// [`StartError`] names the first address that is taken or not ours, or what is wrong with a certificate.
    pub fn start(config: &Arc<Config>) -> Result<Self, StartError> {
        let certificates = Certificates::load(config)?;
        let bind = |endpoint| bind(endpoint, &[], config.reuse_port);
        let bound: Vec<_> = endpoints(config).into_iter().map(bind).collect::<Result<_, _>>()?;

        let (trigger, shutdown) = shutdown::channel();
        let (update, settings) = settings::channel(config.clone());
        let connections = Connections::new(settings.clone());
        let hub = Hub::new();
        let http = Http::new(settings.clone(), hub.clone(), connections.clone(), shutdown.clone())
            .with_certificates(certificates.clone());
        let forwards = Arc::<Ledger>::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(http.clone().watch_certificates());
        tasks.spawn(forward::run(settings.clone(), hub.clone(), forwards.clone(), shutdown.clone()));
        tasks.spawn(edge::run(settings.clone(), hub.clone(), shutdown.clone()));
        tasks.spawn(end_hub(hub.clone(), shutdown.clone()));
        let mut server = Self {
            listeners: Vec::new(),
            retiring: Vec::new(),
            settings,
            update,
            hub,
            reload_requests: http.take_reload_requests(),
            http,
            certificates,
            forwards,
            connections,
            trigger,
            shutdown,
            tasks,
        };
        for (endpoint, socket) in bound {
            server.open(endpoint, socket);
        }
        Ok(server)
    }

    /// Puts `config` in force without disturbing what it leaves as it is: all of it, or on an error nothing.
    ///
    /// Listeners whose addresses stay keep their sockets; those that go stop to accept, and their connections stay.
    ///
    /// # Errors
    /// [`StartError`] names the first new address that is taken or not ours, or what is wrong with a certificate.
    pub fn reload(&mut self, config: &Arc<Config>) -> Result<(), StartError> {
        let certificates = self.certificates.prepare(config)?;
        self.reload_with(config, certificates)?;
        Ok(())
    }

    /// The certificates, to [prepare](Certificates::prepare) those of another configuration where files may be waited for.
    #[must_use]
    pub fn certificates(&self) -> Certificates {
        self.certificates.clone()
    }

    /// [`reload`](Self::reload) that reads no file: the `certificates` of `config` are there.
    ///
    /// # Errors
    /// [`ListenError`] names the first new address that is taken or not ours.
    pub fn reload_with(
        &mut self,
        config: &Arc<Config>,
        certificates: LoadedCertificates,
    ) -> Result<(), ListenError> {
        let wanted = endpoints(config);
        let held: Vec<_> =
            self.listeners.iter().map(|listener| (listener.endpoint, listener.socket.clone())).collect();
        let there: Vec<_> = held.iter().map(|(endpoint, _)| *endpoint).collect();
        let mut places = Vec::new();
        for (endpoint, kept) in wanted.iter().zip(kept(&wanted, &there)) {
            places.push(match (kept, self.socket_at(endpoint.address)) {
                (Some(index), _) => Place::Kept(index),
                (None, Some(socket)) => Place::New(*endpoint, socket),
                (None, None) => {
                    let (endpoint, socket) = bind(*endpoint, &held, config.reuse_port)?;
                    Place::New(endpoint, socket)
                }
            });
        }
        self.certificates.replace(certificates);
        self.hub.reconfigure(config, || self.update.replace(config.clone()));
        let mut old: Vec<_> = self.listeners.drain(..).map(Some).collect();
        for place in places {
            match place {
                Place::Kept(index) => self.listeners.extend(old[index].take()),
                Place::New(endpoint, socket) => self.open(endpoint, socket),
            }
        }
        for listener in old.into_iter().flatten() {
            listener.retire.shutdown();
            self.retiring.push(listener.retire);
        }
        // What listeners of earlier reloads left behind.
        while self.tasks.try_join_next().is_some() {}
        self.retiring.retain(|listener| !listener.is_released());
        Ok(())
    }

    /// Stops to accept. Connections stay, those too that have not been accepted yet.
    pub fn retire(&mut self) {
        for listener in self.listeners.drain(..) {
            listener.retire.shutdown();
            self.retiring.push(listener.retire);
        }
    }

    /// Resolves when there is no connection, and no listener that may still have one.
    pub async fn idle(&self) {
        // First: they may have some to take in yet.
        for listener in &self.retiring {
            listener.released().await;
        }
        self.connections.none_left().await;
    }

    /// Waits for a client of the API to ask for a reload. Whoever gets the request does it, and answers. Safe to cancel.
    pub async fn next_reload_request(&mut self) -> ReloadRequest {
        match &mut self.reload_requests {
            Some(requests) => match requests.recv().await {
                Some(request) => request,
                None => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }

    /// Notes, for the API, what came of a reload that something else asked for, such as a signal.
    pub fn note_reload(&self, outcome: &Result<String, String>) {
        self.http.note_reload(outcome);
    }

    /// The configuration in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is being forwarded, and how that goes.
    #[must_use]
    pub fn forwards(&self) -> Vec<ForwardStatus> {
        self.forwards.list()
    }

    /// Where encoders connect, with the port that the system chose where 0 was asked for.
    #[must_use]
    pub fn rtmp_addresses(&self) -> Vec<SocketAddr> {
        self.addresses(|service| service == Service::Rtmp)
    }

    /// Where browsers connect without TLS, with the port that the system chose where 0 was asked for.
    #[must_use]
    pub fn http_addresses(&self) -> Vec<SocketAddr> {
        self.addresses(|service| matches!(service, Service::Http(Entrance { tls: false, streams: true, .. })))
    }

    /// Where browsers connect with TLS, with the port that the system chose where 0 was asked for.
    #[must_use]
    pub fn https_addresses(&self) -> Vec<SocketAddr> {
        self.addresses(|service| matches!(service, Service::Http(Entrance { tls: true, streams: true, .. })))
    }

    /// Where the API is without TLS, with the port that the system chose where 0 was asked for.
    #[must_use]
    pub fn api_addresses(&self) -> Vec<SocketAddr> {
        self.addresses(|service| matches!(service, Service::Http(Entrance { tls: false, api: true, .. })))
    }

    /// Where the API is with TLS, with the port that the system chose where 0 was asked for.
    #[must_use]
    pub fn https_api_addresses(&self) -> Vec<SocketAddr> {
        self.addresses(|service| matches!(service, Service::Http(Entrance { tls: true, api: true, .. })))
    }

    /// Stops to accept, ends every connection, and returns when all is quiet.
    pub async fn shutdown(mut self) {
        self.trigger.shutdown();
        while self.tasks.join_next().await.is_some() {}
    }

    fn addresses(&self, wanted: impl Fn(Service) -> bool) -> Vec<SocketAddr> {
        let listeners = self.listeners.iter().filter(|listener| wanted(listener.endpoint.service));
        listeners.flat_map(|listener| listener.socket.local_addr()).collect()
    }

    /// The socket that there is at `address` already. Port 0 is another port each time.
    fn socket_at(&self, address: SocketAddr) -> Option<Arc<TcpListener>> {
        let same = |listener: &&Listener| listener.endpoint.address == address && address.port() != 0;
        self.listeners.iter().find(same).map(|listener| listener.socket.clone())
    }

    fn open(&mut self, endpoint: Endpoint, socket: Arc<TcpListener>) {
        let (retire, retired) = shutdown::channel();
        match endpoint.service {
            Service::Rtmp => {
                let (settings, hub, connections) =
                    (self.settings.clone(), self.hub.clone(), self.connections.clone());
                let served =
                    rtmp::serve(socket.clone(), settings, hub, connections, retired, self.shutdown.clone());
                self.tasks.spawn(served);
            }
            Service::Http(entrance) => {
                self.tasks.spawn(self.http.clone().serve(socket.clone(), entrance, retired));
            }
        }
        self.listeners.push(Listener { endpoint, socket, retire });
    }
}

async fn end_hub(hub: Arc<Hub>, shutdown: Shutdown) {
    shutdown.requested().await;
    hub.shutdown();
}

#[cfg(test)]
mod tests;
