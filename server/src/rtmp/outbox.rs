//! What a connection has to send and its peer has not taken yet: how much that may be, and how old it may get.

use std::collections::VecDeque;
use std::time::Instant;

/// Bytes that may wait behind what is being sent. Beyond that no more input is read: a peer that asks for more than it
/// takes waits, and what it asks for waits in its own memory.
pub const MAX_WAITING: usize = 64 * 1024;

/// Short outputs are put together up to so many bytes, so that a thousand answers do not cost a thousand allocations.
const MERGED: usize = 4096;

/// The queue of bytes that go out, in the order in which they were queued.
///
/// It refuses nothing. Its owner reads input only while it [has room](Self::has_room), so that it holds what one sends of
/// its own accord, [`MAX_WAITING`], and the answers to what is read at once.
#[derive(Debug, Default)]
pub struct Outbox {
    segments: VecDeque<Segment>,
    /// How many bytes of the first segment are out.
    sent: usize,
    /// Bytes in the segments behind the first.
    waiting: usize,
}

#[derive(Debug)]
struct Segment {
    bytes: Vec<u8>,
    /// When its first byte was queued.
    queued: Instant,
}

impl Outbox {
    /// Puts `bytes` behind what is to be sent.
    pub fn push(&mut self, bytes: Vec<u8>, now: Instant) {
        if bytes.is_empty() {
            return;
        }
        if !self.is_empty() {
            self.waiting += bytes.len();
        }
        // What is being sent is left alone: its age is that of its first byte, and must not become that of all.
        if self.segments.len() > 1
            && let Some(last) = self.segments.back_mut()
            && last.bytes.len() + bytes.len() <= MERGED
        {
            return last.bytes.extend_from_slice(&bytes);
        }
        self.segments.push_back(Segment { bytes, queued: now });
    }

    /// The bytes to send next; none only when there are none at all.
    #[must_use]
    pub fn front(&self) -> &[u8] {
        self.segments.front().map_or(&[], |segment| &segment.bytes[self.sent..])
    }

    /// Notes that the first `count` bytes of [`front`](Self::front) are out.
    pub fn advance(&mut self, count: usize) {
        self.sent += count;
        if self.front().is_empty() {
            self.segments.pop_front();
            self.sent = 0;
            self.waiting -= self.segments.front().map_or(0, |segment| segment.bytes.len());
        }
    }

    /// Whether all is out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Whether input may be read, which may be answered.
    #[must_use]
    pub const fn has_room(&self) -> bool {
        self.waiting < MAX_WAITING
    }

    /// When the oldest byte was queued that is not out; `None` when all is out. A peer that takes a byte now and then
    /// does not make it younger.
    #[must_use]
    pub fn oldest(&self) -> Option<Instant> {
        self.segments.front().map(|segment| segment.queued)
    }

    /// Bytes that are not out.
    #[must_use]
    pub fn len(&self) -> usize {
        self.front().len() + self.waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn one_byte_taken_now_and_then_makes_nothing_younger() {
        let start = Instant::now();
        let mut outbox = Outbox::default();
        assert_eq!((outbox.oldest(), outbox.front()), (None, &[][..]));
        outbox.push(vec![0; 100], start);
        outbox.push(vec![1; 100], start + SECOND);
        for _ in 0..99 {
            outbox.advance(1);
            assert_eq!(outbox.oldest(), Some(start));
        }
        outbox.advance(1);
        assert_eq!((outbox.oldest(), outbox.len()), (Some(start + SECOND), 100));
        outbox.advance(100);
        assert_eq!((outbox.oldest(), outbox.is_empty()), (None, true));
    }

    #[test]
    fn input_waits_while_more_than_the_bound_waits_behind_what_is_being_sent() {
        let now = Instant::now();
        let mut outbox = Outbox::default();
        // However large that is: a player is sent whole pictures.
        outbox.push(vec![0; 10 * MAX_WAITING], now);
        assert!(outbox.has_room());
        let mut answers = 0;
        while outbox.has_room() {
            outbox.push(vec![1; 18], now);
            answers += 18;
        }
        assert!((MAX_WAITING..MAX_WAITING + 18).contains(&answers));
        assert!(outbox.segments.len() <= 2 + answers / (MERGED - 18), "answers are put together");
        outbox.advance(10 * MAX_WAITING);
        assert!(outbox.has_room());
    }

    proptest! {
        #[test]
        fn bytes_go_out_as_they_came_in(
            steps in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..6000), 0..9000usize), 0..60),
        ) {
            let start = Instant::now();
            let mut outbox = Outbox::default();
            let (mut pushed, mut taken, mut ages) = (Vec::new(), Vec::new(), Vec::new());
            for (second, (bytes, most)) in steps.into_iter().enumerate() {
                let now = start + SECOND * u32::try_from(second).unwrap();
                pushed.extend_from_slice(&bytes);
                ages.extend(std::iter::repeat_n(now, bytes.len()));
                outbox.push(bytes, now);
                prop_assert_eq!(outbox.len(), pushed.len() - taken.len());
                let mut most = most;
                while most > 0 && !outbox.is_empty() {
                    let now = most.min(outbox.front().len());
                    taken.extend_from_slice(&outbox.front()[..now]);
                    outbox.advance(now);
                    most -= now;
                }
                prop_assert_eq!(&pushed[..taken.len()], &taken[..]);
                prop_assert_eq!(outbox.is_empty(), pushed.len() == taken.len());
                // Never thought younger than it is.
                prop_assert!(outbox.oldest() <= ages.get(taken.len()).copied());
            }
        }
    }
}
