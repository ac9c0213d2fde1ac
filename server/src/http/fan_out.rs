//! Live viewers after their request: few tasks, the writers, serve many sockets each.
//!
//! A task and a waker for each viewer would cost more than the kernel's own `send`. A viewer's connection leaves hyper when
//! its request is answered, and gets a seat at a writer of its feed. The feed wakes the writer once, and the writer
//! goes through its seats: one look at the feed and one vectored write each. What a socket does not take stays with
//! its seat until the socket has room, and holds up nobody else.
//!
//! ```text
//!   feed --wakes--> writer --for each seat--> Viewer::poll_next -> Outbox (chunks | messages | bare) -> socket
//!                     ^ rung by a seat's socket, timer or kick
//! ```

mod bell;
mod farewell;
mod handed;
mod outbox;
mod scratch;
mod seat;
mod writer;

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::server::TlsStream;

use super::http2::Tunnel;
use super::socket::Socket;
use super::tcp::Tcp;
use super::visit::Visit;
use super::websocket::Speech;
use crate::hub::Viewer;
use crate::shutdown::Shutdown;
use bell::Desk;
use writer::Writer;

pub(super) use handed::handed;
pub(super) use outbox::{Framing, MAX_SLICES, Outbox};

/// Viewers that one writer serves at most. A viewer at the end of the row gets a frame that much later than one at its
/// front; a writer for each would be a task for each.
const SEATS: usize = 256;

/// The same where tags are gathered, and each is late anyhow: two writers at once would cost more than one, for they
/// meet in the kernel.
const SEATS_OF_PATIENT: usize = 1024;

/// What carries a viewer: a socket, or a stream over TLS or HTTP/2.
pub(super) trait Carrier: AsyncRead + AsyncWrite + Send + Unpin {
    /// Writes bytes that other viewers get too; a carrier that can keep them need not copy them.
    fn poll_give(&mut self, cx: &mut Context<'_>, bytes: &Bytes) -> Poll<io::Result<usize>> {
        Pin::new(self).poll_write(cx, bytes)
    }
}

impl Carrier for Socket<Tcp> {}
impl Carrier for TlsStream<Socket<Tcp>> {}
impl<IO: AsyncRead + AsyncWrite + Send + Unpin> Carrier for Socket<Tunnel<IO>> {}

/// A viewer who has been answered, and wants a seat.
pub(super) struct Guest {
    pub(super) carrier: Box<dyn Carrier>,
    pub(super) viewer: Viewer,
    pub(super) visit: Visit,
    pub(super) manner: Manner,
}

/// How a viewer is spoken to.
pub(super) enum Manner {
    /// HTTP, until the connection's end.
    Bare,
    /// HTTP, in chunks.
    Chunked,
    /// WebSocket.
    WebSocket(Box<Speech>),
}

/// Every writer there is.
#[derive(Debug)]
pub(super) struct FanOut {
    /// By the feed that they serve.
    writers: Mutex<HashMap<u64, Vec<Arc<Desk>>>>,
    shutdown: Shutdown,
}

impl FanOut {
    /// Without any writers; those to come end their viewers at `shutdown`.
    pub(super) fn new(shutdown: Shutdown) -> Arc<Self> {
        Arc::new(Self { writers: Mutex::default(), shutdown })
    }

    /// Serves `guest` until something ends it, in the background.
    pub(super) fn seat(self: &Arc<Self>, guest: Guest) {
        let feed = guest.viewer.feed_id();
        let seats = if guest.viewer.is_patient() { SEATS_OF_PATIENT } else { SEATS };
        let mut writers = self.lock();
        let desks = writers.entry(feed).or_default();
        if let Some(desk) = desks.iter().find(|desk| desk.seats() < seats) {
            desk.admit(guest);
            return;
        }
        let desk = Arc::new(Desk::default());
        desks.push(desk.clone());
        let writer = Writer::new(desk.clone(), guest.viewer.watch_feed(), self.shutdown.clone());
        desk.admit(guest);
        drop(writers);
        let fan_out = self.clone();
        // A writer does its own share-out, by turns: a task's usual budget would make a full socket of every hundredth.
        tokio::spawn(tokio::task::coop::unconstrained(writer.run(move |desk| fan_out.close(feed, desk))));
    }

    /// Forgets the writer of `desk` if it has nobody to serve; says whether it has not.
    fn close(&self, feed: u64, desk: &Arc<Desk>) -> bool {
        let mut writers = self.lock();
        // Under the lock nobody gets a seat there.
        if desk.seats() > 0 {
            return false;
        }
        if let Some(desks) = writers.get_mut(&feed) {
            desks.retain(|other| !Arc::ptr_eq(other, desk));
            if desks.is_empty() {
                writers.remove(&feed);
            }
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Vec<Arc<Desk>>>> {
        self.writers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Manner {
    const fn framing(&self) -> Framing {
        match self {
            Self::Bare => Framing::Bare,
            Self::Chunked => Framing::Chunked,
            Self::WebSocket(_) => Framing::WebSocket,
        }
    }
}
