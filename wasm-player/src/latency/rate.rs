//! The proportional part: small changes of the playback rate.

use super::{Action, Controller};

/// Slower than this is heard as dragging.
pub(super) const RATE_MIN: f64 = 0.95;
/// Faster than this is heard as hurry.
pub(super) const RATE_MAX: f64 = 1.1;
/// Change of the rate for each second away from the target.
const GAIN: f64 = 0.8;
/// Rates closer together than this are one: setting a rate costs a resampler restart.
const RATE_STEP: f64 = 0.01;
/// A correction is at least so strong, or the last of an error would take minutes.
const CORRECTION_MIN: f64 = 0.02;
/// The measured latency moves by a frame at every frame; this smooths it.
const SMOOTHING_TIME: f64 = 0.3;

impl Controller {
    /// The proportional part, with a dead band that is narrower while a correction runs.
    pub(super) fn steer(&mut self, latency: f64, elapsed: f64) -> Action {
        self.jump = false;
        let weight = elapsed / (elapsed + SMOOTHING_TIME);
        let smoothed = self.smoothed.map_or(latency, |last| last + (latency - last) * weight);
        self.smoothed = Some(smoothed);
        if self.started.is_none() {
            return Action::None;
        }
        let error = smoothed - self.target();
        let dead_band = (self.target() * 0.15).max(0.02) * if self.rate == 1.0 { 1.0 } else { 0.3 };
        let wanted = if error.abs() <= dead_band { 1.0 } else { proportional_rate(error) };
        if (wanted - self.rate).abs() < RATE_STEP / 2.0 {
            return Action::None;
        }
        self.rate = wanted;
        Action::Rate(wanted)
    }
}

/// The rate that works off `error` seconds, in whole steps; never 1.
fn proportional_rate(error: f64) -> f64 {
    let steps = (error.abs() * GAIN / RATE_STEP + 0.5) as u32;
    let correction = (f64::from(steps) * RATE_STEP).max(CORRECTION_MIN);
    let rate: f64 = 1.0 + correction.copysign(error);
    rate.clamp(RATE_MIN, RATE_MAX)
}
