use flvgate_media::fmp4::VIDEO_TIMESCALE;

/// Ticks of the video timescale in a millisecond.
pub(in crate::pipeline) const TICKS_PER_MS: i64 = VIDEO_TIMESCALE as i64 / 1000;
const MIN_DURATION: i64 = TICKS_PER_MS;
const MAX_DURATION: i64 = 1000 * TICKS_PER_MS;
/// Taken for a first frame whose stream does not tell its frame rate: 25 frames per second.
const DEFAULT_DURATION: i64 = 40 * TICKS_PER_MS;

/// Gives each video frame its times and a duration before the next frame is known.
///
/// Media Source Extensions take a decoding time that is behind the last one, or ahead of it by more than twice the last
/// frame's duration, for a discontinuity, and then drop everything up to a keyframe (section "Coded Frame Processing"). An estimated
/// duration would trip over that at every gap. Hence the decoding time is kept inside these bounds, and the composition
/// offset makes up for the difference: frames show when they should.
///
/// A publisher that goes away between a frame and the B-frames that show before it leaves a frame which shows later than
/// its successor's keyframe would. Chromium then throws one of the two GOPs away. Hence a GOP whose keyframe would show
/// before a frame that is there already shows later as a whole, by just as much as that takes.
#[derive(Debug, Default)]
pub(super) struct VideoClock {
    last: Option<Written>,
    /// The usual duration of a frame, in ticks.
    usual: i64,
    /// The end of the frame that shows last, in ticks.
    presentation_end: i64,
    /// When the frame that shows last does so, in ticks.
    latest_shown: i64,
    /// By how much the frames of this GOP show later than they say, in ticks.
    delay: i64,
}

#[derive(Clone, Copy, Debug)]
struct Written {
    /// Decoding time by the timeline.
    real: i64,
    /// Decoding time as written.
    decode_time: i64,
    duration: i64,
}

/// Times in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VideoTimes {
    pub(super) decode_time: i64,
    pub(super) duration: i64,
    pub(super) composition_offset: i32,
}

impl VideoClock {
    /// Takes the frame duration that the stream states, if it does.
    pub(super) const fn configure(&mut self, frame_duration: Option<i64>) {
        if let Some(duration) = frame_duration {
            self.usual = duration;
        }
    }

    /// `at_ms`: decoding time by the timeline; `composition_time`: ticks to be added for the presentation.
    pub(super) fn place(&mut self, at_ms: i64, composition_time: i32, keyframe: bool) -> VideoTimes {
        let real = at_ms.max(0) * TICKS_PER_MS;
        let decode_time = match self.last {
            Some(last) => {
                let step = real - last.real;
                if (MIN_DURATION..=MAX_DURATION).contains(&step) {
                    self.usual = step;
                }
                real.clamp(last.decode_time + MIN_DURATION, last.decode_time + 2 * last.duration)
            }
            None => real,
        };
        if self.usual == 0 {
            self.usual = DEFAULT_DURATION;
        }
        let due = real.max(decode_time);
        let said = (due + i64::from(composition_time)).max(0);
        if keyframe {
            let first_free = if self.last.is_some() { self.latest_shown + MIN_DURATION } else { said };
            self.delay = (first_free - said).clamp(0, MAX_DURATION);
        }
        let shown_from = said + self.delay;
        self.latest_shown = self.latest_shown.max(shown_from);
        let duration = (due + self.usual - decode_time).clamp(MIN_DURATION, MAX_DURATION);
        self.presentation_end = self.presentation_end.max(shown_from + self.usual);
        self.last = Some(Written { real, decode_time, duration });
        let composition_offset = shown_from - decode_time;
        VideoTimes {
            decode_time,
            duration,
            composition_offset: i32::try_from(composition_offset).unwrap_or(i32::MAX),
        }
    }

    /// The earliest decoding time, in milliseconds, at which a keyframe with this composition time, in ticks, overlaps nothing.
    pub(super) fn end_ms(&self, composition_time: i32) -> i64 {
        let Some(last) = self.last else { return 0 };
        let decoded = ticks_to_ms_up(last.real.max(last.decode_time) + self.usual.min(MAX_DURATION));
        decoded.max(ticks_to_ms_up(self.presentation_end - i64::from(composition_time)))
    }

    /// Output time of the last frame, in milliseconds.
    pub(super) fn last_ms(&self) -> i64 {
        self.last.map_or(0, |last| last.real / TICKS_PER_MS)
    }
}

/// Rounded up.
pub(in crate::pipeline) const fn ticks_to_ms_up(ticks: i64) -> i64 {
    (ticks + TICKS_PER_MS - 1).div_euclid(TICKS_PER_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_duration_is_the_last_interval() {
        let mut clock = VideoClock::default();
        let frames: Vec<_> = [0, 33, 67, 100].map(|at| clock.place(at, 0, false)).to_vec();
        assert_eq!(frames.iter().map(|frame| frame.decode_time / 90).collect::<Vec<_>>(), [0, 33, 67, 100]);
        assert_eq!(frames.iter().map(|frame| frame.duration / 90).collect::<Vec<_>>(), [40, 33, 34, 33]);
    }

    #[test]
    fn a_gap_keeps_decoding_times_close_and_shows_frames_in_time() {
        let mut clock = VideoClock::default();
        let mut last: Option<VideoTimes> = None;
        for at in [0, 40, 80, 980, 1020, 1060, 5000, 5040] {
            let times = clock.place(at, 0, false);
            assert_eq!(times.decode_time + i64::from(times.composition_offset), at * 90, "{at}");
            if let Some(last) = last {
                let step = times.decode_time - last.decode_time;
                assert!((1..=2 * last.duration).contains(&step), "{at}: {step}");
            }
            assert!((MIN_DURATION..=MAX_DURATION).contains(&times.duration));
            last = Some(times);
        }
    }

    #[test]
    fn steps_back_are_pressed_forward() {
        let mut clock = VideoClock::default();
        clock.place(1000, 0, true);
        let back = clock.place(950, 40 * 90, false);
        assert_eq!((back.decode_time, back.composition_offset), (1001 * 90, 40 * 90));
        assert_eq!(clock.place(1041, 0, false).decode_time, 1041 * 90);
    }

    #[test]
    fn presentation_is_never_negative() {
        let times = VideoClock::default().place(0, -80 * 90, true);
        assert_eq!((times.decode_time, times.composition_offset), (0, 0));
    }

    #[test]
    fn a_gop_that_would_show_before_the_last_frame_shows_behind_it() {
        let mut clock = VideoClock::default();
        let mut shown = |at, composition_time, keyframe| {
            let times = clock.place(at, composition_time * 90, keyframe);
            (times.decode_time + i64::from(times.composition_offset)) / TICKS_PER_MS
        };
        assert_eq!([shown(0, 80, true), shown(40, 160, false)], [80, 200]);
        // Its publisher has gone without the two B-frames that show at 120 and 160.
        assert_eq!([shown(80, 80, true), shown(120, 160, false), shown(160, 40, false)], [201, 321, 241]);
        assert_eq!([shown(200, 0, false), shown(240, 80, true)], [241, 322]);
        // The delay shrinks with each GOP that leaves room for it.
        assert_eq!([shown(280, 80, false), shown(320, 80, true)], [362, 400]);
    }
}
