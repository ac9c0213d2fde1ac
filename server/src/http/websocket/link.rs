//! The driver of one WebSocket: reads and writes at the same time, answers pings, asks whether the client is there.

use std::io::{self, IoSlice};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::time::{Instant, sleep_until, timeout};

pub(super) use super::close::Parting;
use super::frame_reader::opcode;
use super::speech::Speech;
use crate::http::departure::Departure;
use crate::http::fan_out::{MAX_SLICES, Outbox};

/// Bytes of one read. Clients have little to say.
const READ_BUFFER: usize = 1024;

/// How long the closing handshake may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// One WebSocket, after the handshake, before its stream and after it.
#[derive(Debug)]
pub(super) struct Link<IO> {
    reader: ReadHalf<IO>,
    writer: WriteHalf<IO>,
    input: [u8; READ_BUFFER],
    /// What was read already when this began.
    said: Bytes,
    speech: Box<Speech>,
    outbox: Outbox,
    /// Something written has not been flushed; a TLS stream may still hold it.
    unflushed: bool,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Link<IO> {
    /// A WebSocket whose client has `said` something behind its handshake.
    pub(super) fn new(stream: IO, speech: Speech, said: Bytes) -> Self {
        Self { said, ..Self::resume(stream, Box::new(speech), Outbox::default(), false) }
    }

    /// Goes on after the stream.
    pub(super) fn resume(stream: IO, speech: Box<Speech>, outbox: Outbox, unflushed: bool) -> Self {
        let (reader, writer) = split(stream);
        Self { reader, writer, input: [0; READ_BUFFER], said: Bytes::new(), speech, outbox, unflushed }
    }

    /// What the stream goes on with, when all is written.
    ///
    /// # Errors
    /// What ends the WebSocket.
    pub(super) async fn into_parts(mut self) -> Result<(IO, Box<Speech>), (Self, Parting)> {
        while self.has_output() {
            if let Err(parting) = self.turn().await {
                return Err((self, parting));
            }
        }
        Ok((self.reader.unsplit(self.writer), self.speech))
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
        let Some(payload) = parting.close_payload() else { return self.speech.cut() };
        self.outbox.discard_unstarted();
        self.outbox.push_control(opcode::CLOSE, payload);
        let closing = async {
            while self.has_output() {
                write_some(&mut self.writer, &mut self.outbox, &mut self.unflushed).await?;
            }
            match parting {
                Parting::Theirs(_) => self.writer.shutdown().await,
                Parting::Ours(Departure::Flooding) => {
                    self.writer.shutdown().await?;
                    // It has time to read why. To read on would be what it wants.
                    std::future::pending().await
                }
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
        // Over HTTP/2 that is not enough: a client that did not take the goodbye in time would hold the stream for ever.
        self.speech.cut();
    }

    /// Reads until the client's close frame, or its end.
    async fn wait_for_close(&mut self) -> io::Result<()> {
        let mut closed = false;
        while !closed {
            let count = self.reader.read(&mut self.input).await?;
            closed = count == 0 || self.speech.hear(&self.input[..count], Instant::now()).is_err();
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
        if !self.said.is_empty() {
            return self.speech.hear(&std::mem::take(&mut self.said), Instant::now());
        }
        if self.outbox.is_empty() {
            self.speech.answer(&mut self.outbox);
        }
        let has_output = self.has_output();
        tokio::select! {
            count = self.reader.read(&mut self.input) => {
                match count.map_err(|error| broken(&error))? {
                    0 => Err(Parting::Ours(Departure::ClientLeft)),
                    count => self.speech.hear(&self.input[..count], Instant::now()),
                }
            }
            written = write_some(&mut self.writer, &mut self.outbox, &mut self.unflushed), if has_output => {
                written.map_err(|error| broken(&error))
            }
            () = sleep_until(self.speech.next_ping()) => {
                self.speech.keep_time(self.speech.next_ping(), &mut self.outbox)
            }
        }
    }

    fn has_output(&self) -> bool {
        self.unflushed || !self.outbox.is_empty()
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

/// What an error of the socket comes to.
pub(in super::super) fn broken(error: &io::Error) -> Parting {
    let stalled = error.kind() == io::ErrorKind::TimedOut;
    Parting::Ours(if stalled { Departure::Stalled } else { Departure::ClientLeft })
}

#[cfg(test)]
mod tests;
