//! A viewer: a cursor in a feed.

mod clock;
mod place;
mod sharing;
mod start;

use std::sync::Arc;

use bytes::Bytes;
use flvgate_media::format::Format;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::batch::{OwnHead, Taken};
use super::feed::Feed;
use super::outlet::is_audio_only;
use super::ring::Ring;
use super::stream::Stream;
use super::telling::Telling;
use super::{End, Progress};
use place::Place;

pub use clock::ViewerClock;
pub(super) use place::{Late, Tracks};

/// Parcels that one look hands over at most.
const BATCH_PARCELS: usize = 64;

/// Bytes that one look hands over, the handles of the parcels counted and the last parcel not.
const BATCH_BYTES: usize = 256 * 1024;

/// One viewer's place in a stream. Dropping it leaves.
#[derive(Debug)]
pub struct Viewer {
    stream: Arc<Stream>,
    feed: Arc<Feed>,
    /// For [`next`](Self::next), when that is used: one who watches the feed for many viewers needs it once.
    changes: Option<watch::Receiver<()>>,
    place: Option<Place>,
    clock: ViewerClock,
    skips_in_a_row: u32,
    progress: Arc<Progress>,
    /// Wants every track, whatever others are told that there is.
    whole: bool,
    /// Counts as a viewer.
    counted: bool,
}

/// What a look at a viewer's feed has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Something for the viewer, which the batch has now; there may be more.
    Taken,
    /// Nothing, until the feed changes.
    Nothing,
    /// Nothing, until the feed changes or this time has come.
    NotBefore(Instant),
}

impl Viewer {
    /// For one who has [joined](Stream::join) `feed`.
    pub(super) fn new(stream: Arc<Stream>, feed: Arc<Feed>) -> Self {
        let progress = Arc::new(Progress::new(feed.edge()));
        let clock = ViewerClock::new(feed.format, stream.vhost().play.time_jitter);
        Self {
            stream,
            feed,
            changes: None,
            place: None,
            clock,
            skips_in_a_row: 0,
            progress,
            whole: false,
            counted: true,
        }
    }

    /// For what takes all of FLV's feed elsewhere.
    pub(super) fn follower(stream: Arc<Stream>, feed: Arc<Feed>) -> Self {
        let mut viewer = Self::new(stream, feed);
        viewer.whole = true;
        viewer.counted = false;
        viewer
    }

    /// For a transport that announces no tracks: the viewer gets all that there are, and begins at once. Of FLV only.
    #[must_use]
    pub const fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Waits for bytes: first what the format begins with and the GOP cache, or the history of audio, then what comes.
    ///
    /// FLV begins with its header, metadata and sequence headers. Appends ready parcels to `batch`, at least one, and
    /// returns; they are shared, but for those that have another time on the viewer's [clock](Self::clock) than on the
    /// stream's. Safe to cancel: a parcel is given once.
    ///
    /// # Errors
    /// [`End`], when there will be no more.
    pub async fn next(&mut self, batch: &mut Vec<Bytes>) -> Result<(), End> {
        let mut taken = Taken::default();
        loop {
            // Before the look, so that what comes after it is not missed.
            self.changes().mark_unchanged();
            // The feed, which the viewer holds, holds the sender: an error cannot come.
            match self.look(&mut taken)?.0 {
                Next::Taken => {
                    batch.extend(taken.at(self.clock).iter().map(|(head, parcel)| with_head(head, parcel)));
                    return Ok(());
                }
                Next::Nothing => drop(self.changes().changed().await),
                Next::NotBefore(time) => drop(timeout_at(time, self.changes().changed()).await),
            }
        }
    }

    /// One look at the feed; whether there was nothing behind what it took.
    fn look(&mut self, batch: &mut Taken) -> Result<(Next, bool), End> {
        let feed = self.feed.clone();
        let live = feed.live();
        if let Some(end) = live.end.filter(|end| end.is_at_once()) {
            return Err(end);
        }
        if self.place.is_none() {
            let started = if self.whole {
                Ok(start::follow(&live.ring, batch))
            } else {
                start::start(&live.ring, feed.format, &self.stream, batch)
            };
            match started {
                Ok(place) => self.place = Some(place),
                Err(wait) => return live.end.map_or(Ok((wait, true)), Err),
            }
        }
        self.keep_up(&live.ring, batch)?;
        if let Some(place) = self.place.as_ref().filter(|_| !self.clock.is_decided()) {
            self.clock.decide(&live.ring, place.cursor, place.tracks);
        }
        let is_at_edge = self.take(&live.ring, batch);
        let is_outdated = self.is_outdated(&live.ring);
        let end = if is_outdated { Some(End::TracksChanged) } else { live.end };
        drop(live);

        if batch.is_empty() {
            return end.map_or(Ok((Next::Nothing, true)), Err);
        }
        self.note_sent(batch.bytes() as u64);
        Ok((Next::Taken, is_at_edge && end.is_none()))
    }

    fn note_sent(&self, bytes: u64) {
        self.stream.counters.sent_bytes.add(bytes);
        self.progress.send(bytes);
    }

    /// Which feed the viewer is in, until it ends: no two in the process have the same number, and all viewers of one
    /// stream in one format have the same, but for those who came before a reload withdrew the format.
    #[must_use]
    pub fn feed_id(&self) -> u64 {
        self.feed.id
    }

    /// Tells when there is something new in the viewer's feed, its end included; one receiver does for all viewers of
    /// the same [`feed_id`](Self::feed_id). What there is already counts as seen: look at it after this call.
    #[must_use]
    pub fn watch_feed(&self) -> watch::Receiver<()> {
        self.feed.changes()
    }

    /// What the viewer gets the stream as.
    #[must_use]
    pub fn format(&self) -> Format {
        self.feed.format
    }

    /// By which clock the viewer gets what it has [taken](Self::poll_next).
    #[must_use]
    pub const fn clock(&self) -> ViewerClock {
        self.clock
    }

    /// Whether what comes is gathered for a while before viewers of the stream are told (`mw_latency`).
    #[must_use]
    pub fn is_patient(&self) -> bool {
        Telling::of(&self.stream.vhost()).is_gathered()
    }

    /// How the viewer fares, for others to see.
    #[must_use]
    pub fn progress(&self) -> Arc<Progress> {
        self.progress.clone()
    }

    /// Counts that the viewer is being disconnected because its socket took no byte for too long.
    pub fn note_stalled(&self) {
        self.stream.counters.stalled.add(1);
    }

    fn changes(&mut self) -> &mut watch::Receiver<()> {
        self.changes.get_or_insert_with(|| self.feed.changes())
    }

    /// Whether what comes next is for a new body.
    fn is_outdated(&self, ring: &Ring) -> bool {
        let Some(place) = self.place.as_ref().filter(|place| place.late.is_some()) else { return false };
        ring.parcel(place.cursor).is_some_and(|parcel| place.ends_before(parcel))
    }

    /// Takes what is in the ring from the cursor on, as far as it is for this viewer; whether that was up to the edge.
    fn take(&mut self, ring: &Ring, batch: &mut Taken) -> bool {
        let Some(place) = &mut self.place else { return true };
        let format = self.feed.format;
        let most_parcels = if is_audio_only(format) { usize::MAX } else { BATCH_PARCELS };
        let (mut parcels, mut bytes) = (0, 0);
        place.passed = None;
        let mut is_at_edge = true;
        while let Some(parcel) = ring.parcel(place.cursor) {
            if parcels >= most_parcels || bytes >= BATCH_BYTES || place.ends_before(parcel) {
                is_at_edge = false;
                break;
            }
            place.cursor += 1;
            place.passed = Some(parcel.time);
            if !place.wants(parcel, format) {
                continue;
            }
            if !Arc::ptr_eq(&place.preamble, &parcel.preamble) {
                place.preamble = parcel.preamble.clone();
            }
            if std::mem::take(&mut place.has_skipped) && !parcel.muxed.resync.is_empty() {
                batch.push(parcel.muxed.resync.clone());
            }
            parcels += 1;
            bytes += parcel.muxed.bytes.len() + size_of::<Bytes>();
            batch.push_at(parcel.muxed.bytes.clone(), parcel.muxed.timestamp);
        }
        let hold = ring.hold_at(place.cursor);
        if !Arc::ptr_eq(&place.hold, hold) {
            place.hold = hold.clone();
        }
        if let Some(time) = place.passed {
            self.progress.pass(time);
        }
        if is_at_edge {
            self.skips_in_a_row = 0;
        }
        is_at_edge
    }

    /// Skips to the newest place to start at when the viewer is over its budget.
    fn keep_up(&mut self, ring: &Ring, batch: &mut Taken) -> Result<(), End> {
        let Some(place) = &mut self.place else { return Ok(()) };
        let lost = place.cursor < ring.first();
        let newest = ring.newest_start();
        let late = ring.behind(place.cursor) > ring.limits().duration
            && newest.is_some_and(|start| start > place.cursor);
        if !lost && !late {
            return Ok(());
        }
        let counters = &self.stream.counters;
        self.skips_in_a_row += 1;
        if self.skips_in_a_row > self.stream.vhost().play.queue_max_skips {
            counters.too_slow.add(1);
            return Err(End::TooSlow);
        }
        let target = newest.unwrap_or_else(|| ring.end());
        let tags = target - place.cursor;
        counters.skips.add(1);
        counters.skipped_tags.add(tags);
        self.progress.skip(tags);
        tracing::debug!(stream = %self.stream.key, tags, "slow viewer skips to the newest keyframe");
        // What the publication before had told may be in what is skipped.
        ring.note_newcomer();
        place.cursor = target;
        place.needs_start = true;
        place.has_skipped = true;
        let preamble = ring.preamble_at(target);
        let time = ring.parcel(target).map(|parcel| parcel.muxed.timestamp);
        for (name, part) in preamble.parts() {
            if place.tracks.include(name.track) && place.preamble.part(name) != Some(part) {
                match time {
                    Some(time) => batch.push_at(start::at(ring, target, part), time),
                    None => batch.push(part.clone()),
                }
            }
        }
        place.preamble = preamble.clone();
        Ok(())
    }
}

/// A parcel with a viewer's own head.
fn with_head(head: Option<OwnHead>, parcel: &Bytes) -> Bytes {
    let Some(head) = head else { return parcel.clone() };
    let mut own = parcel.to_vec();
    own[..head.len()].copy_from_slice(&head);
    own.into()
}

impl Drop for Viewer {
    fn drop(&mut self) {
        if self.counted {
            self.stream.leave(self.feed.format);
        }
    }
}
