//! How a writer is called: by newcomers, and by what its seats wait for.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;

use tokio::sync::Notify;

use super::Guest;

/// Where a writer is called.
#[derive(Default)]
pub(super) struct Desk {
    call: Notify,
    /// Seats that are taken, those of newcomers included.
    seats: AtomicUsize,
    newcomers: Mutex<VecDeque<Guest>>,
    /// Numbers of the seats whose bells have been rung.
    rung: Mutex<Vec<usize>>,
}

/// One seat's bell: a waker that tells the writer which seat it is.
#[derive(Debug)]
pub(super) struct Bell {
    desk: Arc<Desk>,
    seat: usize,
    rung: AtomicBool,
}

impl Desk {
    /// How many seats are taken.
    pub(super) fn seats(&self) -> usize {
        self.seats.load(Ordering::Acquire)
    }

    /// Takes a seat for `guest`.
    pub(super) fn admit(&self, guest: Guest) {
        self.seats.fetch_add(1, Ordering::AcqRel);
        self.newcomers.lock().unwrap_or_else(PoisonError::into_inner).push_back(guest);
        self.call.notify_one();
    }

    /// A seat is free again.
    pub(super) fn vacate(&self) {
        self.seats.fetch_sub(1, Ordering::AcqRel);
    }

    /// Resolves when a newcomer is there, or a bell was rung.
    pub(super) async fn called(&self) {
        self.call.notified().await;
    }

    /// Calls the writer, who has more to do than it did at once.
    pub(super) fn call(&self) {
        self.call.notify_one();
    }

    /// The newcomer who has waited longest, if there is one.
    pub(super) fn newcomer(&self) -> Option<Guest> {
        self.newcomers.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Puts the seats whose bells were rung behind `seats`.
    pub(super) fn take_rung(&self, seats: &mut impl Extend<usize>) {
        seats.extend(self.rung.lock().unwrap_or_else(PoisonError::into_inner).drain(..));
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("seats", &self.seats).finish_non_exhaustive()
    }
}

impl Bell {
    pub(super) fn new(desk: Arc<Desk>, seat: usize) -> Arc<Self> {
        Arc::new(Self { desk, seat, rung: AtomicBool::new(false) })
    }

    /// From now on, it can be rung again.
    pub(super) fn reset(&self) {
        self.rung.store(false, Ordering::Release);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.desk.rung.lock().unwrap_or_else(PoisonError::into_inner).push(self.seat);
            self.desk.call();
        }
    }
}
