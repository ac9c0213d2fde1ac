//! Publish, mux once, fan out. The hub knows no transport: RTMP pushes tags in, HTTP takes ready bytes out.
//!
//! ```text
//!   Publisher::push(Tag) -> timeline -> mux once -> feed (a ring of shared parcels) <- cursor of each Viewer
//! ```

pub mod clients;
mod counters;
mod feed;
mod gop_cache;
mod publisher;
mod status;
mod stream;
mod timeline;
mod viewer;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use crate::config::{SecondPublisher, Vhost};
use clients::Clients;
use stream::{Occupied, Stream};

pub use publisher::Publisher;
pub use status::{Drops, StreamStatus};
pub use viewer::Viewer;

/// How long one who wants to publish waits for a publisher that is just leaving: an encoder that reconnects at once is
/// often faster than the end of its old connection.
const LEAVING_PUBLISHER: Duration = Duration::from_millis(500);

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
    /// The server is stopping.
    #[error("the server is shutting down")]
    Shutdown,
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

/// Every live stream.
#[derive(Debug)]
pub struct Hub {
    streams: Mutex<Streams>,
    /// Tells those who wait for a stream that one has come.
    arrivals: watch::Sender<()>,
    next_id: AtomicU64,
    clients: Arc<Clients>,
}

#[derive(Debug, Default)]
struct Streams {
    by_key: HashMap<StreamKey, Arc<Stream>>,
    shutdown: bool,
}

impl Hub {
    /// An empty hub.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            streams: Mutex::default(),
            arrivals: watch::Sender::new(()),
            next_id: AtomicU64::new(1),
            clients: Arc::default(),
        })
    }

    /// Everyone who is connected to a stream.
    #[must_use]
    pub const fn clients(&self) -> &Arc<Clients> {
        &self.clients
    }

    /// Ends every publication and every viewer; nothing can be published after it.
    pub fn shutdown(&self) {
        let mut streams = self.lock();
        streams.shutdown = true;
        for (_, stream) in streams.by_key.drain() {
            stream.evict_publisher();
            stream.finish(End::Shutdown);
        }
        drop(streams);
        self.arrivals.send_replace(());
    }

    /// Starts to publish `key` by the rules of `vhost`.
    ///
    /// # Errors
    /// [`PublishError::Busy`] when somebody publishes it already and is not gone a moment later;
    /// [`PublishError::Shutdown`] when the server is stopping.
    pub async fn publish(
        self: &Arc<Self>,
        key: StreamKey,
        vhost: Arc<Vhost>,
        info: PublisherInfo,
    ) -> Result<Publisher, PublishError> {
        let give_up = Instant::now() + LEAVING_PUBLISHER;
        loop {
            let stream = self.find_or_create(&key, &vhost)?;
            let vacated = stream.vacated();
            match stream.occupy(&info) {
                Occupied::Now { epoch, cancelled } => {
                    self.arrivals.send_replace(());
                    return Ok(Publisher::new(self.clone(), stream.clone(), epoch, cancelled));
                }
                Occupied::Ended => {}
                Occupied::ByAnother if vhost.publish.second_publisher == SecondPublisher::Replace => {
                    stream.evict_publisher();
                }
                Occupied::ByAnother => {
                    if timeout_at(give_up, vacated).await.is_err() {
                        return Err(PublishError::Busy(key));
                    }
                }
            }
        }
    }

    /// Joins `key` as a viewer of FLV; when it is not live, waits for up to `wait` for its publisher.
    ///
    /// `None` when it is still not live then.
    pub async fn view(self: &Arc<Self>, key: &StreamKey, wait: Duration) -> Option<Viewer> {
        let mut arrivals = self.arrivals.subscribe();
        let arrival = async {
            loop {
                if let Some(stream) = self.find(key)? {
                    return Ok(Viewer::new(stream));
                }
                // The hub holds the sender: an error cannot come.
                drop(arrivals.changed().await);
            }
        };
        let arrived: Result<Result<_, PublishError>, _> = timeout(wait, arrival).await;
        arrived.ok()?.ok()
    }

    /// Every stream that is live, or whose publisher may come back, oldest first.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamStatus> {
        let mut streams: Vec<_> = self.lock().by_key.values().cloned().collect();
        streams.sort_by_key(|stream| stream.id);
        streams.iter().map(|stream| StreamStatus::of(stream)).collect()
    }

    fn find(&self, key: &StreamKey) -> Result<Option<Arc<Stream>>, PublishError> {
        let streams = self.lock();
        if streams.shutdown { Err(PublishError::Shutdown) } else { Ok(streams.by_key.get(key).cloned()) }
    }

    fn find_or_create(&self, key: &StreamKey, vhost: &Arc<Vhost>) -> Result<Arc<Stream>, PublishError> {
        let mut streams = self.lock();
        if streams.shutdown {
            return Err(PublishError::Shutdown);
        }
        let create = || Stream::new(key.clone(), self.next_id.fetch_add(1, Ordering::Relaxed), vhost.clone());
        Ok(streams.by_key.entry(key.clone()).or_insert_with(create).clone())
    }

    /// Ends a stream whose publisher has gone for good, unless somebody has published it meanwhile.
    fn remove(&self, stream: &Arc<Stream>, epoch: u64) {
        let mut streams = self.lock();
        // Under the hub's lock nobody can find the stream to publish it, so it cannot become occupied in between.
        if stream.is_vacant_since(epoch) {
            streams.by_key.remove(&stream.key);
            stream.finish(End::StreamEnded);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
