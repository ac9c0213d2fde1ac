//! Streams that viewers of an edge wait for, until somebody brings them from elsewhere.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flvgate_media::format::Format;
use tokio::sync::{Notify, watch};
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
    /// As many streams as may be are being brought here, or asked for.
    Busy,
}

#[derive(Debug)]
pub(super) struct Wanted {
    wishes: Mutex<HashMap<StreamKey, Wish>>,
    /// Tells that there is another wish.
    changed: watch::Sender<()>,
}

/// All who wait for a stream.
#[derive(Debug, Default)]
struct Wish {
    /// In the order in which they came.
    parties: Vec<Party>,
    /// Tells that there is another party, or none any more.
    changed: Arc<Notify>,
}

/// Those who wait on behalf of the same asker: another one's token may be right where this one's is wrong.
#[derive(Debug)]
struct Party {
    asker: Asker,
    waiting: usize,
    absence: watch::Sender<Option<Absence>>,
}

/// One who waits.
struct Waiting<'a> {
    wanted: &'a Wanted,
    key: &'a StreamKey,
    asker: Asker,
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

    /// Every stream that is wanted.
    #[must_use]
    pub fn wanted(&self) -> Vec<StreamKey> {
        self.wanted.lock().keys().cloned().collect()
    }

    /// On whose behalf `key` is wanted, in the order in which they came.
    #[must_use]
    pub fn askers(&self, key: &StreamKey) -> Vec<Asker> {
        let wishes = self.wanted.lock();
        let parties = wishes.get(key).map(|wish| wish.parties.iter().map(|party| party.asker.clone()));
        parties.map(Iterator::collect).unwrap_or_default()
    }

    /// Resolves when `key` is wanted on behalf of one more, or of nobody any more; never, when nobody waits for it now.
    pub async fn asked_by_others(&self, key: &StreamKey) {
        let changed = self.wanted.lock().get(key).map(|wish| wish.changed.clone());
        match changed {
            Some(changed) => changed.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Whether somebody waits for `key`.
    #[must_use]
    pub fn is_wanted(&self, key: &StreamKey) -> bool {
        self.wanted.lock().contains_key(key)
    }

    /// Tells those who wait for `key` on behalf of `asker` why it does not come.
    pub fn note_absence(&self, key: &StreamKey, asker: &Asker, absence: Absence) {
        let wishes = self.wanted.lock();
        let mut parties = wishes.get(key).into_iter().flat_map(|wish| &wish.parties);
        if let Some(party) = parties.find(|party| party.asker == *asker) {
            party.absence.send_replace(Some(absence));
        }
    }
}

impl Wanted {
    fn enter<'a>(&'a self, key: &'a StreamKey, asker: Asker) -> Waiting<'a> {
        let mut wishes = self.lock();
        let is_new = !wishes.contains_key(key);
        let wish = wishes.entry(key.clone()).or_default();
        let known = wish.parties.iter().position(|party| party.asker == asker);
        let at = known.unwrap_or_else(|| {
            wish.parties.push(Party { asker: asker.clone(), waiting: 0, absence: watch::Sender::new(None) });
            wish.changed.notify_one();
            wish.parties.len() - 1
        });
        wish.parties[at].waiting += 1;
        // What was told to others may not be true any more.
        let absence = wish.parties[at].absence.subscribe();
        drop(wishes);
        if is_new {
            self.changed.send_replace(());
        }
        Waiting { wanted: self, key, asker, absence }
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
    /// Resolves when it is told that no origin has the stream, but not before `not_before`; or that none can be asked.
    async fn not_found(&mut self, not_before: Instant) {
        loop {
            // The wish holds the sender for as long as anybody waits: an error cannot come.
            if self.absence.changed().await.is_err() {
                return std::future::pending().await;
            }
            let absence = *self.absence.borrow_and_update();
            match absence {
                Some(Absence::NotFound) => return sleep_until(not_before).await,
                Some(Absence::Busy) => return,
                Some(Absence::Unreachable | Absence::Loop) | None => {}
            }
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut wishes = self.wanted.lock();
        let Some(wish) = wishes.get_mut(self.key) else { return };
        wish.parties.retain_mut(|party| {
            party.waiting -= usize::from(party.asker == self.asker);
            party.waiting > 0
        });
        if wish.parties.is_empty() {
            wish.changed.notify_one();
            wishes.remove(self.key);
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no origin has it",
            Self::Unreachable => "no origin can be reached",
            Self::Busy => "too many streams are asked for",
            Self::Loop => "the wish for it has come round in a loop of edges",
        })
    }
}

#[cfg(test)]
mod tests;
