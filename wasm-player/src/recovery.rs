//! When to rebuild a media source that broke, and when to give up. All times are in seconds.

/// The waits before each rebuild; a failure after the last is fatal.
const WAITS: [f64; 4] = [0.0, 1.0, 2.0, 4.0];
/// After so long without a failure, a media source counts as sound.
const FORGOTTEN: f64 = 10.0;
/// Media counts as flowing while no more than this passes between two fragments.
const FLOW_GAP: f64 = 1.0;
/// A buffer that stands still for so long while media flows is stuck.
const STUCK: f64 = 4.0;

/// What a failure calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A rebuild is planned, the first for this trouble.
    Rebuild,
    /// Another rebuild is planned, or one was already.
    RebuildAgain,
    /// Rebuilding does not help.
    GiveUp,
}

/// Plans rebuilds at growing intervals, and notices a buffer that does not grow.
#[derive(Clone, Copy, Debug)]
pub struct Recovery {
    rebuild_at: Option<f64>,
    rebuilds: usize,
    last_failure: f64,
    edge: f64,
    edge_since: f64,
}

impl Default for Recovery {
    fn default() -> Self {
        Self {
            rebuild_at: None,
            rebuilds: 0,
            last_failure: f64::NEG_INFINITY,
            // No edge at all, so that the first one counts as new.
            edge: f64::NAN,
            edge_since: 0.0,
        }
    }
}

impl Recovery {
    /// The media source broke.
    pub fn failed(&mut self, now: f64) -> Verdict {
        if self.rebuild_at.is_some() {
            return Verdict::RebuildAgain;
        }
        if now - self.last_failure > FORGOTTEN {
            self.rebuilds = 0;
        }
        self.last_failure = now;
        let Some(wait) = WAITS.get(self.rebuilds) else { return Verdict::GiveUp };
        self.rebuild_at = Some(now + wait);
        self.rebuilds += 1;
        if self.rebuilds == 1 { Verdict::Rebuild } else { Verdict::RebuildAgain }
    }

    /// Whether a rebuild is planned, so that what comes until then is of no use.
    #[must_use]
    pub fn is_planned(&self) -> bool {
        self.rebuild_at.is_some()
    }

    /// Whether a planned rebuild is due.
    #[must_use]
    pub fn is_due(&self, now: f64) -> bool {
        self.rebuild_at.is_some_and(|at| now >= at)
    }

    /// There is a new media source.
    pub fn rebuilt(&mut self, now: f64) {
        self.rebuild_at = None;
        (self.edge, self.edge_since) = (0.0, now);
    }

    /// Whether the buffer, which ends at `edge`, has not grown although media last came at `last_media`.
    pub fn is_stuck(&mut self, edge: f64, last_media: f64, now: f64) -> bool {
        if edge != self.edge || self.is_planned() || now - last_media > FLOW_GAP {
            (self.edge, self.edge_since) = (edge, now);
            return false;
        }
        let stuck = now - self.edge_since > STUCK;
        if stuck {
            self.edge_since = now;
        }
        stuck
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_first_rebuild_is_at_once_and_the_next_ones_wait_longer() {
        let mut recovery = Recovery::default();
        assert_eq!(recovery.failed(100.0), Verdict::Rebuild);
        assert!(recovery.is_due(100.0));
        recovery.rebuilt(100.0);
        assert_eq!(recovery.failed(101.0), Verdict::RebuildAgain);
        assert!(!recovery.is_due(101.9));
        assert!(recovery.is_due(102.0));
    }

    #[test]
    fn failures_in_a_row_end_in_giving_up() {
        let mut recovery = Recovery::default();
        for second in 0..4 {
            assert_ne!(recovery.failed(f64::from(second)), Verdict::GiveUp);
            recovery.rebuilt(f64::from(second));
        }
        assert_eq!(recovery.failed(5.0), Verdict::GiveUp);
    }

    #[test]
    fn old_trouble_is_forgotten() {
        let mut recovery = Recovery::default();
        for minute in 0..10 {
            assert_eq!(recovery.failed(f64::from(minute) * 60.0), Verdict::Rebuild);
            recovery.rebuilt(f64::from(minute) * 60.0);
        }
    }

    #[test]
    fn a_second_failure_before_the_rebuild_changes_nothing() {
        let mut recovery = Recovery::default();
        recovery.failed(0.0);
        assert_eq!(recovery.failed(0.0), Verdict::RebuildAgain);
        recovery.rebuilt(0.0);
        assert_eq!(recovery.failed(1.0), Verdict::RebuildAgain);
        assert!(!recovery.is_due(1.5), "the second rebuild waits its 1 s");
    }

    #[test]
    fn only_a_buffer_that_stands_still_while_media_flows_is_stuck() {
        let stuck_within_10_s = |edge_speed: f64, flows: bool| {
            let mut recovery = Recovery::default();
            (0..100)
                .map(|step| 1000.0 + f64::from(step) * 0.1)
                .any(|now| recovery.is_stuck(now * edge_speed, if flows { now } else { 0.0 }, now))
        };
        assert!(!stuck_within_10_s(1.0, true));
        assert!(!stuck_within_10_s(0.0, false));
        assert!(stuck_within_10_s(0.0, true));
    }
}
