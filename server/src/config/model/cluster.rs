//! Where a vhost's streams come from.

/// What stands for the vhost's own name in [`Cluster::vhost`].
const OWN_VHOST: &str = "[vhost]";

/// Where a vhost's streams come from (`cluster { }`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// From publishers here, or from other servers (`mode`).
    pub mode: ClusterMode,
    /// `host[:port]` of RTMP servers that have the streams (`origin`).
    pub origins: Vec<String>,
    /// The vhost to ask them for; `[vhost]` in it stands for this one (`vhost`).
    pub vhost: String,
    /// Streams that are pulled, or asked for, at the same time (`max_pulls`, ours).
    pub max_pulls: usize,
}

/// Where streams come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClusterMode {
    /// This server is their origin.
    #[default]
    Local,
    /// This server is an edge: it pulls from origins what its viewers want.
    Remote,
}

impl Cluster {
    /// What the vhost `own` is called at the origins.
    #[must_use]
    pub fn upstream_vhost(&self, own: &str) -> String {
        self.vhost.replace(OWN_VHOST, own)
    }

    /// Whether streams come from other servers.
    #[must_use]
    pub fn is_edge(&self) -> bool {
        self.mode == ClusterMode::Remote && !self.origins.is_empty()
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self { mode: ClusterMode::Local, origins: Vec::new(), vhost: OWN_VHOST.to_owned(), max_pulls: 1000 }
    }
}
