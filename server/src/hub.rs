//! Publish, mux once, fan out. The hub knows no transport: RTMP pushes tags in, HTTP takes ready bytes out.
//!
//! ```text
//!   Publisher::push(Tag) -> timeline -> outlet of each format: mux once -> feed (a ring of shared parcels)
//!                                                                            ^ cursor of each Viewer
//! ```

mod batch;
pub mod clients;
mod counters;
mod error;
mod feed;
mod follow;
mod gop_cache;
mod keyframes;
mod outlet;
mod preamble;
mod progress;
mod publisher;
mod ring;
mod route;
mod status;
mod stream;
mod suitability;
mod telling;
mod timeline;
mod video_configuration;
mod viewer;
mod wanted;

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flvgate_media::format::Format;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::config::{Config, SecondPublisher, Vhost};
use crate::names::PublicUrl;
use clients::Clients;
use stream::{Occupied, Refused, Stream};

pub use batch::{Batch, OwnHead, Parcels};
pub use error::{End, PublishError, ViewError};
pub use keyframes::KeyframeStatus;
pub use progress::Progress;
pub use publisher::Publisher;
pub use route::Route;
pub use status::{AudioTrack, Drops, StreamStatus, VideoTrack};
pub use suitability::Unsuitable;
pub use viewer::{Next, Viewer, ViewerClock};
pub use wanted::{Absence, Asker};

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
    pub tc_url: PublicUrl,
    pub address: String,
    /// The vhost that the publisher asked for, by whatever name.
    pub asked_vhost: String,
    /// What stood behind the stream's `?`.
    pub query: String,
    /// How the publication came here by forwarding.
    pub route: Route,
    /// Whether it is this edge's own pull from an origin.
    pub is_pull: bool,
}

/// Every live stream.
#[derive(Debug)]
pub struct Hub {
    streams: Mutex<Streams>,
    /// Tells those who wait for a stream that one has come.
    arrivals: watch::Sender<()>,
    /// What viewers of edges wait for.
    wanted: wanted::Wanted,
    next_id: AtomicU64,
    clients: Arc<Clients>,
    /// Makes this hub's streams into numbers that no other hub has.
    hops: RandomState,
}

#[derive(Debug, Default)]
struct Streams {
    by_key: HashMap<StreamKey, Arc<Stream>>,
    /// What the last reload has put in force; none before the first.
    config: Option<Arc<Config>>,
    shutdown: bool,
}

impl Hub {
    /// An empty hub.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            streams: Mutex::default(),
            arrivals: watch::Sender::new(()),
            wanted: wanted::Wanted::default(),
            next_id: AtomicU64::new(1),
            clients: Arc::default(),
            hops: RandomState::new(),
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

    /// Takes over `config`, which a reload puts in force by `announce`: what it leaves as it is does not notice.
    ///
    /// Nobody begins to publish between the two, so that nobody can do so by one configuration and be judged by another.
    /// Streams of vhosts that are gone or disabled end, publishers and viewers. Others have their vhost's new rules at
    /// once; of their viewers only those end whose format the vhost no longer delivers.
    pub fn reconfigure(&self, config: &Arc<Config>, announce: impl FnOnce()) {
        let mut streams = self.lock();
        announce();
        streams.config = Some(config.clone());
        streams.by_key.retain(|key, stream| {
            let vhost = serving(config, &key.vhost);
            if let Some(vhost) = vhost {
                stream.reconfigure(vhost);
            } else {
                stream.evict_publisher();
                stream.finish(End::Withdrawn);
            }
            vhost.is_some()
        });
    }

    /// Starts to publish `key` by the rules of `vhost`.
    ///
    /// # Errors
    /// [`PublishError::Loop`] when it has been here before; [`PublishError::Busy`] when somebody publishes it already and is not gone a moment later;
    /// [`PublishError::NoVhost`] when a reload has just taken the vhost away; [`PublishError::Shutdown`] when the server
    /// is stopping.
    pub async fn publish(
        self: &Arc<Self>,
        key: StreamKey,
        vhost: Arc<Vhost>,
        info: PublisherInfo,
    ) -> Result<Publisher, PublishError> {
        if info.route.contains(self.hop(&key)) {
            return Err(PublishError::Loop(key));
        }
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

    /// Joins `key` as a viewer of it in `format`; when it is not live, waits for up to `wait` for its publisher.
    ///
    /// For formats that cannot carry everything, it also waits until the publisher has shown its codecs, for up to
    /// `guess_timeout` after its first tag.
    ///
    /// # Errors
    /// [`ViewError::NotLive`] when it is still not live then; [`ViewError::Unsuitable`] when `format` cannot carry it;
    /// [`ViewError::Shutdown`] when the server is stopping.
    pub async fn view(
        self: &Arc<Self>,
        key: &StreamKey,
        format: Format,
        wait: Duration,
    ) -> Result<Viewer, ViewError> {
        let give_up = Instant::now() + wait;
        loop {
            let stream = self.arrival(key, give_up).await?;
            match stream.join(format, give_up).await {
                Ok(feed) => return Ok(Viewer::new(stream, feed)),
                Err(Refused::Ended) => {}
                Err(Refused::Silent) => return Err(ViewError::NotLive(key.clone())),
                Err(Refused::Unsuitable(reason)) => return Err(reason.into()),
            }
        }
    }

    /// Every stream that is live, or whose publisher may come back, oldest first.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamStatus> {
        let mut streams: Vec<_> = self.lock().by_key.values().cloned().collect();
        streams.sort_by_key(|stream| stream.id);
        streams.iter().map(|stream| StreamStatus::of(stream)).collect()
    }

    /// The stream, when it is there before `give_up`.
    async fn arrival(&self, key: &StreamKey, give_up: Instant) -> Result<Arc<Stream>, ViewError> {
        let mut arrivals = self.arrivals.subscribe();
        loop {
            if let Some(stream) = self.find(key)? {
                return Ok(stream);
            }
            // The hub holds the sender: all that can come is an arrival, and the end of the wait.
            if timeout_at(give_up, arrivals.changed()).await.is_err() {
                return Err(ViewError::NotLive(key.clone()));
            }
        }
    }

    /// Whether `key` is live, or its publisher may come back.
    #[must_use]
    pub fn has(&self, key: &StreamKey) -> bool {
        self.lock().by_key.contains_key(key)
    }

    fn find(&self, key: &StreamKey) -> Result<Option<Arc<Stream>>, ViewError> {
        let streams = self.lock();
        if streams.shutdown { Err(ViewError::Shutdown) } else { Ok(streams.by_key.get(key).cloned()) }
    }

    fn find_or_create(&self, key: &StreamKey, vhost: &Arc<Vhost>) -> Result<Arc<Stream>, PublishError> {
        let mut streams = self.lock();
        if streams.shutdown {
            return Err(PublishError::Shutdown);
        }
        // The caller may have looked its vhost up just before a reload.
        let config = streams.config.clone();
        let current = config.as_ref().map(|config| serving(config, &key.vhost));
        let vhost = current.unwrap_or(Some(vhost)).ok_or_else(|| PublishError::NoVhost(key.vhost.clone()))?;
        let create = || Stream::new(key.clone(), self.next_id.fetch_add(1, Ordering::Relaxed), vhost);
        Ok(streams.by_key.entry(key.clone()).or_insert_with(create).clone())
    }

    /// Ends a stream whose publisher has gone for good, unless somebody has published it meanwhile.
    fn remove(&self, stream: &Arc<Stream>, epoch: u64) {
        let mut streams = self.lock();
        // A reload may have ended it, and let another one of its name begin.
        let is_current = streams.by_key.get(&stream.key).is_some_and(|current| Arc::ptr_eq(current, stream));
        // Under the hub's lock nobody can find the stream to publish it, so it cannot become occupied in between.
        if is_current && stream.is_vacant_since(epoch) {
            streams.by_key.remove(&stream.key);
            stream.finish(End::StreamEnded);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The vhost of exactly this name, if it is enabled.
fn serving<'a>(config: &'a Config, name: &str) -> Option<&'a Arc<Vhost>> {
    config.vhosts.iter().find(|vhost| vhost.name == name && vhost.enabled)
}

#[cfg(test)]
mod tests;
