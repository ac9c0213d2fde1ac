use alloc::vec::Vec;

use crate::codec::aac::AacConfig;
use crate::{Error, Result};

/// Length of the header before each frame, in bytes: there is no checksum.
const HEADER_LEN: usize = 7;

/// What `aac_frame_length`, 13 bits, can say.
const MAX_FRAME_LEN: usize = (1 << 13) - 1;

/// The lowest rate that each `sampling_frequency_index` stands for, in Hz (ISO/IEC 14496-3 table 4.82).
const LOWEST_RATES: [u32; 11] =
    [92_017, 75_132, 55_426, 46_009, 37_566, 27_713, 23_004, 18_783, 13_856, 11_502, 9_391];

/// AAC access units as ADTS frames (ISO/IEC 13818-7 section 6.2, ISO/IEC 14496-3 section 1.A.3).
///
/// SBR and PS are not announced: ADTS has no place for it, and decoders find them in the frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adts {
    profile: u8,
    sampling_frequency_index: u8,
    channel_configuration: u8,
    /// Goes before every access unit: each has a header of its own, and a listener may begin with any of them.
    program_config: Vec<u8>,
}

impl Adts {
    /// Frames for the access units that `config`, an `AudioSpecificConfig`, describes.
    ///
    /// # Errors
    /// When it is no `AudioSpecificConfig`, and [`Error::Unsupported`] for what ADTS has no bits for: other object types
    /// than Main, LC, SSR and LTP under whatever extension, frames of 960 samples, more than 7.1 channels.
    pub fn new(config: &[u8]) -> Result<Self> {
        let config = AacConfig::parse(config)?;
        let unsupported = |what, got| Err(Error::Unsupported { what, got });
        if !(1..=4).contains(&config.object_type) {
            return unsupported("AAC object type in ADTS", config.object_type.into());
        }
        if config.samples_per_frame != 1024 {
            return unsupported("AAC samples per frame in ADTS", config.samples_per_frame.into());
        }
        let program_config = match (config.channel_configuration, config.program_config) {
            (0, Some(program)) => program.element,
            (1..=7, _) => Vec::new(),
            (other, _) => return unsupported("AAC channel configuration in ADTS", other.into()),
        };
        let index = LOWEST_RATES.iter().take_while(|lowest| config.sample_rate < **lowest).count();
        Ok(Self {
            profile: config.object_type - 1,
            // 7350 Hz is not in the table: it decodes as 8000 Hz does.
            sampling_frequency_index: if config.sample_rate == 7350 {
                12
            } else {
                u8::try_from(index).unwrap_or(11)
            },
            channel_configuration: config.channel_configuration,
            program_config,
        })
    }

    /// Appends one access unit with its header.
    ///
    /// # Errors
    /// [`Error::Truncated`] for an empty one, [`Error::TooLarge`] for one whose length does not fit into 13 bits; then
    /// nothing is appended.
    pub fn write_frame(&self, access_unit: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if access_unit.is_empty() {
            return Err(Error::Truncated { what: "AAC access unit", expected: 1, got: 0 });
        }
        let len = HEADER_LEN + self.program_config.len() + access_unit.len();
        if len > MAX_FRAME_LEN {
            return Err(Error::TooLarge { what: "ADTS frame", limit: MAX_FRAME_LEN, got: len });
        }
        out.extend_from_slice(&self.header(len));
        out.extend_from_slice(&self.program_config);
        out.extend_from_slice(access_unit);
        Ok(())
    }

    #[allow(clippy::cast_possible_truncation)] // Bit fields are cut out of a length of 13 bits.
    const fn header(&self, len: usize) -> [u8; HEADER_LEN] {
        let channels = self.channel_configuration;
        [
            0xff,
            // The syncword's rest, ID 0 (MPEG-4, which has all four object types), layer 0, no checksum.
            0xf1,
            self.profile << 6 | self.sampling_frequency_index << 2 | channels >> 2,
            (channels & 3) << 6 | (len >> 11) as u8,
            (len >> 3) as u8,
            // adts_buffer_fullness is all ones: the bit rate varies.
            ((len & 7) as u8) << 5 | 0x1f,
            // number_of_raw_data_blocks_in_frame counts from 0.
            0xfc,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(config: &[u8]) -> Result<[u8; 4]> {
        let mut frame = Vec::new();
        Adts::new(config)?.write_frame(&[0x21; 93], &mut frame)?;
        assert_eq!((frame.len(), &frame[4..7]), (100, &[12, 4 << 5 | 0x1f, 0xfc][..]));
        Ok(frame[..4].try_into().unwrap())
    }

    #[test]
    fn lc_from_mono_to_7_1() {
        for channels in 1..=7 {
            let config = [0x12, channels << 3];
            let expected = [0xff, 0xf1, 0x50 | channels >> 2, channels << 6];
            assert_eq!(header(&config).unwrap(), expected, "{channels}");
        }
    }

    #[test]
    fn he_aac_in_all_its_signallings_has_the_core_coders_rate() {
        let (explicit, v2, compatible) =
            ([0x2b, 0x92, 0x08, 0x00], [0xeb, 0x8a, 0x08, 0x00], [0x13, 0x90, 0x56, 0xe5, 0xa0]);
        // LC at 22.05 kHz, index 7.
        assert_eq!(header(&explicit).unwrap(), [0xff, 0xf1, 0x5c, 0x80]);
        assert_eq!(header(&compatible).unwrap(), [0xff, 0xf1, 0x5c, 0x80]);
        assert_eq!(header(&v2).unwrap(), [0xff, 0xf1, 0x5c, 0x40]);
    }

    #[test]
    fn rates_without_an_index_take_the_nearest_by_the_table() {
        // samplingFrequencyIndex 15 and 24 bits: 44 056 Hz.
        let rate: u64 = 0x2f << 31 | 44_056 << 7 | 0x10;
        assert_eq!(header(&rate.to_be_bytes()[3..]).unwrap()[2], 0x50);
        assert_eq!(header(&[0x16, 0x08]).unwrap()[2] >> 2 & 15, 12);
        assert_eq!(header(&[0x15, 0x88]).unwrap()[2] >> 2 & 15, 11);
    }

    #[test]
    fn what_adts_has_no_bits_for_is_refused_with_a_reason() {
        let reason = |config: &[u8]| Adts::new(config).unwrap_err().to_string();
        // Error-resilient low delay, frames of 960 samples, 22.2 channels, and channels that nothing describes.
        assert_eq!(reason(&[0xb9, 0x90]), "AAC object type in ADTS: 23 is not supported");
        assert_eq!(reason(&[0x12, 0x14]), "AAC samples per frame in ADTS: 960 is not supported");
        assert_eq!(reason(&[0x12, 0x68]), "AAC channel configuration in ADTS: 13 is not supported");
        assert_eq!(reason(&[0x12, 0x00]), "AAC channel configuration in ADTS: 0 is not supported");
        assert!(Adts::new(&[]).is_err());
    }

    #[test]
    fn the_length_fits_13_bits_or_the_frame_is_refused() {
        let adts = Adts::new(&[0x12, 0x10]).unwrap();
        let mut frame = Vec::new();
        adts.write_frame(&[0; 8184], &mut frame).unwrap();
        assert_eq!(frame[3..6], [0x83, 0xff, 0xff]);
        let mut out = Vec::new();
        assert!(matches!(adts.write_frame(&[0; 8185], &mut out), Err(Error::TooLarge { got: 8192, .. })));
        assert!(matches!(adts.write_frame(&[], &mut out), Err(Error::Truncated { .. })));
        assert_eq!(out, []);
    }

    #[test]
    fn a_program_config_element_goes_before_every_frame() {
        // 44.1 kHz, channel configuration 0; the element: a pair in front, no comment.
        let bits = "00010 0100 0000 0 0 0 | 0000 01 0100 0001 0000 0000 00 000 0000 0 0 0 1 0000 0 00000000";
        let element = "101 0000 01 0100 0001 0000 0000 00 000 0000 0 0 0 1 0000 000000 00000000";
        let adts = Adts::new(&bytes(bits)).unwrap();
        let mut frame = Vec::new();
        adts.write_frame(&[0x21, 0x10], &mut frame).unwrap();
        assert_eq!(frame[..4], [0xff, 0xf1, 0x50, 0x00]);
        assert_eq!(frame[7..], [&bytes(element)[..], &[0x21, 0x10]].concat());
    }

    fn bytes(bits: &str) -> Vec<u8> {
        let bits: Vec<u8> = bits.bytes().filter(u8::is_ascii_digit).map(|bit| bit - b'0').collect();
        assert_eq!(bits.len() % 8, 0);
        bits.chunks(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | bit)).collect()
    }
}
