//! What a ring's content costs, in bytes of memory: a frame of one byte takes hundreds.

use std::collections::VecDeque;

use bytes::Bytes;
use flvgate_media::format::Content;

use super::{Parcel, Span};

/// What the allocator and the reference count take beside the bytes themselves, at most: bookkeeping and rounding of two
/// allocations, and `Bytes`' own 24 bytes.
const ALLOCATION: usize = 64;

/// A queue that has less room is left as it is.
const SMALL: usize = 64;

impl Parcel {
    /// What it takes until it is let go. The queue that it stands in has room for as many again at most.
    pub(super) fn cost(&self) -> usize {
        let buffers = [&self.muxed.bytes, &self.muxed.resync].map(buffer);
        // Each setting makes a preamble of its own, for what follows.
        let preamble =
            if matches!(self.muxed.content, Content::Setup(..)) { self.preamble.cost() } else { 0 };
        2 * size_of::<Self>() + buffers[0] + buffers[1] + preamble
    }
}

impl Span {
    /// What it takes beside its parcels.
    pub(super) const COST: usize = 2 * size_of::<Self>() + ALLOCATION;
}

/// What bytes take that share no buffer with others.
fn buffer(bytes: &Bytes) -> usize {
    if bytes.is_empty() { 0 } else { bytes.len() + ALLOCATION }
}

/// Gives room back that a queue has had use for, and has no more.
pub(super) fn give_back<T>(queue: &mut VecDeque<T>) {
    if queue.capacity() > SMALL.max(queue.len().saturating_mul(3)) {
        queue.shrink_to(queue.len() + queue.len() / 2);
    }
}
