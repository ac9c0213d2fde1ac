//! Reloads that are asked for over the API: who does them is elsewhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::envelope::random_id;

/// Requests that may wait at once. A reload takes a moment, and one that follows it at once sees the same file.
const WAITING: usize = 4;

/// How long a client of the API is kept waiting; a reload goes on without it.
const PATIENCE: Duration = Duration::from_secs(30);

/// SRS's number for a configuration that is refused.
pub(super) const CONFIG_INVALID: u32 = 1023;

/// A request to read the configuration again and to put it in force.
#[derive(Debug)]
pub struct ReloadRequest {
    /// Takes what came of it: what has changed, or why nothing has, in words for the operator.
    pub reply: oneshot::Sender<Result<String, String>>,
}

/// Where requests wait for the one who does them, and what came of the newest.
#[derive(Debug)]
pub(in crate::http) struct Reloads {
    requests: mpsc::Sender<ReloadRequest>,
    taker: Mutex<Option<mpsc::Receiver<ReloadRequest>>>,
    newest: Mutex<Reload>,
}

/// One reload, in SRS's numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reload {
    /// 0: no error.
    pub(super) error: u32,
    /// What was changed, or what was wrong.
    pub(super) message: String,
    pub(super) state: ReloadState,
    /// Another one for each reload.
    pub(super) id: String,
}

/// How far a reload is; the discriminants are SRS's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ReloadState {
    /// There has been none.
    #[default]
    None = 0,
    /// It is being done.
    Applying = 30,
    /// It is done, or refused.
    Finished = 90,
}

impl Default for Reloads {
    fn default() -> Self {
        let (requests, taker) = mpsc::channel(WAITING);
        Self { requests, taker: Mutex::new(Some(taker)), newest: Mutex::default() }
    }
}

impl Reloads {
    /// The requests, for the one who does them; `None` when somebody has them already.
    pub(in crate::http) fn take_requests(&self) -> Option<mpsc::Receiver<ReloadRequest>> {
        self.taker.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Notes a reload that was not asked for here.
    pub(in crate::http) fn note(&self, outcome: &Result<String, String>) {
        *self.lock() = Reload::finished(random_id(), outcome);
    }

    /// Asks for a reload, and waits for what comes of it; not for ever, so it may still be going on.
    pub(super) async fn ask(self: &Arc<Self>) -> Reload {
        let reloads = self.clone();
        // On its own, so that a client that does not wait for the answer leaves no reload half noted.
        let asking = tokio::spawn(async move { reloads.ask_and_note().await });
        match timeout(PATIENCE, asking).await {
            Ok(Ok(reload)) => reload,
            Ok(Err(error)) => Reload::finished(random_id(), &Err(error.to_string())),
            Err(_) => self.newest(),
        }
    }

    /// The newest reload.
    pub(super) fn newest(&self) -> Reload {
        self.lock().clone()
    }

    async fn ask_and_note(&self) -> Reload {
        let id = random_id();
        let (reply, answer) = oneshot::channel();
        if let Err(error) = self.requests.try_send(ReloadRequest { reply }) {
            let reason = match error {
                mpsc::error::TrySendError::Full(_) => "other reloads are waiting already; try again",
                mpsc::error::TrySendError::Closed(_) => "this server does not reload its configuration",
            };
            return Reload::finished(id, &Err(reason.to_owned()));
        }
        *self.lock() = Reload { id: id.clone(), state: ReloadState::Applying, ..Reload::default() };
        let outcome = answer.await.unwrap_or_else(|_| Err("the reload was given up".to_owned()));
        let reload = Reload::finished(id, &outcome);
        *self.lock() = reload.clone();
        reload
    }

    fn lock(&self) -> MutexGuard<'_, Reload> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reload {
    fn finished(id: String, outcome: &Result<String, String>) -> Self {
        let (error, message) = match outcome {
            Ok(message) => (0, message),
            Err(message) => (CONFIG_INVALID, message),
        };
        Self { error, message: message.clone(), state: ReloadState::Finished, id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reload_is_done_by_another_and_its_outcome_remembered() {
        let reloads = Arc::new(Reloads::default());
        assert_eq!(reloads.newest(), Reload::default());
        let mut requests = reloads.take_requests().unwrap();
        assert!(reloads.take_requests().is_none());
        for outcome in [Ok("vhost a.example added".to_owned()), Err("line 3: unexpected }".to_owned())] {
            let asking = tokio::spawn({
                let reloads = reloads.clone();
                async move { reloads.ask().await }
            });
            let request = requests.recv().await.unwrap();
            while reloads.newest().state != ReloadState::Applying {
                tokio::task::yield_now().await;
            }
            request.reply.send(outcome.clone()).unwrap();
            let reload = asking.await.unwrap();
            assert_eq!(reload, Reload::finished(reload.id.clone(), &outcome));
            assert_eq!(reload, reloads.newest());
        }
        assert_eq!(reloads.newest().error, CONFIG_INVALID);
    }

    #[tokio::test]
    async fn without_anyone_to_do_it_a_reload_is_refused() {
        let reloads = Arc::new(Reloads::default());
        drop(reloads.take_requests());
        let reload = reloads.ask().await;
        assert_eq!((reload.error, reload.state), (CONFIG_INVALID, ReloadState::Finished));
        assert_eq!(reload.message, "this server does not reload its configuration");
    }

    #[tokio::test]
    async fn a_reload_that_is_given_up_is_an_error() {
        let reloads = Arc::new(Reloads::default());
        let mut requests = reloads.take_requests().unwrap();
        let doing = tokio::spawn(async move { drop(requests.recv().await) });
        assert_eq!(reloads.ask().await.message, "the reload was given up");
        doing.await.unwrap();
        reloads.note(&Ok("by a signal".to_owned()));
        assert_eq!((reloads.newest().error, reloads.newest().message.as_str()), (0, "by a signal"));
    }
}
