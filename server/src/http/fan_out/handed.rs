//! From a writer to the body of an answer over HTTP/2: what viewers share goes from hand to hand, and is not copied.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Carrier;

/// Bytes that wait for the body to be asked for more, the last piece not counted.
const MOST_WAITING: usize = 64 * 1024;

/// The same at first: it grows by what is taken, because a client may open hundreds of streams, and take nothing of them.
const FIRST_WAITING: usize = 4 * 1024;

/// The writer's end, which is a carrier like any socket.
#[derive(Debug)]
pub(in super::super) struct Giver(Arc<Shared>);

/// The body.
#[derive(Debug)]
pub(in super::super) struct Taker(Arc<Shared>);

type Shared = Mutex<State>;

/// The wakers are rung under the lock: they put a task into a queue, and that is all. It spares each piece several
/// operations on memory that other threads may have.
#[derive(Debug, Default)]
struct State {
    pieces: VecDeque<Bytes>,
    bytes: usize,
    /// Up to [`MOST_WAITING`], what has been taken.
    taken: usize,
    end: Option<End>,
    /// Nobody takes any more.
    deserted: bool,
    giver: Option<Waker>,
    taker: Option<Waker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The body is whole.
    Proper,
    /// It is broken off.
    Broken,
}

/// A pair of them.
pub(in super::super) fn handed() -> (Giver, Taker) {
    let shared = Arc::<Shared>::default();
    (Giver(shared.clone()), Taker(shared))
}

impl State {
    /// How much more may be handed over.
    fn room(&self) -> usize {
        self.taken.clamp(FIRST_WAITING, MOST_WAITING).saturating_sub(self.bytes)
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has `waker` rung, and none that was registered before.
fn register(registered: &mut Option<Waker>, waker: &Waker) {
    match registered {
        Some(registered) => registered.clone_from(waker),
        None => *registered = Some(waker.clone()),
    }
}

fn ring(registered: Option<&Waker>) {
    if let Some(waker) = registered {
        waker.wake_by_ref();
    }
}

impl Giver {
    /// Hands `piece` over, if there is room: it is told how much.
    fn give(&self, cx: &Context<'_>, piece: impl FnOnce(usize) -> Bytes) -> Poll<io::Result<usize>> {
        let mut state = lock(&self.0);
        if state.deserted {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = state.room();
        if room == 0 {
            register(&mut state.giver, cx.waker());
            return Poll::Pending;
        }
        let piece = piece(room);
        let length = piece.len();
        state.bytes += length;
        state.pieces.push_back(piece);
        ring(state.taker.as_ref());
        Poll::Ready(Ok(length))
    }

    fn end(&self, end: End) {
        let mut state = lock(&self.0);
        state.end.get_or_insert(end);
        ring(state.taker.as_ref());
    }
}

impl Carrier for Giver {
    fn poll_give(&mut self, cx: &mut Context<'_>, piece: &Bytes) -> Poll<io::Result<usize>> {
        self.give(cx, |_| piece.clone())
    }
}

impl AsyncRead for Giver {
    /// There is nothing to read but the end, which comes when nobody takes any more.
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut state = lock(&self.0);
        register(&mut state.giver, cx.waker());
        if state.deserted { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

impl AsyncWrite for Giver {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.give(cx, |room| Bytes::copy_from_slice(&bytes[..bytes.len().min(room)]))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.give(cx, |room| {
            let length = slices.iter().map(|slice| slice.len()).sum();
            let room = room.min(length);
            let mut copy = BytesMut::with_capacity(room);
            for slice in slices {
                copy.extend_from_slice(&slice[..slice.len().min(room - copy.len())]);
            }
            copy.freeze()
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.end(End::Proper);
        Poll::Ready(Ok(()))
    }
}

impl Drop for Giver {
    fn drop(&mut self) {
        self.end(End::Broken);
    }
}

impl Body for Taker {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let mut state = lock(&self.0);
        if state.end != Some(End::Broken)
            && let Some(piece) = state.pieces.pop_front()
        {
            let was_full = state.room() == 0;
            state.bytes -= piece.len();
            state.taken = state.taken.saturating_add(piece.len()).min(MOST_WAITING);
            if was_full && state.room() > 0 {
                ring(state.giver.as_ref());
            }
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        register(&mut state.taker, cx.waker());
        match state.end {
            None => Poll::Pending,
            Some(End::Proper) => Poll::Ready(None),
            Some(End::Broken) => Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        }
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.deserted = true;
        state.pieces.clear();
        ring(state.giver.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::poll_immediate;
    use http_body_util::BodyExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn pieces_go_over_uncopied_and_the_end_behind_them() {
        let (mut giver, taker) = handed();
        let piece = Bytes::from(vec![1; 1000]);
        let given = std::future::poll_fn(|cx| giver.poll_give(cx, &piece)).await.unwrap();
        assert_eq!(given, 1000);
        giver.write_all(b"more").await.unwrap();
        giver.shutdown().await.unwrap();
        drop(giver);
        let mut taker = taker;
        let first = taker.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(first.as_ptr(), piece.as_ptr());
        assert_eq!(taker.collect().await.unwrap().to_bytes(), &b"more"[..]);
    }

    #[tokio::test]
    async fn a_full_hand_waits_until_some_is_taken() {
        let (mut giver, mut taker) = handed();
        let giving = tokio::spawn(async move {
            for _ in 0..10 {
                giver.write_all(&[7; 40_000]).await.unwrap();
            }
            giver.shutdown().await.unwrap();
        });
        tokio::task::yield_now().await;
        assert!(!giving.is_finished());
        let mut taken = 0;
        while let Some(frame) = taker.frame().await {
            taken += frame.unwrap().into_data().unwrap().len();
        }
        assert_eq!(taken, 400_000);
        giving.await.unwrap();
    }

    #[tokio::test]
    async fn who_takes_nothing_is_handed_little() {
        let (mut giver, mut taker) = handed();
        const MUCH: &[u8] = &[7; 2 * MOST_WAITING];
        assert_eq!(giver.write(MUCH).await.unwrap(), FIRST_WAITING);
        assert!(poll_immediate(giver.write(MUCH)).await.is_none());
        let (mut given, mut taken) = (FIRST_WAITING, 0);
        while taken < 2 * MOST_WAITING {
            taken += taker.frame().await.unwrap().unwrap().into_data().unwrap().len();
            given += giver.write(MUCH).await.unwrap();
            assert!(given - taken <= taken.clamp(FIRST_WAITING, MOST_WAITING));
        }
        assert_eq!(given - taken, MOST_WAITING, "who takes all is handed much");
    }

    #[tokio::test]
    async fn each_end_tells_the_other() {
        let (giver, mut taker) = handed();
        drop(giver);
        assert!(taker.frame().await.unwrap().is_err(), "broken off");
        let (mut giver, taker) = handed();
        let reading = tokio::spawn(async move { giver.read(&mut [0; 8]).await.unwrap() });
        tokio::task::yield_now().await;
        drop(taker);
        assert_eq!(reading.await.unwrap(), 0);
    }
}
