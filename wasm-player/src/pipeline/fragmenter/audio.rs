/// Audio is laid frame behind frame by its sample clock while its timestamps agree with that up to this many milliseconds.
const MAX_DRIFT_MS: i64 = 60;
/// More silence than this is not put in at once, in milliseconds; what is longer stays a gap.
const MAX_SILENCE_MS: i64 = 10_000;
/// Audio is missed when it is behind video by this many milliseconds more than usual: before playback at a low latency
/// runs dry ...
const MISSED_AFTER_MS: i64 = 20;
/// ... and none has come for this many milliseconds, so that a burst whose audio comes second is no reason.
const MISSED_AFTER_WALL_MS: f64 = 30.0;
/// How much audio usually trails video, until that is measured, and at most.
const FIRST_LAG_MS: i64 = 250;
const MAX_LAG_MS: i64 = 2000;

/// Lays audio frames on a grid of samples without gaps: silence where some is missing, dropping what comes double.
#[derive(Debug)]
pub(super) struct AudioClock {
    timescale: i64,
    /// The usual length of a frame, and that of a frame of silence.
    samples_per_frame: i64,
    /// Where the next frame goes, in ticks.
    next: i64,
    /// Whether a frame was taken: until then the grid can still be moved.
    started: bool,
    /// Whether the grid follows the timestamps; not so at the start and behind a discontinuity.
    in_step: bool,
    usual_lag_ms: i64,
    last_arrival_ms: f64,
}

/// What to do with an audio frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AudioPlace {
    /// Its time is already filled.
    Drop,
    /// It goes next, behind so many frames of silence.
    Behind { silence: usize },
    /// It goes behind a gap that nothing can fill.
    BehindGap,
}

impl Default for AudioClock {
    fn default() -> Self {
        Self {
            timescale: 44_100,
            samples_per_frame: 1024,
            next: 0,
            started: false,
            in_step: false,
            usual_lag_ms: FIRST_LAG_MS,
            last_arrival_ms: 0.0,
        }
    }
}

impl AudioClock {
    /// Goes over to another timescale; what is written stays where it is.
    pub(super) const fn configure(&mut self, timescale: u32, samples_per_frame: u32) {
        let timescale = timescale as i64;
        self.next = (self.next * timescale + self.timescale - 1) / self.timescale;
        self.timescale = timescale;
        self.samples_per_frame = samples_per_frame as i64;
    }

    /// Output goes on behind a discontinuity, or starts at `start_ms`.
    pub(super) const fn resume(&mut self, start_ms: Option<i64>, now_ms: f64) {
        if let Some(start_ms) = start_ms {
            self.next = self.ticks(start_ms);
        }
        self.in_step = false;
        self.last_arrival_ms = now_ms;
    }

    /// `at_ms`: the frame's time by the timeline.
    pub(super) const fn place(&mut self, at_ms: i64, can_fill: bool) -> AudioPlace {
        let at = self.ticks(at_ms);
        let drift = at - self.next;
        let half = self.samples_per_frame / 2;
        let tolerated = if self.in_step { self.ticks(MAX_DRIFT_MS) } else { half };
        if drift < -tolerated {
            self.in_step = false;
            return AudioPlace::Drop;
        }
        self.in_step = true;
        // The first frame goes exactly where it belongs, later ones to the nearest place on its grid.
        let rounding = if self.started { half } else { 0 };
        let frames = (drift + rounding) / self.samples_per_frame;
        let fills = can_fill && frames <= self.ticks(MAX_SILENCE_MS) / self.samples_per_frame;
        if drift > tolerated && !fills {
            self.next = at;
            return AudioPlace::BehindGap;
        }
        if !self.started && drift > 0 {
            self.next = at - frames * self.samples_per_frame;
        }
        AudioPlace::Behind { silence: if drift > tolerated { frames as usize } else { 0 } }
    }

    /// The decoding time of the next frame in ticks, which is then taken, with that many of them.
    pub(super) const fn take(&mut self, samples: i64) -> i64 {
        let at = self.next;
        self.started = true;
        self.next += samples;
        at
    }

    /// Notes that audio came, and how far behind video it is.
    pub(super) fn arrived(&mut self, at_ms: i64, video_ms: Option<i64>, now_ms: f64) {
        self.last_arrival_ms = now_ms;
        if let Some(video_ms) = video_ms {
            let lag = (video_ms - at_ms).clamp(0, MAX_LAG_MS);
            // Up at once, down slowly: silence that was put in too early costs sound.
            let down = (self.usual_lag_ms - lag + 63) / 64;
            self.usual_lag_ms = if lag > self.usual_lag_ms { lag } else { self.usual_lag_ms - down };
        }
    }

    /// How many frames of silence are due because video has come to `video_ms` and audio stays away.
    pub(super) fn missed(&self, video_ms: i64, now_ms: f64) -> usize {
        let lag = video_ms - self.end_ms();
        if lag <= self.usual_lag_ms + MISSED_AFTER_MS || now_ms - self.last_arrival_ms < MISSED_AFTER_WALL_MS
        {
            return 0;
        }
        let due = self.ticks((lag - self.usual_lag_ms).min(MAX_SILENCE_MS)) / self.samples_per_frame;
        usize::try_from(due).unwrap_or(0)
    }

    /// End of what is written, in milliseconds.
    pub(super) const fn end_ms(&self) -> i64 {
        (self.next * 1000 + self.timescale - 1) / self.timescale
    }

    pub(super) fn seconds(&self, ticks: i64) -> f64 {
        ticks as f64 / self.timescale as f64
    }

    const fn ticks(&self, ms: i64) -> i64 {
        ms * self.timescale / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn clock() -> AudioClock {
        let mut clock = AudioClock::default();
        clock.configure(48_000, 1024);
        clock.resume(Some(0), 0.0);
        clock
    }

    fn taken(clock: &mut AudioClock, place: AudioPlace) -> Option<i64> {
        let AudioPlace::Behind { silence } = place else { return None };
        (0..=silence).map(|_| clock.take(1024)).last()
    }

    #[test]
    fn jitter_does_not_move_frames_off_the_sample_grid() {
        let mut clock = clock();
        for (index, jitter) in [0, 7, -9, 30, -30, 50, 0].into_iter().enumerate() {
            let place = clock.place(index as i64 * 1024 * 1000 / 48_000 + jitter, true);
            assert_eq!(taken(&mut clock, place), Some(index as i64 * 1024));
        }
    }

    #[test]
    fn a_gap_is_filled_with_whole_frames() {
        let mut clock = clock();
        let place = clock.place(500, true);
        // 500 ms are 23.4 frames; the first real one is where it should be.
        assert_eq!(place, AudioPlace::Behind { silence: 23 });
        assert_eq!(taken(&mut clock, place), Some(500 * 48));
        let place = clock.place(700, true);
        // 8.4 frames further; now the grid stands.
        assert_eq!(place, AudioPlace::Behind { silence: 8 });
        assert_eq!(taken(&mut clock, place), Some(500 * 48 + 9 * 1024));
        assert_eq!(clock.place(900, false), AudioPlace::BehindGap);
        assert_eq!(clock.take(1024), 900 * 48);
    }

    #[test]
    fn what_comes_double_is_dropped_until_the_grid_is_reached() {
        let mut clock = clock();
        let place = clock.place(500, true);
        taken(&mut clock, place);
        for at in [300, 400, 490] {
            assert_eq!(clock.place(at, true), AudioPlace::Drop, "{at}");
        }
        assert_eq!(clock.place(515, true), AudioPlace::Behind { silence: 0 });
    }

    #[test]
    fn audio_is_missed_when_it_is_late_by_both_clocks() {
        let mut clock = clock();
        clock.arrived(0, Some(0), 0.0);
        assert_eq!(clock.missed(260, 1000.0), 0);
        assert_eq!(clock.missed(1000, 20.0), 0);
        let due = clock.missed(1000, 1000.0);
        assert!((30..=40).contains(&due), "{due}");
    }

    #[test]
    fn a_new_sampling_rate_keeps_the_time() {
        let mut clock = clock();
        let place = clock.place(1000, true);
        taken(&mut clock, place);
        let end = clock.end_ms();
        clock.configure(44_100, 1024);
        assert!((end..=end + 1).contains(&clock.end_ms()));
    }
}
