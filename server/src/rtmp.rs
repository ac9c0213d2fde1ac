//! RTMP ingest: publishers in, tags to the hub.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::hub::Hub;
use crate::shutdown::Shutdown;

/// Accepts publishers on `listener` until `shutdown`; returns when the last of them has gone.
///
/// `connections` has a permit for each connection that the process may have; without one, a newcomer is closed.
pub async fn serve(
    _listener: TcpListener,
    _config: Arc<Config>,
    _hub: Arc<Hub>,
    _connections: Arc<Semaphore>,
    shutdown: Shutdown,
) {
    shutdown.requested().await;
}
