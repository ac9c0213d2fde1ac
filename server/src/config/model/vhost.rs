//! One vhost.

use flvgate_media::format::Format;

use super::{Cluster, Forward, HttpRemux, HttpStatic, Identity, Play, Publish, Refer, Security};
use crate::config::DEFAULT_VHOST;

/// One `vhost NAME { }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Vhost {
    /// The name, in the one spelling of [`host_name`](crate::names::host_name).
    pub name: String,
    /// Whether it is served (`enabled`).
    pub enabled: bool,
    /// Delivery over HTTP.
    pub http_remux: HttpRemux,
    /// Files.
    pub http_static: HttpStatic,
    /// The certificate for clients that ask for this vhost's name (`https { enabled key cert }`, ours).
    pub identity: Option<Identity>,
    /// Where streams come from.
    pub cluster: Cluster,
    /// Where streams are published to besides.
    pub forward: Forward,
    /// Who may publish and play, by address.
    pub security: Security,
    /// Who may publish and play, by page.
    pub refer: Refer,
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

impl Vhost {
    /// Whether its streams are to be had over HTTP as `format`.
    #[must_use]
    pub fn delivers(&self, format: Format) -> bool {
        let mut mounts = self.http_remux.mounts.iter();
        self.enabled && self.http_remux.enabled && mounts.any(|mount| mount.format() == Some(format))
    }

    /// `stream` without its extension, when that is a mount's; `None` when it has none, or would be without a name.
    #[must_use]
    pub fn without_extension<'a>(&self, stream: &'a str) -> Option<&'a str> {
        let format = Format::of_name(stream).filter(|format| self.delivers(*format))?;
        stream.strip_suffix(format.extension()).filter(|name| !name.is_empty())
    }
}

impl Default for Vhost {
    fn default() -> Self {
        Self {
            name: DEFAULT_VHOST.to_owned(),
            enabled: true,
            http_remux: HttpRemux::default(),
            http_static: HttpStatic::default(),
            identity: None,
            cluster: Cluster::default(),
            forward: Forward::default(),
            security: Security::default(),
            refer: Refer::default(),
            play: Play::default(),
            publish: Publish::default(),
            chunk_size: None,
            min_latency: false,
            tcp_nodelay: true,
        }
    }
}
