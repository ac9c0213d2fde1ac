use std::sync::Arc;
use std::task::Waker;

use futures_util::task::AtomicWaker;
use tokio::sync::watch;

/// Tells one client to go. Clones are about the same client.
#[derive(Clone, Debug, Default)]
pub struct Kick {
    told: watch::Sender<bool>,
    waker: Arc<AtomicWaker>,
}

impl Kick {
    /// Tells the client to go.
    pub fn kick(&self) {
        self.told.send_replace(true);
        self.waker.wake();
    }

    /// Whether it has been told.
    #[must_use]
    pub fn is_kicked(&self) -> bool {
        *self.told.borrow()
    }

    /// Resolves when it has been told; at once when that has happened already.
    pub async fn kicked(&self) {
        // The sender is ours: an error cannot come.
        drop(self.told.subscribe().wait_for(|kicked| *kicked).await);
    }

    /// Wakes `waker`, and none that was given before, when it will be told. Whoever looks must look after this.
    pub fn wakes(&self, waker: &Waker) {
        self.waker.register(waker);
    }
}
