//! One vhost.

use super::{HttpRemux, Play, Publish};
use crate::config::DEFAULT_VHOST;

/// One `vhost NAME { }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Vhost {
    /// The name.
    pub name: String,
    /// Whether it is served (`enabled`).
    pub enabled: bool,
    /// Delivery over HTTP.
    pub http_remux: HttpRemux,
    /// What viewers get.
    pub play: Play,
    /// What publishers may do.
    pub publish: Publish,
    /// The size of the RTMP chunks we send in this vhost, in bytes (`chunk_size`); `None` takes
    /// [`Rtmp::chunk_size`](super::Rtmp::chunk_size).
    pub chunk_size: Option<u32>,
    /// Send every tag at once, gather nothing (`min_latency`).
    pub min_latency: bool,
    /// `TCP_NODELAY` on viewers' sockets (`tcp_nodelay`).
    pub tcp_nodelay: bool,
}

impl Default for Vhost {
    fn default() -> Self {
        Self {
            name: DEFAULT_VHOST.to_owned(),
            enabled: true,
            http_remux: HttpRemux::default(),
            play: Play::default(),
            publish: Publish::default(),
            chunk_size: None,
            min_latency: false,
            tcp_nodelay: true,
        }
    }
}
