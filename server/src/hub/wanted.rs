//! Streams that viewers of an edge wait for, until somebody brings them from elsewhere.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flvgate_media::format::Format;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::{Hub, Route, StreamKey, ViewError, Viewer};

/// How long viewers of an edge wait at least for a stream to come from its origin.
const PATIENCE: Duration = Duration::from_secs(10);

/// On whose behalf a stream is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// What stood behind the stream's `?`, such as a token.
    pub query: String,
    /// The edges that the wish has come through; empty when a player has it.
    pub route: Route,
}

/// Why a stream does not come from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// No origin has it.
    NotFound,
    /// No origin answers.
    Unreachable,
    /// The wish has come round in a loop of edges.
    Loop,
}

#[derive(Debug)]
pub(super) struct Wanted {
    wishes: Mutex<HashMap<StreamKey, Wish>>,
    /// Tells that there is another wish.
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct Wish {
    waiting: usize,
    /// Who came first.
    asker: Asker,
    absence: watch::Sender<Option<Absence>>,
}

/// One who waits.
struct Waiting<'a> {
    wanted: &'a Wanted,
    key: &'a StreamKey,
    absence: watch::Receiver<Option<Absence>>,
}

impl Hub {
    /// Joins `key` as [`view`](Self::view) does; when it is not here, it is wanted on behalf of `asker`, for 10 s or
    /// `wait`, whichever is longer. Who is told that no origin has it goes on waiting for `wait`.
    ///
    /// # Errors
    /// As [`view`](Self::view), and [`ViewError::Absent`] when it does not come from elsewhere either.
    pub async fn request(
        self: &Arc<Self>,
        key: &StreamKey,
        format: Format,
        wait: Duration,
        asker: Asker,
    ) -> Result<Viewer, ViewError> {
        if asker.route.contains(self.hop(key)) {
            return Err(ViewError::Absent(key.clone(), Absence::Loop));
        }
        if self.has(key) {
            match self.view(key, format, wait).await {
                // It has just ended.
                Err(ViewError::NotLive(_)) if !self.has(key) => {}
                viewed => return viewed,
            }
        }
        let not_before = Instant::now() + wait;
        let mut waiting = self.wanted.enter(key, asker);
        let viewed = tokio::select! {
            viewed = self.view(key, format, wait.max(PATIENCE)) => viewed,
            () = waiting.not_found(not_before) => Err(ViewError::NotLive(key.clone())),
        };
        match (viewed, *waiting.absence.borrow()) {
            (Err(ViewError::NotLive(key)), Some(absence)) => Err(ViewError::Absent(key, absence)),
            (viewed, _) => viewed,
        }
    }

    /// Changes whenever a stream has become wanted.
    #[must_use]
    pub fn wishes(&self) -> watch::Receiver<()> {
        self.wanted.changed.subscribe()
    }

    /// Every stream that is wanted, and on whose behalf.
    #[must_use]
    pub fn wanted(&self) -> Vec<(StreamKey, Asker)> {
        let wishes = self.wanted.lock();
        wishes.iter().map(|(key, wish)| (key.clone(), wish.asker.clone())).collect()
    }

    /// Whether somebody waits for `key`.
    #[must_use]
    pub fn is_wanted(&self, key: &StreamKey) -> bool {
        self.wanted.lock().contains_key(key)
    }

    /// Tells those who wait for `key` why it does not come.
    pub fn note_absence(&self, key: &StreamKey, absence: Absence) {
        if let Some(wish) = self.wanted.lock().get(key) {
            wish.absence.send_replace(Some(absence));
        }
    }
}

impl Wanted {
    fn enter<'a>(&'a self, key: &'a StreamKey, asker: Asker) -> Waiting<'a> {
        let mut wishes = self.lock();
        let is_new = !wishes.contains_key(key);
        let wish = wishes.entry(key.clone()).or_insert_with(|| Wish {
            waiting: 0,
            asker,
            absence: watch::Sender::new(None),
        });
        wish.waiting += 1;
        // What was told to others may not be true any more.
        let absence = wish.absence.subscribe();
        drop(wishes);
        if is_new {
            self.changed.send_replace(());
        }
        Waiting { wanted: self, key, absence }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StreamKey, Wish>> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Wanted {
    fn default() -> Self {
        Self { wishes: Mutex::default(), changed: watch::Sender::new(()) }
    }
}

impl Waiting<'_> {
    /// Resolves when it is told that no origin has the stream, but not before `not_before`.
    async fn not_found(&mut self, not_before: Instant) {
        loop {
            // The wish holds the sender for as long as anybody waits: an error cannot come.
            if self.absence.changed().await.is_err() {
                return std::future::pending().await;
            }
            if *self.absence.borrow_and_update() == Some(Absence::NotFound) {
                return sleep_until(not_before).await;
            }
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut wishes = self.wanted.lock();
        let Some(wish) = wishes.get_mut(self.key) else { return };
        wish.waiting -= 1;
        if wish.waiting == 0 {
            wishes.remove(self.key);
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no origin has it",
            Self::Unreachable => "no origin can be reached",
            Self::Loop => "the wish for it has come round in a loop of edges",
        })
    }
}

#[cfg(test)]
mod tests;
