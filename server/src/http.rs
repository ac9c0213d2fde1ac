//! HTTP delivery: requests in, ready bytes from the hub out.
//!
//! ```text
//!   server -> socket -> hyper -> router -> live       a body that lasts as long as the stream
//!                                       -> websocket  the same bytes in binary messages
//!                                       -> files      the page and the player
//!                                       -> api        what is live, as JSON
//! ```

mod api;
mod connection;
mod cors;
mod departure;
mod files;
mod live;
mod mount;
mod overload;
mod path;
mod refusal;
mod requested_vhost;
mod router;
mod server;
mod socket;
mod visit;
mod websocket;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::hub::Hub;
use crate::shutdown::Shutdown;
use departure::Departures;
use files::Files;
use mount::Mounts;
use overload::Overload;

/// Accepts viewers on `listener` until `shutdown`; returns when the last of them has gone.
///
/// `connections` has a permit for each connection that the process may have; without one, a newcomer gets a 503.
pub async fn serve(
    listener: TcpListener,
    config: Arc<Config>,
    hub: Arc<Hub>,
    connections: Arc<Semaphore>,
    shutdown: Shutdown,
) {
    let http_server = &config.http_server;
    let limits = http_server.http;
    let overload = Arc::new(Overload::new(http_server.crossdomain));
    let delivery = Arc::new(Delivery {
        files: Files::new(&http_server.dir),
        mounts: Mounts::new(config.clone()),
        hub,
        departures: Arc::default(),
        overload: overload.clone(),
        shutdown: shutdown.clone(),
        config,
    });
    let router = router::router(delivery);
    server::Server { router, limits, connections, overload, shutdown }.run(listener).await;
}

/// What the requests of one listener are answered from.
#[derive(Debug)]
struct Delivery {
    config: Arc<Config>,
    hub: Arc<Hub>,
    mounts: Mounts,
    files: Files,
    departures: Arc<Departures>,
    overload: Arc<Overload>,
    shutdown: Shutdown,
}

impl Delivery {
    /// Whether the server has been asked to stop.
    fn is_stopping(&self) -> bool {
        self.shutdown.is_requested()
    }
}
