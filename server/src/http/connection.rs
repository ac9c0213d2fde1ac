//! What one connection is to the server, for as long as its socket is open, and one of its streams.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

use futures_util::task::AtomicWaker;
use tokio::sync::{mpsc, watch};

use crate::connections::Place;
use crate::hub::clients::Kick;

/// One connection; its socket owns it, also after an upgrade, and requests share it.
///
/// Over HTTP/2 each request has one of its own, a stream of the connection that the socket owns.
#[derive(Debug)]
pub(super) struct Connection {
    peer: SocketAddr,
    stalled: AtomicBool,
    /// Ends the connection, or the stream alone, whatever it waits for.
    kick: Kick,
    /// Whether a stream is to be ended as it is.
    cut: AtomicBool,
    /// Who ends a stream that is cut.
    ender: AtomicWaker,
    /// Whether the end of what the peer sends matters before the answer is out, and has come.
    watched: AtomicBool,
    live: AtomicBool,
    peer_ended: watch::Sender<bool>,
    /// All that was written is on its way.
    flushed: AtomicBool,
    carrier: Carrier,
}

/// As long as it lives, the end of what the peer of a connection over HTTP/1 sends is noticed at once.
#[derive(Debug)]
pub(super) struct Watch(Arc<Connection>);

#[derive(Debug)]
enum Carrier {
    Socket {
        place: Place,
        /// Tells the listener, by being dropped, that this connection has gone.
        _alive: mpsc::Sender<Infallible>,
    },
    Connection(Arc<Connection>),
}

impl Connection {
    pub(super) fn new(peer: SocketAddr, place: Place, alive: mpsc::Sender<Infallible>) -> Self {
        Self::over(Carrier::Socket { place, _alive: alive }, peer)
    }

    /// One from `peer` that no socket has.
    #[cfg(test)]
    pub(super) fn unconnected(peer: impl Into<SocketAddr>) -> Arc<Self> {
        use crate::connections::{Connections, Purpose};
        let connections = Connections::new(crate::settings::Settings::fixed(Arc::default()));
        let place = connections.admit(Purpose::View).unwrap();
        Arc::new(Self::new(peer.into(), place, mpsc::channel(1).0))
    }

    /// One stream of `connection`.
    pub(super) fn stream_of(connection: Arc<Self>) -> Self {
        let peer = connection.peer;
        Self::over(Carrier::Connection(connection), peer)
    }

    fn over(carrier: Carrier, peer: SocketAddr) -> Self {
        Self {
            peer,
            stalled: AtomicBool::new(false),
            kick: Kick::default(),
            cut: AtomicBool::new(false),
            ender: AtomicWaker::new(),
            watched: AtomicBool::new(false),
            live: AtomicBool::new(false),
            peer_ended: watch::Sender::new(false),
            flushed: AtomicBool::new(true),
            carrier,
        }
    }

    /// Whether it may ask for nothing but the API, because viewers have all their places.
    pub(super) fn is_for_api_only(&self) -> bool {
        match &self.carrier {
            Carrier::Socket { place, .. } => place.is_api_only(),
            Carrier::Connection(connection) => connection.is_for_api_only(),
        }
    }

    pub(super) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// What ends the connection, or the stream alone, at once, even when it takes nothing.
    pub(super) const fn kick(&self) -> &Kick {
        &self.kick
    }

    /// Notes that it took no byte for too long.
    pub(super) fn note_stalled(&self) {
        self.stalled.store(true, Ordering::Release);
        self.cut();
    }

    /// Ends a stream, whatever waits there to be sent. A socket is ended by who owns it.
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
        self.ender.wake();
        self.kick.wake();
    }

    /// Whether a stream is ended by us.
    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Acquire) || self.kick.is_kicked()
    }

    /// Whether it is being ended because it took no byte for too long: the socket, or the stream alone.
    pub(super) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Acquire)
            || matches!(&self.carrier, Carrier::Connection(connection) if connection.is_stalled())
    }

    /// Begins to look out for the end of what the peer sends; one request at a time does.
    pub(super) fn watch(self: &Arc<Self>) -> Watch {
        self.watched.store(true, Ordering::Release);
        Watch(self.clone())
    }

    /// Whether there is a [`Watch`].
    pub(super) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Acquire)
    }

    /// Notes that the peer has ended its side; returns whether that ends the connection.
    pub(super) fn note_peer_ended(&self) -> bool {
        self.peer_ended.send_if_modified(|ended| !std::mem::replace(ended, true));
        self.live.load(Ordering::Acquire)
    }

    /// Notes that something is being written.
    pub(super) fn note_written(&self) {
        self.flushed.store(false, Ordering::Release);
    }

    /// Notes that whoever writes has flushed, which hyper does when it has written all it has.
    pub(super) fn note_flushed(&self) {
        self.flushed.store(true, Ordering::Release);
    }

    /// Whether all that was written is on its way.
    pub(super) fn is_flushed(&self) -> bool {
        self.flushed.load(Ordering::Acquire)
    }

    /// Whether it is cut, or kicked if `minds_kick`; wakes `waker` when it will be.
    pub(super) fn poll_cut(&self, waker: &Waker, minds_kick: bool) -> bool {
        if minds_kick {
            self.kick.wakes(waker);
        } else {
            self.ender.register(waker);
        }
        self.cut.load(Ordering::Acquire) || minds_kick && self.kick.is_kicked()
    }
}

impl Watch {
    /// From now on, the peer's end ends the connection, even one that takes nothing.
    pub(super) fn stream(&self) {
        self.0.live.store(true, Ordering::Release);
    }

    /// Resolves when the peer has ended its side.
    pub(super) async fn peer_ended(&self) {
        // The sender is the connection's: an error cannot come.
        drop(self.0.peer_ended.subscribe().wait_for(|ended| *ended).await);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.live.store(false, Ordering::Release);
        self.0.watched.store(false, Ordering::Release);
    }
}
