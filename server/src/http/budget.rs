//! How much of something a client may do. No I/O, no clock.

use tokio::time::Instant;

/// A number that is spent by what a client does, and that grows with time up to where it began.
#[derive(Debug)]
pub(super) struct Budget {
    burst: usize,
    /// A second.
    rate: usize,
    left: usize,
    /// Up to when the rate has been added.
    at: Instant,
}

impl Budget {
    /// `burst` at first and at most, and `rate` more with each second.
    pub(super) const fn new(burst: usize, rate: usize, now: Instant) -> Self {
        Self { burst, rate, left: burst, at: now }
    }

    /// Spends `amount` at `now`; whether there was so much left.
    pub(super) fn spend(&mut self, amount: usize, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.at).as_millis();
        let more = usize::try_from(elapsed).unwrap_or(usize::MAX).saturating_mul(self.rate) / 1000;
        // A time too short to count counts with the next one.
        if more > 0 {
            self.at = now;
            self.left = self.left.saturating_add(more).min(self.burst);
        }
        match self.left.checked_sub(amount) {
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

    const BURST: usize = 1000;
    const RATE: usize = 100;

    #[test]
    fn who_stays_below_the_rate_may_go_on_for_ever() {
        let start = Instant::now();
        let mut budget = Budget::new(BURST, RATE, start);
        for second in 0..100_000 {
            assert!(budget.spend(RATE - 1, start + Duration::from_secs(second)));
        }
    }

    #[test]
    fn who_goes_on_without_pause_is_over_it_soon_however_small_the_pieces() {
        for piece in [1, 7, BURST] {
            let start = Instant::now();
            let mut budget = Budget::new(BURST, RATE, start);
            let spent_at = |count: u32| start + Duration::from_micros(100) * count;
            let pieces = (0..).take_while(|count| budget.spend(piece, spent_at(*count)));
            let sent = pieces.count() * piece;
            assert!(sent <= BURST + BURST * RATE / 10_000 + RATE, "{sent}");
            assert!(sent + piece > BURST, "{sent}");
        }
    }

    #[test]
    fn a_pause_fills_it_up_again_and_no_further() {
        let start = Instant::now();
        let mut budget = Budget::new(BURST, RATE, start);
        assert!(budget.spend(BURST, start));
        assert!(!budget.spend(1, start));
        let later = start + Duration::from_secs(3600);
        assert!(budget.spend(BURST, later));
        assert!(!budget.spend(1, later));
    }
}
