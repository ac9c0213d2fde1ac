//! AC-3 and E-AC-3 (ETSI TS 102 366) as FLV and MP4 carry them: whole frames, which say everything themselves.

use alloc::vec::Vec;

use crate::bits::BitReader;
use crate::{Error, Result};

/// Sampling rates by `fscod`, in Hz; half of them by `fscod2` (ETSI TS 102 366 tables 4.1 and E.1.4).
const SAMPLE_RATES: [u32; 3] = [48_000, 44_100, 32_000];
/// Channels by `acmod`, without the one for low frequencies (table 4.3).
const CHANNELS: [u8; 8] = [2, 1, 2, 3, 3, 4, 4, 5];

/// What the header of a frame says, of an AC-3 and of an E-AC-3 frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Whether it is E-AC-3.
    pub is_enhanced: bool,
    /// Sampling rate in Hz.
    pub sample_rate: u32,
    /// 1 to 6.
    pub channels: u8,
    /// Samples of each channel: 1536, or 256, 512 or 768.
    pub samples_per_frame: u32,
    /// `fscod`, `bsid`, `bsmod`, `acmod`, `lfeon`, as the boxes want them.
    fields: [u8; 5],
    /// `frmsizecod`, of AC-3 only.
    size_code: u8,
}

impl FrameHeader {
    /// Parses the header at the start of a frame (ETSI TS 102 366 sections 4.3.1, 4.3.2 and E.1.2.2).
    ///
    /// # Errors
    /// When it is cut short, no frame, or of an unknown rate or version.
    pub fn parse(frame: &[u8]) -> Result<Self> {
        let what = "AC-3 frame";
        let &[0x0b, 0x77, _, _, sizes, versions, modes, ..] = frame else {
            return Err(Error::Invalid {
                what,
                expected: "a header from 0x0b77 on",
                got: frame.len() as u64,
            });
        };
        let (fscod, bsid) = (sizes >> 6, versions >> 3);
        let is_enhanced = bsid > 10;
        let (bsmod, acmod, lfeon, blocks) = match bsid {
            0..=10 => {
                let (mut r, acmod) = (BitReader::new(&frame[6..]), modes >> 5);
                // acmod itself, then cmixlev, surmixlev, dsurmod, each where there is what it mixes.
                let mixes = [acmod & 1 == 1 && acmod != 1, acmod & 4 != 0, acmod == 2];
                let mixes = mixes.into_iter().filter(|there| *there).count();
                let lfeon = r.skip(3 + 2 * mixes).and_then(|()| r.byte(1));
                (versions & 7, acmod, lfeon.unwrap_or(0), 3)
            }
            11..=16 => (0, sizes >> 1 & 7, sizes & 1, if fscod == 3 { 3 } else { sizes >> 4 & 3 }),
            _ => return Err(Error::Unsupported { what: "AC-3 bsid", got: bsid.into() }),
        };
        let halves = is_enhanced && fscod == 3;
        let rate_code = if halves { sizes >> 4 & 3 } else { fscod };
        let Some(rate) = SAMPLE_RATES.get(usize::from(rate_code)) else {
            return Err(Error::Unsupported { what: "AC-3 fscod", got: rate_code.into() });
        };
        Ok(Self {
            is_enhanced,
            sample_rate: if halves { rate / 2 } else { *rate },
            channels: CHANNELS[usize::from(acmod)] + lfeon,
            samples_per_frame: [256, 512, 768, 1536][usize::from(blocks)],
            fields: [fscod, bsid, bsmod, acmod, lfeon],
            size_code: if is_enhanced { 0 } else { sizes & 63 },
        })
    }

    /// What a `dac3` or `dec3` box holds (ETSI TS 102 366 sections F.4 and F.6); `frame_len` is in bytes.
    #[must_use]
    pub fn record(&self, frame_len: usize) -> Vec<u8> {
        let [fscod, bsid, bsmod, acmod, lfeon] = self.fields.map(u64::from);
        if self.is_enhanced {
            let bits = frame_len as u64 * 8 * u64::from(self.sample_rate);
            // In kb/s; one independent substream, with none that depends on it, and asvc 0.
            let data_rate = (bits / (u64::from(self.samples_per_frame) * 1000)).min(0x1fff);
            let fields = data_rate << 27 | fscod << 22 | bsid << 17 | bsmod << 12 | acmod << 9 | lfeon << 8;
            return fields.to_be_bytes()[3..].to_vec();
        }
        let bit_rate_code = u64::from(self.size_code >> 1);
        let fields = fscod << 22 | bsid << 17 | bsmod << 14 | acmod << 11 | lfeon << 10 | bit_rate_code << 5;
        fields.to_be_bytes()[5..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_ac3_frame_says_what_its_box_holds() {
        // From ffmpeg: 48 kHz, stereo, 64 kb/s.
        let header = FrameHeader::parse(b"\x0b\x77\xfc\x8a\x08\x40\x43\xe1\x06").unwrap();
        assert_eq!((header.is_enhanced, header.sample_rate), (false, 48_000));
        assert_eq!((header.channels, header.samples_per_frame), (2, 1536));
        assert_eq!(header.record(256), [0x10, 0x10, 0x80]);
        // 3/2 with low frequencies: two levels stand before the flag.
        let header = FrameHeader::parse(b"\x0b\x77\x00\x00\x1e\x40\xe1\x00").unwrap();
        assert_eq!(header.channels, 6);
    }

    #[test]
    fn an_eac3_frame_too() {
        // From ffmpeg: 48 kHz, mono, 32 kb/s.
        let header = FrameHeader::parse(b"\x0b\x77\x00\x3f\x32\x87\xc0\x00").unwrap();
        assert_eq!((header.is_enhanced, header.sample_rate), (true, 48_000));
        assert_eq!((header.channels, header.samples_per_frame), (1, 1536));
        assert_eq!(header.record(128), [0x01, 0x00, 0x20, 0x02, 0x00]);
    }

    #[test]
    fn what_is_no_frame_is_an_error() {
        assert!(FrameHeader::parse(b"\x0b\x77\x00\x00").is_err());
        assert!(FrameHeader::parse(b"\x77\x0b\x00\x00\x1e\x40\xe1").is_err());
        assert!(FrameHeader::parse(b"\x0b\x77\x00\x00\xde\x40\xe1").is_err());
        assert!(FrameHeader::parse(b"\x0b\x77\x00\x00\x1e\xff\xe1").is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..20), len in any::<u32>()) {
            if let Ok(header) = FrameHeader::parse(&[b"\x0b\x77", &bytes[..]].concat()) {
                prop_assert_eq!(header.record(len as usize).len(), if header.is_enhanced { 5 } else { 3 });
                prop_assert!((1..=6).contains(&header.channels) && header.sample_rate >= 16_000);
            }
        }
    }
}
