//! FLAC (RFC 9639) as FLV and MP4 carry it ("Encapsulation of FLAC in ISO Base Media File Format").

use alloc::vec::Vec;

use crate::bits::BitReader;
use crate::{Error, Result};

/// The metadata block `STREAMINFO`: its length in bytes (RFC 9639 section 8.2).
const STREAM_INFO_LEN: usize = 34;

/// What `STREAMINFO` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlacConfig {
    /// What a `dfLa` box holds, with its version and flags.
    pub record: Vec<u8>,
    /// Sampling rate in Hz.
    pub sample_rate: u32,
    /// 1 to 8.
    pub channels: u8,
    /// The largest block, in samples.
    pub max_block_size: u32,
}

impl FlacConfig {
    /// Parses the body of a FLAC sequence header: `fLaC` and metadata blocks, or, as ffmpeg sends it, `STREAMINFO` alone.
    ///
    /// # Errors
    /// When it is cut short, or states a rate of 0.
    pub fn parse(header: &[u8]) -> Result<Self> {
        // Behind the marker comes the block's header: STREAMINFO is always the first.
        let info = header.strip_prefix(b"fLaC").map_or(header, |blocks| blocks.get(4..).unwrap_or_default());
        let Some(info) = info.get(..STREAM_INFO_LEN) else {
            let (what, expected) = ("FLAC STREAMINFO", STREAM_INFO_LEN);
            return Err(Error::Truncated { what, expected, got: info.len() });
        };
        // Version and flags; then that it is the last block, a STREAMINFO, and its length.
        let mut record: Vec<u8> = [0, 0, 0, 0, 0x80, 0, 0, STREAM_INFO_LEN as u8].into();
        record.extend_from_slice(info);
        let sample_rate = u32::from_be_bytes([0, info[10], info[11], info[12]]) >> 4;
        if sample_rate == 0 {
            return Err(Error::Invalid { what: "FLAC sampling rate", expected: "1 Hz or more", got: 0 });
        }
        let max_block_size = u16::from_be_bytes([info[2], info[3]]).into();
        Ok(Self { record, sample_rate, channels: (info[12] >> 1 & 7) + 1, max_block_size })
    }
}

/// How long a frame is, in samples (RFC 9639 section 9.1); 0 for what is no frame.
#[must_use]
pub fn frame_samples(frame: &[u8]) -> u32 {
    block_size(frame).unwrap_or(0)
}

fn block_size(frame: &[u8]) -> Option<u32> {
    let mut r = BitReader::new(frame);
    if r.bits(15)? != 0x7ffc {
        return None; // sync code
    }
    r.flag()?; // blocking strategy
    let code = r.bits(4)?;
    r.skip(4 + 4 + 3 + 1)?; // sample rate, channels, bit depth, reserved
    // The frame's or sample's number, coded as UTF-8: as many more bytes as the first has ones in front.
    let more = r.byte(8)?.leading_ones().saturating_sub(1);
    r.skip(8 * more as usize)?;
    Some(match code {
        1 => 192,
        2..=5 => 576 << (code - 2),
        6 => r.bits(8)? + 1,
        7 => r.bits(16)? + 1,
        8..=15 => 256 << (code - 8),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From ffmpeg: 48 kHz, mono, blocks of 1024.
    const INFO: &[u8; STREAM_INFO_LEN] =
        b"\x04\x00\x04\x00\x00\x00\x00\x00\x08\x15\x0b\xb8\x00\xf0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";

    #[test]
    fn stream_info_is_found_with_and_without_a_marker() {
        let config = FlacConfig::parse(INFO).unwrap();
        assert_eq!((config.sample_rate, config.channels, config.max_block_size), (48_000, 1, 1024));
        assert_eq!(config.record[..8], [0, 0, 0, 0, 0x80, 0, 0, 34]);
        let native = [b"fLaC\x00\x00\x00\x22", &INFO[..], b"\x84\x00\x00\x00"].concat();
        assert_eq!(FlacConfig::parse(&native), Ok(config));
        assert!(matches!(FlacConfig::parse(&INFO[..33]), Err(Error::Truncated { .. })));
        assert!(matches!(FlacConfig::parse(&[0; 34]), Err(Error::Invalid { .. })));
    }

    #[test]
    fn frames_tell_their_length() {
        for (frame, samples) in [
            (&b"\xff\xf8\xaa\x08\x00\xed"[..], 1024),
            (b"\xff\xf8\x1a\x08\x00\xed", 192),
            (b"\xff\xf8\x5a\x08\x00\xed", 4608),
            (b"\xff\xf8\x6a\x08\xc4\x80\x0f", 16),
            (b"\xff\xf9\x7a\x08\x00\x0f\xff", 4096),
            (b"\xff\xf8\x7a\x08\x00\x0f", 0),
            (b"\xff\xf8\x0a\x08\x00", 0),
            (b"ID3", 0),
        ] {
            assert_eq!(frame_samples(frame), samples, "{frame:x?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = FlacConfig::parse(&bytes);
            prop_assert!(frame_samples(&[b"\xff\xf8", &bytes[..]].concat()) <= 65_536);
        }
    }
}
