//! The configuration in force, which a reload replaces as a whole.

use std::sync::Arc;

use tokio::sync::watch;

use crate::config::Config;

/// Replaces the configuration that every [`Settings`] that came with it shows.
#[derive(Debug)]
pub struct SettingsUpdate(watch::Sender<Arc<Config>>);

/// The configuration in force. Clones show the same one.
#[derive(Clone, Debug)]
pub struct Settings(watch::Receiver<Arc<Config>>);

/// Settings that show `config` until the update replaces it.
#[must_use]
pub fn channel(config: Arc<Config>) -> (SettingsUpdate, Settings) {
    let (sender, receiver) = watch::channel(config);
    (SettingsUpdate(sender), Settings(receiver))
}

impl SettingsUpdate {
    /// Puts `config` in force: who asks from now on gets it.
    pub fn replace(&self, config: Arc<Config>) {
        self.0.send_replace(config);
    }
}

impl Settings {
    /// Settings that never change.
    #[must_use]
    pub fn fixed(config: Arc<Config>) -> Self {
        channel(config).1
    }

    /// The configuration in force now.
    #[must_use]
    pub fn current(&self) -> Arc<Config> {
        self.0.borrow().clone()
    }

    /// Resolves when another configuration has come into force since the last call; never, when none can come any more.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
