//! What each signal asks for.

use std::io::{self, IsTerminal, stdin};
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info, warn};

use crate::log::LogFile;

/// The signals that flvgate answers to, from now on.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hang_up: Signal,
    reopen_log: Signal,
    log_file: Option<Arc<LogFile>>,
    /// A terminal that closes asks us to end; an operator's `kill -HUP` of a service asks SRS to reload.
    in_terminal: bool,
}

impl Signals {
    pub(super) fn new(log_file: Option<Arc<LogFile>>) -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hang_up: signal(SignalKind::hangup())?,
            reopen_log: signal(SignalKind::user_defined1())?,
            log_file,
            in_terminal: stdin().is_terminal(),
        })
    }

    /// Resolves when it is time to stop. Answers to all other signals meanwhile.
    pub(super) async fn stop(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.quit.recv() => return,
                _ = self.hang_up.recv() => {
                    if self.in_terminal {
                        return;
                    }
                    warn!("flvgate does not reload its configuration; restart it");
                }
                _ = self.reopen_log.recv() => self.reopen_log_file(),
            }
        }
    }

    fn reopen_log_file(&self) {
        let Some(file) = &self.log_file else { return };
        match file.reopen() {
            Ok(()) => info!("the log file was opened again"),
            Err(error) => error!("cannot open the log file again, and go on with the old one: {error}"),
        }
    }
}
