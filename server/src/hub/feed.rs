//! A stream in one format: what there is to send, and who waits for more.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use flvgate_media::format::{Format, Muxed};
use tokio::sync::watch;

use super::End;
use super::ring::{Ring, RingLimits};
use super::telling::News;

/// A stream in one format. Formats have a lock each, so that none waits for another.
#[derive(Debug)]
pub(super) struct Feed {
    /// No other feed in the process has it.
    pub(super) id: u64,
    pub(super) format: Format,
    live: RwLock<Live>,
    /// Tells viewers that there is something new in `live`.
    changes: watch::Sender<()>,
    /// The time of the newest parcel.
    edge: Arc<AtomicU64>,
}

/// What viewers read.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) ring: Ring,
    pub(super) end: Option<End>,
}

impl Feed {
    pub(super) fn new(format: Format, limits: RingLimits) -> Arc<Self> {
        Self::with_ring(format, Ring::new(limits), Arc::default())
    }

    fn with_ring(format: Format, ring: Ring, edge: Arc<AtomicU64>) -> Arc<Self> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let live = RwLock::new(Live { ring, end: None });
        Arc::new(Self { id, format, live, changes: watch::Sender::new(()), edge })
    }

    /// Appends what is `ready`; returns what of it is new to viewers.
    pub(super) fn append(&self, ready: &mut Vec<Muxed>) -> News {
        let mut news = News::Nothing;
        if ready.is_empty() {
            return news;
        }
        let mut live = self.live_mut();
        for muxed in ready.drain(..) {
            let content = muxed.content;
            if live.ring.push(muxed) {
                news = news.max(News::of(content));
            }
        }
        self.edge.store(live.ring.time(), Ordering::Relaxed);
        news
    }

    /// Another publisher makes what comes next.
    pub(super) fn restart(&self) {
        self.live_mut().ring.restart();
    }

    pub(super) fn set_limits(&self, limits: RingLimits) {
        self.live_mut().ring.set_limits(limits);
    }

    /// Ends the feed for its viewers: at once, or when they have had what is there.
    pub(super) fn finish(&self, end: End) {
        self.live_mut().end.get_or_insert(end);
        self.tell();
    }

    /// Ends the feed for its viewers at once; the feed that it returns goes on with what there is, for viewers to come.
    pub(super) fn hand_over(&self, end: End) -> Arc<Self> {
        let mut live = self.live_mut();
        live.end = Some(end);
        let emptied = Ring::new(*live.ring.limits());
        let ring = std::mem::replace(&mut live.ring, emptied);
        drop(live);
        self.tell();
        Self::with_ring(self.format, ring, self.edge.clone())
    }

    /// Wakes the viewers.
    pub(super) fn tell(&self) {
        self.changes.send_replace(());
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// The time of the newest parcel.
    pub(super) fn time(&self) -> u64 {
        self.edge.load(Ordering::Relaxed)
    }

    pub(super) fn edge(&self) -> Arc<AtomicU64> {
        self.edge.clone()
    }

    pub(super) fn live(&self) -> RwLockReadGuard<'_, Live> {
        // Nothing panics while it holds the lock; if something did, the ring would still be a ring.
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn live_mut(&self) -> RwLockWriteGuard<'_, Live> {
        self.live.write().unwrap_or_else(PoisonError::into_inner)
    }
}
