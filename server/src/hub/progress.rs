//! How a viewer fares, for others to see while it is served.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How one viewer fares. Reading it costs the viewer nothing.
#[derive(Debug)]
pub struct Progress {
    /// The time of the feed's newest parcel.
    edge: Arc<AtomicU64>,
    /// The time of the parcel that the viewer has passed last.
    passed: AtomicU64,
    skips: AtomicU64,
    skipped_tags: AtomicU64,
    sent_bytes: AtomicU64,
}

impl Progress {
    pub(super) const fn new(edge: Arc<AtomicU64>) -> Self {
        Self {
            edge,
            // As good as at the live edge, until it has begun.
            passed: AtomicU64::new(u64::MAX),
            skips: AtomicU64::new(0),
            skipped_tags: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
        }
    }

    /// How much media the viewer has still to take to be at the live edge, in milliseconds. It grows while the viewer
    /// takes nothing.
    #[must_use]
    pub fn queue_age(&self) -> u64 {
        self.edge.load(Ordering::Relaxed).saturating_sub(self.passed.load(Ordering::Relaxed))
    }

    /// How often the viewer fell behind so far that it skipped.
    #[must_use]
    pub fn skips(&self) -> u64 {
        self.skips.load(Ordering::Relaxed)
    }

    /// Tags, or groups of packets, that it did not get because of that.
    #[must_use]
    pub fn skipped_tags(&self) -> u64 {
        self.skipped_tags.load(Ordering::Relaxed)
    }

    /// Bytes that the viewer's transport has taken.
    #[must_use]
    pub fn sent_bytes(&self) -> u64 {
        self.sent_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn pass(&self, time: u64) {
        self.passed.store(time, Ordering::Relaxed);
    }

    pub(super) fn skip(&self, tags: u64) {
        self.skips.fetch_add(1, Ordering::Relaxed);
        self.skipped_tags.fetch_add(tags, Ordering::Relaxed);
    }

    pub(super) fn send(&self, bytes: u64) {
        self.sent_bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
