//! A connection's socket: reads and writes a piece at a time, and ends a peer that does not take what it is sent.

use std::future::{pending, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::outbox::Outbox;

/// Bytes that a peer may still send who is told that it has to go: as many as an encoder sends in the time that it takes to
/// hear of it.
const MAX_DRAINED: usize = 16 << 20;

/// A socket, and what is to be sent over it.
#[derive(Debug)]
pub(super) struct Socket<S = TcpStream> {
    stream: S,
    outbox: Outbox,
}

/// What one turn has done.
#[derive(Debug)]
pub(super) enum Turn {
    /// So many bytes are in the buffer; 0 at the peer's end.
    Received(usize),
    /// The peer has taken so many bytes.
    Sent(usize),
}

/// Why there are no more turns.
#[derive(Debug)]
pub(super) enum SocketError {
    Read(io::Error),
    Write(io::Error),
    /// A byte has waited for too long.
    Stalled,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, outbox: Outbox::default() }
    }

    pub(super) const fn stream(&self) -> &S {
        &self.stream
    }

    /// Puts `output` behind what is to be sent.
    pub(super) fn queue(&mut self, output: Vec<u8>) {
        self.outbox.push(output, Instant::now().into_std());
    }

    /// Whether the peer has yet to take something.
    pub(super) fn is_sending(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Reads into `input` or writes, once. Reads nothing while too much waits to be sent, or where `may_read` is false.
    /// Safe to cancel.
    ///
    /// # Errors
    /// [`SocketError::Stalled`] when the oldest byte that is to be sent has waited for `send_timeout`, whatever else the
    /// peer took meanwhile.
    pub(super) async fn turn(
        &mut self,
        input: &mut [u8],
        may_read: bool,
        send_timeout: Duration,
    ) -> Result<Turn, SocketError> {
        let stalls_at = self.outbox.oldest().map(|oldest| Instant::from_std(oldest) + send_timeout);
        let stalled = async {
            match stalls_at {
                Some(at) => sleep_until(at).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            // A peer with which there is always something to do must not come before the clock.
            () = stalled => Err(SocketError::Stalled),
            turn = poll_fn(|cx| self.poll_turn(cx, input, may_read)) => turn,
        }
    }

    fn poll_turn(
        &mut self,
        cx: &mut Context<'_>,
        input: &mut [u8],
        may_read: bool,
    ) -> Poll<Result<Turn, SocketError>> {
        if self.is_sending()
            && let Poll::Ready(sent) = self.poll_write(cx)
        {
            return Poll::Ready(sent.map(Turn::Sent).map_err(SocketError::Write));
        }
        if !may_read || !self.outbox.has_room() {
            return Poll::Pending;
        }
        let mut input = ReadBuf::new(input);
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut input));
        Poll::Ready(read.map(|()| Turn::Received(input.filled().len())).map_err(SocketError::Read))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let size = ready!(Pin::new(&mut self.stream).poll_write(cx, self.outbox.front()))?;
        self.outbox.advance(size);
        Poll::Ready(Ok(size))
    }

    /// Sends all that is left, and says that this was all.
    pub(super) async fn finish(&mut self) -> io::Result<()> {
        while self.is_sending() {
            poll_fn(|cx| self.poll_write(cx)).await?;
        }
        self.stream.shutdown().await
    }

    /// Reads what nobody wants to know, to the peer's end or to [`MAX_DRAINED`] bytes. A socket that is closed with unread
    /// bytes in it is reset, and the reset overtakes what was sent last.
    pub(super) async fn drain(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let mut drained = 0;
        while drained < MAX_DRAINED {
            match self.stream.read(buffer).await? {
                0 => break,
                size => drained += size,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtmp::outbox::MAX_WAITING;

    use tokio::io::duplex;

    const TIMEOUT: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_a_byte_now_and_then_is_ended_when_the_oldest_byte_is_too_old() {
        let (ours, mut theirs) = duplex(16);
        let mut socket = Socket::new(ours);
        let started = Instant::now();
        socket.queue(vec![0; 1000]);
        let trickle = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                theirs.read_u8().await.unwrap();
            }
        });
        let end = loop {
            if let Err(end) = socket.turn(&mut [0; 16], true, TIMEOUT).await {
                break end;
            }
        };
        assert!(matches!(end, SocketError::Stalled), "{end:?}");
        assert_eq!(started.elapsed(), TIMEOUT);
        trickle.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_everything_in_time_is_served_for_ever() {
        let (ours, mut theirs) = duplex(16);
        let mut socket = Socket::new(ours);
        let reader = tokio::spawn(async move {
            for _ in 0..1000 {
                tokio::time::sleep(TIMEOUT / 20).await;
                theirs.read_exact(&mut [0; 16]).await.unwrap();
            }
        });
        for _ in 0..1000 {
            socket.queue(vec![0; 16]);
            while socket.is_sending() {
                socket.turn(&mut [0; 16], true, TIMEOUT).await.unwrap();
            }
        }
        reader.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_asks_and_takes_nothing_is_not_read_any_more() {
        let (ours, mut theirs) = duplex(4096);
        let mut socket = Socket::new(ours);
        let asked = tokio::spawn(async move {
            let mut asked = 0;
            while let Ok(size) = theirs.write(&[0; 4096]).await {
                asked += size;
            }
            // Kept until the other end is gone.
            drop(theirs);
            asked
        });
        let mut input = [0; 4096];
        let end = loop {
            match socket.turn(&mut input, true, TIMEOUT).await {
                Ok(Turn::Received(size)) => socket.queue(vec![0; 3 * size]),
                Ok(Turn::Sent(_)) => {}
                Err(end) => break end,
            }
        };
        assert!(matches!(end, SocketError::Stalled), "{end:?}");
        let held = socket.outbox.len();
        assert!(held <= MAX_WAITING + 2 * 3 * 4096, "{held} bytes");
        drop(socket);
        assert!(asked.await.unwrap() <= MAX_WAITING);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_talks_without_pause_does_not_hold_up_the_clock() {
        let (ours, mut theirs) = duplex(16);
        let mut socket = Socket::new(ours);
        socket.queue(vec![0; 1000]);
        let talk = tokio::spawn(async move {
            loop {
                tokio::time::advance(Duration::from_millis(100)).await;
                theirs.write_all(&[0; 4]).await.unwrap();
            }
        });
        let mut received = 0;
        let end = loop {
            match socket.turn(&mut [0; 16], true, TIMEOUT).await {
                Ok(Turn::Received(size)) => received += size,
                Ok(Turn::Sent(_)) => {}
                Err(end) => break end,
            }
        };
        assert!(matches!(end, SocketError::Stalled), "{end:?}");
        assert!(received > 100, "{received}");
        talk.abort();
    }
}
