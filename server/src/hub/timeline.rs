//! One clock for a stream, whatever its publishers' clocks do: 64 bits, continuous across restarts and wraps.
//!
//! Audio and video keep the distance that their publisher gives them, by one offset for both, and each is judged by its
//! own past alone: a distance, however large, is no jump.

mod track;

#[cfg(test)]
mod tests;

use flvgate_media::flv::TagType;

use self::track::Track;
use crate::config::TimeJitter;

/// A step back of more than this is no disorder of frames: the publisher's clock was set. Milliseconds; SRS's.
const MAX_STEP_BACK: i64 = 250;

/// A step forward of more than this is no slow camera: the publisher's clock was set. Milliseconds.
///
/// SRS takes 250 ms, which plays a camera of 2 frames a second 50 times too fast.
const MAX_STEP_FORWARD: i64 = 3000;

/// What a step that is not believed becomes at least, in milliseconds: no shorter than an audio frame, so that the audio
/// before and after it do not overlap.
const MENDED_STEP: i64 = 40;

/// Maps publishers' timestamps to the stream's.
#[derive(Debug)]
pub(super) struct Timeline {
    jitter: TimeJitter,
    audio: Track,
    video: Track,
    /// The newest timestamp given out.
    newest: Option<i64>,
    /// When the frame is to be shown that is to be shown last.
    shown_last: i64,
}

impl Timeline {
    pub(super) const fn new(jitter: TimeJitter) -> Self {
        Self { jitter, audio: Track::new(), video: Track::new(), newest: None, shown_last: i64::MIN }
    }

    /// The next tag is a new publication's first.
    pub(super) const fn restart(&mut self) {
        self.audio.restart();
        self.video.restart();
    }

    /// Mends by other rules from now on; the clock goes on.
    pub(super) fn set_jitter(&mut self, jitter: TimeJitter) {
        if jitter != self.jitter {
            self.jitter = jitter;
            self.audio.go_on();
            self.video.go_on();
        }
    }

    /// Where a track stands: what its tags that have no time of their own get. Metadata goes with the video.
    pub(super) fn now(&self, track: TagType) -> u64 {
        let (own, other) = match track {
            TagType::Audio => (&self.audio, &self.video),
            TagType::Video | TagType::Script => (&self.video, &self.audio),
        };
        to_timestamp(own.last().or(other.last()).unwrap_or(0))
    }

    /// Maps the timestamp of an audio or video frame. Publishers count in 32 bits that wrap (RTMP 1.0 section 5.3.1.3).
    ///
    /// `None` for audio from before the stream's beginning, which has no time: it is to be left out.
    pub(super) fn map(&mut self, track: TagType, raw: u64) -> Option<u64> {
        #[allow(clippy::cast_possible_truncation)] // The wire's 32 bits are what counts, and they wrap.
        let raw = raw as u32;
        let is_video = track == TagType::Video;
        let first = self.first_of_publication(is_video);
        let (jitter, shown_last) = (self.jitter, self.shown_last);
        let (own, other) =
            if is_video { (&mut self.video, &mut self.audio) } else { (&mut self.audio, &mut self.video) };
        let raw = own.unwrap(raw, other, jitter == TimeJitter::Off);
        match own.raw() {
            None => {
                let end = own.last().map(|last| if is_video { last.max(shown_last) } else { last });
                let floor = end.map_or(0, |end| end + MENDED_STEP);
                if other.raw().is_none() {
                    own.begin(raw, first.unwrap_or(if jitter == TimeJitter::Off { raw } else { 0 }));
                } else {
                    own.join(raw, other, floor, is_video, jitter == TimeJitter::Full);
                }
            }
            Some(before) if jitter == TimeJitter::Full => own.judge(raw, before, other),
            Some(_) => {}
        }
        let mapped = own.place(raw, other, jitter == TimeJitter::Full);
        self.newest = self.newest.max(mapped);
        mapped.map(to_timestamp)
    }

    /// Notes that a frame of time `timestamp` is shown `composition_time` milliseconds after it.
    pub(super) fn shows(&mut self, timestamp: u64, composition_time: i32) {
        // More than a step that is believed is nonsense, and must not set the clock.
        let delay = i64::from(composition_time).min(MAX_STEP_FORWARD);
        let shown = i64::try_from(timestamp).unwrap_or(i64::MAX).saturating_add(delay);
        self.shown_last = self.shown_last.max(shown);
    }

    /// Where the first tag of a publication goes that is not the stream's first.
    ///
    /// A publisher that is cut off between a frame and the B-frames before it leaves a frame to be shown later than all
    /// others. Players that get the successor's keyframe for an earlier time throw one of them away.
    fn first_of_publication(&self, is_video: bool) -> Option<i64> {
        let newest = self.newest?;
        let own = if is_video { self.video.last() } else { self.audio.last() };
        // Tracks that were far apart will be so again: each goes on where it was.
        let end = own.filter(|last| newest - last > MAX_STEP_FORWARD);
        let is_apart = end.is_some();
        let end = end.unwrap_or(newest);
        Some(if is_video || !is_apart { end.max(self.shown_last) } else { end } + MENDED_STEP)
    }
}

/// There is no time before zero.
fn to_timestamp(mapped: i64) -> u64 {
    u64::try_from(mapped).unwrap_or(0)
}
