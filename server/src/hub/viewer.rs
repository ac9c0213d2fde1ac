//! A viewer: a cursor in a feed.

mod start;

use std::sync::Arc;

use bytes::Bytes;
use flvgate_media::flv::TagType;
use flvgate_media::format::{Content, Format};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::feed::Feed;
use super::outlet::is_audio_only;
use super::preamble::{Preamble, track_of};
use super::ring::{Parcel, Ring};
use super::stream::Stream;
use super::{End, Progress};

/// Parcels that one [`Viewer::next`] hands over at most.
const BATCH_PARCELS: usize = 64;

/// Bytes that one [`Viewer::next`] hands over, the last parcel not counted.
const BATCH_BYTES: usize = 256 * 1024;

/// One viewer's place in a stream. Dropping it leaves.
#[derive(Debug)]
pub struct Viewer {
    stream: Arc<Stream>,
    feed: Arc<Feed>,
    changes: watch::Receiver<()>,
    place: Option<Place>,
    skips_in_a_row: u32,
    progress: Arc<Progress>,
    /// Wants every track, whatever others are told that there is.
    whole: bool,
    /// Counts as a viewer.
    counted: bool,
}

/// Where a viewer who has begun stands.
#[derive(Debug)]
struct Place {
    cursor: u64,
    /// The tracks that the viewer gets.
    tracks: Tracks,
    /// What cannot be decoded is not sent: the viewer has still to come to a place to start at.
    needs_start: bool,
    /// The place to start at does not follow what the viewer has had.
    has_skipped: bool,
    /// What the viewer's decoders know.
    preamble: Arc<Preamble>,
}

/// Tracks that a viewer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tracks {
    audio: bool,
    video: bool,
}

/// What a look at the feed found.
enum Look {
    Taken,
    Wait,
    WaitUntil(Instant),
    End(End),
}

impl Viewer {
    /// For one who has [joined](Stream::join) `feed`.
    pub(super) fn new(stream: Arc<Stream>, feed: Arc<Feed>) -> Self {
        let progress = Arc::new(Progress::new(feed.edge()));
        let changes = feed.changes();
        Self { changes, stream, feed, place: None, skips_in_a_row: 0, progress, whole: false, counted: true }
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
    /// FLV begins with its header, metadata and sequence headers. Appends shared, ready parcels to `batch`, at least
    /// one, and returns. Safe to cancel: a parcel is given once.
    ///
    /// # Errors
    /// [`End`], when there will be no more.
    pub async fn next(&mut self, batch: &mut Vec<Bytes>) -> Result<(), End> {
        loop {
            // Before the look, so that what comes after it is not missed.
            self.changes.mark_unchanged();
            // The feed, which the viewer holds, holds the sender: an error cannot come.
            match self.look(batch) {
                Look::Taken => return Ok(()),
                Look::End(end) => return Err(end),
                Look::Wait => drop(self.changes.changed().await),
                Look::WaitUntil(time) => drop(timeout_at(time, self.changes.changed()).await),
            }
        }
    }

    /// What the viewer gets the stream as.
    #[must_use]
    pub fn format(&self) -> Format {
        self.feed.format
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

    fn look(&mut self, batch: &mut Vec<Bytes>) -> Look {
        let feed = self.feed.clone();
        let live = feed.live();
        if let Some(end) = live.end.filter(|end| end.is_at_once()) {
            return Look::End(end);
        }
        let before = batch.len();
        if self.place.is_none() {
            let started = if self.whole {
                Ok(start::follow(&live.ring, batch))
            } else {
                start::start(&live.ring, feed.format, &self.stream, batch)
            };
            match started {
                Ok(place) => self.place = Some(place),
                Err(wait) => return live.end.map_or(wait, Look::End),
            }
        }
        if let Err(end) = self.keep_up(&live.ring, batch) {
            return Look::End(end);
        }
        self.take(&live.ring, batch);
        let end = live.end;
        drop(live);

        let taken = &batch[before..];
        if taken.is_empty() {
            return end.map_or(Look::Wait, Look::End);
        }
        let bytes = taken.iter().map(|parcel| parcel.len() as u64).sum();
        self.stream.counters.sent_bytes.add(bytes);
        self.progress.send(bytes);
        Look::Taken
    }

    /// Takes what is in the ring from the cursor on, as far as it is for this viewer.
    fn take(&mut self, ring: &Ring, batch: &mut Vec<Bytes>) {
        let Some(place) = &mut self.place else { return };
        let format = self.feed.format;
        let most_parcels = if is_audio_only(format) { usize::MAX } else { BATCH_PARCELS };
        let (mut parcels, mut bytes) = (0, 0);
        let mut passed = None;
        let mut is_at_edge = true;
        while let Some(parcel) = ring.parcel(place.cursor) {
            if parcels >= most_parcels || bytes >= BATCH_BYTES {
                is_at_edge = false;
                break;
            }
            place.cursor += 1;
            passed = Some(parcel.muxed.timestamp);
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
            bytes += parcel.muxed.bytes.len();
            batch.push(parcel.muxed.bytes.clone());
        }
        if let Some(timestamp) = passed {
            self.progress.pass(timestamp);
        }
        if is_at_edge {
            self.skips_in_a_row = 0;
        }
    }

    /// Skips to the newest place to start at when the viewer is over its budget.
    fn keep_up(&mut self, ring: &Ring, batch: &mut Vec<Bytes>) -> Result<(), End> {
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
        place.cursor = target;
        place.needs_start = true;
        place.has_skipped = true;
        let preamble = ring.preamble_at(target);
        for (track, part) in preamble.parts() {
            if place.tracks.include(track) && place.preamble.part(track) != Some(part) {
                batch.push(part.clone());
            }
        }
        place.preamble = preamble.clone();
        Ok(())
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        if self.counted {
            self.stream.leave(self.feed.format);
        }
    }
}

impl Place {
    /// Whether the parcel that the viewer has come to is for it.
    fn wants(&mut self, parcel: &Parcel, format: Format) -> bool {
        let content = parcel.muxed.content;
        if !self.tracks.include(track_of(content)) {
            return false;
        }
        self.needs_start &= !parcel.muxed.random_access;
        // In FLV, sound need not wait for the picture.
        let goes_alone = format == Format::Flv && !matches!(content, Content::Keyframe | Content::Video);
        !self.needs_start || goes_alone
    }
}

impl Tracks {
    const BOTH: Self = Self { audio: true, video: true };

    /// Whether a parcel of this track is for a viewer of these tracks.
    const fn include(self, track: TagType) -> bool {
        match track {
            TagType::Audio => self.audio,
            TagType::Video => self.video,
            TagType::Script => true,
        }
    }
}
