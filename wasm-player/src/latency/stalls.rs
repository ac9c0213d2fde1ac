//! Times at which playback stands: how they are noticed, and what they say about the target.

use super::playback::range_at;
use super::{Controller, Playback, SETTLE_TIME, STALL_AHEAD, TARGET_MAX, ahead};

/// What a stall multiplies the target with.
const STALL_FACTOR: f64 = 1.5;
/// A stall that is over so soon, as looks a tenth of a second apart see it, is of a frame or two. Like a single delay,
/// it is an accident, and raises the target only when another comes before the target would be lowered again.
const HICCUP: f64 = 0.2;
/// A longer stall is an outage, not jitter: more buffer would not have bridged it.
const STALL_IS_OUTAGE: f64 = 3.0;
/// The raised target comes down only after so long without a stall...
const CLEAN_BEFORE_DECAY: f64 = 30.0;
/// ...and then loses the excess with this time constant.
const DECAY_TIME: f64 = 20.0;
/// No progress for this long, and playback is stalled; shorter is the grain of the element's clock.
const STALL_DETECT: f64 = 0.15;

impl Controller {
    /// The element says that it has run dry at that time: what it is short of may come before the next look at it.
    pub fn ran_dry(&mut self, now: f64, current_time: f64) {
        let has_settled = self.started.is_some_and(|started| now - started > SETTLE_TIME)
            && now - self.last_seek > SETTLE_TIME
            && now - self.last_stall > SETTLE_TIME;
        if has_settled && self.stalled_since.is_none() {
            self.last_time = current_time;
            self.stall_begins(now);
        }
    }

    /// Notices starts, stalls and their ends from the playhead alone.
    pub(super) fn watch_progress(&mut self, playback: &Playback<'_>) {
        let progressed = playback.current_time > self.last_time;
        let moved = playback.current_time != self.last_time;
        self.last_time = playback.current_time;
        if moved {
            self.last_ahead = ahead(playback.buffered, playback.current_time);
        }
        if !playback.playing {
            self.last_progress = playback.now;
            self.stalled_since = None;
        } else if progressed {
            let within = range_at(playback.buffered, playback.current_time).is_some();
            if self.started.is_none() && within && self.last_progress.is_finite() {
                self.started = Some(playback.now);
            }
            self.last_progress = playback.now;
            if let Some(since) = self.stalled_since.take() {
                self.stall_ends(playback.now, playback.now - since);
            }
        } else if moved || self.last_progress == f64::NEG_INFINITY {
            self.last_progress = playback.now;
        } else if self.stalled_since.is_none()
            && self.started.is_some()
            && playback.now - self.last_progress > STALL_DETECT
            && self.last_ahead < STALL_AHEAD
        {
            self.stall_begins(self.last_progress);
        }
    }

    fn stall_begins(&mut self, since: f64) {
        self.stalled_since = Some(since);
        self.stalls += 1;
    }

    fn stall_ends(&mut self, now: f64, length: f64) {
        let is_accident = length < HICCUP && now - self.last_stall > CLEAN_BEFORE_DECAY;
        self.last_stall = now;
        self.stall_seconds += length;
        if length < STALL_IS_OUTAGE && !is_accident {
            self.raised = (self.raised * STALL_FACTOR).min(self.base.max(TARGET_MAX));
        }
    }

    /// Lets the target come down again, and late media be forgotten.
    pub(super) fn decay(&mut self, now: f64, elapsed: f64) {
        self.arrivals.forget(now, elapsed);
        if now - self.last_stall > CLEAN_BEFORE_DECAY {
            self.raised = self.base + (self.raised - self.base) * DECAY_TIME / (DECAY_TIME + elapsed);
        }
    }
}
