//! Opus (RFC 6716) as FLV and MP4 carry it ("Encapsulation of Opus in ISO Base Media File Format").

use alloc::vec::Vec;

use crate::{Error, Result};

/// Opus counts time in samples of this rate, in Hz, whatever it was made from.
pub const SAMPLE_RATE: u32 = 48_000;

/// 20 ms of silence that every decoder takes: full band, one frame with nothing in it; for one channel and for two.
const SILENCE: [&[u8]; 2] = [&[0xf8, 0xff, 0xfe], &[0xfc, 0xff, 0xfe]];

/// What an identification header says (RFC 7845 section 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpusConfig {
    /// What a `dOps` box holds.
    pub record: Vec<u8>,
    /// 1 to 255.
    pub channels: u8,
}

impl OpusConfig {
    /// Parses an identification header, the body of an Opus sequence header.
    ///
    /// # Errors
    /// When it is cut short, or no `OpusHead`.
    pub fn parse(head: &[u8]) -> Result<Self> {
        let what = "OpusHead";
        let &[b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', _, channels, ref rest @ ..] = head else {
            return Err(Error::Invalid { what, expected: "\"OpusHead\"", got: head.len() as u64 });
        };
        let &[s0, s1, r0, r1, r2, r3, g0, g1, family, ref table @ ..] = rest else {
            return Err(Error::Truncated { what, expected: 19, got: head.len() });
        };
        // Little-endian there, big-endian here: OutputChannelCount, PreSkip, InputSampleRate, OutputGain, then the mapping.
        let mut record: Vec<u8> = [0, channels, s1, s0, r3, r2, r1, r0, g1, g0, family].into();
        if family != 0 {
            let len = 2 + usize::from(channels);
            let (expected, got) = (19 + len, head.len());
            record.extend_from_slice(table.get(..len).ok_or(Error::Truncated { what, expected, got })?);
        }
        Ok(Self { record, channels })
    }
}

/// How long a packet is, in samples at 48 kHz (RFC 6716 section 3.1); 0 for one that is not legal.
#[must_use]
pub fn packet_samples(packet: &[u8]) -> u32 {
    let Some(&head) = packet.first() else { return 0 };
    let frame = match (head >> 5, head >> 3 & 3) {
        (0..=2, 3) => 2880,
        (0..=2, size) => 480 << size,
        (3, size) => 480 << (size & 1),
        (_, size) => 120 << size,
    };
    let frames = match head & 3 {
        0 => 1,
        3 => u32::from(packet.get(1).map_or(0, |count| count & 63)),
        _ => 2,
    };
    // No packet is longer than 120 ms.
    Some(frame * frames).filter(|samples| *samples <= 5760).unwrap_or(0)
}

/// A packet of 20 ms of silence; `None` for more than two channels.
#[must_use]
pub fn silent_packet(channels: u8) -> Option<Vec<u8>> {
    SILENCE.get(usize::from(channels).wrapping_sub(1)).map(|packet| packet.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &[u8] = b"OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00";

    #[test]
    fn a_head_becomes_a_box_with_its_numbers_turned_around() {
        let config = OpusConfig::parse(HEAD).unwrap();
        assert_eq!(config.channels, 2);
        assert_eq!(config.record, b"\x00\x02\x01\x38\x00\x00\xbb\x80\x00\x00\x00");
        for end in 0..HEAD.len() {
            assert!(OpusConfig::parse(&HEAD[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn a_mapping_of_more_channels_is_kept() {
        let mut head = HEAD.to_vec();
        (head[9], head[18]) = (6, 1);
        assert!(OpusConfig::parse(&head).is_err());
        head.extend_from_slice(b"\x04\x02\x00\x04\x01\x02\x03\x05");
        assert_eq!(OpusConfig::parse(&head).unwrap().record[11..], *b"\x04\x02\x00\x04\x01\x02\x03\x05");
    }

    #[test]
    fn packets_tell_their_length() {
        for (packet, samples) in [
            (&b"\x78"[..], 960),
            (b"\xf8\xff\xfe", 960),
            (b"\xe0", 120),
            (b"\x18", 2880),
            (b"\x19", 5760),
            (b"\x6a", 2 * 960),
            (b"\xfb\x03", 2880),
            (b"\xfb\x07", 0),
            (b"\xfb", 0),
            (b"", 0),
        ] {
            assert_eq!(packet_samples(packet), samples, "{packet:x?}");
        }
    }

    #[test]
    fn silence_is_of_one_or_two_channels() {
        assert_eq!(
            [0, 1, 2, 3].map(|channels| silent_packet(channels).is_some()),
            [false, true, true, false]
        );
        assert_eq!(packet_samples(&silent_packet(2).unwrap()), 960);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
            let _ = OpusConfig::parse(&[b"OpusHead", &bytes[..]].concat());
            prop_assert!(packet_samples(&bytes) <= 5760);
        }
    }
}
