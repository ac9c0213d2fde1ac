//! Whether the process that started this one has ended (`asprocess`).

use std::os::unix::process::parent_id;
use std::time::Duration;

use tokio::time::sleep;

/// How often to look. The system tells nobody but by another parent.
const STEP: Duration = Duration::from_secs(1);

/// The process that started this one.
#[derive(Debug)]
pub(super) struct Parent(u32);

impl Parent {
    /// The parent of now.
    pub(super) fn now() -> Self {
        Self(parent_id())
    }

    /// Resolves when it has ended.
    pub(super) async fn ended(&self) {
        while parent_id() == self.0 {
            sleep(STEP).await;
        }
    }
}
