//! What is forwarded where, and how that goes; for the API and the log.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::hub::StreamKey;

/// One stream's way to one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardStatus {
    /// The stream.
    pub key: StreamKey,
    /// The destination, as configured, without its secrets.
    pub destination: String,
    /// How it stands.
    pub state: ForwardState,
    /// Connections on which the destination has agreed to take the stream.
    pub connections: u64,
    /// Tags sent.
    pub tags: u64,
    /// Bytes of tag bodies sent.
    pub bytes: u64,
    /// Why the last connection failed or ended; empty when none has.
    pub last_error: String,
}

/// How a forward stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardState {
    /// Connecting, or asking.
    Connecting,
    /// The destination takes the stream.
    Publishing,
    /// The last attempt failed; the next is a few seconds away.
    Waiting,
}

/// Every forward that is under way.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Mutex<BTreeMap<u64, ForwardStatus>>,
    next: AtomicU64,
}

impl Ledger {
    /// Every forward that is under way, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<ForwardStatus> {
        self.lock().values().cloned().collect()
    }

    /// How many forwards there have been.
    #[cfg(test)]
    pub(super) fn opened(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Notes that a forward is under way, and returns its number, which no other has.
    pub(super) fn open(&self, key: StreamKey, destination: String) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let status = ForwardStatus {
            key,
            destination,
            state: ForwardState::Connecting,
            connections: 0,
            tags: 0,
            bytes: 0,
            last_error: String::new(),
        };
        self.lock().insert(number, status);
        number
    }

    /// Lets `change` write down what has happened.
    pub(super) fn note(&self, number: u64, change: impl FnOnce(&mut ForwardStatus)) {
        if let Some(status) = self.lock().get_mut(&number) {
            change(status);
        }
    }

    /// The forward is over.
    pub(super) fn close(&self, number: u64) {
        self.lock().remove(&number);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, ForwardStatus>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
