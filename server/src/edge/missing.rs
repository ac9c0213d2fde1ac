//! What origins do not have, for a moment: who asks for it again is told so, and no origin is asked.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::origins::jittered;
use crate::hub::{Asker, StreamKey};

/// How long an origin that does not have a stream is not asked for it again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Answers that are remembered at most. Beyond them origins are asked again at once, as often as pulls may.
const MOST: usize = 4096;

/// Streams that no origin had when it was last asked, on behalf of whom, and until when that is believed.
#[derive(Debug, Default)]
pub(super) struct Missing(Mutex<HashMap<(StreamKey, String), Instant>>);

impl Missing {
    /// Notes that no origin has `key` for `asker`; what stands behind a `?` decides that too.
    pub(super) fn note(&self, key: &StreamKey, asker: &Asker, now: Instant) {
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, until| *until > now);
        }
        if all.len() < MOST {
            all.insert((key.clone(), asker.query.clone()), now + jittered(ASK_AGAIN));
        }
    }

    /// Until when it is believed that no origin has `key` for `asker`; `None` when that is not known.
    pub(super) fn until(&self, key: &StreamKey, asker: &Asker, now: Instant) -> Option<Instant> {
        let known = self.lock().get(&(key.clone(), asker.query.clone())).copied();
        known.filter(|&until| until > now)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(StreamKey, String), Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> StreamKey {
        StreamKey { vhost: "v".into(), app: "live".into(), stream: number.to_string() }
    }

    fn asker(query: &str) -> Asker {
        Asker { query: query.into(), ..Asker::default() }
    }

    #[test]
    fn an_answer_holds_for_a_moment_and_for_the_same_token_only() {
        let (missing, now) = (Missing::default(), Instant::now());
        missing.note(&key(1), &asker("t=1"), now);
        assert!(missing.until(&key(1), &asker("t=1"), now).is_some());
        assert_eq!(missing.until(&key(1), &asker("t=2"), now), None);
        assert_eq!(missing.until(&key(2), &asker("t=1"), now), None);
        assert_eq!(missing.until(&key(1), &asker("t=1"), now + 2 * ASK_AGAIN), None);
    }

    #[test]
    fn names_that_anybody_invents_do_not_fill_memory() {
        let (missing, now) = (Missing::default(), Instant::now());
        (0..2 * MOST).for_each(|number| missing.note(&key(number), &asker(""), now));
        assert_eq!(missing.lock().len(), MOST);
        let later = now + 2 * ASK_AGAIN;
        missing.note(&key(2 * MOST), &asker(""), later);
        assert_eq!(missing.lock().len(), 1);
    }
}
