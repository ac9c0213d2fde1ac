//! MPEG audio, layers I to III (ISO/IEC 11172-3, 13818-3), MP3 among them.

use alloc::vec;
use alloc::vec::Vec;

use crate::{Error, Result};

/// Length of a frame's header in bytes.
pub const HEADER_LEN: usize = 4;

/// No frame is longer, in bytes: layer I at 448 kb/s and 32 kHz has 672, layer II at 384 kb/s and 32 kHz 1728,
/// layer III at 160 kb/s and 8 kHz (MPEG-2.5) 1440, layer II there 2880; one byte or slot of padding on top.
pub const MAX_FRAME_LEN: usize = 2884;

/// The version of MPEG that a frame belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// ISO/IEC 11172-3: 32, 44.1 and 48 kHz.
    Mpeg1,
    /// ISO/IEC 13818-3: half of those rates.
    Mpeg2,
    /// The de-facto extension to a quarter of those rates.
    Mpeg25,
}

/// The header of one frame (ISO/IEC 11172-3 section 2.4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// The version.
    pub version: Version,
    /// The layer, 1 to 3.
    pub layer: u8,
    /// Bit rate in kb/s.
    pub bitrate: u16,
    /// Sampling rate in Hz.
    pub sample_rate: u32,
    /// 1 or 2.
    pub channels: u8,
    /// Samples of each channel: 384, 576 or 1152.
    pub samples_per_frame: u32,
    /// Length of the whole frame in bytes, header included.
    pub frame_len: usize,
}

/// Bit rates in kb/s of layers I, II, III of MPEG-1, of layer I of MPEG-2, and of its layers II and III.
const BITRATES: [[u16; 14]; 5] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

impl FrameHeader {
    /// Parses the header at the start of `bytes`.
    ///
    /// # Errors
    /// [`Error::Truncated`] for less than four bytes, [`Error::Invalid`] for what is no header,
    /// [`Error::Unsupported`] for a frame of free format, whose length its header does not tell.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let &[b0, b1, b2, b3, ..] = bytes else {
            return Err(Error::Truncated {
                what: "MPEG audio header",
                expected: HEADER_LEN,
                got: bytes.len(),
            });
        };
        let invalid = |what, expected| Error::Invalid {
            what,
            expected,
            got: u32::from_be_bytes([b0, b1, b2, b3]).into(),
        };
        if b0 != 0xff || b1 & 0xe0 != 0xe0 {
            return Err(invalid("MPEG audio syncword", "0xffe"));
        }
        let version = match b1 >> 3 & 3 {
            3 => Version::Mpeg1,
            2 => Version::Mpeg2,
            0 => Version::Mpeg25,
            _ => return Err(invalid("MPEG audio version", "1, 2 or 2.5")),
        };
        let layer = match b1 >> 1 & 3 {
            0 => return Err(invalid("MPEG audio layer", "I, II or III")),
            id => 4 - id,
        };
        let row = match (version, layer) {
            (Version::Mpeg1, _) => usize::from(layer) - 1,
            (_, 1) => 3,
            _ => 4,
        };
        let bitrate = match b2 >> 4 {
            0 => return Err(Error::Unsupported { what: "MPEG audio bit rate index (free format)", got: 0 }),
            15 => return Err(invalid("MPEG audio bit rate index", "1 to 14")),
            index => BITRATES[row][usize::from(index) - 1],
        };
        let rate = match b2 >> 2 & 3 {
            0 => 44_100,
            1 => 48_000,
            2 => 32_000,
            _ => return Err(invalid("MPEG audio sampling frequency", "0 to 2")),
        };
        let sample_rate = match version {
            Version::Mpeg1 => rate,
            Version::Mpeg2 => rate / 2,
            Version::Mpeg25 => rate / 4,
        };
        let samples_per_frame = match (layer, version) {
            (1, _) => 384,
            (3, Version::Mpeg2 | Version::Mpeg25) => 576,
            _ => 1152,
        };
        // A slot is four bytes in layer I and one elsewhere (section 2.4.3.1).
        let slot = if layer == 1 { 4 } else { 1 };
        let slots = samples_per_frame / 8 * u32::from(bitrate) * 1000 / sample_rate / slot;
        let padding = u32::from(b2 >> 1 & 1);
        Ok(Self {
            version,
            layer,
            bitrate,
            sample_rate,
            channels: if b3 >> 6 == 3 { 1 } else { 2 },
            samples_per_frame,
            frame_len: ((slots + padding) * slot) as usize,
        })
    }
}

/// A frame of silence of the same kind as the one whose header stands at the start of `bytes`; `None` where there is none.
///
/// All side information and scale factors are zero, so that nothing is taken from the bit reservoir.
#[must_use]
pub fn silent_frame(bytes: &[u8]) -> Option<Vec<u8>> {
    let header = FrameHeader::parse(bytes).ok()?;
    let mut frame = vec![0; header.frame_len];
    frame.get_mut(..HEADER_LEN)?.copy_from_slice(bytes.get(..HEADER_LEN)?);
    // protection_bit: without a checksum, which would have to be right.
    frame[1] |= 1;
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_usual_layer_3_frame() {
        let header = FrameHeader::parse(&[0xff, 0xfb, 0x90, 0x64]).unwrap();
        assert_eq!(
            (header.version, header.layer, header.bitrate, header.sample_rate),
            (Version::Mpeg1, 3, 128, 44_100)
        );
        assert_eq!((header.channels, header.samples_per_frame, header.frame_len), (2, 1152, 417));
        assert_eq!(FrameHeader::parse(&[0xff, 0xfb, 0x92, 0x64]).unwrap().frame_len, 418);
    }

    #[test]
    fn half_rate_mono_has_half_as_many_samples() {
        let header = FrameHeader::parse(&[0xff, 0xf3, 0x80, 0xc4]).unwrap();
        assert_eq!(
            (header.version, header.bitrate, header.sample_rate, header.channels),
            (Version::Mpeg2, 64, 22_050, 1)
        );
        assert_eq!((header.samples_per_frame, header.frame_len), (576, 208));
        assert_eq!(FrameHeader::parse(&[0xff, 0xe3, 0x18, 0xc4]).unwrap().sample_rate, 8_000);
    }

    #[test]
    fn layer_1_counts_slots_of_four_bytes() {
        let header = FrameHeader::parse(&[0xff, 0xff, 0xc2, 0]).unwrap();
        assert_eq!(
            (header.layer, header.bitrate, header.samples_per_frame, header.frame_len),
            (1, 384, 384, 420)
        );
    }

    #[test]
    fn what_is_no_header_is_an_error() {
        assert!(matches!(FrameHeader::parse(&[0xff, 0xfb, 0x90]), Err(Error::Truncated { .. })));
        assert!(matches!(FrameHeader::parse(&[0xff, 0xfb, 0x00, 0]), Err(Error::Unsupported { .. })));
        for bytes in [
            [0x49, 0x44, 0x33, 3],
            [0xff, 0xeb, 0x90, 0],
            [0xff, 0xf9, 0x90, 0],
            [0xff, 0xfb, 0xf0, 0],
            [0xff, 0xfb, 0x9c, 0],
        ] {
            assert!(matches!(FrameHeader::parse(&bytes), Err(Error::Invalid { .. })), "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_claims_more_than_the_longest_frame(bytes in any::<[u8; 4]>()) {
            let sync = [0xff, bytes[1] | 0xe0, bytes[2], bytes[3]];
            if let Ok(header) = FrameHeader::parse(&sync) {
                prop_assert!((HEADER_LEN..=MAX_FRAME_LEN).contains(&header.frame_len));
                let silence = silent_frame(&sync).unwrap();
                prop_assert_eq!(FrameHeader::parse(&silence).unwrap(), header);
                prop_assert_eq!(silence.len(), header.frame_len);
            }
        }
    }
}
