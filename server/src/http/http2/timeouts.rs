//! For how long a stream is waited for whose client gives it no window. No I/O, no clock.

use std::time::Duration;

use tokio::time::Instant;

/// After some streams were ended, the others get so long to go on: what those held back of the connection's window may have
/// been all that was wrong with them.
const RELIEF: Duration = Duration::from_secs(1);

/// How many more are ended each time, when that was not it: hundreds that stall together end within seconds.
const GROWTH: u32 = 4;

/// How long one is waited for when others are refused a place.
const SCARCE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often it is looked whether that is so.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Which of a connection's streams that wait too long are ended when.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// When the round ends in which `size` were to be ended, of which there are so many `left`.
    until: Option<Instant>,
    size: u32,
    left: u32,
}

impl Rounds {
    /// Whether one more may be ended `now`.
    ///
    /// # Errors
    /// When to ask again.
    pub(super) fn allow(&mut self, now: Instant) -> Result<(), Instant> {
        match self.until {
            Some(until) if now < until && self.left == 0 => return Err(until),
            Some(until) if now < until => {}
            last => {
                let goes_on = last.is_some_and(|until| now < until + RELIEF);
                self.size = if goes_on { self.size.saturating_mul(GROWTH) } else { 1 };
                self.left = self.size;
                self.until = Some(now + RELIEF);
            }
        }
        self.left -= 1;
        Ok(())
    }
}

/// When a stream is too late that has waited since `since` and may wait for `timeout`; with `scarce` for less.
pub(super) fn is_too_late(since: Instant, now: Instant, timeout: Duration, scarce: bool) -> bool {
    now >= since + if scarce { timeout.min(SCARCE_TIMEOUT) } else { timeout }
}

/// When to look at it for the first time.
pub(super) fn first_look(since: Instant, timeout: Duration) -> Instant {
    since + timeout.min(SCARCE_TIMEOUT)
}

/// When to look at it again.
pub(super) fn next_look(since: Instant, now: Instant, timeout: Duration) -> Instant {
    (since + timeout).min(now + LOOK_INTERVAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ends_alone_and_hundreds_that_stall_with_it_within_seconds() {
        let start = Instant::now();
        let mut rounds = Rounds::default();
        assert_eq!(rounds.allow(start), Ok(()));
        assert_eq!(rounds.allow(start), Err(start + RELIEF));
        let (mut now, mut ended) = (start, 1);
        while ended < 256 {
            match rounds.allow(now) {
                Ok(()) => ended += 1,
                Err(next) => now = next,
            }
        }
        assert!(now <= start + RELIEF * 5, "{:?}", now - start);
    }

    #[test]
    fn one_that_stalls_later_is_the_first_again() {
        let start = Instant::now();
        let mut rounds = Rounds::default();
        rounds.allow(start).unwrap();
        rounds.allow(start + RELIEF).unwrap();
        let later = start + RELIEF * 5;
        assert_eq!(rounds.allow(later), Ok(()));
        assert_eq!(rounds.allow(later), Err(later + RELIEF));
    }

    #[test]
    fn where_places_are_scarce_it_is_late_sooner() {
        let since = Instant::now();
        let timeout = Duration::from_secs(30);
        let at = |seconds| since + Duration::from_secs(seconds);
        assert!(!is_too_late(since, at(29), timeout, false) && is_too_late(since, at(30), timeout, false));
        assert!(!is_too_late(since, at(4), timeout, true) && is_too_late(since, at(5), timeout, true));
        assert_eq!(first_look(since, timeout), at(5));
        assert_eq!(next_look(since, at(5), timeout), at(6));
        assert_eq!(next_look(since, at(29) + LOOK_INTERVAL / 2, timeout), at(30));
        let short = Duration::from_millis(300);
        assert_eq!(first_look(since, short), since + short);
    }
}
