//! How much a WebSocket client may send. No I/O, no clock.

use tokio::time::Instant;

/// What a client may send at once, in bytes: pongs and pings are few, but a page may have something to say.
const BURST: usize = 256 * 1024;

/// What it may send all the time, in bytes a second.
const RATE: usize = 16 * 1024;

/// The bytes that a client may still send: [`BURST`] at first and at most, and [`RATE`] more with each second.
#[derive(Debug)]
pub(super) struct InputBudget {
    left: usize,
    /// Up to when the rate has been added.
    at: Instant,
}

impl InputBudget {
    pub(super) const fn new(now: Instant) -> Self {
        Self { left: BURST, at: now }
    }

    /// Spends `bytes` that have come by `now`; whether there were so many left.
    pub(super) fn spend(&mut self, bytes: usize, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.at).as_millis();
        let more = usize::try_from(elapsed).unwrap_or(usize::MAX).saturating_mul(RATE) / 1000;
        // A time too short for a byte counts with the next one.
        if more > 0 {
            self.at = now;
            self.left = self.left.saturating_add(more).min(BURST);
        }
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_answers_pings_and_says_a_little_may_do_so_for_ever() {
        let start = Instant::now();
        let mut budget = InputBudget::new(start);
        for second in 0..100_000 {
            assert!(budget.spend(6 + RATE / 2, start + Duration::from_secs(second)));
        }
    }

    #[test]
    fn who_sends_without_pause_is_over_it_soon_however_small_the_pieces() {
        for piece in [1, 1000, BURST] {
            let start = Instant::now();
            let mut budget = InputBudget::new(start);
            let pieces = (0..)
                .take_while(|count: &u32| budget.spend(piece, start + Duration::from_micros(1) * *count));
            let sent = pieces.count() * piece;
            assert!(sent <= BURST + BURST * RATE / 1_000_000, "{sent}");
            assert!(sent + piece > BURST, "{sent}");
        }
    }

    #[test]
    fn a_pause_fills_it_up_again_and_no_further() {
        let start = Instant::now();
        let mut budget = InputBudget::new(start);
        assert!(budget.spend(BURST, start));
        assert!(!budget.spend(1, start));
        let later = start + Duration::from_secs(3600);
        assert!(budget.spend(BURST, later));
        assert!(!budget.spend(1, later));
    }
}
