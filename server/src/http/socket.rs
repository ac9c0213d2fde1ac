//! A socket that fails when its peer stops to read.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::connection::Connection;

/// A stream whose writes fail with [`io::ErrorKind::TimedOut`] when it takes no byte for a time.
///
/// The time runs only while somebody wants to write, so a quiet connection never stalls. TLS belongs above it: here,
/// progress is what the kernel took.
#[derive(Debug)]
pub(super) struct Socket<IO> {
    stream: IO,
    connection: Arc<Connection>,
    send_timeout: Duration,
    /// Runs since the first write that found the stream full; kept for the next time when it is not `armed`.
    stall: Option<Pin<Box<Sleep>>>,
    armed: bool,
}

impl<IO> Socket<IO> {
    pub(super) const fn new(stream: IO, connection: Arc<Connection>, send_timeout: Duration) -> Self {
        Self { stream, connection, send_timeout, stall: None, armed: false }
    }

    /// Passes `written` on, unless the stream has been full for too long.
    fn watch<T>(&mut self, written: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.armed = false;
            return written;
        }
        let timeout = self.send_timeout;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(timeout)));
        if !self.armed {
            self.armed = true;
            stall.as_mut().reset(Instant::now() + timeout);
        }
        if stall.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.connection.note_stalled();
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the peer read nothing for {} s", timeout.as_secs_f32()),
        )))
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Socket<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Socket<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watch(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    const TIMEOUT: Duration = Duration::from_secs(30);

    fn connection() -> Arc<Connection> {
        Connection::unconnected(([127, 0, 0, 1], 1))
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_nothing_ends_the_write() {
        let (near, _far) = duplex(8);
        let connection = connection();
        let mut socket = Socket::new(near, connection.clone(), TIMEOUT);
        let started = Instant::now();
        let error = socket.write_all(&[0; 9]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed(), TIMEOUT);
        assert!(connection.is_stalled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_now_and_then_is_waited_for() {
        let (near, mut far) = duplex(8);
        let connection = connection();
        let mut socket = Socket::new(near, connection.clone(), TIMEOUT);
        let reader = tokio::spawn(async move {
            for _ in 0..16 {
                sleep(TIMEOUT * 9 / 10).await;
                far.read_u8().await.unwrap();
            }
            far
        });
        socket.write_all(&[0; 24]).await.unwrap();
        assert!(!connection.is_stalled());
        reader.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_connection_does_not_stall() {
        let (near, mut far) = duplex(8);
        let mut socket = Socket::new(near, connection(), TIMEOUT);
        socket.write_all(&[0; 8]).await.unwrap();
        sleep(TIMEOUT * 2).await;
        far.read_exact(&mut [0; 8]).await.unwrap();
        socket.write_all(&[0; 8]).await.unwrap();
    }
}
