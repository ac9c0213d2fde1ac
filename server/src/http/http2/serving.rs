//! A connection and its streams as one task: what a stream hands over is on its way to the socket within the same turn.
//!
//! As tasks of their own, as hyper would have it, a stream and its connection wake each other for every frame, each time
//! through the runtime's queue and, by then, with what they need gone from the caches. For the same reason nothing is run
//! here that was not woken.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::Either;
use futures_util::task::AtomicWaker;
use slab::Slab;

/// How often streams and connection may wake each other before other tasks have their turn.
const ROUNDS: usize = 8;

/// A turn is being taken: whatever is due will be done in it, and nobody need be woken.
const TURN: u64 = 1 << 63;
/// The connection is due.
const CONNECTION: u64 = 1 << 62;
/// What runs beside the connection is due.
const ASIDE: u64 = 1 << 61;
/// There are newcomers.
const NEWCOMERS: u64 = 1 << 60;
/// Each of the other bits stands for a stream, or for some.
const STREAM_BITS: usize = 60;
const STREAMS: u64 = NEWCOMERS - 1;

/// Takes the streams of a connection, as futures `S`, which have not been run yet.
#[derive(Debug)]
pub(super) struct Newcomers<S>(Arc<Due<S>>);

/// A connection `C` with its streams `S`, which go when it goes.
pub(super) struct Serving<'a, C, S> {
    connection: Pin<&'a mut C>,
    streams: Slab<(S, Waker)>,
    due: Arc<Due<S>>,
}

/// What is to be run.
#[derive(Debug)]
struct Due<S> {
    bits: AtomicU64,
    task: AtomicWaker,
    newcomers: Mutex<Vec<S>>,
}

/// Has what `bit` stands for run.
struct Bell<S> {
    due: Arc<Due<S>>,
    bit: u64,
}

impl<S> Newcomers<S> {
    pub(super) fn new() -> Self {
        let (bits, task) = (AtomicU64::new(0), AtomicWaker::new());
        Self(Arc::new(Due { bits, task, newcomers: Mutex::default() }))
    }

    /// Has a stream run.
    pub(super) fn push(&self, stream: S) {
        self.0.newcomers.lock().unwrap_or_else(PoisonError::into_inner).push(stream);
        self.0.set(NEWCOMERS);
    }
}

impl<S> Clone for Newcomers<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> Due<S> {
    fn set(&self, bit: u64) {
        // If something was due before, the task has been woken, or takes its turn.
        if self.bits.fetch_or(bit, SeqCst) == 0 {
            self.task.wake();
        }
    }

    fn take_newcomers(&self) -> Vec<S> {
        std::mem::take(&mut *self.newcomers.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Send + 'static> Due<S> {
    fn bell(self: &Arc<Self>, bit: u64) -> Waker {
        Arc::new(Bell { due: self.clone(), bit }).into()
    }
}

impl<S: Send> Wake for Bell<S> {
    fn wake(self: Arc<Self>) {
        self.due.set(self.bit);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.due.set(self.bit);
    }
}

impl<'a, C: Future, S: Future<Output = ()> + Send + Unpin + 'static> Serving<'a, C, S> {
    /// `connection`, which gives its streams to `newcomers`.
    pub(super) fn new(connection: Pin<&'a mut C>, newcomers: Newcomers<S>) -> Self {
        Self { connection, streams: Slab::new(), due: newcomers.0 }
    }

    /// The connection itself.
    pub(super) fn connection(&mut self) -> Pin<&mut C> {
        self.connection.as_mut()
    }

    /// Serves until the connection ends, or what runs beside it.
    pub(super) async fn until<T>(&mut self, aside: impl Future<Output = T>) -> Either<C::Output, T> {
        let mut aside = pin!(aside);
        let bells = [self.due.bell(CONNECTION), self.due.bell(ASIDE)];
        // All of it, for the first time; and what was due when the last call ended.
        self.due.bits.store(!TURN, SeqCst);
        poll_fn(|cx| {
            self.due.task.register(cx.waker());
            for _ in 0..ROUNDS {
                let due = self.due.bits.swap(TURN, SeqCst);
                if due & ASIDE != 0
                    && let Poll::Ready(end) = aside.as_mut().poll(&mut Context::from_waker(&bells[1]))
                {
                    return Poll::Ready(Either::Right(end));
                }
                self.run_streams(due);
                // They have given it something, as a rule.
                let due = due | self.due.bits.fetch_and(!CONNECTION, SeqCst);
                if due & CONNECTION != 0 {
                    let mut cx = Context::from_waker(&bells[0]);
                    if let Poll::Ready(end) = self.connection.as_mut().poll(&mut cx) {
                        return Poll::Ready(Either::Left(end));
                    }
                }
                if (due | self.due.bits.load(SeqCst)) & NEWCOMERS != 0 {
                    self.admit();
                }
                if self.due.bits.compare_exchange(TURN, 0, SeqCst, SeqCst).is_ok() {
                    return Poll::Pending;
                }
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }

    fn run_streams(&mut self, due: u64) {
        if due & STREAMS == 0 {
            return;
        }
        self.streams.retain(|number, (stream, waker)| {
            due & bit_of(number) == 0 || Pin::new(stream).poll(&mut Context::from_waker(waker)).is_pending()
        });
    }

    fn admit(&mut self) {
        self.due.bits.fetch_and(!NEWCOMERS, SeqCst);
        for stream in self.due.take_newcomers() {
            let place = self.streams.vacant_entry();
            let bit = bit_of(place.key());
            place.insert((stream, self.due.bell(bit)));
            self.due.bits.fetch_or(bit, SeqCst);
        }
    }
}

impl<C, S> Drop for Serving<'_, C, S> {
    fn drop(&mut self) {
        // They know whom their connection gives streams, and would keep that and themselves.
        drop(self.due.take_newcomers());
    }
}

const fn bit_of(stream: usize) -> u64 {
    1 << (stream % STREAM_BITS)
}

#[cfg(test)]
mod tests;
