//! The driver of one WebSocket: reads and writes at the same time, answers pings, asks whether the client is there.

use std::io::{self, IoSlice};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

pub(super) use super::close::Parting;
use super::frame_reader::{Event, FrameReader, opcode};
use super::outbox::{MAX_SLICES, Outbox};
use crate::http::departure::Departure;

/// Bytes of one read. Clients have little to say.
const READ_BUFFER: usize = 1024;

/// Pings in a row that a client may leave without any answer.
const MAX_UNANSWERED: u32 = 2;

/// How long the closing handshake may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// One WebSocket, after the handshake.
#[derive(Debug)]
pub(super) struct Link<IO> {
    reader: ReadHalf<IO>,
    writer: WriteHalf<IO>,
    input: [u8; READ_BUFFER],
    frames: FrameReader,
    outbox: Outbox,
    /// Something written has not been flushed; a TLS stream may still hold it.
    unflushed: bool,
    /// The payload of the newest ping without its pong. Older ones need none (RFC 6455 section 5.5.3), so that a client
    /// that pings and does not read costs nothing.
    pong: Option<Bytes>,
    pings: Interval,
    /// Pings sent since the client was last heard.
    unanswered: u32,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Link<IO> {
    pub(super) fn new(stream: IO, ping_interval: Duration) -> Self {
        let (reader, writer) = split(stream);
        let mut pings = interval_at(Instant::now() + ping_interval, ping_interval);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            reader,
            writer,
            input: [0; READ_BUFFER],
            frames: FrameReader::default(),
            outbox: Outbox::default(),
            unflushed: false,
            pong: None,
            pings,
            unanswered: 0,
        }
    }

    /// Puts `parcels` behind what is to be written.
    pub(super) fn send(&mut self, parcels: &mut Vec<Bytes>) {
        self.outbox.push_messages(parcels);
    }

    /// Waits until all is written. Safe to cancel.
    pub(super) async fn drain(&mut self) -> Result<(), Parting> {
        while self.has_output() {
            self.turn().await?;
        }
        Ok(())
    }

    /// Waits for `future`, and serves the client meanwhile.
    pub(super) async fn until<F: Future>(&mut self, future: F) -> Result<F::Output, Parting> {
        let mut future = pin!(future);
        loop {
            tokio::select! {
                biased;
                output = &mut future => return Ok(output),
                turned = self.turn() => turned?,
            }
        }
    }

    /// Says why, waits a moment for the client to say the same, and ends the connection.
    pub(super) async fn close(mut self, parting: &Parting) {
        let Some(payload) = parting.close_payload() else { return };
        self.outbox.discard_unstarted();
        self.outbox.push_control(opcode::CLOSE, payload);
        let closing = async {
            while self.has_output() {
                write_some(&mut self.writer, &mut self.outbox, &mut self.unflushed).await?;
            }
            match parting {
                Parting::Theirs(_) => self.writer.shutdown().await,
                Parting::Ours(_) | Parting::Unsuitable(_) => {
                    self.wait_for_close().await?;
                    self.writer.shutdown().await
                }
                Parting::Breach(_) => {
                    self.writer.shutdown().await?;
                    self.read_to_end().await
                }
            }
        };
        // Whoever does not play along in time is cut off by the drop.
        let _ = timeout(CLOSE_TIMEOUT, closing).await;
    }

    /// Reads until the client's close frame, or its end.
    async fn wait_for_close(&mut self) -> io::Result<()> {
        let mut closed = false;
        while !closed {
            let count = self.reader.read(&mut self.input).await?;
            let read =
                self.frames.push(&self.input[..count], |event| closed |= matches!(event, Event::Close(_)));
            closed |= count == 0 || read.is_err();
        }
        Ok(())
    }

    /// Reads what can no longer be understood: to close with unread bytes is a reset, which may overtake our close frame.
    async fn read_to_end(&mut self) -> io::Result<()> {
        while self.reader.read(&mut self.input).await? > 0 {}
        Ok(())
    }

    /// One step: something read, something written, or a ping due. Safe to cancel: what is done is noted at once.
    async fn turn(&mut self) -> Result<(), Parting> {
        if self.outbox.is_empty()
            && let Some(payload) = self.pong.take()
        {
            self.outbox.push_control(opcode::PONG, payload);
        }
        let has_output = self.has_output();
        tokio::select! {
            count = self.reader.read(&mut self.input) => {
                let count = count.map_err(|error| broken(&error))?;
                self.take_input(count)
            }
            written = write_some(&mut self.writer, &mut self.outbox, &mut self.unflushed), if has_output => {
                written.map_err(|error| broken(&error))
            }
            _ = self.pings.tick() => self.ping(),
        }
    }

    fn has_output(&self) -> bool {
        self.unflushed || !self.outbox.is_empty()
    }

    fn take_input(&mut self, count: usize) -> Result<(), Parting> {
        if count == 0 {
            return Err(Parting::Ours(Departure::ClientLeft));
        }
        self.unanswered = 0;
        let mut closed = None;
        let pong = &mut self.pong;
        let read = self.frames.push(&self.input[..count], |event| match event {
            Event::Ping(payload) => *pong = Some(payload),
            Event::Pong => {}
            Event::Close(code) => closed = Some(code),
        });
        read.map_err(Parting::Breach)?;
        closed.map_or(Ok(()), |code| Err(Parting::Theirs(code)))
    }

    fn ping(&mut self) -> Result<(), Parting> {
        // A ping behind a backlog would ask how fast the client reads, not whether it is there; the socket watches that.
        if !self.outbox.is_empty() {
            return Ok(());
        }
        if self.unanswered >= MAX_UNANSWERED {
            return Err(Parting::Ours(Departure::Silent));
        }
        self.unanswered += 1;
        self.outbox.push_control(opcode::PING, Bytes::new());
        Ok(())
    }
}

/// Writes once, as much as the socket takes; flushes when all is written. Safe to cancel: what is written leaves the
/// outbox in the same poll.
async fn write_some<W: AsyncWrite + Unpin>(
    writer: &mut W,
    outbox: &mut Outbox,
    unflushed: &mut bool,
) -> io::Result<()> {
    if outbox.is_empty() {
        writer.flush().await?;
        *unflushed = false;
        return Ok(());
    }
    let count = {
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let filled = outbox.fill(&mut slices);
        writer.write_vectored(&slices[..filled]).await?
    };
    if count == 0 {
        return Err(io::ErrorKind::WriteZero.into());
    }
    outbox.advance(count);
    *unflushed = true;
    Ok(())
}

fn broken(error: &io::Error) -> Parting {
    let stalled = error.kind() == io::ErrorKind::TimedOut;
    Parting::Ours(if stalled { Departure::Stalled } else { Departure::ClientLeft })
}

#[cfg(test)]
mod tests;
