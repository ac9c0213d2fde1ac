//! How many streams there may be, of all connections together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::settings::Settings;

/// Streams that each connection may have, however many others have. The rest share `max_streams`: who takes all of that has
/// kept nobody from watching.
pub(super) const OWN_STREAMS: usize = 8;

/// For how long after a refusal streams count as scarce.
const SCARCE_FOR: Duration = Duration::from_secs(10);

/// The streams of all connections.
#[derive(Debug)]
pub(in super::super) struct AllStreams {
    settings: Settings,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: usize,
    refused: u64,
    refused_at: Option<Instant>,
}

/// A stream's place among all; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct StreamPlace(Arc<AllStreams>);

impl AllStreams {
    /// None yet; the limit is that of `settings`.
    pub(in super::super) fn new(settings: Settings) -> Self {
        Self { settings, state: Mutex::default() }
    }

    /// A place for one more, if there is one.
    pub(super) fn admit(self: &Arc<Self>, now: Instant) -> Option<StreamPlace> {
        let most = self.settings.current().http_server.http.max_streams;
        let mut state = self.lock();
        if state.taken < most {
            state.taken += 1;
            return Some(StreamPlace(self.clone()));
        }
        state.refused += 1;
        state.refused_at = Some(now);
        let refused = state.refused;
        drop(state);
        // A flood of refusals must not become a flood of log lines.
        if refused.is_power_of_two() {
            tracing::warn!(refused, "max_streams is reached; HTTP/2 requests are refused");
        }
        None
    }

    /// Whether some were refused lately.
    pub(super) fn are_scarce(&self, now: Instant) -> bool {
        self.lock().refused_at.is_some_and(|at| now < at + SCARCE_FOR)
    }

    /// How many were refused.
    pub(in super::super) fn refused(&self) -> u64 {
        self.lock().refused
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        self.0.lock().taken -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn one_too_many_is_refused_and_a_place_is_used_again() {
        let mut config = Config::default();
        config.http_server.http.max_streams = 2;
        let all = Arc::new(AllStreams::new(Settings::fixed(Arc::new(config))));
        let now = Instant::now();
        let first = all.admit(now).unwrap();
        let _second = all.admit(now).unwrap();
        assert!(!all.are_scarce(now));
        assert!(all.admit(now).is_none());
        assert!(all.are_scarce(now + SCARCE_FOR / 2) && !all.are_scarce(now + SCARCE_FOR));
        drop(first);
        assert!(all.admit(now).is_some());
        assert_eq!(all.refused(), 1);
    }
}
