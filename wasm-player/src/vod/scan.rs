use alloc::vec::Vec;

use flvgate_media::flv::{AudioPacket, TagKind, TagType};

use crate::pipeline::MAX_TAG_SIZE;

const HEADER: usize = 11;
const BACK_POINTER: usize = 4;
/// So much of a tag's body tells what kind of frame it is.
const LOOK: usize = 16;

/// A tag that a scan has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundTag {
    /// Where it begins in the file, in bytes.
    pub position: u64,
    /// In milliseconds; wraps.
    timestamp: u32,
    /// Audio or video, not a sequence header.
    pub is_frame: bool,
    /// A video keyframe.
    pub is_keyframe: bool,
}

impl FoundTag {
    /// Its time on the file's clock, which is `offset` ahead of the timestamps.
    #[must_use]
    pub const fn time(&self, offset: i64) -> i64 {
        self.timestamp.wrapping_add(offset as u32).cast_signed() as i64
    }
}

/// Looks for tags in a piece of a file that begins anywhere.
#[derive(Clone, Debug)]
pub struct TagScan {
    bytes: Vec<u8>,
    /// Where in the file `bytes` begins.
    position: u64,
    in_step: bool,
    /// Bytes that are still to come of a tag that was seen.
    skip: usize,
}

impl TagScan {
    /// A scan of the bytes from `position` on.
    #[must_use]
    pub const fn new(position: u64) -> Self {
        Self { bytes: Vec::new(), position, in_step: false, skip: 0 }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The bytes from the last tag that was found on.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Whether so much was looked at that this is no FLV.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        !self.in_step && self.bytes.len() > 2 * MAX_TAG_SIZE
    }

    /// The next audio or video tag, once its first bytes are there.
    pub fn next_tag(&mut self) -> Option<FoundTag> {
        loop {
            let passed = self.skip.min(self.bytes.len());
            self.drop_front(passed);
            self.skip -= passed;
            if self.skip > 0 {
                return None;
            }
            if !self.in_step {
                // What cannot be a tag's start need not be looked at again when more has come.
                let possible = (0..self.bytes.len()).find(|&at| may_be_tag(&self.bytes[at..]));
                self.drop_front(possible.unwrap_or(self.bytes.len()));
                let at = (0..self.bytes.len()).find(|&at| is_tag_for_sure(&self.bytes[at..]))?;
                self.drop_front(at);
                self.in_step = true;
            }
            let Some(size) = tag_size(&self.bytes) else {
                if self.bytes.len() >= HEADER {
                    self.in_step = false;
                    self.drop_front(1);
                    continue;
                }
                return None;
            };
            let body = self.bytes.get(HEADER..HEADER + size.min(LOOK))?;
            let head = &self.bytes[..HEADER];
            let timestamp = u32::from_be_bytes([head[7], head[4], head[5], head[6]]);
            let kind =
                TagType::from_id(head[0]).ok().and_then(|tag_type| TagKind::parse(tag_type, body).ok());
            self.skip = HEADER + size + BACK_POINTER;
            let is_frame = match kind {
                Some(TagKind::Audio(header)) => header.packet == AudioPacket::Frame,
                Some(TagKind::Video(_)) => !kind.is_some_and(|kind| kind.is_sequence_header()),
                _ => continue,
            };
            let is_keyframe = kind.is_some_and(|kind| kind.is_keyframe());
            return Some(FoundTag { position: self.position, timestamp, is_frame, is_keyframe });
        }
    }

    fn drop_front(&mut self, count: usize) {
        self.bytes.drain(..count);
        self.position += count as u64;
    }
}

/// The size of the body of what may be a tag (FLV spec E.4.1): type 8, 9 or 18, `StreamID` 0.
fn tag_size(bytes: &[u8]) -> Option<usize> {
    let &[8 | 9 | 18, s2, s1, s0, _, _, _, _, 0, 0, 0, ..] = bytes else { return None };
    Some(u32::from_be_bytes([0, s2, s1, s0]) as usize).filter(|&size| size <= MAX_TAG_SIZE)
}

fn may_be_tag(bytes: &[u8]) -> bool {
    bytes.len() < HEADER || tag_size(bytes).is_some()
}

/// Whether a tag begins here, its back pointer behind it.
fn is_tag_for_sure(bytes: &[u8]) -> bool {
    tag_size(bytes).is_some_and(|size| {
        let end = HEADER + size;
        bytes.get(end..end + BACK_POINTER) == Some(&(end as u32).to_be_bytes()[..])
    })
}
