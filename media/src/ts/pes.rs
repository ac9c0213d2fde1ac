use alloc::vec;
use alloc::vec::Vec;

/// Timestamps have 33 bits (13818-1 section 2.4.3.7).
const MASK: u64 = (1 << 33) - 1;

/// What `PES_packet_length` can say.
const MAX_PACKET_LEN: usize = u16::MAX as usize;

/// What an elementary stream's packets are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamId {
    Video,
    Audio,
    /// Audio that is not MPEG's own: `private_stream_1`.
    Private,
}

/// Presentation and decoding time in 90 kHz, not yet cut to 33 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) pts: u64,
    pub(super) dts: u64,
}

/// The header of a PES packet with one access unit of `len` bytes (13818-1 section 2.4.3.6); `None` when it is too long,
/// which only video may be.
pub(super) fn header(stream: StreamId, times: Times, len: usize) -> Option<Vec<u8>> {
    let has_dts = times.pts & MASK != times.dts & MASK;
    let times_len = if has_dts { 10 } else { 5 };
    let packet_len = match (3 + times_len + len, stream) {
        (fits, _) if fits <= MAX_PACKET_LEN => fits,
        // Not stated: it ends where the next one begins.
        (_, StreamId::Video) => 0,
        (_, StreamId::Audio | StreamId::Private) => return None,
    };
    let [.., high, low] = packet_len.to_be_bytes();
    let id = match stream {
        StreamId::Video => 0xe0,
        StreamId::Audio => 0xc0,
        StreamId::Private => 0xbd,
    };
    let flags = if has_dts { 0xc0 } else { 0x80 };
    // data_alignment_indicator: an access unit begins right behind the header.
    let mut header = vec![0, 0, 1, id, high, low, 0x84, flags, times_len as u8];
    header.extend_from_slice(&timestamp(if has_dts { 3 } else { 2 }, times.pts));
    if has_dts {
        header.extend_from_slice(&timestamp(1, times.dts));
    }
    Some(header)
}

/// A timestamp in its five bytes, a marker bit behind each part.
#[allow(clippy::cast_possible_truncation)] // Its parts are cut out.
const fn timestamp(prefix: u8, ticks: u64) -> [u8; 5] {
    let ticks = ticks & MASK;
    [
        prefix << 4 | (ticks >> 29) as u8 & 0x0e | 1,
        (ticks >> 22) as u8,
        (ticks >> 14) as u8 | 1,
        (ticks >> 7) as u8,
        (ticks << 1) as u8 | 1,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_times_are_written_once_and_lengths_count_from_behind_the_length() {
        let header_of = |stream, pts, dts, len| header(stream, Times { pts, dts }, len).unwrap();
        assert_eq!(
            header_of(StreamId::Audio, 0, 1 << 33, 100),
            [0, 0, 1, 0xc0, 0, 108, 0x84, 0x80, 5, 0x21, 0, 1, 0, 1]
        );
        assert_eq!(
            header_of(StreamId::Video, MASK, 1, 65_522),
            [0, 0, 1, 0xe0, 0xff, 0xff, 0x84, 0xc0, 10, 0x3f, 0xff, 0xff, 0xff, 0xff, 0x11, 0, 1, 0, 3]
        );
    }

    #[test]
    fn only_video_may_be_longer_than_its_length_can_say() {
        let times = Times { pts: 0, dts: 0 };
        assert_eq!(header(StreamId::Video, times, 65_528).unwrap()[4..6], [0, 0]);
        assert_eq!(header(StreamId::Audio, times, 65_528), None);
        assert_eq!(header(StreamId::Audio, times, 65_527).unwrap()[4..6], [0xff, 0xff]);
    }
}
