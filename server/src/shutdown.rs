//! One signal that ends everything: listeners first, then every connection.

use tokio::sync::watch;

/// Asks every [`Shutdown`] that came with it to end; dropping it does the same.
#[derive(Debug)]
pub struct ShutdownTrigger(watch::Sender<bool>);

/// Tells a task when to end.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// A trigger, and what it triggers.
#[must_use]
pub fn channel() -> (ShutdownTrigger, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (ShutdownTrigger(sender), Shutdown(receiver))
}

impl ShutdownTrigger {
    /// Asks every task to end.
    pub fn shutdown(&self) {
        self.0.send_replace(true);
    }

    /// Resolves when none of those is left that it could ask.
    pub(crate) async fn released(&self) {
        self.0.closed().await;
    }

    /// Whether none of those is left that it could ask.
    pub(crate) fn is_released(&self) -> bool {
        self.0.is_closed()
    }
}

impl Shutdown {
    /// Whether it is time to end.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        // As in `requested`: without a trigger it is.
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Resolves when it is time to end; at once when that has been asked already.
    pub async fn requested(&self) {
        // An error means that the trigger is gone, which asks for the same.
        let _ = self.0.clone().wait_for(|requested| *requested).await;
    }
}
