//! What each signal asks for.

use std::io::{self, IsTerminal, stdin};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that flvgate answers to, from now on.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hang_up: Signal,
    reopen_log: Signal,
    /// A terminal that closes asks us to end; an operator's `kill -HUP` of a service asks us to reload.
    in_terminal: bool,
}

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// SIGINT, or the terminal is gone: stop.
    Stop,
    /// SIGTERM: stop, as gracefully as `force_grace_quit` says.
    Terminate,
    /// SIGQUIT: stop when the last connection has gone.
    Quit,
    /// SIGHUP: read the configuration again.
    Reload,
    /// SIGUSR1: open the log file again.
    ReopenLog,
}

impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hang_up: signal(SignalKind::hangup())?,
            reopen_log: signal(SignalKind::user_defined1())?,
            in_terminal: stdin().is_terminal(),
        })
    }

    /// The next signal. Safe to cancel.
    pub(super) async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::Terminate,
            _ = self.interrupt.recv() => Wish::Stop,
            _ = self.quit.recv() => Wish::Quit,
            _ = self.hang_up.recv() => if self.in_terminal { Wish::Stop } else { Wish::Reload },
            _ = self.reopen_log.recv() => Wish::ReopenLog,
        }
    }

    /// The next signal that asks to stop, in whatever way, and what it asks for. Safe to cancel.
    pub(super) async fn stop(&mut self) -> Wish {
        loop {
            let wish = self.next().await;
            if !matches!(wish, Wish::Reload | Wish::ReopenLog) {
                return wish;
            }
        }
    }
}
