//! Publish, mux once, fan out. The hub knows no transport: RTMP pushes tags in, HTTP takes ready bytes out.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flvgate_media::flv::Tag;

use crate::config::Vhost;

/// Names a stream: `vhost` is the name of the vhost that serves it, after any fall back to the default one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct StreamKey {
    pub vhost: String,
    pub app: String,
    pub stream: String,
}

impl std::fmt::Display for StreamKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.vhost, self.app, self.stream)
    }
}

/// Every live stream.
#[derive(Debug, Default)]
pub struct Hub {}

/// The right to publish one stream; dropping it ends the publication.
#[derive(Debug)]
pub struct Publisher {}

/// One viewer's place in a stream.
#[derive(Debug)]
pub struct Viewer {}

/// Who publishes, for the API and the log.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct PublisherInfo {
    pub client_id: String,
    pub tc_url: String,
    pub address: String,
}

/// Why a stream cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody publishes it already, and `second_publisher` is `reject`.
    #[error("{0} is being published already")]
    Busy(StreamKey),
}

/// Why a viewer gets no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The publisher has gone, and did not come back within the grace period.
    StreamEnded,
    /// The viewer read too slowly for too long.
    TooSlow,
    /// The server is stopping.
    Shutdown,
}

impl Hub {
    /// An empty hub.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Ends every publication and every viewer; nothing can be published after it.
    pub fn shutdown(&self) {}

    /// Starts to publish `key` by the rules of `vhost`.
    ///
    /// # Errors
    /// [`PublishError::Busy`] when somebody publishes it already and is not gone a moment later.
    pub async fn publish(
        self: &Arc<Self>,
        _key: StreamKey,
        _vhost: Arc<Vhost>,
        _info: PublisherInfo,
    ) -> Result<Publisher, PublishError> {
        std::future::pending().await
    }

    /// Joins `key` as a viewer of FLV; when it is not live, waits for up to `wait` for its publisher.
    ///
    /// `None` when it is still not live then.
    pub async fn view(
        self: &Arc<Self>,
        _key: &StreamKey,
        _vhost: &Arc<Vhost>,
        _wait: Duration,
    ) -> Option<Viewer> {
        std::future::pending().await
    }
}

impl Publisher {
    /// Takes the next tag to every viewer. Never waits: a viewer who cannot follow is the viewer's problem.
    pub fn push(&self, _tag: Tag) {}

    /// Resolves when another publisher has taken the stream over, or the server stops: time to disconnect.
    pub async fn cancelled(&self) {
        std::future::pending().await
    }
}

impl Viewer {
    /// Waits for bytes: first the FLV header, metadata, sequence headers and the GOP cache, then tag after tag.
    ///
    /// Appends shared, ready parcels to `batch`, at least one, and returns. Safe to cancel: a parcel is given once.
    ///
    /// # Errors
    /// [`End`], when there will be no more.
    pub async fn next(&mut self, _batch: &mut Vec<Bytes>) -> Result<(), End> {
        std::future::pending().await
    }
}
