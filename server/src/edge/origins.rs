//! Which origins are well, as all streams have found them together.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long an origin is left alone when it has failed once; twice as long with each further time.
const FIRST_REST: Duration = Duration::from_secs(1);

/// How long an origin is left alone at most.
const LONGEST_REST: Duration = Duration::from_secs(10);

/// What is known of origins.
#[derive(Debug, Default)]
pub(super) struct Origins {
    failed: Mutex<HashMap<String, Failed>>,
    /// Counts choices, so that streams are spread over the origins.
    turns: AtomicUsize,
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    /// Times in a row.
    times: u32,
    rests_until: Instant,
}

impl Origins {
    /// The order in which to try `origins`: in turn, but `worst` last.
    pub(super) fn order(&self, origins: &[String], worst: Option<&str>) -> Vec<String> {
        let mut order = origins.to_vec();
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        order.rotate_left(turn % origins.len().max(1));
        order.sort_by_key(|origin| Some(origin.as_str()) == worst);
        order
    }

    /// Until when `origin` is better left alone; `None` when it is not.
    pub(super) fn rests_until(&self, origin: &str, now: Instant) -> Option<Instant> {
        self.lock().get(origin).map(|failed| failed.rests_until).filter(|&until| until > now)
    }

    /// Notes that `origin` cannot be reached, or has broken a connection.
    pub(super) fn note_failure(&self, origin: &str, now: Instant) {
        let mut all = self.lock();
        let times = all.get(origin).map_or(0, |failed| failed.times);
        let rest = (FIRST_REST * 2u32.pow(times.min(4))).min(LONGEST_REST);
        let failed = Failed { times: times + 1, rests_until: now + jittered(rest) };
        all.insert(origin.to_owned(), failed);
    }

    /// Notes that `origin` has sent a stream.
    pub(super) fn note_success(&self, origin: &str) {
        self.lock().remove(origin);
    }

    /// Forgets the origins that are not `wanted`.
    pub(super) fn keep(&self, wanted: impl Fn(&str) -> bool) {
        self.lock().retain(|origin, _| wanted(origin));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Failed>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Between three and five quarters of `rest`, so that streams do not all come back at once.
pub(super) fn jittered(rest: Duration) -> Duration {
    let span = rest.as_millis() as u64 / 2;
    rest * 3 / 4 + Duration::from_millis(RandomState::new().hash_one(()) % (span + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins() -> Vec<String> {
        ["a", "b", "c"].map(String::from).to_vec()
    }

    #[test]
    fn origins_take_turns_and_the_one_that_has_just_failed_is_last() {
        let known = Origins::default();
        assert_eq!(known.order(&origins(), None), ["a", "b", "c"]);
        assert_eq!(known.order(&origins(), None), ["b", "c", "a"]);
        assert_eq!(known.order(&origins(), Some("c")), ["a", "b", "c"]);
        assert_eq!(known.order(&origins(), Some("a")), ["b", "c", "a"]);
        assert!(known.order(&[], None).is_empty());
    }

    #[test]
    fn an_origin_rests_longer_with_each_failure_and_not_at_all_after_a_success() {
        let (known, now) = (Origins::default(), Instant::now());
        assert_eq!(known.rests_until("a", now), None);
        for expected in [1000, 2000, 4000, 8000, 10_000, 10_000] {
            known.note_failure("a", now);
            let rest = (known.rests_until("a", now).unwrap() - now).as_millis();
            assert!((expected * 3 / 4..=expected * 5 / 4).contains(&rest), "{rest} ms for {expected} ms");
        }
        assert_eq!(known.rests_until("b", now), None);
        assert_eq!(known.rests_until("a", now + LONGEST_REST * 2), None);
        known.note_success("a");
        assert_eq!(known.rests_until("a", now), None);
    }

    #[test]
    fn origins_that_are_gone_are_forgotten() {
        let (known, now) = (Origins::default(), Instant::now());
        known.note_failure("a", now);
        known.note_failure("b", now);
        known.keep(|origin| origin == "a");
        assert!(known.rests_until("a", now).is_some() && known.rests_until("b", now).is_none());
    }
}
