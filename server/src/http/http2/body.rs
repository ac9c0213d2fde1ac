//! A response's body, in frames of the right size.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::DATA_LEN;
use super::stalls::Stream;

/// A body whose frames are cut to [`DATA_LEN`], and gathered up to it as far as there is data at once: each frame costs
/// a TLS record and a write.
#[derive(Debug)]
pub(super) struct StreamBody {
    body: Body,
    stream: Arc<Stream>,
    /// What the last frame had no room for.
    rest: Bytes,
    /// What came behind the last data: trailers or an error.
    behind: Option<Result<Frame<Bytes>, axum::Error>>,
    ended: bool,
}

impl StreamBody {
    pub(super) fn new(body: Body, stream: Arc<Stream>) -> Self {
        if body.is_end_stream() {
            stream.note_answered();
        }
        Self { body, stream, rest: Bytes::new(), behind: None, ended: false }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut piece = self.take_rest(DATA_LEN);
        let mut gathered = BytesMut::new();
        while piece.len() + gathered.len() < DATA_LEN {
            let Some(data) = self.poll_data(cx) else { break };
            let room = DATA_LEN - piece.len() - gathered.len();
            self.rest = data;
            let more = self.take_rest(room);
            if piece.is_empty() && gathered.is_empty() {
                piece = more;
            } else {
                if gathered.is_empty() {
                    gathered.reserve(DATA_LEN);
                    gathered.extend_from_slice(&std::mem::take(&mut piece));
                }
                gathered.extend_from_slice(&more);
            }
        }
        if !gathered.is_empty() {
            piece = gathered.freeze();
        }
        if !piece.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match self.behind.take() {
            Some(behind) => Poll::Ready(Some(behind)),
            None if self.ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    /// The next data, if there is any at once; otherwise what there is instead is noted, or the waker is.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Option<Bytes> {
        while !self.ended && self.behind.is_none() {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending => return None,
                Poll::Ready(None) => self.ended = true,
                Poll::Ready(Some(Err(error))) => self.behind = Some(Err(error)),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if data.is_empty() => {}
                    Ok(data) => return Some(data),
                    Err(other) => self.behind = Some(Ok(other)),
                },
            }
        }
        None
    }

    fn take_rest(&mut self, room: usize) -> Bytes {
        let taken = self.rest.len().min(room);
        self.rest.split_to(taken)
    }
}

impl HttpBody for StreamBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // hyper asks for more when the window has room for all that it has.
        self.stream.note_taken();
        let polled = self.poll_piece(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                self.stream.note_given();
                if self.is_end_stream() {
                    self.stream.note_answered();
                }
            }
            // That it breaks is not its client's doing.
            Poll::Ready(_) => self.stream.note_answered(),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.behind.is_none() && (self.ended || self.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        let held = self.rest.len() as u64;
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + held);
        }
        hint.set_lower(hint.lower() + held);
        hint
    }
}

#[cfg(test)]
mod tests;
