//! One stream: its publication, its feeds, and who waits for either.

mod audience;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use flvgate_media::flv::{Tag, TagKind, TagType};
use flvgate_media::format::Format;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::counters::{Counters, Rates, RatesNow};
use super::feed::Feed;
use super::outlet::Outlets;
use super::status::Codecs;
use super::suitability::Shown;
use super::timeline::Timeline;
use super::{End, PublisherInfo, StreamKey};
use crate::config::Vhost;

pub(super) use audience::Refused;

/// A stream that is, or a moment ago was, published.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) key: StreamKey,
    pub(super) id: u64,
    pub(super) counters: Counters,
    /// A reload replaces it.
    vhost: RwLock<Arc<Vhost>>,
    ingest: Mutex<Ingest>,
    /// What the current publication has shown; changes seldom.
    shown: watch::Sender<Shown>,
    /// Tells the gathering task that there is something to tell.
    gathered: Notify,
    /// Tells one who waits to publish that the publisher has gone.
    vacated: Notify,
    /// Viewers by format, in the order of [`Format::ALL`].
    viewers: [AtomicU64; Format::ALL.len()],
    /// Tells that a viewer has come or gone.
    audience: watch::Sender<()>,
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
    shown: Shown,
    outlets: Outlets,
    /// The task that tells viewers of gathered tags, when tags are gathered.
    gathering: Option<AbortHandle>,
    end: Option<End>,
}

#[derive(Debug)]
pub(super) struct Publication {
    pub(super) info: PublisherInfo,
    pub(super) since: Instant,
    cancel: watch::Sender<bool>,
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

impl Stream {
    pub(super) fn new(key: StreamKey, id: u64, vhost: &Arc<Vhost>) -> Arc<Self> {
        let stream = Arc::new(Self {
            key,
            id,
            counters: Counters::default(),
            ingest: Mutex::new(Ingest {
                timeline: Timeline::new(vhost.play.time_jitter),
                publication: None,
                epoch: 0,
                keyframe_seen: false,
                codecs: Codecs::default(),
                rates: Rates::default(),
                shown: Shown::default(),
                outlets: Outlets::new(vhost),
                gathering: None,
                end: None,
            }),
            shown: watch::Sender::new(Shown::default()),
            gathered: Notify::new(),
            vacated: Notify::new(),
            viewers: Default::default(),
            audience: watch::Sender::new(()),
            vhost: RwLock::new(vhost.clone()),
        });
        stream.ingest().gathering = stream.gather(gather_time(vhost));
        stream
    }

    /// Starts a publication, unless there is one.
    pub(super) fn occupy(&self, info: &PublisherInfo) -> Occupied {
        let mut ingest = self.ingest();
        if ingest.end.is_some() {
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
        ingest.shown = Shown::default();
        ingest.outlets.restart(&self.vhost());
        self.shown.send_replace(ingest.shown);
        Occupied::Now { epoch: ingest.epoch, cancelled }
    }

    /// Tells the publisher, if there is one, to end, and lets another one in at once.
    pub(super) fn evict_publisher(&self) {
        let mut ingest = self.ingest();
        if let Some(publication) = ingest.publication.take() {
            publication.cancel.send_replace(true);
            self.flush(&mut ingest);
        }
    }

    /// Ends the publication of `epoch`, if it is the current one. Returns whether it was.
    pub(super) fn vacate(&self, epoch: u64) -> bool {
        let mut ingest = self.ingest();
        if ingest.epoch != epoch || ingest.publication.take().is_none() {
            return false;
        }
        self.flush(&mut ingest);
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
        if ingest.shown.note(&tag) {
            let shown = ingest.shown;
            ingest.outlets.end_unsuitable(&shown);
            self.shown.send_replace(shown);
        }
        ingest.keyframe_seen |= tag.is_keyframe();
        let starts_nowhere =
            tag.tag_type() == TagType::Video && tag.is_coded_media() && !ingest.keyframe_seen;
        if starts_nowhere {
            return;
        }
        let gathers = ingest.gathering.is_some();
        let mut gathered = false;
        ingest.outlets.push(
            &tag,
            |format| self.viewers_of(format),
            |feed| if gathers { gathered = true } else { feed.tell() },
        );
        drop(ingest);
        if gathered {
            self.gathered.notify_one();
        }
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

    /// The rules in force.
    pub(super) fn vhost(&self) -> Arc<Vhost> {
        self.vhost.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ingest(&self) -> MutexGuard<'_, Ingest> {
        self.ingest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings out what muxers hold back; the viewers need not wait for more to gather.
    fn flush(&self, ingest: &mut Ingest) {
        ingest.outlets.flush(Feed::tell);
    }

    /// Starts the task that tells viewers of news at most once in `time`, so that many tags go out in one write.
    fn gather(self: &Arc<Self>, time: Duration) -> Option<AbortHandle> {
        if time.is_zero() {
            return None;
        }
        let stream = self.clone();
        let task = tokio::spawn(async move {
            loop {
                stream.gathered.notified().await;
                tokio::time::sleep(time).await;
                stream.ingest().outlets.feeds().for_each(Feed::tell);
            }
        });
        Some(task.abort_handle())
    }
}

/// How long tags are gathered; zero: not at all.
const fn gather_time(vhost: &Vhost) -> Duration {
    if vhost.min_latency { Duration::ZERO } else { vhost.play.mw_latency }
}
