use tokio::sync::watch;

/// Tells one client to go. Clones are about the same client.
#[derive(Clone, Debug, Default)]
pub struct Kick(watch::Sender<bool>);

impl Kick {
    /// Tells the client to go.
    pub fn kick(&self) {
        self.0.send_replace(true);
    }

    /// Whether it has been told.
    #[must_use]
    pub fn is_kicked(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when it has been told; at once when that has happened already.
    pub async fn kicked(&self) {
        // The sender is ours: an error cannot come.
        drop(self.0.subscribe().wait_for(|kicked| *kicked).await);
    }
}
