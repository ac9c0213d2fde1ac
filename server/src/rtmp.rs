//! RTMP: publishers in, tags to the hub; and the publisher's own side, for `flvgate publish`.
//!
//! ```text
//!   bytes -> handshake -> chunk -> message -> command
//!                                        \--> flv::Tag            pure: session (server side), client
//!   socket <-> session <-> hub                                    drivers: server, and crate::publish
//! ```
//!
//! Specification: Adobe's Real Time Messaging Protocol 1.0, 2012 ("RTMP 1.0").

pub mod address;
pub mod chunk;
pub mod command;
mod error;
pub mod handshake;
mod link;
pub mod message;
pub mod session;

pub use error::Error;
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
