//! Keeps playback near the live edge: small changes of the rate, and a jump where those would take too long.
//!
//! The controller sees the element through [`Playback`] only, so that a simulated clock can drive it.
//! All times are in seconds.

mod arrivals;
mod hole;
mod playback;
mod rate;
mod stalls;

use arrivals::Arrivals;
pub use playback::{Action, Playback, ahead};

/// The target when there is audio and all of it comes in time. A browser starts its audio renderer with about 0.24 s
/// decoded ahead, and then goes on with less.
pub const TARGET_WITH_AUDIO: f64 = 0.16;
/// The same for video alone, which needs no more than a frame or two.
pub const TARGET_VIDEO_ONLY: f64 = 0.05;

/// Delays and stalls raise the target up to here.
const TARGET_MAX: f64 = 2.0;
/// The target is above the worst delay by so much: what the browser has taken to decode, and the grain of frames.
const ABOVE_DELAY: f64 = 0.05;

/// Farther behind than the target by this, catching up at the highest rate would take over 15 s: jump.
const SEEK_BEHIND: f64 = 1.5;
/// The same right after the start, when what lies ahead is the server's GOP cache and nobody watches the past yet.
const SEEK_BEHIND_AT_JOIN: f64 = 0.4;
/// How long playback counts as just started.
const JOIN_TIME: f64 = 3.0;
/// A seek before playback has settled makes the start stutter.
const SETTLE_TIME: f64 = 0.5;
/// Seeks are at least so far apart: each empties the decoder.
const SEEK_INTERVAL: f64 = 1.0;
/// A playhead that stopped with less than this ahead ran dry: it stops before the very end.
const STALL_AHEAD: f64 = 0.2;
/// With so much ahead, a playhead that stands is helped by a seek.
///
/// Chromium's audio renderer wants twice as much ahead after each time it ran dry, and forgets that at a seek only.
const RESUME_AHEAD: f64 = 0.4;
/// How far forward that seek goes. The frame that is shown may be ahead of the clock that stands: a seek to where the
/// clock is would show an older one.
const RESUME_STEP: f64 = 0.1;
/// No progress for this long, and something is done about it; shorter is the grain of the element's clock.
const STANDS: f64 = 0.25;

/// Decides, from the element's state a few times a second, how to come back to the target latency.
#[derive(Clone, Debug)]
pub struct Controller {
    base: f64,
    /// The base, and what stalls have added.
    raised: f64,
    arrivals: Arrivals,
    rate: f64,
    smoothed: Option<f64>,
    last_update: Option<f64>,
    last_time: f64,
    last_progress: f64,
    /// What was ahead when the playhead last moved.
    last_ahead: f64,
    started: Option<f64>,
    stalled_since: Option<f64>,
    last_stall: f64,
    last_seek: f64,
    stalls: u32,
    stall_seconds: f64,
    jump: bool,
}

impl Controller {
    /// A controller that aims at `base` seconds behind the live edge as long as nothing stalls.
    #[must_use]
    pub fn new(base: f64) -> Self {
        Self {
            base,
            raised: base,
            arrivals: Arrivals::new(),
            rate: 1.0,
            smoothed: None,
            last_update: None,
            last_time: f64::NEG_INFINITY,
            last_progress: f64::NEG_INFINITY,
            last_ahead: 0.0,
            started: None,
            stalled_since: None,
            last_stall: f64::NEG_INFINITY,
            last_seek: f64::NEG_INFINITY,
            stalls: 0,
            stall_seconds: 0.0,
            jump: false,
        }
    }

    /// Takes another base target; what stalls have added stays.
    pub fn set_base(&mut self, base: f64) {
        self.raised = (self.raised - self.base + base).max(base).min(base.max(TARGET_MAX));
        self.base = base;
    }

    /// The latency that is aimed at now: the base, or what delays and stalls have shown to be needed.
    #[must_use]
    pub fn target(&self) -> f64 {
        let needed = self.arrivals.worst() + ABOVE_DELAY;
        self.raised.max(needed.min(TARGET_MAX))
    }

    /// How often playback ran dry since the start.
    #[must_use]
    pub fn stalls(&self) -> u32 {
        self.stalls
    }

    /// How long the stalls have lasted that are over, in seconds.
    #[must_use]
    pub fn stall_seconds(&self) -> f64 {
        self.stall_seconds
    }

    /// Looks at the element without a wish to steer it: a file has no live edge.
    pub fn watch(&mut self, playback: &Playback<'_>) {
        self.watch_progress(playback);
    }

    /// Media with that decoding time came; call it for each frame of one track.
    pub fn arrived(&mut self, now: f64, decode_time: f64) {
        self.arrivals.note(now, decode_time);
    }

    /// What comes from here on has another clock.
    pub fn clock_changed(&mut self) {
        self.arrivals.reset_clock();
    }

    /// The next update goes to the live edge however near it is: the page was hidden, or the user asked.
    pub fn jump_to_live(&mut self) {
        self.jump = true;
    }

    /// A new connection brings media, with a GOP cache before it again.
    pub fn rejoined(&mut self, now: f64) {
        self.clock_changed();
        if self.started.is_some() {
            self.started = Some(now);
        }
    }

    /// The `MediaSource` is a new one: what was measured on the old one says nothing.
    ///
    /// The target and the count of stalls stay, for they describe the network.
    pub fn restart(&mut self) {
        let mut arrivals = self.arrivals;
        arrivals.reset_clock();
        *self = Self {
            raised: self.raised,
            arrivals,
            stalls: self.stalls,
            stall_seconds: self.stall_seconds,
            last_stall: self.last_stall,
            ..Self::new(self.base)
        };
    }

    /// Looks at the element once; call it several times a second.
    pub fn update(&mut self, playback: &Playback<'_>) -> Action {
        let elapsed = self.last_update.map_or(0.0, |last| (playback.now - last).max(0.0));
        self.last_update = Some(playback.now);
        let Some(&(first_start, _)) = playback.buffered.first() else { return Action::None };
        let Some(&(last_start, live_edge)) = playback.buffered.last() else { return Action::None };
        self.watch_progress(playback);

        if !playback.playing && self.started.is_some() {
            self.smoothed = None;
            return Action::None;
        }
        let live_position = (live_edge - self.target()).max(last_start);
        if let Some(position) = self.way_out_of_a_hole(playback, first_start, live_position) {
            return self.seek(playback.now, position);
        }
        if !playback.playing {
            return Action::None;
        }
        let latency = live_edge - playback.current_time;
        if self.far_behind(playback.now, latency) && live_position > playback.current_time {
            return self.seek(playback.now, live_position);
        }
        if self.waits_in_vain(playback) {
            return self.seek(playback.now, playback.current_time + RESUME_STEP);
        }
        self.decay(playback.now, elapsed);
        self.steer(latency, elapsed)
    }

    fn far_behind(&self, now: f64, latency: f64) -> bool {
        if self.jump {
            return latency > self.target();
        }
        let Some(started) = self.started else { return false };
        if now - started < SETTLE_TIME || now - self.last_seek < SEEK_INTERVAL {
            return false;
        }
        let limit = if now - started < JOIN_TIME { SEEK_BEHIND_AT_JOIN } else { SEEK_BEHIND };
        latency > self.target() + limit
    }

    /// Whether the playhead has stood for longer than the grain of the element's clock.
    fn stands(&self, now: f64) -> bool {
        self.started.is_some() && now - self.last_progress > STANDS
    }

    fn waits_in_vain(&self, playback: &Playback<'_>) -> bool {
        self.stands(playback.now)
            && playback.now - self.last_seek > SEEK_INTERVAL
            && ahead(playback.buffered, playback.current_time) > RESUME_AHEAD
    }

    fn seek(&mut self, now: f64, position: f64) -> Action {
        self.jump = false;
        self.last_seek = now;
        self.smoothed = None;
        self.rate = 1.0;
        // A position right on a range's first instant can fall before it by rounding.
        Action::Seek(position + 0.001)
    }
}

#[cfg(test)]
mod tests;
