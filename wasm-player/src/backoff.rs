//! How long to wait before the next attempt to connect.

/// Waits that double from one failed attempt to the next, each with jitter. All times are in seconds.
///
/// Jitter keeps a thousand pages that lost the same server from coming back in the same instant.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    first: f64,
    max: f64,
    attempts: u32,
}

impl Backoff {
    /// Waits from `first` up to `max`.
    #[must_use]
    pub fn new(first: f64, max: f64) -> Self {
        Self { first, max, attempts: 0 }
    }

    /// The wait before the next attempt; `random` is in 0..1.
    pub fn next_wait(&mut self, random: f64) -> f64 {
        let wait = (self.first * f64::from(1_u32 << self.attempts.min(30))).min(self.max);
        self.attempts = self.attempts.saturating_add(1);
        wait * (0.75 + 0.5 * random)
    }

    /// Which attempt the last wait was for, from 1; 0 before any.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// An attempt succeeded: the next failure starts over.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn waits_double_up_to_the_maximum() {
        let mut backoff = Backoff::new(0.25, 8.0);
        let waits: Vec<f64> = (0..8).map(|_| backoff.next_wait(0.5)).collect();
        assert_eq!(waits, [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]);
        assert_eq!(backoff.attempts(), 8);
    }

    #[test]
    fn jitter_spreads_a_wait_by_a_quarter_each_way() {
        assert_eq!(Backoff::new(4.0, 8.0).next_wait(0.0), 3.0);
        assert_eq!(Backoff::new(4.0, 8.0).next_wait(1.0), 5.0);
    }

    #[test]
    fn success_starts_over() {
        let mut backoff = Backoff::new(0.25, 8.0);
        backoff.next_wait(0.5);
        backoff.next_wait(0.5);
        backoff.reset();
        assert_eq!(backoff.next_wait(0.5), 0.25);
    }

    #[test]
    fn endless_failure_stays_finite() {
        let mut backoff = Backoff { attempts: u32::MAX, ..Backoff::new(0.25, 8.0) };
        assert_eq!(backoff.next_wait(0.5), 8.0);
    }
}
