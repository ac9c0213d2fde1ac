//! AV1 (AV1 Bitstream & Decoding Process Specification) as FLV and MP4 carry it ("AV1 Codec ISO Media File Format Binding").

use alloc::string::String;

use super::text::push_two_digits;
use crate::bits::BitReader;
use crate::{Error, Result};

/// `AV1CodecConfigurationRecord` up to its OBUs.
const RECORD_HEAD_LEN: usize = 4;
const OBU_SEQUENCE_HEADER: u8 = 1;

/// What an `AV1CodecConfigurationRecord` and the sequence header say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Av1Config {
    /// `seq_profile`: 0 Main, 1 High, 2 Professional.
    pub profile: u8,
    /// `seq_level_idx` of the first operating point.
    pub level: u8,
    /// Whether that is of the high tier.
    pub high_tier: bool,
    /// Bits of a sample: 8, 10 or 12.
    pub bit_depth: u8,
    /// `max_frame_width_minus_1` + 1, in samples.
    pub width: u32,
    /// `max_frame_height_minus_1` + 1, in samples.
    pub height: u32,
}

impl Av1Config {
    /// Parses a record, the body of an AV1 sequence header. Its sequence header OBU may be left out; it is then taken from
    /// `keyframe`. `None` where it is in neither.
    ///
    /// # Errors
    /// When either is cut short, or the record is of another version.
    pub fn parse(record: &[u8], keyframe: &[u8]) -> Result<Option<Self>> {
        let Some((&[marker, _, flags, _], obus)) = record.split_first_chunk::<RECORD_HEAD_LEN>() else {
            let (what, expected) = ("AV1CodecConfigurationRecord", RECORD_HEAD_LEN);
            return Err(Error::Truncated { what, expected, got: record.len() });
        };
        if marker != 0x81 {
            return Err(Error::Invalid {
                what: "AV1 marker and version",
                expected: "129",
                got: marker.into(),
            });
        }
        let Some(header) = sequence_header(obus).or_else(|| sequence_header(keyframe)) else {
            return Ok(None);
        };
        let (what, expected) = ("AV1 sequence header", header.len() + 1);
        let bit_depth = 8 + (flags >> 6 & 1) * 2 + (flags >> 5 & 1) * 2;
        match fields(&mut BitReader::new(header), bit_depth) {
            Some(config) => Ok(Some(config)),
            None => Err(Error::Truncated { what, expected, got: header.len() }),
        }
    }

    /// The codec's name for `addSourceBuffer`, such as `av01.0.04M.08` (AV1 ISOBMFF section 5).
    #[must_use]
    pub fn codec_string(&self) -> String {
        let mut string = String::from("av01.");
        string.push(char::from(b'0' + self.profile));
        string.push('.');
        push_two_digits(&mut string, self.level);
        string.push_str(if self.high_tier { "H." } else { "M." });
        push_two_digits(&mut string, self.bit_depth);
        string
    }
}

/// The payload of the first sequence header among some OBUs (AV1 specification section 5.3).
fn sequence_header(mut obus: &[u8]) -> Option<&[u8]> {
    loop {
        let (&head, mut rest) = obus.split_first()?;
        if head & 4 != 0 {
            rest = rest.get(1..)?; // obu_extension_header
        }
        let mut size = rest.len();
        if head & 2 != 0 {
            size = leb128(&mut rest)?;
        }
        let (payload, tail) = rest.split_at_checked(size)?;
        if head >> 3 & 15 == OBU_SEQUENCE_HEADER {
            return Some(payload);
        }
        obus = tail;
    }
}

/// `leb128()` (AV1 specification section 4.10.5), of at most four bytes: a larger OBU is larger than a tag.
fn leb128(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0;
    for shift in [0, 7, 14, 21] {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// `sequence_header_obu()` up to the picture's size (AV1 specification section 5.5.1).
fn fields(r: &mut BitReader<'_>, bit_depth: u8) -> Option<Av1Config> {
    let profile = r.byte(3)?;
    r.flag()?; // still_picture
    let (mut level, mut high_tier) = (0, false);
    if r.flag()? {
        level = r.byte(5)?; // reduced_still_picture_header: nothing but seq_level_idx
    } else {
        let mut delay_bits = None;
        if r.flag()? {
            r.skip(64)?; // num_units_in_display_tick, time_scale
            if r.flag()? {
                r.ue()?; // num_ticks_per_picture_minus_1, whose uvlc() reads as ue(v)
            }
            if r.flag()? {
                delay_bits = Some(r.byte(5)? + 1); // buffer_delay_length_minus_1
                r.skip(32 + 5 + 5)?; // num_units_in_decoding_tick, the lengths of two more times
            }
        }
        let has_display_delay = r.flag()?;
        for point in 0..=r.byte(5)? {
            r.skip(12)?; // operating_point_idc
            let point_level = r.byte(5)?;
            let point_tier = point_level > 7 && r.flag()?;
            if point == 0 {
                (level, high_tier) = (point_level, point_tier);
            }
            if let Some(bits) = delay_bits
                && r.flag()?
            {
                r.skip(2 * usize::from(bits) + 1)?; // decoder and encoder buffer delay, low_delay_mode_flag
            }
            if has_display_delay && r.flag()? {
                r.skip(4)?; // initial_display_delay_minus_1
            }
        }
    }
    let (width_bits, height_bits) = (r.bits(4)? + 1, r.bits(4)? + 1);
    let (width, height) = (r.bits(width_bits)? + 1, r.bits(height_bits)? + 1);
    Some(Av1Config { profile, level, high_tier, bit_depth, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From libaom: 192 x 108, Main profile, level 2.0.
    const RECORD: &[u8] = b"\x81\x00\x0c\x00\x0a\x0a\x00\x00\x00\x03\xb5\xfe\xb3\x6b\xe4\x01";

    #[test]
    fn a_record_with_its_sequence_header_says_all() {
        let config = Av1Config::parse(RECORD, &[]).unwrap().unwrap();
        assert_eq!((config.width, config.height, config.codec_string()), (192, 108, "av01.0.00M.08".into()));
    }

    #[test]
    fn a_sequence_header_is_found_in_the_keyframe_too() {
        // Behind a temporal delimiter.
        let keyframe = [b"\x12\x00", &RECORD[4..]].concat();
        assert_eq!(Av1Config::parse(&RECORD[..4], &[]), Ok(None));
        assert_eq!(Av1Config::parse(&RECORD[..4], &keyframe), Av1Config::parse(RECORD, &[]));
    }

    #[test]
    fn tiers_and_depths_are_named() {
        let config = Av1Config { profile: 2, level: 13, high_tier: true, bit_depth: 10, width: 1, height: 1 };
        assert_eq!(config.codec_string(), "av01.2.13H.10");
        let record = [b"\x81\x00\x4c\x00", &RECORD[4..]].concat();
        assert_eq!(Av1Config::parse(&record, &[]).unwrap().unwrap().bit_depth, 10);
    }

    #[test]
    fn what_is_cut_or_of_another_version_is_an_error() {
        assert!(matches!(Av1Config::parse(&RECORD[..3], &[]), Err(Error::Truncated { .. })));
        assert!(matches!(Av1Config::parse(b"\x01\x00\x00\x00", &[]), Err(Error::Invalid { .. })));
        let cut = [&RECORD[..4], b"\x0a\x02\x00\x00"].concat();
        assert!(matches!(Av1Config::parse(&cut, &[]), Err(Error::Truncated { .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Av1Config::parse(&[b"\x81\x00\x0c\x00", &bytes[..]].concat(), &[]);
            let _ = Av1Config::parse(&[b"\x81\x00\x0c\x00\x0a\x7f", &bytes[..]].concat(), &[]);
            if let Ok(Some(config)) = Av1Config::parse(b"\x81\x00\x0c\x00", &bytes) {
                prop_assert!(config.codec_string().len() == 13);
            }
        }
    }
}
