//! One viewer at a writer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::bell::Bell;
use super::farewell;
use super::scratch::Scratch;
use super::{Carrier, Framing, Guest, MAX_SLICES, Manner, Outbox};
use crate::http::departure::Departure;
use crate::http::visit::Visit;
use crate::http::websocket::{Parting, Speech, broken};
use crate::hub::{Next, Viewer};
use crate::shutdown::Shutdown;

/// Bytes that one turn writes, the last batch not counted; a GOP takes several turns.
const TURN_BYTES: usize = 128 * 1024;

/// How late a client's count of bytes may be.
const COUNT_INTERVAL: Duration = Duration::from_millis(500);

/// Reads of one turn.
const TURN_READS: usize = 8;

/// Bytes that a viewer over HTTP may say after its request. What it says beyond is left unread, and with it that it leaves:
/// the next write finds out.
const HEARD: usize = 64 * 1024;

/// A viewer, its socket, and what is on the way from one to the other.
pub(super) struct Seat {
    carrier: Box<dyn Carrier>,
    viewer: Viewer,
    visit: Visit,
    framing: Framing,
    speech: Option<Box<Speech>>,
    outbox: Outbox,
    bell: Arc<Bell>,
    waker: Waker,
    timer: Option<Pin<Box<Sleep>>>,
    /// Before this time there is nothing for the viewer, unless its feed changes.
    not_before: Option<Instant>,
    /// What was heard of a viewer who has nothing to say, in bytes.
    heard: usize,
    /// Bytes that the client's count lacks.
    uncounted: usize,
    next_count: Option<Instant>,
    /// The socket has no room; it will ring.
    is_full: bool,
    /// Something written has not been flushed; a TLS stream may still hold it.
    unflushed: bool,
}

/// Why a seat is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The feed has news.
    News,
    /// Its bell was rung, or it is new, or it wanted more.
    Bell,
}

/// What a turn came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The viewer has all there is, or its socket is full.
    Over,
    /// There is more for it.
    WantsMore,
}

impl Seat {
    pub(super) fn new(guest: Guest, bell: Arc<Bell>) -> Self {
        let Guest { carrier, viewer, visit, manner } = guest;
        let waker = Waker::from(bell.clone());
        visit.kick().wakes(&waker);
        let framing = manner.framing();
        let speech = if let Manner::WebSocket(speech) = manner { Some(speech) } else { None };
        Self {
            carrier,
            viewer,
            visit,
            framing,
            speech,
            outbox: Outbox::default(),
            bell,
            waker,
            timer: None,
            not_before: None,
            heard: 0,
            uncounted: 0,
            next_count: None,
            is_full: false,
            unflushed: false,
        }
    }

    /// Whether the socket took less than there was.
    pub(super) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// Gives the viewer what its feed has, as far as its socket takes it at once.
    ///
    /// # Errors
    /// What ends the viewing.
    pub(super) fn serve(&mut self, cause: Cause, scratch: &mut Scratch) -> Result<Turn, Parting> {
        if cause == Cause::Bell {
            // Before looking at what rang it, so that what comes after is not missed.
            self.bell.reset();
            if self.visit.kick().is_kicked() {
                return Err(Parting::Ours(Departure::Kicked));
            }
            self.hear(scratch)?;
            self.keep_time()?;
            self.is_full = false;
        }
        if self.is_full {
            return Ok(Turn::Over);
        }
        let has_own = !self.outbox.is_empty();
        if !has_own {
            std::mem::swap(&mut self.outbox, &mut scratch.outbox);
        }
        let turn = self.write(scratch);
        if self.outbox.is_empty() {
            if has_own {
                // What it took to hold a backlog is not needed at the live edge.
                self.outbox = Outbox::default();
            } else {
                std::mem::swap(&mut self.outbox, &mut scratch.outbox);
            }
        }
        if cause == Cause::Bell || self.not_before.is_some() {
            self.set_timer();
        }
        turn
    }

    /// Ends the viewing, in the background where there is something to be said.
    pub(super) fn dismiss(self, parting: &Parting, shutdown: Shutdown) {
        let Self { carrier, viewer, mut visit, framing, speech, outbox, unflushed, uncounted, .. } = self;
        visit.add_bytes(uncounted, Instant::now());
        if visit.is_stalled() {
            viewer.note_stalled();
        }
        visit.end(parting.departure());
        // The visit is over, however long the goodbye takes.
        drop((visit, viewer));
        match speech {
            Some(speech) => {
                let parting = *parting;
                tokio::spawn(async move { speech.end(carrier, outbox, unflushed, &parting).await });
            }
            None if farewell::is_due(parting) => {
                tokio::spawn(farewell::end(carrier, outbox, framing, shutdown));
            }
            None => {}
        }
    }

    fn write(&mut self, scratch: &mut Scratch) -> Result<Turn, Parting> {
        let mut written = 0;
        // Of what was taken in this turn: the batch may be another viewer's.
        let mut has_all = false;
        loop {
            if self.outbox.is_empty()
                && let Some(speech) = &mut self.speech
            {
                speech.answer(&mut self.outbox);
            }
            if self.outbox.is_empty() {
                if written >= TURN_BYTES {
                    return Ok(Turn::WantsMore);
                }
                match self.viewer.poll_next(&mut scratch.batch)? {
                    Next::Taken => {}
                    Next::Nothing => break,
                    Next::NotBefore(time) => {
                        self.not_before = Some(time);
                        break;
                    }
                }
                self.count(scratch.batch.bytes(), scratch.now);
                written += scratch.batch.bytes();
                has_all = scratch.batch.is_all();
                self.write_batch(scratch)?;
            }
            if !self.outbox.is_empty() && !self.write_outbox()? {
                return Ok(Turn::Over);
            }
            if self.outbox.is_empty() && has_all {
                break;
            }
        }
        self.flush()
    }

    /// Counts bytes for the client, whose own count is far away in memory and told now and then.
    fn count(&mut self, bytes: usize, now: Instant) {
        self.uncounted += bytes;
        if self.next_count.is_none_or(|time| now >= time) {
            self.next_count = Some(now + COUNT_INTERVAL);
            self.visit.add_bytes(std::mem::take(&mut self.uncounted), now);
        }
    }

    /// Writes what others get too; what the socket does not take, or the viewer alone gets, goes into the outbox.
    fn write_batch(&mut self, scratch: &mut Scratch) -> Result<(), Parting> {
        let clock = self.viewer.clock();
        let mut count = 0;
        if let Some(framed) = scratch.shared(self.framing, clock) {
            let mut cx = Context::from_waker(&self.waker);
            if let Poll::Ready(taken) = self.carrier.poll_give(&mut cx, framed) {
                count = taken.map_err(|error| broken(&error))?;
            }
            self.unflushed = true;
            if count == framed.len() {
                return Ok(());
            }
        }
        // The rest is not kept in that form: the next viewer's timestamps are written into it.
        self.outbox.push(self.framing, scratch.batch.parcels_at(clock));
        self.outbox.advance(count);
        Ok(())
    }

    /// Writes once, as much as the socket takes; whether it took anything.
    fn write_outbox(&mut self) -> Result<bool, Parting> {
        let mut cx = Context::from_waker(&self.waker);
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let filled = self.outbox.fill(&mut slices);
        match Pin::new(&mut self.carrier).poll_write_vectored(&mut cx, &slices[..filled]) {
            Poll::Ready(Ok(0)) => Err(broken(&io::ErrorKind::WriteZero.into())),
            Poll::Ready(Ok(count)) => {
                self.outbox.advance(count);
                self.unflushed = true;
                Ok(true)
            }
            Poll::Ready(Err(error)) => Err(broken(&error)),
            Poll::Pending => {
                self.is_full = true;
                Ok(false)
            }
        }
    }

    fn flush(&mut self) -> Result<Turn, Parting> {
        if self.unflushed {
            match Pin::new(&mut self.carrier).poll_flush(&mut Context::from_waker(&self.waker)) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => return Err(broken(&error)),
                Poll::Pending => self.is_full = true,
            }
        }
        Ok(Turn::Over)
    }

    /// Reads what the viewer says. Over HTTP that is nothing but its leave.
    fn hear(&mut self, scratch: &mut Scratch) -> Result<(), Parting> {
        let mut cx = Context::from_waker(&self.waker);
        for _ in 0..TURN_READS {
            if self.heard >= HEARD {
                return Ok(());
            }
            let mut buffer = ReadBuf::new(&mut scratch.input);
            match Pin::new(&mut self.carrier).poll_read(&mut cx, &mut buffer) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Err(error)) => return Err(broken(&error)),
                Poll::Ready(Ok(())) => match (buffer.filled(), &mut self.speech) {
                    // Over HTTP/2 that is how the end of the stream is heard of, whoever ended it.
                    ([], _) if self.visit.is_stalled() => return Err(Parting::Ours(Departure::Stalled)),
                    ([], _) => return Err(Parting::Ours(Departure::ClientLeft)),
                    (said, Some(speech)) => speech.hear(said, scratch.now)?,
                    (said, None) => self.heard += said.len(),
                },
            }
        }
        self.waker.wake_by_ref();
        Ok(())
    }

    /// Does what is due at this time.
    fn keep_time(&mut self) -> Result<(), Parting> {
        let now = Instant::now();
        self.not_before = self.not_before.filter(|time| *time > now);
        let Some(speech) = &mut self.speech else { return Ok(()) };
        speech.keep_time(now, &mut self.outbox)
    }

    /// Sees that the bell rings when something will be due.
    fn set_timer(&mut self) {
        let ping = self.speech.as_ref().map(|speech| speech.next_ping());
        let Some(next) = self.not_before.into_iter().chain(ping).min() else { return };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(next)));
        if timer.deadline() != next {
            timer.as_mut().reset(next);
        }
        if timer.as_mut().poll(&mut Context::from_waker(&self.waker)).is_ready() {
            self.waker.wake_by_ref();
        }
    }
}
