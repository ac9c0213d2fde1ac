//! How a connection over HTTP/1 leaves hyper when a live stream begins on it.
//!
//! hyper reads the request and writes the answer's head. The connection is taken from it when that is on its way: what
//! hyper would do for each piece of a body costs more than to send it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};

use super::connection::Watch;
use super::visit::Visit;
use super::websocket::Viewing;
use crate::hub::Viewer;

/// What goes on on a connection after its answer's head.
#[derive(Debug)]
pub(super) enum Sequel {
    /// The body of an answer.
    Body {
        viewer: Viewer,
        visit: Visit,
        /// Until the connection is taken, the peer's end is hyper's to find.
        _watch: Watch,
        /// Whether the head says that it is in chunks.
        chunked: bool,
    },
    /// A WebSocket.
    WebSocket(Viewing),
}

/// Where a request's handler leaves the sequel, for who drives the connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Handover(Arc<Mutex<Slot>>);

#[derive(Debug, Default)]
struct Slot {
    sequel: Option<Sequel>,
    /// hyper has asked for the body: what it writes next would come from there.
    begun: bool,
}

/// The body of an answer whose connection is about to be taken: it never has anything.
#[derive(Debug)]
pub(super) struct Prologue(Handover);

impl Handover {
    /// Leaves the sequel of the answer that is about to be given.
    pub(super) fn leave(&self, sequel: Sequel) {
        *self.lock() = Slot { sequel: Some(sequel), begun: false };
    }

    /// The body to answer with before [`Sequel::Body`].
    pub(super) fn prologue(&self) -> Prologue {
        Prologue(self.clone())
    }

    /// Whether hyper has nothing more to give than the body's sequel.
    pub(super) fn has_begun(&self) -> bool {
        self.lock().begun
    }

    /// The sequel, if there is one.
    pub(super) fn take(&self) -> Option<Sequel> {
        self.lock().sequel.take()
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for Prologue {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // Nothing wakes the task: whoever polls the connection takes it now.
        self.0.lock().begun = true;
        Poll::Pending
    }
}
