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

use super::super::connection::Connection;
use super::serving::Newcomers;

/// After one stream was ended, the others get so long to go on: what it held back of the connection's window may have
/// been all that was wrong with them.
const RELIEF: Duration = Duration::from_secs(1);

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
    /// When a stream was ended last.
    ended: Mutex<Option<Instant>>,
}

/// How many streams of a connection there are, and have been.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Opened {
    pub(super) now: usize,
    pub(super) ever: u64,
}

/// One stream of a connection.
#[derive(Debug)]
pub(super) struct Stream {
    connection: Arc<Connection>,
    /// Whether hyper has data that waits for the window.
    waiting: AtomicBool,
    /// How often the window had room.
    taken: AtomicU64,
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
        send_timeout: Duration,
    ) -> (Self, watch::Receiver<Opened>) {
        let (opened, watched) = watch::channel(Opened::default());
        let shared = Arc::new(Shared { connection, send_timeout, opened, ended: Mutex::new(None) });
        (Self { shared, newcomers: Newcomers::new() }, watched)
    }

    /// Those that are to be run.
    pub(super) fn newcomers(&self) -> Newcomers<Watched> {
        self.newcomers.clone()
    }

    /// A new stream.
    pub(super) fn open(&self) -> Arc<Stream> {
        self.shared.opened.send_modify(|opened| {
            opened.now += 1;
            opened.ever += 1;
        });
        Arc::new(Stream {
            connection: Arc::new(Connection::stream_of(self.shared.connection.clone())),
            waiting: AtomicBool::new(false),
            taken: AtomicU64::new(0),
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
        self.shared.opened.send_modify(|opened| opened.now -= 1);
    }
}

/// A future of a stream, until the stream stalls.
pub(super) struct Watched {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    stream: Arc<Stream>,
    /// Whether a kick ends it at once.
    minds_kick: bool,
    /// Runs since the window was found full; kept for the next time.
    wait: Option<Pin<Box<Sleep>>>,
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
        Self { future, stream, minds_kick: true, wait: None, seen: None }
    }

    /// Ready when the stream has waited too long.
    fn poll_stall(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.stream.waiting.load(Ordering::Relaxed) {
            self.seen = None;
            return Poll::Pending;
        }
        let timeout = self.stream.shared.send_timeout;
        let wait = self.wait.get_or_insert_with(|| Box::pin(sleep(timeout)));
        let taken = self.stream.taken.load(Ordering::Relaxed);
        if self.seen.replace(taken) != Some(taken) {
            wait.as_mut().reset(Instant::now() + timeout);
        }
        loop {
            if wait.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let mut ended = self.stream.shared.ended.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            match *ended {
                Some(at) if now < at + RELIEF && wait.deadline() < at + RELIEF => {
                    wait.as_mut().reset(at + RELIEF);
                }
                _ => {
                    *ended = Some(now);
                    self.stream.connection.note_stalled();
                    return Poll::Ready(());
                }
            }
        }
    }
}
