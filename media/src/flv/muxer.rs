use alloc::vec::Vec;

use super::{Tag, TagType};

/// Length of a tag's header in bytes (FLV spec E.4.1).
pub const TAG_HEADER_LEN: usize = 11;

/// Length of the `PreviousTagSize` field behind every tag, in bytes (FLV spec E.3).
pub const PREVIOUS_TAG_SIZE_LEN: usize = 4;

/// The start of an FLV stream: the file header and `PreviousTagSize0` (FLV spec E.2, E.3).
#[must_use]
pub const fn file_header(has_audio: bool, has_video: bool) -> [u8; 13] {
    let flags = (has_audio as u8) << 2 | has_video as u8;
    [b'F', b'L', b'V', 1, flags, 0, 0, 0, 9, 0, 0, 0, 0]
}

/// Appends a whole tag to `out`: header, body, `PreviousTagSize`.
///
/// The timestamp is written modulo 2^32, as FLV has it. A body of more than 2^24 - 1 bytes does not fit into FLV's size
/// field; whoever takes tags in must refuse it (RTMP's message length has the same 24 bits, so it cannot come from there).
pub fn write_tag(out: &mut Vec<u8>, tag: &Tag) {
    let size = tag.payload.len();
    debug_assert!(size < 1 << 24, "an FLV tag body has a 24-bit size");
    out.reserve(TAG_HEADER_LEN + size + PREVIOUS_TAG_SIZE_LEN);
    out.extend_from_slice(&tag_header(tag.tag_type(), size, tag.timestamp));
    out.extend_from_slice(&tag.payload);
    out.extend_from_slice(&((TAG_HEADER_LEN + size) as u32).to_be_bytes());
}

/// Writes another timestamp into a tag's header, modulo 2^32: into the four bytes behind type and size (FLV spec E.4.1).
///
/// `tag` begins with the header; what is shorter than one stays as it is.
#[allow(clippy::cast_possible_truncation)]
pub fn set_timestamp(tag: &mut [u8], timestamp: u64) {
    if let Some(header) = tag.first_chunk_mut::<TAG_HEADER_LEN>() {
        let [extended, t2, t1, t0] = (timestamp as u32).to_be_bytes();
        header[4..8].copy_from_slice(&[t2, t1, t0, extended]);
    }
}

#[allow(clippy::cast_possible_truncation)]
const fn tag_header(tag_type: TagType, size: usize, timestamp: u64) -> [u8; TAG_HEADER_LEN] {
    let [_, s2, s1, s0] = (size as u32).to_be_bytes();
    let [extended, t2, t1, t0] = (timestamp as u32).to_be_bytes();
    [tag_type.id(), s2, s1, s0, t2, t1, t0, extended, 0, 0, 0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn another_timestamp_is_as_if_the_tag_had_been_written_with_it() {
        let written = |timestamp| {
            let tag = Tag::parse(TagType::Audio, timestamp, Bytes::from_static(&[0xaf, 1, 7])).unwrap();
            let mut bytes = Vec::new();
            write_tag(&mut bytes, &tag);
            bytes
        };
        for timestamp in [0, 40, 0xff_ffff, 0x100_0000, (1 << 31) - 1, 1 << 31, (1 << 32) + 5] {
            let mut bytes = written(1_234_567);
            set_timestamp(&mut bytes, timestamp);
            assert_eq!(bytes, written(timestamp), "{timestamp}");
        }
        let mut short = [1; TAG_HEADER_LEN - 1];
        set_timestamp(&mut short, 0);
        assert_eq!(short, [1; TAG_HEADER_LEN - 1]);
    }
}
