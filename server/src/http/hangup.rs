//! A stream that notices that its peer has ended its side, also while nobody reads.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::Connection;

/// Bytes that are read ahead. More of them end the looking: a viewer has nothing to say, and may say it later.
const READ_AHEAD: usize = 256;

/// A stream that reads ahead, whenever it is written or flushed, as long as somebody watches its connection.
///
/// hyper reads nothing while it answers, so that a client which has sent all it has to say gets its whole answer. Who
/// watches a live stream, and ends its side, has left though, and must be noticed while the stream is quiet. hyper
/// flushes each time that it looks for something to do; TLS belongs below, so that its close counts too.
#[derive(Debug)]
pub(super) struct Attentive<IO> {
    stream: IO,
    connection: Arc<Connection>,
    ahead: [u8; READ_AHEAD],
    /// Which part of `ahead` has not been read yet.
    start: usize,
    end: usize,
    /// What reading ahead came to: the peer's end, or an error.
    is_over: bool,
}

impl<IO> Attentive<IO> {
    pub(super) const fn new(stream: IO, connection: Arc<Connection>) -> Self {
        Self { stream, connection, ahead: [0; READ_AHEAD], start: 0, end: 0, is_over: false }
    }

    /// The stream, and what has been read ahead.
    pub(super) fn into_parts(self) -> (IO, Bytes) {
        (self.stream, Bytes::copy_from_slice(&self.ahead[self.start..self.end]))
    }
}

impl<IO: AsyncRead + Unpin> Attentive<IO> {
    /// Reads ahead if somebody watches.
    ///
    /// # Errors
    /// [`io::ErrorKind::ConnectionAborted`]: the peer of a live stream has left.
    fn look(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.connection.is_watched() {
            return Ok(());
        }
        while !self.is_over && self.end < READ_AHEAD {
            let mut buffer = ReadBuf::new(&mut self.ahead[self.end..]);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Pending => break,
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.end += buffer.filled().len(),
                // Whoever reads gets the error, if it lasts.
                Poll::Ready(_) => self.is_over = true,
            }
        }
        if self.is_over && self.connection.note_peer_ended() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the viewer has left"));
        }
        Ok(())
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Attentive<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.start == this.end {
            return Pin::new(&mut this.stream).poll_read(cx, buffer);
        }
        let size = buffer.remaining().min(this.end - this.start);
        buffer.put_slice(&this.ahead[this.start..this.start + size]);
        this.start += size;
        if this.start == this.end {
            (this.start, this.end) = (0, 0);
        }
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Attentive<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.look(cx)?;
        self.connection.note_written();
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.look(cx)?;
        self.connection.note_written();
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.look(cx)?;
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.connection.note_flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    fn pair() -> (Attentive<DuplexStream>, Arc<Connection>, DuplexStream) {
        let (near, far) = duplex(1024);
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let connection = Connection::unconnected(peer);
        (Attentive::new(near, connection.clone()), connection, far)
    }

    #[tokio::test]
    async fn nobody_watches_a_client_that_has_said_all() {
        let (mut stream, _connection, mut far) = pair();
        far.write_all(b"GET").await.unwrap();
        far.shutdown().await.unwrap();
        stream.write_all(b"answer").await.unwrap();
        let mut request = String::new();
        stream.read_to_string(&mut request).await.unwrap();
        assert_eq!(request, "GET");
    }

    #[tokio::test]
    async fn who_waits_is_told_of_the_end_and_can_still_write() {
        let (mut stream, connection, mut far) = pair();
        let watch = connection.watch();
        far.shutdown().await.unwrap();
        stream.flush().await.unwrap();
        watch.peer_ended().await;
        stream.write_all(b"answer").await.unwrap();
    }

    #[tokio::test]
    async fn a_quiet_live_stream_is_woken_by_the_end_and_fails() {
        let (mut stream, connection, mut far) = pair();
        let watch = connection.watch();
        watch.stream();
        stream.flush().await.unwrap();
        let viewing = tokio::spawn(async move {
            // As hyper does: it flushes whenever it is woken, and is woken by what comes.
            poll_fn(|cx| match Pin::new(&mut stream).poll_flush(cx) {
                Poll::Ready(Ok(())) => Poll::Pending,
                other => other,
            })
            .await
        });
        tokio::task::yield_now().await;
        assert!(!viewing.is_finished());
        far.shutdown().await.unwrap();
        assert_eq!(viewing.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        drop(watch);
        assert!(!connection.is_watched());
    }

    #[tokio::test]
    async fn what_is_read_ahead_is_not_lost() {
        let (mut stream, connection, mut far) = pair();
        let watch = connection.watch();
        let said: Vec<u8> = (0..=u8::MAX).cycle().take(READ_AHEAD + 100).collect();
        far.write_all(&said[..10]).await.unwrap();
        stream.flush().await.unwrap();
        far.write_all(&said[10..]).await.unwrap();
        stream.flush().await.unwrap();
        drop(watch);
        let mut read = vec![0; said.len()];
        stream.read_exact(&mut read).await.unwrap();
        assert_eq!(read, said);
    }
}
