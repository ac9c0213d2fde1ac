//! Counts of what comes in, and rates over the last second.

use crate::pipeline::Track;

/// What the connection and the pipeline count.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// Bytes since the load.
    pub bytes_received: f64,
    /// Connections after the first.
    pub reconnects: u32,
    /// What came over the connection in the last full window.
    pub kilobits_per_second: f64,
    /// The video's frame rate in the last full window.
    pub frames_per_second: f64,
    /// Time that the player's own code took in the last full window, in milliseconds a second.
    pub busy: f64,
    window_start: f64,
    window_busy: f64,
    window_bytes: f64,
    window_frames: u32,
    /// Decoding time of the window's first and last video frame, in seconds of media.
    window_media: Option<(f64, f64)>,
}

/// How long rates are gathered, in seconds.
const WINDOW: f64 = 1.0;

impl Statistics {
    /// Starts counting; `now` is any monotonic clock, in seconds.
    #[must_use]
    pub fn new(now: f64) -> Self {
        Self { window_start: now, ..Self::default() }
    }

    /// Bytes came.
    pub fn count_bytes(&mut self, bytes: usize) {
        self.bytes_received += bytes as f64;
        self.window_bytes += bytes as f64;
    }

    /// The player's own code ran for so many seconds.
    pub fn count_busy(&mut self, seconds: f64) {
        self.window_busy += seconds;
    }

    /// A fragment came, of that decoding time in seconds.
    pub fn count_fragment(&mut self, track: Track, decode_time: f64) {
        if track == Track::Video {
            self.window_frames += 1;
            let first = self.window_media.map_or(decode_time, |(first, _)| first);
            self.window_media = Some((first, decode_time));
        }
    }

    /// Closes the window if it is full; says whether it was.
    pub fn tick(&mut self, now: f64) -> bool {
        let elapsed = now - self.window_start;
        if elapsed < WINDOW {
            return false;
        }
        self.kilobits_per_second = self.window_bytes * 8.0 / 1000.0 / elapsed;
        self.busy = self.window_busy * 1000.0 / elapsed;
        // By the media's own clock, so that a burst after a pause is no high frame rate.
        self.frames_per_second = match self.window_media {
            Some((first, last)) if last > first => f64::from(self.window_frames - 1) / (last - first),
            _ => 0.0,
        };
        self.window_start = now;
        self.window_bytes = 0.0;
        self.window_busy = 0.0;
        self.window_frames = 0;
        self.window_media = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn rates_are_of_the_last_full_window() {
        let mut statistics = Statistics::new(10.0);
        for frame in 0..30 {
            statistics.count_bytes(5_000);
            statistics.count_fragment(Track::Video, f64::from(frame) / 25.0);
            statistics.count_fragment(Track::Audio, f64::from(frame) / 47.0);
            statistics.count_busy(0.0001);
        }
        assert!(!statistics.tick(10.9));
        assert!(statistics.tick(11.2));
        assert_eq!(statistics.kilobits_per_second.round(), 1000.0);
        assert_eq!(statistics.frames_per_second.round(), 25.0);
        assert!((statistics.busy - 2.5).abs() < 0.01);
        assert!(statistics.tick(12.3));
        assert_eq!((statistics.kilobits_per_second, statistics.frames_per_second), (0.0, 0.0));
        assert_eq!(statistics.bytes_received, 150_000.0);
    }

    #[test]
    fn a_single_frame_has_no_rate() {
        let mut statistics = Statistics::new(0.0);
        statistics.count_fragment(Track::Video, 5.0);
        statistics.tick(1.0);
        assert_eq!(statistics.frames_per_second, 0.0);
    }
}
