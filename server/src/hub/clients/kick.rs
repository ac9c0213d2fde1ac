use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

use futures_util::task::AtomicWaker;
use tokio::sync::Notify;

/// Tells one client to go. Clones are about the same client.
#[derive(Clone, Debug, Default)]
pub struct Kick(Arc<Switch>);

/// There is one for each client, so it is small.
#[derive(Debug, Default)]
struct Switch {
    is_kicked: AtomicBool,
    kicked: Notify,
    waker: AtomicWaker,
}

impl Kick {
    /// Tells the client to go.
    pub fn kick(&self) {
        self.0.is_kicked.store(true, Ordering::Release);
        self.0.kicked.notify_waiters();
        self.wake();
    }

    /// Makes who waits look, for another reason.
    pub fn wake(&self) {
        self.0.waker.wake();
    }

    /// Whether it has been told.
    #[must_use]
    pub fn is_kicked(&self) -> bool {
        self.0.is_kicked.load(Ordering::Acquire)
    }

    /// Resolves when it has been told; at once when that has happened already.
    pub async fn kicked(&self) {
        // A kick after this call is heard, one before it is seen.
        let kicked = self.0.kicked.notified();
        if !self.is_kicked() {
            kicked.await;
        }
    }

    /// Wakes `waker`, and none that was given before, when it will be told. Whoever looks must look after this.
    pub fn wakes(&self, waker: &Waker) {
        self.0.waker.register(waker);
    }
}
