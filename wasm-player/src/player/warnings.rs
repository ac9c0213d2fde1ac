//! Keeps a fault that comes with every frame from becoming an event with every frame.

use alloc::string::String;
use alloc::vec::Vec;

/// So long one kind of warning stays silent after it was given, in seconds.
const INTERVAL: f64 = 5.0;
/// More kinds at once than this are not told apart.
const KINDS_MAX: usize = 16;

/// Remembers which kinds of warning were given lately.
#[derive(Debug, Default)]
pub(crate) struct WarningLimiter(Vec<(String, f64)>);

impl WarningLimiter {
    /// Whether a warning of that kind may be given now, in seconds.
    pub(crate) fn admits(&mut self, kind: &str, now: f64) -> bool {
        self.0.retain(|&(_, given)| now - given < INTERVAL);
        if self.0.len() >= KINDS_MAX || self.0.iter().any(|(given, _)| given == kind) {
            return false;
        }
        self.0.push((kind.into(), now));
        true
    }
}
