//! HTTP delivery: requests in, ready bytes from the hub out.
//!
//! ```text
//!   server -> socket -> hyper -> router -> live       a body that lasts as long as the stream
//!                                       -> websocket  the same bytes in binary messages
//!                                       -> files      the page, the player, recordings
//!                                       -> vod        recordings from some place on
//!                                       -> api        what is live, as JSON
//!   live, websocket -> handover -> fan_out   few tasks that write for many viewers
//! ```

mod admission;
mod api;
mod budget;
mod client_address;
mod connection;
mod cors;
mod departure;
mod fan_out;
mod files;
mod handover;
mod hangup;
mod http2;
mod live;
mod mount;
mod overload;
mod path;
pub mod proxy_protocol;
mod refusal;
mod request_head;
mod requested_vhost;
mod router;
mod server;
mod socket;
mod tcp;
mod tls;
mod visit;
mod vod;
mod websocket;

use std::sync::{Arc, PoisonError, RwLock};

use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::config::Config;
use crate::connections::{Connections, Purpose};
use crate::hub::Hub;
use crate::settings::Settings;
use crate::shutdown::Shutdown;
use api::{Machine, Reloads};
use departure::Departures;
use fan_out::FanOut;
use files::{Files, OpenFiles};
use http2::AllStreams;
use mount::Mounts;
use overload::Overload;
use vod::Vod;

pub use api::ReloadRequest;
pub use files::MOST_OPEN as MOST_OPEN_FILES;
pub use tls::{Certificates, IdentityError, LoadedCertificates, check_identity};

/// What is to be had at one HTTP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// Whether connections speak TLS.
    pub tls: bool,
    /// Streams, the page and files (`http_server`).
    pub streams: bool,
    /// The whole API (`http_api`).
    pub api: bool,
}

impl Entrance {
    /// What connections come for here.
    const fn purpose(self) -> Purpose {
        match (self.streams, self.api) {
            (true, true) => Purpose::ViewOrApi,
            (false, true) => Purpose::Api,
            (_, false) => Purpose::View,
        }
    }
}

/// HTTP delivery, for any number of listeners.
#[derive(Clone, Debug)]
pub struct Http {
    delivery: Arc<Delivery>,
    connections: Arc<Connections>,
    certificates: Option<Certificates>,
}

impl Http {
    /// Delivers what is in `hub`, by the rules of `settings`, until `shutdown`.
    ///
    /// `connections` has a place for each connection that there may be; without one, a newcomer gets a 503.
    #[must_use]
    pub fn new(settings: Settings, hub: Arc<Hub>, connections: Arc<Connections>, shutdown: Shutdown) -> Self {
        let config = settings.current();
        if let Some(name) = &config.server_id {
            api::name_server(name);
        }
        let delivery = Delivery {
            site: RwLock::new(Arc::new(Site::new(config.clone(), Arc::default()))),
            streams: Arc::new(AllStreams::new(settings.clone())),
            settings,
            hub,
            departures: Arc::default(),
            overload: Arc::new(Overload::new(config.http_server.crossdomain)),
            reloads: Arc::default(),
            vod: Vod::default(),
            machine: Machine::default(),
            fan_out: FanOut::new(shutdown.clone()),
            connections: connections.clone(),
            shutdown,
        };
        Self { delivery: Arc::new(delivery), connections, certificates: None }
    }

    /// Speaks TLS with `certificates` where an entrance asks for it.
    #[must_use]
    pub fn with_certificates(self, certificates: Certificates) -> Self {
        Self { certificates: Some(certificates), ..self }
    }

    /// Takes over certificates whose files change, until the server stops.
    pub async fn watch_certificates(self) {
        if let Some(certificates) = self.certificates {
            certificates.watch(self.delivery.shutdown.clone()).await;
        }
    }

    /// What clients of the API ask to be reloaded, for the one who can; `None` when somebody has taken it already.
    #[must_use]
    pub fn take_reload_requests(&self) -> Option<mpsc::Receiver<ReloadRequest>> {
        self.delivery.reloads.take_requests()
    }

    /// Notes, for the API, what came of a reload that something else asked for.
    pub fn note_reload(&self, outcome: &Result<String, String>) {
        self.delivery.reloads.note(outcome);
    }

    /// Accepts on `listener` until it is `retired` or the server stops; returns when its last connection has gone.
    ///
    /// An entrance with TLS needs [`with_certificates`](Self::with_certificates); without, nobody is served there.
    pub async fn serve(self, listener: Arc<TcpListener>, entrance: Entrance, retired: Shutdown) {
        let delivery = self.delivery;
        let tls = match self.certificates {
            _ if !entrance.tls => None,
            Some(certificates) => Some(certificates.acceptor(entrance)),
            None => return tracing::error!("there is no certificate for a listener with TLS"),
        };
        let server = server::Server {
            router: router::router(delivery.clone(), entrance),
            entrance,
            tls,
            settings: delivery.settings.clone(),
            connections: self.connections,
            streams: delivery.streams.clone(),
            overload: delivery.overload.clone(),
            fan_out: delivery.fan_out.clone(),
            shutdown: delivery.shutdown.clone(),
        };
        server.run(listener, retired).await;
    }
}

/// What all requests are answered from.
#[derive(Debug)]
struct Delivery {
    settings: Settings,
    site: RwLock<Arc<Site>>,
    hub: Arc<Hub>,
    departures: Arc<Departures>,
    /// Those of HTTP/2.
    streams: Arc<AllStreams>,
    overload: Arc<Overload>,
    reloads: Arc<Reloads>,
    vod: Vod,
    machine: Machine,
    fan_out: Arc<FanOut>,
    connections: Arc<Connections>,
    shutdown: Shutdown,
}

/// What a configuration makes of URLs, compiled once.
#[derive(Debug)]
struct Site {
    config: Arc<Config>,
    mounts: Mounts,
    files: Files,
}

impl Delivery {
    /// How many connections of all kinds the process has.
    fn open_connections(&self) -> u64 {
        self.connections.open() as u64
    }

    /// The site of the configuration in force. A request asks once, so that a reload does not change its mind.
    fn site(&self) -> Arc<Site> {
        let config = self.settings.current();
        let site = self.site.read().unwrap_or_else(PoisonError::into_inner).clone();
        if Arc::ptr_eq(&site.config, &config) {
            return site;
        }
        let site = Arc::new(Site::new(config, site.files.open().clone()));
        *self.site.write().unwrap_or_else(PoisonError::into_inner) = site.clone();
        site
    }
}

impl Site {
    fn new(config: Arc<Config>, open: Arc<OpenFiles>) -> Self {
        Self { mounts: Mounts::new(config.clone()), files: Files::new(config.clone(), open), config }
    }
}
