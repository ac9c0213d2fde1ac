//! What viewers get.

use std::time::Duration;

/// What viewers get (`play { }`).
#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    /// Start viewers at the newest keyframe, in the past (`gop_cache`).
    pub gop_cache: bool,
    /// Audio and video tags in the GOP cache; a longer GOP is not cached (`gop_cache_max_frames`).
    pub gop_cache_max_frames: usize,
    /// Bytes in the GOP cache; a larger GOP is not cached (`gop_cache_max_bytes`, ours).
    pub gop_cache_max_bytes: usize,
    /// How far behind, in media time, a viewer may fall before it skips to the newest keyframe (`queue_length`).
    pub queue_length: Duration,
    /// How far behind, in bytes, a viewer may fall before it skips (`queue_max_bytes`, ours).
    pub queue_max_bytes: usize,
    /// How often in a row a viewer may skip without catching up before it is disconnected (`queue_max_skips`, ours).
    pub queue_max_skips: u32,
    /// Gather tags for at most this long before a write (`mw_latency`); zero: write as soon as there is video, or audio
    /// without any.
    pub mw_latency: Duration,
    /// How a publisher's timestamps are mended (`time_jitter`, `atc`).
    pub time_jitter: TimeJitter,
}

impl Default for Play {
    fn default() -> Self {
        Self {
            gop_cache: true,
            gop_cache_max_frames: 2500,
            gop_cache_max_bytes: 32 * 1024 * 1024,
            queue_length: Duration::from_secs(30),
            queue_max_bytes: 64 * 1024 * 1024,
            queue_max_skips: 3,
            mw_latency: Duration::ZERO,
            time_jitter: TimeJitter::Full,
        }
    }
}

/// How a publisher's timestamps are mended (`time_jitter`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeJitter {
    /// Start at zero; replace jumps by a small step.
    Full,
    /// Start at zero; leave the rest.
    Zero,
    /// Leave all.
    Off,
}
