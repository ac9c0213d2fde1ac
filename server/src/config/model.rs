//! The typed configuration, with SRS's defaults where SRS has the key.

mod access;
mod cluster;
mod forward;
mod http_api;
mod http_remux;
mod http_server;
mod http_static;
mod https;
mod log;
mod play;
mod process;
mod publish;
mod rtmp;
mod vhost;

use std::path::PathBuf;
use std::sync::Arc;

pub use access::{Action, Refer, Security, SecurityRule};
pub use cluster::{Cluster, ClusterMode};
pub use forward::Forward;
pub use http_api::{Credentials, HttpApi};
pub use http_remux::{HttpRemux, LateTrack, MountTemplate};
pub use http_server::{Http, HttpServer};
pub use http_static::HttpStatic;
pub use https::{Https, Identity};
pub use log::{Log, LogLevel, LogTank};
pub use play::{Play, TimeJitter};
pub use process::Process;
pub use publish::{Publish, SecondPublisher};
pub use rtmp::{Rtmp, RtmpLimits};
pub use vhost::Vhost;

use super::DEFAULT_VHOST;
use crate::names::host_name;

/// Everything the operator asked for, valid by construction. `Config::default()` is what an empty file means.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// RTMP ingest.
    pub rtmp: Rtmp,
    /// HTTP delivery.
    pub http_server: HttpServer,
    /// The HTTP API.
    pub http_api: HttpApi,
    /// TCP connections of all kinds at once (`max_connections`); one more is refused.
    pub max_connections: usize,
    /// Of those, how many viewers leave to publishers and the API (`reserved_connections`, ours); a quarter of all at most.
    pub reserved_connections: usize,
    /// TCP connections of one address, or of one IPv6 network of 64 bits (`max_connections_per_address`, ours); `None` sets
    /// no limit.
    pub max_connections_per_address: Option<usize>,
    /// What the API calls this server (`server_id`); `None` lets it choose.
    pub server_id: Option<String>,
    /// The process itself.
    pub process: Process,
    /// Whether other processes may listen on the same addresses (`reuseport`, ours): `SO_REUSEPORT`.
    pub reuse_port: bool,
    /// Where the process id is written (`pid`); `None` writes none.
    pub pid: Option<PathBuf>,
    /// Logging.
    pub log: Log,
    /// Every vhost, in the file's order, disabled ones too.
    pub vhosts: Vec<Arc<Vhost>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rtmp: Rtmp::default(),
            http_server: HttpServer::default(),
            http_api: HttpApi::default(),
            max_connections: 1000,
            reserved_connections: 32,
            max_connections_per_address: None,
            server_id: None,
            process: Process::default(),
            reuse_port: false,
            pid: None,
            log: Log::default(),
            vhosts: Vec::new(),
        }
    }
}

impl Config {
    /// The vhost that serves the host `name`, in whatever spelling: the exact one, else [`DEFAULT_VHOST`]; `None` when it is missing or disabled.
    #[must_use]
    pub fn vhost(&self, name: &str) -> Option<&Arc<Vhost>> {
        let exact = |wanted: &str| self.vhosts.iter().find(|vhost| vhost.name == wanted);
        exact(&host_name(name)).or_else(|| exact(DEFAULT_VHOST)).filter(|vhost| vhost.enabled)
    }
}
