use alloc::vec::Vec;

use super::{Tag, TagKind, VideoPacket};
use crate::codec::VideoCodec;
use crate::codec::avc::{self, AvcParameterSets};

/// Parameter sets that are longer together are not put into frames, in bytes: real ones have about a hundred.
const MAX_LEN: usize = 4096;

/// NAL units that are looked at before a picture's first slice, at most.
const MAX_NAL_UNITS: usize = 32;

/// A frame of H.264 with the parameter sets of `record`, an `AVCDecoderConfigurationRecord`, in front: for decoders that
/// were made with others.
///
/// `None` when the frame has some of its own, or is of another kind; when the sets do not fit, or are none.
#[must_use]
pub fn with_parameter_sets(tag: &Tag, record: &[u8]) -> Option<Tag> {
    let TagKind::Video(header) = tag.kind else { return None };
    if header.codec != VideoCodec::Avc || header.packet != VideoPacket::Frame {
        return None;
    }
    let AvcParameterSets { nal_length_size, nal_units } = AvcParameterSets::parse(record).ok()?;
    let mut sets = Vec::new();
    for nal in nal_units {
        let length = u32::try_from(nal.len()).ok()?.to_be_bytes();
        let (beyond, length) = length.split_at(length.len() - usize::from(nal_length_size));
        if beyond.iter().any(|byte| *byte != 0) || sets.len() + nal.len() > MAX_LEN {
            return None;
        }
        sets.extend_from_slice(length);
        sets.extend_from_slice(nal);
    }
    let rest = behind_delimiter(tag.data(), nal_length_size)?;
    let (front, rest) = tag.payload.split_at(tag.payload.len() - rest.len());
    let payload = [front, &sets, rest].concat();
    // The size field of a tag has 24 bits.
    (payload.len() < 1 << 24).then(|| Tag { payload: payload.into(), ..tag.clone() })
}

/// What is behind the access unit delimiter, which stays the first NAL unit (ITU-T H.264 section 7.4.1.2.3). `None` for a
/// frame that has parameter sets before its first slice, or no slice.
fn behind_delimiter(frame: &[u8], nal_length_size: u8) -> Option<&[u8]> {
    let (mut rest, mut behind) = (frame, frame);
    for _ in 0..MAX_NAL_UNITS {
        let (nal, tail) = avc::next_nal(rest, nal_length_size).ok()??;
        match nal.first().map(|header| header & 0x1f) {
            Some(1..=5) => return Some(behind),
            Some(avc::NAL_SPS | avc::NAL_PPS) => return None,
            Some(avc::NAL_AUD) => behind = tail,
            _ => {}
        }
        rest = tail;
    }
    None
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::TagType;
    use super::*;

    const RECORD: &[u8] = b"\x01\x64\x00\x0c\xff\xe1\x00\x05\x67\x64\x00\x0c\xac\x01\x00\x03\x68\xeb\xe3";
    const SETS: &[u8] = b"\0\0\0\x05\x67\x64\x00\x0c\xac\0\0\0\x03\x68\xeb\xe3";

    fn told(head: &[u8], frame: &[u8], record: &[u8]) -> Option<Vec<u8>> {
        let body = Bytes::from([head, frame].concat());
        let tag = Tag::parse(TagType::Video, 7, body).unwrap();
        let told = with_parameter_sets(&tag, record)?;
        assert_eq!((told.timestamp, told.kind), (7, tag.kind));
        Some(told.payload[head.len()..].to_vec())
    }

    #[test]
    fn parameter_sets_go_before_the_picture_and_behind_its_delimiter() {
        let (idr, sei, delimiter) = (b"\0\0\0\x02\x65\x88", b"\0\0\0\x02\x06\x01", b"\0\0\0\x02\x09\xf0");
        for head in [&b"\x17\x01\0\0\x28"[..], b"\x91avc1\0\0\x28", b"\x93avc1"] {
            assert_eq!(told(head, idr, RECORD).unwrap(), [SETS, idr].concat());
            let whole = [&delimiter[..], sei, idr].concat();
            assert_eq!(told(head, &whole, RECORD).unwrap(), [delimiter, SETS, sei, idr].concat());
        }
    }

    #[test]
    fn a_frame_with_its_own_or_of_another_kind_stays_as_it_is() {
        let (avc, idr) = (b"\x17\x01\0\0\0", b"\0\0\0\x02\x65\x88");
        assert_eq!(told(avc, &[SETS, idr].concat(), RECORD), None);
        assert_eq!(told(avc, &idr[..5], RECORD), None);
        assert_eq!(told(avc, b"", RECORD), None);
        assert_eq!(told(avc, idr, &RECORD[..12]), None);
        assert_eq!(told(b"\x1c\x01\0\0\0", idr, RECORD), None);
        assert_eq!(told(b"\x17\x02\0\0\0", idr, RECORD), None);
        // Sets that do not fit into lengths of one byte, or anywhere.
        for (size, length) in [(0xfc, 300_u16), (0xff, 5000)] {
            let head = [1, 0x64, 0, 0x0c, size, 0xe1];
            let sps = [&length.to_be_bytes()[..], &vec![0x67; usize::from(length)]].concat();
            let record = [&head[..], &sps, b"\x01\x00\x03\x68\xeb\xe3"].concat();
            assert_eq!(told(avc, b"\x02\x65\x88\0", &record), None, "{length}");
        }
    }
}
