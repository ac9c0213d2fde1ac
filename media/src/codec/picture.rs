//! What a coded picture says of itself, whatever the container says of it.

use super::{VideoCodec, avc, hevc};

/// NAL units that are looked at before a picture's first slice, at most: parameter sets and messages are few.
const MAX_NAL_UNITS: usize = 32;

/// Whether decoding can start at `frame`, of H.264 or H.265: its first slice is of an IDR picture, or of an IRAP picture
/// (ITU-T H.264 table 7-1, NAL unit type 5; H.265 table 7-2, types 16 to 23). `record` is the decoder configuration.
///
/// All slices of a picture are of one kind, so nothing behind the first is looked at, and of what is before it only the
/// heads. `false` for other codecs, and where it cannot be said.
#[must_use]
pub fn is_random_access(codec: VideoCodec, record: &[u8], frame: &[u8]) -> bool {
    // `lengthSizeMinusOne` (ISO/IEC 14496-15 sections 5.3.3.1 and 8.3.3.1).
    let length_size_at = match codec {
        VideoCodec::Avc => 4,
        VideoCodec::Hevc => 21,
        _ => return false,
    };
    let Some(length_size) = record.get(length_size_at).map(|byte| (byte & 3) + 1) else { return false };
    let mut rest = frame;
    for _ in 0..MAX_NAL_UNITS {
        let Ok(Some((nal, tail))) = avc::next_nal(rest, length_size) else { return false };
        let slice = match codec {
            VideoCodec::Avc => {
                let kind = nal.first().map(|header| header & 0x1f);
                kind.filter(|kind| (1..=5).contains(kind)).map(|kind| kind == avc::NAL_IDR)
            }
            _ => hevc::nal_unit_type(nal).filter(|kind| hevc::is_slice(*kind)).map(hevc::is_irap),
        };
        if let Some(is_start) = slice {
            return is_start;
        }
        rest = tail;
    }
    false
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const AVC_RECORD: &[u8] = &[1, 100, 0, 31, 0xff, 0xe1];

    fn hevc_record() -> Vec<u8> {
        let mut record = [0; 23];
        record[21] = 3;
        record.into()
    }

    fn frame(nal_units: &[&[u8]]) -> Vec<u8> {
        let with_length = |nal: &&[u8]| [&(nal.len() as u32).to_be_bytes()[..], nal].concat();
        nal_units.iter().flat_map(with_length).collect()
    }

    #[test]
    fn the_first_slice_says_whether_decoding_can_start() {
        let avc = |nal_units: &[&[u8]]| is_random_access(VideoCodec::Avc, AVC_RECORD, &frame(nal_units));
        assert!(avc(&[&[0x65, 1]]));
        assert!(avc(&[&[9, 0xf0], &[0x67, 1], &[0x68, 1], &[6, 1], &[0x25]]));
        assert!(!avc(&[&[0x41, 1]]));
        // A recovery point, and nothing that decoding could start at.
        assert!(!avc(&[&[6, 6, 1, 0x80], &[0x61, 1], &[0x65]]));
        let hevc = |kind: u8| {
            let nal_units: [&[u8]; 3] = [&[35 << 1, 1, 0x50], &[33 << 1, 1], &[kind << 1, 1, 0xaf]];
            is_random_access(VideoCodec::Hevc, &hevc_record(), &frame(&nal_units))
        };
        let starts: Vec<u8> = (0..32).filter(|kind| hevc(*kind)).collect();
        assert_eq!(starts, (16..=23).collect::<Vec<_>>());
    }

    #[test]
    fn what_cannot_be_read_is_no_start() {
        let idr = frame(&[&[0x65, 1]]);
        for (codec, record, frame) in [
            (VideoCodec::Avc, &AVC_RECORD[..4], &idr[..]),
            (VideoCodec::Hevc, AVC_RECORD, &idr),
            (VideoCodec::Av1, AVC_RECORD, &idr),
            (VideoCodec::Avc, AVC_RECORD, &idr[..5]),
            (VideoCodec::Avc, AVC_RECORD, &frame(&[&[6, 1]])),
            (VideoCodec::Avc, AVC_RECORD, &frame(&[&[][..]; 40])),
            (VideoCodec::Avc, AVC_RECORD, &[]),
        ] {
            assert!(!is_random_access(codec, record, frame));
        }
    }
}
