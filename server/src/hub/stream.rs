//! One stream: its publication, its feeds, and who waits for either.

mod audience;
mod timer;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use flvgate_media::flv::{Tag, TagKind, TagType};
use flvgate_media::format::Format;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::counters::{Counters, Rates, RatesNow};
use super::keyframes::{self, Change, KeyframeStatus, Keyframes};
use super::outlet::Outlets;
use super::status::Codecs;
use super::suitability::Shown;
use super::telling::Telling;
use super::timeline::Timeline;
use super::video_configuration::VideoConfiguration;
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
    keyframes: Keyframes,
    configuration: VideoConfiguration,
    codecs: Codecs,
    rates: Rates,
    shown: Shown,
    outlets: Outlets,
    telling: Telling,
    /// Runs while something is held for viewers, and a little longer.
    timer: Option<AbortHandle>,
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
        Arc::new(Self {
            key,
            id,
            counters: Counters::default(),
            ingest: Mutex::new(Ingest {
                timeline: Timeline::new(vhost.play.time_jitter),
                publication: None,
                epoch: 0,
                keyframes: Keyframes::default(),
                configuration: VideoConfiguration::default(),
                codecs: Codecs::default(),
                rates: Rates::default(),
                shown: Shown::default(),
                outlets: Outlets::new(vhost),
                telling: Telling::of(vhost),
                timer: None,
                end: None,
            }),
            shown: watch::Sender::new(Shown::default()),
            vacated: Notify::new(),
            viewers: Default::default(),
            audience: watch::Sender::new(()),
            vhost: RwLock::new(vhost.clone()),
        })
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
        ingest.keyframes = Keyframes::default();
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
            ingest.outlets.flush();
        }
    }

    /// Ends the publication of `epoch`, if it is the current one. Returns whether it was.
    pub(super) fn vacate(&self, epoch: u64) -> bool {
        let mut ingest = self.ingest();
        if ingest.epoch != epoch || ingest.publication.take().is_none() {
            return false;
        }
        ingest.outlets.flush();
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
    pub(super) fn push(self: &Arc<Self>, epoch: u64, mut tag: Tag) {
        let mut ingest = self.ingest();
        if ingest.epoch != epoch || ingest.publication.is_none() {
            return;
        }
        let now = Instant::now();
        self.counters.received(&tag);
        ingest.rates.sample(now, &self.counters);
        ingest.codecs.note(&tag);
        if let Some(corrected) = keyframes::corrected(&tag, ingest.codecs.video.as_ref()) {
            self.counters.corrected_keyframes.add(1);
            tag = corrected;
        }
        tag = ingest.configuration.note(&tag).unwrap_or(tag);
        if ingest.shown.note(&tag) {
            let shown = ingest.shown;
            ingest.outlets.end_unsuitable(&shown);
            self.shown.send_replace(shown);
        }
        let Some(timestamp) = ingest.time_of(&tag) else { return };
        tag.timestamp = timestamp;
        if tag.tag_type() == TagType::Video && tag.is_coded_media() {
            if let Some(change) = ingest.keyframes.note(tag.is_keyframe(), now) {
                self.log_keyframes(change);
            }
            // Inter frames start nowhere.
            if !ingest.keyframes.have_come() {
                return;
            }
        }
        let telling = ingest.telling.suited_to(&ingest.shown);
        ingest.outlets.push(&tag, |format| self.viewers_of(format), telling, now);
        self.tell_in_time(&mut ingest);
    }

    fn log_keyframes(&self, change: Change) {
        match change {
            Change::Overdue(waited) => tracing::warn!(
                stream = %self.key,
                seconds = waited.as_secs(),
                "no keyframe has come for long: who joins waits for one, or begins that far behind; \
                 set a shorter keyframe interval in the encoder"
            ),
            Change::Back(waited) => {
                tracing::info!(stream = %self.key, seconds = waited.as_secs(), "a keyframe has come again");
            }
        }
    }

    /// How the current publication does with keyframes.
    pub(super) fn keyframes(&self) -> KeyframeStatus {
        let corrected = self.counters.corrected_keyframes.total();
        self.ingest().keyframes.status(Instant::now(), corrected)
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

    /// What is kept for viewers, in bytes of memory.
    pub(super) fn buffered_bytes(&self) -> usize {
        self.ingest().outlets.bytes()
    }

    /// The rules in force.
    pub(super) fn vhost(&self) -> Arc<Vhost> {
        self.vhost.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ingest(&self) -> MutexGuard<'_, Ingest> {
        self.ingest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ingest {
    /// When a publisher's tag is on the stream's timeline; `None` when it is from before the beginning.
    fn time_of(&mut self, tag: &Tag) -> Option<u64> {
        if !tag.is_coded_media() {
            return Some(self.timeline.now(tag.tag_type()));
        }
        let timestamp = self.timeline.map(tag.tag_type(), tag.timestamp)?;
        if let TagKind::Video(header) = tag.kind {
            self.timeline.shows(timestamp, header.composition_time);
        }
        Some(timestamp)
    }
}
