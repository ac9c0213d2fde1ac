//! One stream: its publication, its feed, and who waits for either.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use flvgate_media::flv::{Tag, TagKind, TagType};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::counters::{Counters, Rates, RatesNow};
use super::feed::{Feed, FeedLimits, mux_flv};
use super::gop_cache::GopLimits;
use super::status::Codecs;
use super::timeline::Timeline;
use super::{End, PublisherInfo, StreamKey};
use crate::config::{Play, Vhost};

/// A stream that is, or a moment ago was, published.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) key: StreamKey,
    pub(super) id: u64,
    pub(super) vhost: Arc<Vhost>,
    pub(super) counters: Counters,
    ingest: Mutex<Ingest>,
    live: RwLock<Live>,
    /// Tells viewers that there is something new in `live`.
    changes: watch::Sender<()>,
    /// Tells the gathering task that there is something to tell.
    gathered: Notify,
    /// Tells one who waits to publish that the publisher has gone.
    vacated: Notify,
    viewers: AtomicU64,
}

/// What only publishers touch.
#[derive(Debug)]
struct Ingest {
    timeline: Timeline,
    publication: Option<Publication>,
    /// Counts publications, so that a replaced publisher cannot push into its successor's.
    epoch: u64,
    /// Inter frames are of no use until a keyframe has come.
    keyframe_seen: bool,
    codecs: Codecs,
    rates: Rates,
}

#[derive(Debug)]
pub(super) struct Publication {
    pub(super) info: PublisherInfo,
    pub(super) since: Instant,
    cancel: watch::Sender<bool>,
}

/// What viewers read.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) feed: Feed,
    pub(super) tracks: Tracks,
    /// When the publication's first audio or video came.
    pub(super) first_media: Option<Instant>,
    pub(super) end: Option<End>,
}

/// Which tracks the current publication has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tracks {
    pub(super) audio: bool,
    pub(super) video: bool,
}

/// What came of the wish to publish a stream.
#[derive(Debug)]
pub(super) enum Occupied {
    /// It is the caller's: the publication's epoch, and what tells it to end.
    Now { epoch: u64, cancelled: watch::Receiver<bool> },
    /// Somebody else publishes it.
    ByAnother,
    /// The stream has just been given up; there may be a new one of its name.
    Ended,
}

impl Tracks {
    /// Whether a parcel of this track is for a viewer whose FLV header announced these tracks.
    pub(super) const fn include(self, track: TagType) -> bool {
        match track {
            TagType::Audio => self.audio,
            TagType::Video => self.video,
            TagType::Script => true,
        }
    }
}

impl Stream {
    pub(super) fn new(key: StreamKey, id: u64, vhost: Arc<Vhost>) -> Arc<Self> {
        let feed = Feed::new(feed_limits(&vhost.play));
        let timeline = Timeline::new(vhost.play.time_jitter);
        let stream = Arc::new(Self {
            key,
            id,
            counters: Counters::default(),
            ingest: Mutex::new(Ingest {
                timeline,
                publication: None,
                epoch: 0,
                keyframe_seen: false,
                codecs: Codecs::default(),
                rates: Rates::default(),
            }),
            live: RwLock::new(Live { feed, tracks: Tracks::default(), first_media: None, end: None }),
            changes: watch::Sender::new(()),
            gathered: Notify::new(),
            vacated: Notify::new(),
            viewers: AtomicU64::new(0),
            vhost,
        });
        if !stream.gather_time().is_zero() {
            tokio::spawn(gather(Arc::downgrade(&stream), stream.gather_time()));
        }
        stream
    }

    /// Starts a publication, unless there is one.
    pub(super) fn occupy(&self, info: &PublisherInfo) -> Occupied {
        let mut ingest = self.ingest();
        if self.live().end.is_some() {
            return Occupied::Ended;
        }
        if ingest.publication.is_some() {
            return Occupied::ByAnother;
        }
        let (cancel, cancelled) = watch::channel(false);
        ingest.publication = Some(Publication { info: info.clone(), since: Instant::now(), cancel });
        ingest.epoch += 1;
        ingest.keyframe_seen = false;
        ingest.codecs = Codecs::default();
        ingest.rates = Rates::default();
        ingest.timeline.restart();
        let mut live = self.live_mut();
        live.feed.restart();
        live.tracks = Tracks::default();
        live.first_media = None;
        Occupied::Now { epoch: ingest.epoch, cancelled }
    }

    /// Tells the publisher, if there is one, to end, and lets another one in at once.
    pub(super) fn evict_publisher(&self) {
        let mut ingest = self.ingest();
        if let Some(publication) = ingest.publication.take() {
            publication.cancel.send_replace(true);
        }
    }

    /// Ends the publication of `epoch`, if it is the current one. Returns whether it was.
    pub(super) fn vacate(&self, epoch: u64) -> bool {
        let mut ingest = self.ingest();
        if ingest.epoch != epoch || ingest.publication.take().is_none() {
            return false;
        }
        self.vacated.notify_waiters();
        true
    }

    /// Resolves when the publisher leaves after the call of this function.
    pub(super) fn vacated(&self) -> impl Future<Output = ()> {
        self.vacated.notified()
    }

    /// Whether nobody has published since `epoch` ended.
    pub(super) fn is_vacant_since(&self, epoch: u64) -> bool {
        let ingest = self.ingest();
        ingest.epoch == epoch && ingest.publication.is_none()
    }

    /// Takes the next tag of the publication of `epoch`; ignores it when that is not the current one.
    pub(super) fn push(&self, epoch: u64, mut tag: Tag) {
        let mut ingest = self.ingest();
        if ingest.epoch != epoch || ingest.publication.is_none() {
            return;
        }
        self.counters.received(&tag);
        ingest.rates.sample(Instant::now(), &self.counters);
        ingest.codecs.note(&tag);
        if tag.is_coded_media() {
            tag.timestamp = ingest.timeline.map(tag.timestamp);
            if let TagKind::Video(header) = tag.kind {
                ingest.timeline.shows(tag.timestamp, header.composition_time);
            }
        } else {
            tag.timestamp = ingest.timeline.now();
        }
        ingest.keyframe_seen |= tag.is_keyframe();
        let starts_nowhere =
            tag.tag_type() == TagType::Video && tag.is_coded_media() && !ingest.keyframe_seen;
        let muxed = (!starts_nowhere).then(|| mux_flv(&tag));

        let mut live = self.live_mut();
        match tag.tag_type() {
            TagType::Audio => live.tracks.audio = true,
            TagType::Video => live.tracks.video = true,
            TagType::Script => {}
        }
        if tag.tag_type() != TagType::Script {
            live.first_media.get_or_insert_with(Instant::now);
        }
        let news = muxed.is_some_and(|muxed| live.feed.push(&tag, muxed));
        drop(live);
        drop(ingest);
        if news {
            self.tell();
        }
    }

    /// Ends the stream for its viewers: at once, or when they have had what is there.
    pub(super) fn finish(&self, end: End) {
        self.live_mut().end.get_or_insert(end);
        self.changes.send_replace(());
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    pub(super) fn viewers(&self) -> u64 {
        self.viewers.load(Ordering::Relaxed)
    }

    pub(super) fn viewer_joins(&self) {
        self.viewers.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn viewer_leaves(&self) {
        self.viewers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Lets `read` see the publication, if there is one.
    pub(super) fn with_publication<T>(&self, read: impl FnOnce(&Publication) -> T) -> Option<T> {
        self.ingest().publication.as_ref().map(read)
    }

    pub(super) fn rates(&self) -> RatesNow {
        self.ingest().rates.now(Instant::now(), &self.counters)
    }

    pub(super) fn codecs(&self) -> Codecs {
        self.ingest().codecs.clone()
    }

    pub(super) fn live(&self) -> RwLockReadGuard<'_, Live> {
        // Nothing panics while it holds the lock; if something did, the ring would still be a ring.
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn live_mut(&self) -> RwLockWriteGuard<'_, Live> {
        self.live.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn ingest(&self) -> MutexGuard<'_, Ingest> {
        self.ingest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gather_time(&self) -> Duration {
        if self.vhost.min_latency { Duration::ZERO } else { self.vhost.play.mw_latency }
    }

    fn tell(&self) {
        if self.gather_time().is_zero() {
            self.changes.send_replace(());
        } else {
            self.gathered.notify_one();
        }
    }
}

/// Tells viewers of news at most once in `time`, so that many tags go out in one write.
async fn gather(stream: std::sync::Weak<Stream>, time: Duration) {
    /// How often to see whether the stream is still there, when it has no news.
    const CHECK: Duration = Duration::from_secs(10);
    while let Some(stream) = stream.upgrade() {
        if tokio::time::timeout(CHECK, stream.gathered.notified()).await.is_ok() {
            tokio::time::sleep(time).await;
            stream.changes.send_replace(());
        }
    }
}

fn feed_limits(play: &Play) -> FeedLimits {
    FeedLimits {
        duration: u64::try_from(play.queue_length.as_millis()).unwrap_or(u64::MAX),
        bytes: play.queue_max_bytes,
        gop: GopLimits {
            enabled: play.gop_cache,
            frames: play.gop_cache_max_frames,
            bytes: play.gop_cache_max_bytes,
        },
    }
}
