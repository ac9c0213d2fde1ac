//! The byte stream of an extended CONNECT (RFC 8441).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::DATA_LEN;

/// Gathers what is written at once, because each write below becomes a frame.
#[derive(Debug)]
pub(in super::super) struct Tunnel<IO> {
    stream: IO,
    gathered: Vec<u8>,
}

impl<IO> Tunnel<IO> {
    pub(in super::super) const fn new(stream: IO) -> Self {
        Self { stream, gathered: Vec::new() }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Tunnel<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Tunnel<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let length = bytes.len().min(DATA_LEN);
        Pin::new(&mut self.stream).poll_write(cx, &bytes[..length])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, gathered } = &mut *self;
        gathered.clear();
        for slice in slices {
            let room = DATA_LEN - gathered.len();
            gathered.extend_from_slice(&slice[..slice.len().min(room)]);
        }
        Pin::new(stream).poll_write(cx, gathered)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What was written is on its way. To wait here until the window has room for it would keep a stall from showing
        // where it is looked for: at the next write.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
