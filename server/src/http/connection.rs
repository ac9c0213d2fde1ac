//! What one connection is to the server, for as long as its socket is open.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::hub::clients::Kick;

/// One connection; its socket owns it, also after an upgrade, and requests share it.
#[derive(Debug)]
pub(super) struct Connection {
    peer: SocketAddr,
    stalled: AtomicBool,
    /// Ends the connection, whatever it waits for.
    kick: Kick,
    _permit: OwnedSemaphorePermit,
    /// Tells the listener, by being dropped, that this connection has gone.
    _alive: mpsc::Sender<Infallible>,
}

impl Connection {
    pub(super) fn new(
        peer: SocketAddr,
        permit: OwnedSemaphorePermit,
        alive: mpsc::Sender<Infallible>,
    ) -> Self {
        Self { peer, stalled: AtomicBool::new(false), kick: Kick::default(), _permit: permit, _alive: alive }
    }

    pub(super) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// What ends the connection at once, even when its socket takes nothing.
    pub(super) const fn kick(&self) -> &Kick {
        &self.kick
    }

    /// Notes that the socket took no byte for too long.
    pub(super) fn note_stalled(&self) {
        self.stalled.store(true, Ordering::Relaxed);
    }

    /// Whether it is being ended because its socket took no byte for too long.
    pub(super) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Relaxed)
    }
}
