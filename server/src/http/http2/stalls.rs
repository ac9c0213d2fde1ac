//! Ends a stream whose client gives it no window for a time, and leaves the others on its connection alone.
//!
//! hyper has a future for each stream, and waits there for the window. Those futures are watched here, and dropped when
//! they have waited too long: that resets the stream (RFC 9113 section 8.7, CANCEL).

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::Executor;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep};

use super::super::budget::Budget;
use super::super::connection::Connection;
use super::all_streams::{AllStreams, OWN_STREAMS, StreamPlace};
use super::serving::Newcomers;
use super::timeouts::{Rounds, first_look, is_too_late, next_look};

/// Streams that a client may reset before it has their whole answers, at once and each second: a page that is left, or a film
/// that is wound on, resets some. To ask in order to reset costs a client less than us, also one that does it slowly enough
/// for each request to be seen (CVE-2023-44487).
const RESETS_AT_ONCE: usize = 256;
const RESETS_PER_SECOND: usize = 32;

tokio::task_local! {
    static CURRENT: Arc<Stream>;
}

/// The streams of one connection: hyper gives them here.
#[derive(Clone)]
pub(super) struct Streams {
    shared: Arc<Shared>,
    newcomers: Newcomers<Watched>,
}

#[derive(Debug)]
struct Shared {
    connection: Arc<Connection>,
    send_timeout: Duration,
    opened: watch::Sender<Opened>,
    all: Arc<AllStreams>,
    /// Of streams that wait too long.
    rounds: Mutex<Rounds>,
    resets: Mutex<Budget>,
}

/// How many streams of a connection there are, and have been.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Opened {
    pub(super) now: usize,
    pub(super) ever: u64,
    /// Whether the client resets more of them than it may.
    pub(super) resets_too_often: bool,
}

/// One stream of a connection.
#[derive(Debug)]
pub(super) struct Stream {
    connection: Arc<Connection>,
    /// Whether hyper has data that waits for the window.
    waiting: AtomicBool,
    /// How often the window had room.
    taken: AtomicU64,
    /// Whether the body has been given whole.
    answered: AtomicBool,
    /// Whether it is one too many.
    is_refused: bool,
    _place: Option<StreamPlace>,
    shared: Arc<Shared>,
}

/// The stream whose future is being run.
///
/// # Panics
/// Outside of a future that [`Streams`] runs.
pub(super) fn current() -> Arc<Stream> {
    CURRENT.get()
}

impl Streams {
    /// For `connection`, and how many of its streams are open.
    pub(super) fn new(
        connection: Arc<Connection>,
        all: Arc<AllStreams>,
        send_timeout: Duration,
    ) -> (Self, watch::Receiver<Opened>) {
        let (opened, watched) = watch::channel(Opened::default());
        let resets = Mutex::new(Budget::new(RESETS_AT_ONCE, RESETS_PER_SECOND, Instant::now()));
        let shared = Shared { connection, send_timeout, opened, all, rounds: Mutex::default(), resets };
        let shared = Arc::new(shared);
        (Self { shared, newcomers: Newcomers::new() }, watched)
    }

    /// Those that are to be run.
    pub(super) fn newcomers(&self) -> Newcomers<Watched> {
        self.newcomers.clone()
    }

    /// A new stream.
    pub(super) fn open(&self) -> Arc<Stream> {
        let mut open = 0;
        self.shared.opened.send_modify(|opened| {
            opened.now += 1;
            opened.ever += 1;
            open = opened.now;
        });
        let needs_place = open > OWN_STREAMS;
        let place = if needs_place { self.shared.all.admit(Instant::now()) } else { None };
        Arc::new(Stream {
            connection: Arc::new(Connection::stream_of(self.shared.connection.clone())),
            waiting: AtomicBool::new(false),
            taken: AtomicU64::new(0),
            answered: AtomicBool::new(false),
            is_refused: needs_place && place.is_none(),
            _place: place,
            shared: self.shared.clone(),
        })
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, future: F) {
        match CURRENT.try_with(Arc::clone) {
            // A future that a stream's future starts, as after an extended CONNECT, carries the stream on. Who is kicked
            // there gets a goodbye, from what serves the WebSocket.
            Ok(stream) => {
                tokio::spawn(Watched { minds_kick: false, ..Watched::new(future, stream) });
            }
            Err(_) => {
                self.newcomers.push(Watched::new(future, self.open()));
            }
        }
    }
}

impl Stream {
    /// The connection as this stream's request sees it.
    pub(super) const fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Whether it is one too many.
    pub(super) const fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// Notes that hyper has the whole answer.
    pub(super) fn note_answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Notes that hyper has data to send.
    pub(super) fn note_given(&self) {
        self.waiting.store(true, Ordering::Relaxed);
    }

    /// Notes that what hyper had is on its way.
    pub(super) fn note_taken(&self) {
        self.waiting.store(false, Ordering::Relaxed);
        self.taken.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let is_reset = !self.answered.load(Ordering::Relaxed) && !self.connection.is_cut();
        let mut resets = self.shared.resets.lock().unwrap_or_else(PoisonError::into_inner);
        let resets_too_often = is_reset && !resets.spend(1, Instant::now());
        drop(resets);
        self.shared.opened.send_modify(|opened| {
            opened.now -= 1;
            opened.resets_too_often |= resets_too_often;
        });
    }
}

/// A future of a stream, until the stream stalls.
pub(super) struct Watched {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    stream: Arc<Stream>,
    /// Whether a kick ends it at once.
    minds_kick: bool,
    /// Runs while the window is full; kept for the next time.
    wait: Option<Pin<Box<Sleep>>>,
    /// Since when it has been full.
    since: Instant,
    /// [`Stream::taken`] when `wait` was started; `None` when it is not running.
    seen: Option<u64>,
}

impl Future for Watched {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.stream.connection.poll_cut(cx.waker(), self.minds_kick)
            || self.future.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(());
        }
        self.poll_stall(cx)
    }
}

impl Watched {
    fn new(future: impl Future<Output = ()> + Send + 'static, stream: Arc<Stream>) -> Self {
        let future = Box::pin(CURRENT.scope(stream.clone(), future));
        Self { future, stream, minds_kick: true, wait: None, since: Instant::now(), seen: None }
    }

    /// Ready when the stream has waited too long.
    fn poll_stall(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.stream.waiting.load(Ordering::Relaxed) {
            self.seen = None;
            return Poll::Pending;
        }
        let timeout = self.stream.shared.send_timeout;
        let taken = self.stream.taken.load(Ordering::Relaxed);
        let wait = self.wait.get_or_insert_with(|| Box::pin(sleep(timeout)));
        if self.seen.replace(taken) != Some(taken) {
            self.since = Instant::now();
            wait.as_mut().reset(first_look(self.since, timeout));
        }
        let shared = &self.stream.shared;
        loop {
            if wait.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            let allowed = if is_too_late(self.since, now, timeout, shared.all.are_scarce(now)) {
                shared.rounds.lock().unwrap_or_else(PoisonError::into_inner).allow(now)
            } else {
                Err(next_look(self.since, now, timeout))
            };
            match allowed {
                Err(next) => wait.as_mut().reset(next),
                Ok(()) => {
                    self.stream.connection.note_stalled();
                    return Poll::Ready(());
                }
            }
        }
    }
}
