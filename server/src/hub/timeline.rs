//! One clock for a stream, whatever its publishers' clocks do: 64 bits, continuous across restarts and wraps.

use crate::config::TimeJitter;

/// A step back of more than this is no reordering of audio and video: the publisher's clock was set. Milliseconds; SRS's.
const MAX_STEP_BACK: i64 = 250;

/// A step forward of more than this is no slow camera: the publisher's clock was set. Milliseconds.
///
/// SRS takes 250 ms, which plays a camera of 2 frames a second 50 times too fast.
const MAX_STEP_FORWARD: i64 = 3000;

/// What a step that is not believed becomes, in milliseconds: no shorter than an audio frame, so that the audio before
/// and after it do not overlap.
const MENDED_STEP: i64 = 40;

/// Maps publishers' timestamps to the stream's.
#[derive(Debug)]
pub(super) struct Timeline {
    jitter: TimeJitter,
    /// The publisher's last timestamp, and what it became; `None` until a publication's first media.
    last: Option<Last>,
    /// The newest timestamp given out.
    newest: Option<i64>,
    /// When the frame is to be shown that is to be shown last.
    shown_last: i64,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    raw: u32,
    mapped: i64,
}

impl Timeline {
    pub(super) const fn new(jitter: TimeJitter) -> Self {
        Self { jitter, last: None, newest: None, shown_last: i64::MIN }
    }

    /// The next tag is a new publication's first.
    pub(super) const fn restart(&mut self) {
        self.last = None;
    }

    /// Mends by other rules from now on; the clock goes on.
    pub(super) const fn set_jitter(&mut self, jitter: TimeJitter) {
        self.jitter = jitter;
    }

    /// The newest timestamp given out: what tags that have no time of their own get.
    pub(super) fn now(&self) -> u64 {
        to_timestamp(self.newest.unwrap_or(0))
    }

    /// Maps the timestamp of an audio or video frame. Publishers count in 32 bits that wrap (RTMP 1.0 section 5.3.1.3).
    pub(super) fn map(&mut self, raw: u64) -> u64 {
        #[allow(clippy::cast_possible_truncation)] // The wire's 32 bits are what counts, and they wrap.
        let raw = raw as u32;
        let mapped = match (self.last, self.newest) {
            (Some(last), newest) => {
                let step = i64::from(raw.wrapping_sub(last.raw).cast_signed());
                if self.believes(step) {
                    last.mapped + step
                } else {
                    newest.unwrap_or(last.mapped) + MENDED_STEP
                }
            }
            // A publisher that is cut off between a frame and the B-frames before it leaves a frame to be shown later
            // than all others. Players that get the successor's keyframe for an earlier time throw one of them away.
            (None, Some(newest)) => newest.max(self.shown_last) + MENDED_STEP,
            (None, None) if self.jitter == TimeJitter::Off => i64::from(raw),
            (None, None) => 0,
        };
        self.last = Some(Last { raw, mapped });
        self.newest = self.newest.max(Some(mapped));
        to_timestamp(mapped)
    }

    /// Notes that a frame of time `timestamp` is shown `composition_time` milliseconds after it.
    pub(super) fn shows(&mut self, timestamp: u64, composition_time: i32) {
        // More than a step that is believed is nonsense, and must not set the clock.
        let delay = i64::from(composition_time).min(MAX_STEP_FORWARD);
        let shown = i64::try_from(timestamp).unwrap_or(i64::MAX).saturating_add(delay);
        self.shown_last = self.shown_last.max(shown);
    }

    fn believes(&self, step: i64) -> bool {
        self.jitter != TimeJitter::Full || (-MAX_STEP_BACK..=MAX_STEP_FORWARD).contains(&step)
    }
}

/// Audio may stand a little before the video that came first, but there is no time before zero.
fn to_timestamp(mapped: i64) -> u64 {
    u64::try_from(mapped).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map_all(timeline: &mut Timeline, raw: &[u32]) -> Vec<u64> {
        raw.iter().map(|&raw| timeline.map(raw.into())).collect()
    }

    #[test]
    fn starts_at_zero_and_keeps_the_interleaving() {
        let mut timeline = Timeline::new(TimeJitter::Full);
        assert_eq!(map_all(&mut timeline, &[5000, 5040, 5023, 5080]), [0, 40, 23, 80]);
    }

    #[test]
    fn a_first_step_back_does_not_shift_what_follows() {
        let mut timeline = Timeline::new(TimeJitter::Full);
        assert_eq!(map_all(&mut timeline, &[5000, 4990, 5040]), [0, 0, 40]);
    }

    #[test]
    fn off_leaves_the_publisher_clock() {
        let mut timeline = Timeline::new(TimeJitter::Off);
        assert_eq!(map_all(&mut timeline, &[5000, 5040, 900_000, 100]), [5000, 5040, 900_000, 100]);
    }

    #[test]
    fn the_wrap_at_32_bits_is_not_seen() {
        let mut timeline = Timeline::new(TimeJitter::Full);
        assert_eq!(map_all(&mut timeline, &[u32::MAX - 19, u32::MAX - 4, 10, 50]), [0, 15, 30, 70]);
    }

    #[test]
    fn jumps_become_a_small_step_and_the_interleaving_goes_on() {
        let mut timeline = Timeline::new(TimeJitter::Full);
        assert_eq!(
            map_all(&mut timeline, &[0, 1000, 61_000, 61_040, 61_020, 20, 60]),
            [0, 1000, 1040, 1080, 1060, 1120, 1160]
        );
    }

    #[test]
    fn a_slow_camera_keeps_its_pace() {
        let mut timeline = Timeline::new(TimeJitter::Full);
        assert_eq!(map_all(&mut timeline, &[0, 1000, 2000, 4000]), [0, 1000, 2000, 4000]);
    }

    #[test]
    fn a_restart_goes_on_where_the_last_publication_ended() {
        for jitter in [TimeJitter::Full, TimeJitter::Zero, TimeJitter::Off] {
            let mut timeline = Timeline::new(jitter);
            map_all(&mut timeline, &[0, 1000]);
            timeline.restart();
            assert_eq!(map_all(&mut timeline, &[0, 40]), [1040, 1080]);
            timeline.restart();
            assert_eq!(map_all(&mut timeline, &[4_000_000_000]), [1120]);
        }
    }

    #[test]
    fn a_restart_goes_on_behind_all_that_is_shown() {
        let mut timeline = Timeline::new(TimeJitter::Full);
        map_all(&mut timeline, &[0, 40]);
        timeline.shows(40, 160);
        timeline.restart();
        assert_eq!(map_all(&mut timeline, &[0, 40]), [240, 280]);
    }

    #[test]
    fn it_goes_on_past_32_bits() {
        let mut timeline = Timeline::new(TimeJitter::Zero);
        let mut raw = 0_u32;
        let mut last = timeline.map(0);
        for _ in 0..6 {
            raw = raw.wrapping_add(0x4000_0000);
            let next = timeline.map(raw.into());
            assert_eq!(next - last, 0x4000_0000);
            last = next;
        }
        assert!(last > u64::from(u32::MAX));
    }
}
