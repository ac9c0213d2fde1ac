//! Finds the next tag behind bytes that are none.

use super::{PREVIOUS_TAG_SIZE_LEN, TAG_HEADER_LEN, TagType};
use crate::{Error, Result};

/// No tag in so many bytes, and there is no use in looking further.
const MAX_SKIPPED: u64 = 4 << 20;

/// Behind damage, a tag's timestamp is this near to the last one's, or to 0, in milliseconds. Without that, a byte in front
/// of a header that could be a tag's type makes a tag of it whose size nobody will ever send.
const MAX_STEP: u32 = 600_000;

/// What is known of a stream that helps to tell a tag from what is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Resync {
    /// `StreamID` of the first tag: always 0 by the specification, and always the same.
    stream_id: Option<[u8; 3]>,
    /// Whether every `PreviousTagSize` so far was right. Some servers write anything.
    has_right_sizes: Option<bool>,
    last_timestamp: u32,
    /// Bytes passed over since the last tag.
    skipped: u64,
}

/// What to do with the bytes at the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// They are a structure of that many bytes, or so many are needed to tell.
    Need(usize),
    /// So many of them belong to no tag.
    Skip(usize),
}

impl Resync {
    /// Looks at `bytes`, which a tag should begin, of a body of at most `max_size` bytes.
    ///
    /// # Errors
    /// When nothing has been a tag for too long.
    pub(super) fn look(&self, bytes: &[u8], max_size: usize) -> Result<Look> {
        let Some(size) = bytes.first_chunk().map(|head| self.body_size(head, max_size)) else {
            return Ok(Look::Need(TAG_HEADER_LEN));
        };
        let Some(size) = size else { return self.skip(bytes) };
        let end = TAG_HEADER_LEN + size;
        let Some(stated) = bytes.get(end..end + PREVIOUS_TAG_SIZE_LEN) else {
            return Ok(Look::Need(end + PREVIOUS_TAG_SIZE_LEN));
        };
        let end_with_size = end + PREVIOUS_TAG_SIZE_LEN;
        if stated == (end as u32).to_be_bytes() || self.has_right_sizes == Some(false) {
            return Ok(Look::Need(end_with_size));
        }
        if self.skipped > 0 {
            return self.skip(bytes);
        }
        if self.has_right_sizes == Some(true) {
            // Either this size is wrong or the tag's is: what comes next tells.
            match bytes[end_with_size..].first_chunk() {
                None => return Ok(Look::Need(end_with_size + TAG_HEADER_LEN)),
                Some(head) if self.body_size(head, max_size).is_none() => return self.skip(bytes),
                Some(_) => {}
            }
        }
        Ok(Look::Need(end_with_size))
    }

    /// Notes that bytes were passed over.
    pub(super) const fn note_skipped(&mut self, count: usize) {
        self.skipped += count as u64;
    }

    /// Allows as much to be passed over as has been again.
    pub(super) fn look_further(&mut self) {
        self.skipped = self.skipped.min(1);
    }

    /// Notes a whole tag, `PreviousTagSize` included; returns how many bytes were passed over before it.
    pub(super) fn note_tag(&mut self, bytes: &[u8]) -> u64 {
        if let Some(&[_, _, _, _, t2, t1, t0, t3, a, b, c]) = bytes.first_chunk::<TAG_HEADER_LEN>() {
            self.stream_id.get_or_insert([a, b, c]);
            self.last_timestamp = u32::from_be_bytes([t3, t2, t1, t0]);
        }
        let (tag, stated) = bytes.split_at(bytes.len().saturating_sub(PREVIOUS_TAG_SIZE_LEN));
        let is_right = stated == (tag.len() as u32).to_be_bytes();
        self.has_right_sizes = Some(is_right && self.has_right_sizes != Some(false));
        core::mem::take(&mut self.skipped)
    }

    /// The size of the body behind what may be a tag's header; `None` where it is none.
    fn body_size(&self, head: &[u8; TAG_HEADER_LEN], max_size: usize) -> Option<usize> {
        let &[tag_type, s2, s1, s0, t2, t1, t0, t3, ref stream_id @ ..] = head;
        let size = u32::from_be_bytes([0, s2, s1, s0]) as usize;
        let timestamp = u32::from_be_bytes([t3, t2, t1, t0]);
        let step = timestamp.wrapping_sub(self.last_timestamp).cast_signed().unsigned_abs();
        let is_tag = TagType::from_id(tag_type).is_ok()
            && size <= max_size
            && (self.skipped == 0 || step.min(timestamp) <= MAX_STEP)
            && self.stream_id.is_none_or(|known| known == *stream_id);
        is_tag.then_some(size)
    }

    /// To the next byte that a tag could begin with.
    fn skip(&self, bytes: &[u8]) -> Result<Look> {
        if self.skipped > MAX_SKIPPED {
            let got = bytes.first().copied().unwrap_or_default().into();
            return Err(Error::Invalid { what: "FLV tag type", expected: "8, 9 or 18", got });
        }
        let next = bytes.iter().skip(1).position(|byte| TagType::from_id(*byte).is_ok());
        Ok(Look::Skip(next.map_or(bytes.len(), |at| at + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Demuxer, Event, TagType, file_header};
    use proptest::prelude::*;

    fn tag(timestamp: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![9, 0, 0, body.len() as u8, 0, 0, timestamp, 0, 0, 0, 0];
        bytes.extend_from_slice(body);
        bytes.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        bytes
    }

    /// Timestamp of each tag, and how much was passed over before it.
    fn found(parts: &[&[u8]], step: usize) -> Vec<(u32, u64)> {
        let bytes = [&file_header(true, true)[..], &parts.concat()].concat();
        let mut demuxer = Demuxer::new().with_max_tag_size(1 << 20).with_resync();
        let mut found = Vec::new();
        for slice in bytes.chunks(step) {
            let note = |event: Event<'_>| {
                if let Event::Tag(tag) = event {
                    found.push((tag.timestamp, tag.skipped));
                }
            };
            demuxer.push(slice, note).unwrap();
        }
        found
    }

    #[test]
    fn garbage_is_passed_over() {
        let (one, two, three) = (tag(1, &[0x17; 30]), tag(2, &[0x27; 40]), tag(3, b"x"));
        for garbage in
            [&b"\xff"[..], b"HTTP/1.1 200 OK\r\n\r\n", &[0; 50], &[9; 100], &[8, 0xff, 0xff, 0xff, 8]]
        {
            for step in [1, 7, 1000] {
                assert_eq!(
                    found(&[&one, garbage, &two, &three], step),
                    [(1, 0), (2, garbage.len() as u64), (3, 0)],
                    "{garbage:x?}"
                );
            }
        }
    }

    #[test]
    fn a_tag_that_was_cut_short_costs_itself_only() {
        let (one, two, three) = (tag(1, &[0x17; 30]), tag(2, &[0x27; 60]), tag(3, b"xyz"));
        let parts: [&[u8]; 6] = [&one, &two[..20], &three, &one, &two, &three];
        assert_eq!(found(&parts, 13), [(1, 0), (3, 20), (1, 0), (2, 0), (3, 0)]);
    }

    #[test]
    fn wrong_sizes_behind_tags_do_no_harm() {
        let mut wrong = tag(2, b"abc");
        *wrong.last_mut().unwrap() = 0;
        let right = tag(1, b"abcd");
        assert_eq!(found(&[&wrong, &wrong, &right], 5), [(2, 0), (2, 0), (1, 0)]);
        assert_eq!(found(&[&right, &wrong, &right, &right], 5), [(1, 0), (2, 0), (1, 0), (1, 0)]);
        // Where sizes are of no use, a header alone must do.
        assert_eq!(found(&[&wrong, b"\xff\xff", &wrong, &right], 5), [(2, 0), (2, 2), (1, 0)]);
    }

    #[test]
    fn the_search_has_an_end() {
        let mut demuxer = Demuxer::new().with_max_tag_size(1 << 20).with_resync();
        demuxer.push(&[&file_header(true, true)[..], &tag(1, b"a")].concat(), |_| {}).unwrap();
        let garbage = [0xff; 1 << 16];
        let fails = (0..80).position(|_| demuxer.push(&garbage, |_| {}).is_err());
        assert!(fails.is_some_and(|at| at > 60), "{fails:?}");
    }

    proptest! {
        #[test]
        fn any_garbage_in_any_slicing_ends_in_the_same_tags(
            garbage in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..6),
            is_telling in any::<bool>(),
            step in 1..50_usize,
        ) {
            // Garbage that could begin a tag may cost tags; other garbage costs none.
            let told = |byte: &u8| if is_telling && TagType::from_id(*byte).is_ok() { 0 } else { *byte };
            let garbage: Vec<Vec<u8>> = garbage.iter().map(|bytes| bytes.iter().map(told).collect()).collect();
            let parts: Vec<_> = garbage
                .iter()
                .enumerate()
                .flat_map(|(index, garbage)| [tag(index as u8, &[0x17; 30]), garbage.clone()])
                .chain([tag(200, b"last"), tag(201, b"last")])
                .collect();
            let parts: Vec<_> = parts.iter().map(Vec::as_slice).collect();
            let whole = found(&parts, usize::MAX);
            prop_assert_eq!(&whole, &found(&parts, step));
            prop_assert!(!is_telling || whole.len() == garbage.len() + 2, "{:?}", whole);
        }
    }
}
