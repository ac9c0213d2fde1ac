//! A viewer: a cursor in a feed.

use std::sync::Arc;

use bytes::Bytes;
use flvgate_media::flv::file_header;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::End;
use super::feed::{Content, Feed, Preamble};
use super::stream::{Live, Stream, Tracks};
use crate::config::HttpRemux;

/// Parcels that one [`Viewer::next`] hands over at most.
const BATCH_PARCELS: usize = 64;

/// Bytes that one [`Viewer::next`] hands over, the last parcel not counted.
const BATCH_BYTES: usize = 256 * 1024;

/// One viewer's place in a stream. Dropping it leaves.
#[derive(Debug)]
pub struct Viewer {
    stream: Arc<Stream>,
    changes: watch::Receiver<()>,
    place: Option<Place>,
    skips_in_a_row: u32,
}

/// Where a viewer who has had the FLV header stands.
#[derive(Debug)]
struct Place {
    cursor: u64,
    /// The tracks that the viewer gets.
    tracks: Tracks,
    /// Video that cannot be decoded is not sent: the next that is must be a keyframe.
    needs_keyframe: bool,
    /// What the viewer's decoders know.
    preamble: Arc<Preamble>,
}

/// What a look at the feed found.
enum Look {
    Taken,
    Wait,
    WaitUntil(Instant),
    End(End),
}

impl Viewer {
    pub(super) fn new(stream: Arc<Stream>) -> Self {
        stream.viewer_joins();
        Self { changes: stream.changes(), stream, place: None, skips_in_a_row: 0 }
    }

    /// Waits for bytes: first the FLV header, metadata, sequence headers and the GOP cache, then tag after tag.
    ///
    /// Appends shared, ready parcels to `batch`, at least one, and returns. Safe to cancel: a parcel is given once.
    ///
    /// # Errors
    /// [`End`], when there will be no more.
    pub async fn next(&mut self, batch: &mut Vec<Bytes>) -> Result<(), End> {
        loop {
            // Before the look, so that what comes after it is not missed.
            self.changes.mark_unchanged();
            // The stream, which the viewer holds, holds the sender: an error cannot come.
            match self.look(batch) {
                Look::Taken => return Ok(()),
                Look::End(end) => return Err(end),
                Look::Wait => drop(self.changes.changed().await),
                Look::WaitUntil(time) => drop(timeout_at(time, self.changes.changed()).await),
            }
        }
    }

    /// Counts that the viewer is being disconnected because its socket took no byte for too long.
    pub fn note_stalled(&self) {
        self.stream.counters.stalled.add(1);
    }

    fn look(&mut self, batch: &mut Vec<Bytes>) -> Look {
        let stream = self.stream.clone();
        let live = stream.live();
        if live.end == Some(End::Shutdown) {
            return Look::End(End::Shutdown);
        }
        let before = batch.len();
        if self.place.is_none() {
            match announced(&live, &stream.vhost.http_remux) {
                Ok(tracks) => {
                    let drop_others = stream.vhost.http_remux.drop_if_not_match;
                    self.place = Some(join(&live.feed, tracks, drop_others, batch));
                }
                Err(wait) => return live.end.map_or(wait, Look::End),
            }
        }
        if let Err(end) = self.keep_up(&live.feed, batch) {
            return Look::End(end);
        }
        self.take(&live.feed, batch);
        let end = live.end;
        drop(live);

        let taken = &batch[before..];
        if taken.is_empty() {
            return end.map_or(Look::Wait, Look::End);
        }
        self.stream.counters.sent_bytes.add(taken.iter().map(|parcel| parcel.len() as u64).sum());
        Look::Taken
    }

    /// Takes what is in the feed from the cursor on, as far as it is for this viewer.
    fn take(&mut self, feed: &Feed, batch: &mut Vec<Bytes>) {
        let Some(place) = &mut self.place else { return };
        let (mut parcels, mut bytes) = (0, 0);
        while let Some(parcel) = feed.parcel(place.cursor) {
            if parcels == BATCH_PARCELS || bytes >= BATCH_BYTES {
                return;
            }
            place.cursor += 1;
            if !place.tracks.include(parcel.content.track()) {
                continue;
            }
            match parcel.content {
                Content::Keyframe => place.needs_keyframe = false,
                Content::Video if place.needs_keyframe => continue,
                Content::Video | Content::Audio | Content::Setup(_) => {}
            }
            if !Arc::ptr_eq(&place.preamble, &parcel.preamble) {
                place.preamble = parcel.preamble.clone();
            }
            parcels += 1;
            bytes += parcel.bytes.len();
            batch.push(parcel.bytes.clone());
        }
        self.skips_in_a_row = 0;
    }

    /// Skips to the newest keyframe when the viewer is over its budget.
    fn keep_up(&mut self, feed: &Feed, batch: &mut Vec<Bytes>) -> Result<(), End> {
        let Some(place) = &mut self.place else { return Ok(()) };
        let lost = place.cursor < feed.first();
        let newest = feed.newest_keyframe();
        let late = feed.behind(place.cursor) > feed.limits().duration
            && newest.is_some_and(|key| key > place.cursor);
        if !lost && !late {
            return Ok(());
        }
        let counters = &self.stream.counters;
        self.skips_in_a_row += 1;
        if self.skips_in_a_row > self.stream.vhost.play.queue_max_skips {
            counters.too_slow.add(1);
            return Err(End::TooSlow);
        }
        let target = newest.unwrap_or_else(|| feed.end());
        counters.skips.add(1);
        counters.skipped_tags.add(target - place.cursor);
        tracing::debug!(stream = %self.stream.key, tags = target - place.cursor, "slow viewer skips to the newest keyframe");
        place.cursor = target;
        place.needs_keyframe = true;
        let preamble = feed.parcel(target).map_or_else(|| feed.preamble(), |parcel| &parcel.preamble);
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
        self.stream.viewer_leaves();
    }
}

/// Which tracks the FLV header announces, or how long to wait until that can be said.
fn announced(live: &Live, remux: &HttpRemux) -> Result<Tracks, Look> {
    if !remux.guess_has_av {
        return Ok(Tracks { audio: remux.has_audio, video: remux.has_video });
    }
    // Nothing is known before the first tag, and of the tracks that a publication has, the second may come a little later.
    let Some(first_media) = live.first_media else { return Err(Look::Wait) };
    let decided = first_media + remux.guess_timeout;
    if live.tracks == (Tracks { audio: true, video: true }) || Instant::now() >= decided {
        return Ok(live.tracks);
    }
    Err(Look::WaitUntil(decided))
}

/// The FLV header and what decoders must know; the viewer then stands at the GOP cache's start, or at the live edge.
///
/// With `drop_others`, tracks that the header does not announce are not sent.
fn join(feed: &Feed, announced: Tracks, drop_others: bool, batch: &mut Vec<Bytes>) -> Place {
    let tracks = if drop_others { announced } else { Tracks { audio: true, video: true } };
    let start = feed.gop_start();
    let cursor = start.unwrap_or_else(|| feed.end());
    let preamble = feed.parcel(cursor).map_or_else(|| feed.preamble(), |parcel| &parcel.preamble).clone();
    batch.push(Bytes::copy_from_slice(&file_header(announced.audio, announced.video)));
    batch.extend(preamble.parts().filter(|&(track, _)| tracks.include(track)).map(|(_, part)| part.clone()));
    Place { cursor, tracks, needs_keyframe: start.is_none(), preamble }
}
