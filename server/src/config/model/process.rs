//! The process.

use std::path::PathBuf;
use std::time::Duration;

/// The process itself: where it works, when it reloads, how it stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// What relative paths begin at (`work_dir`).
    pub work_dir: PathBuf,
    /// Stop when the parent process has ended (`asprocess`).
    pub as_process: bool,
    /// Reload when the configuration file has changed (`inotify_auto_reload`).
    pub auto_reload: bool,
    /// SIGTERM stops as gracefully as SIGQUIT (`force_grace_quit`).
    pub force_grace_quit: bool,
    /// From SIGQUIT to the end of listening (`grace_start_wait`), for load balancers to notice.
    pub grace_start_wait: Duration,
    /// From the end of the last connection to the end of the process (`grace_final_wait`).
    pub grace_final_wait: Duration,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            work_dir: PathBuf::from("./"),
            as_process: false,
            auto_reload: false,
            force_grace_quit: false,
            grace_start_wait: Duration::from_millis(2300),
            grace_final_wait: Duration::from_millis(3200),
        }
    }
}
