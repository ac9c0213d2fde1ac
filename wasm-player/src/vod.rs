//! Playing a file instead of a live stream: what of it to fetch, when to pause, and where a seek leads.
//!
//! Pure: bytes and times in, decisions out. Times are in milliseconds on the file's own clock, which is 0 at the first
//! frame that is shown; positions are in bytes from the start of the file.

mod index;
mod scan;
mod seek;

use core::ops::Range;

use flvgate_media::amf0::Value;

pub use index::KeyframeIndex;
pub use scan::{FoundTag, TagScan};
pub use seek::{Seek, Step};

/// Loading pauses with so much ahead of the playhead, in milliseconds and in bytes. The bytes stay below what a source
/// buffer's queue takes, since all of it may wait there ...
const AHEAD_MAX: (i64, u64) = (30_000, 14 << 20);
/// ... and goes on below this.
const AHEAD_LOW: (i64, u64) = (10_000, 7 << 20);
/// So much of a file's end is looked at for its last timestamp; tags larger than that are rare even as keyframes.
const TAIL: u64 = 256 << 10;
/// No file is so large; servers of live streams have been seen to claim it.
const LENGTH_MAX: u64 = 1 << 50;

/// What the head of an HTTP answer says of the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Bytes of the whole file: of `Content-Length` in a 200, the last part of `Content-Range` in a 206.
    pub length: Option<u64>,
    /// It is a part, as was asked for: the status is 206.
    pub is_part: bool,
    /// `Accept-Ranges` says `none`.
    pub refuses_ranges: bool,
}

/// A file that is played.
#[derive(Clone, Debug)]
pub struct File {
    length: Option<u64>,
    takes_ranges: bool,
    duration: Option<i64>,
    /// What is known of where its keyframes are.
    pub index: KeyframeIndex,
    paused: bool,
}

impl File {
    /// Tells a file from a live stream; `live` is what the page says, if it does.
    #[must_use]
    pub fn of(answer: Answer, live: Option<bool>) -> Option<Self> {
        let length = answer.length.filter(|&length| length < LENGTH_MAX);
        let is_live = live.unwrap_or(length.is_none());
        (!is_live).then(|| Self {
            length,
            takes_ranges: length.is_some() && !answer.refuses_ranges,
            duration: None,
            index: KeyframeIndex::default(),
            paused: false,
        })
    }

    /// Takes what `onMetaData` says: `duration`, and `keyframes { times, filepositions }`.
    pub fn hear_metadata(&mut self, metadata: &Value) {
        let number = |value: &Value| value.as_number().filter(|number| (0.0..9e15).contains(number));
        self.duration =
            metadata.property("duration").and_then(number).map(|seconds| (seconds * 1000.0) as i64);
        let list = metadata.property("keyframes");
        let column = |name| match list.and_then(|list| list.property(name)) {
            Some(Value::StrictArray(values)) => &values[..],
            _ => &[],
        };
        self.index = KeyframeIndex::default();
        let mut start = None;
        for (time, position) in column("times").iter().zip(column("filepositions")) {
            if let (Some(time), Some(position)) = (number(time), number(position)) {
                // The first keyframe is where the file's clock begins.
                let start = *start.get_or_insert(time);
                self.index.learn(((time - start) * 1000.0) as i64, position as u64);
            }
        }
    }

    /// Playback has begun. `offset`: the file's clock minus the tags' timestamps.
    pub fn starts_at(&mut self, offset: i64) {
        // A part of a file has the whole's duration, and timestamps that do not begin at 0.
        let duration = self.duration.map(|duration| duration + offset.min(0));
        self.duration = duration.filter(|&duration| duration > 0);
    }

    /// How long it is, in milliseconds, if that is known.
    #[must_use]
    pub const fn duration(&self) -> Option<i64> {
        self.duration
    }

    /// The bytes to look at for a duration that nobody has told.
    #[must_use]
    pub fn tail(&self) -> Option<Range<u64>> {
        let length = self.length.filter(|_| self.takes_ranges && self.duration.is_none())?;
        Some(length.saturating_sub(TAIL)..length)
    }

    /// Takes the end of the file: its last frame's time is the duration. `offset` as in [`Self::starts_at`].
    pub fn hear_tail(&mut self, bytes: &[u8], offset: i64) {
        let mut scan = TagScan::new(0);
        scan.push(bytes);
        let mut last = 0;
        while let Some(tag) = scan.next_tag() {
            last = last.max(tag.time(offset));
        }
        if last > 0 {
            self.duration = Some(last);
        }
    }

    /// Whether it was decided to stop reading.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether a request can ask for a part.
    #[must_use]
    pub const fn takes_ranges(&self) -> bool {
        self.takes_ranges
    }

    /// The server has answered a request for a part with the whole.
    pub const fn refuse_ranges(&mut self) {
        self.takes_ranges = false;
    }

    /// Whether a body that ended at `position` was whole.
    #[must_use]
    pub fn is_whole(&self, position: u64) -> bool {
        self.length.is_none_or(|length| position >= length)
    }

    /// Plans the way to `target`: the keyframe at or before it.
    #[must_use]
    pub fn seek(&self, target: i64) -> Seek {
        match (self.length.filter(|_| self.takes_ranges), self.duration) {
            (Some(length), Some(duration)) => Seek::new(target, &self.index, (duration, length)),
            _ => Seek::from_start(),
        }
    }

    /// Whether to stop reading for now. `time` is the playhead, `loaded` the time and position up to which was loaded, and
    /// `buffered` how much the element has ahead, in milliseconds.
    pub fn should_pause(&mut self, time: i64, loaded: (i64, u64), buffered: i64) -> bool {
        let bytes = loaded.1.saturating_sub(self.index.position_at(time));
        self.paused = if self.paused {
            // By what is buffered in both tracks: one may be far ahead of the other.
            buffered >= AHEAD_LOW.0 || bytes >= AHEAD_LOW.1
        } else {
            loaded.0 - time >= AHEAD_MAX.0 || bytes >= AHEAD_MAX.1
        };
        self.paused
    }
}

/// Where to go when the playhead stands at `time` and nothing is buffered there: the start of the next range, if it is
/// `loaded` already beyond. In seconds.
#[must_use]
pub fn way_out(buffered: &[(f64, f64)], time: f64) -> Option<f64> {
    /// At a range's end by this much the playhead stands.
    const EDGE: f64 = 0.15;
    let next = buffered.iter().find(|range| range.1 - time > EDGE)?.0;
    // A position right on a range's first instant can fall before it by rounding.
    (next > time).then_some(next + 0.001)
}

#[cfg(test)]
mod tests;
