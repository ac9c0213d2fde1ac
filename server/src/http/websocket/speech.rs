//! What is said on a WebSocket besides the stream: pings, pongs and the closing handshake. No I/O but the close.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::close::Parting;
use super::frame_reader::{Event, FrameReader, opcode};
use super::link::Link;
use crate::http::budget::Budget;
use crate::http::connection::Connection;
use crate::http::departure::Departure;
use crate::http::fan_out::Outbox;

/// Pings in a row that a client may leave without any answer.
const MAX_UNANSWERED: u32 = 2;

/// What a client may send at once, in bytes: pongs and pings are few, but a page may have something to say.
const INPUT_BURST: usize = 256 * 1024;

/// What it may send all the time, in bytes a second.
const INPUT_RATE: usize = 16 * 1024;

/// The control frames of one WebSocket.
#[derive(Debug)]
pub(in super::super) struct Speech {
    frames: FrameReader,
    budget: Budget,
    /// The payload of the newest ping without its pong. Older ones need none (RFC 6455 section 5.5.3), so that a client
    /// that pings and does not read costs nothing.
    pong: Option<Bytes>,
    /// Pings sent since the client was last heard.
    unanswered: u32,
    ping_interval: Duration,
    next_ping: Instant,
    /// The stream of an extended CONNECT, on whose connection there are others.
    tunnel: Option<Arc<Connection>>,
}

impl Speech {
    pub(super) fn new(ping_interval: Duration) -> Self {
        Self {
            frames: FrameReader::default(),
            budget: Budget::new(INPUT_BURST, INPUT_RATE, Instant::now()),
            pong: None,
            unanswered: 0,
            ping_interval,
            next_ping: Instant::now() + ping_interval,
            tunnel: None,
        }
    }

    /// For a WebSocket that is a stream of an HTTP/2 connection: cuts it when all is said.
    pub(super) fn over(mut self, tunnel: Arc<Connection>) -> Self {
        self.tunnel = Some(tunnel);
        self
    }

    /// Takes what the client says by `now`, in any slicing.
    ///
    /// # Errors
    /// When it says that it leaves, or too much, or what RFC 6455 forbids.
    pub(in super::super) fn hear(&mut self, said: &[u8], now: Instant) -> Result<(), Parting> {
        self.unanswered = 0;
        if !self.budget.spend(said.len(), now) {
            return Err(Parting::Ours(Departure::Flooding));
        }
        let mut closed = None;
        let pong = &mut self.pong;
        let read = self.frames.push(said, |event| match event {
            Event::Ping(payload) => *pong = Some(payload),
            Event::Pong => {}
            Event::Close(code) => closed = Some(code),
        });
        read.map_err(Parting::Breach)?;
        closed.map_or(Ok(()), |code| Err(Parting::Theirs(code)))
    }

    /// Puts what the client waits for behind what is there.
    pub(in super::super) fn answer(&mut self, outbox: &mut Outbox) {
        if let Some(payload) = self.pong.take() {
            outbox.push_control(opcode::PONG, payload);
        }
    }

    /// When it is time for the next ping.
    pub(in super::super) const fn next_ping(&self) -> Instant {
        self.next_ping
    }

    /// Asks whether the client is there, when it is time to.
    ///
    /// # Errors
    /// When it has not answered for too long.
    pub(in super::super) fn keep_time(&mut self, now: Instant, outbox: &mut Outbox) -> Result<(), Parting> {
        if now < self.next_ping {
            return Ok(());
        }
        self.next_ping = now + self.ping_interval;
        // A ping behind a backlog would ask how fast the client reads, not whether it is there; the socket watches that.
        if !outbox.is_empty() {
            return Ok(());
        }
        if self.unanswered >= MAX_UNANSWERED {
            return Err(Parting::Ours(Departure::Silent));
        }
        self.unanswered += 1;
        outbox.push_control(opcode::PING, Bytes::new());
        Ok(())
    }

    /// Says why, behind what is on its way, and ends the connection.
    pub(in super::super) async fn end(
        self: Box<Self>,
        carrier: impl AsyncRead + AsyncWrite + Unpin,
        outbox: Outbox,
        unflushed: bool,
        parting: &Parting,
    ) {
        Link::resume(carrier, self, outbox, unflushed).close(parting).await;
    }

    /// All is said.
    pub(super) fn cut(&self) {
        if let Some(stream) = &self.tunnel {
            stream.cut();
        }
    }
}
