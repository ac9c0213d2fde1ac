//! H.265 (ITU-T H.265) as FLV and MP4 carry it (ISO/IEC 14496-15 section 8).

use alloc::string::String;
use alloc::vec::Vec;

use super::text::push_hex;
use crate::bits::BitReader;
use crate::{Error, Result, decimal};

/// NAL unit type of a video parameter set (ITU-T H.265 table 7-1).
pub const NAL_VPS: u8 = 32;
/// NAL unit type of a sequence parameter set.
pub const NAL_SPS: u8 = 33;
/// NAL unit type of a picture parameter set.
pub const NAL_PPS: u8 = 34;
/// NAL unit type of an access unit delimiter.
pub const NAL_AUD: u8 = 35;

/// `HEVCDecoderConfigurationRecord` up to the arrays of NAL units.
const RECORD_HEAD_LEN: usize = 23;

/// What an `HEVCDecoderConfigurationRecord` says (ISO/IEC 14496-15 section 8.3.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HevcConfig<'a> {
    /// Bytes of the length before each NAL unit: 1, 2 or 4; 3 is not legal, and taken as it is.
    pub nal_length_size: u8,
    /// The NAL units of its arrays, in their order: parameter sets, and SEI messages where an encoder put some.
    pub nal_units: Vec<&'a [u8]>,
    /// `general_profile_space` to `general_level_idc`.
    general: [u8; 12],
}

impl<'a> HevcConfig<'a> {
    /// Parses an `HEVCDecoderConfigurationRecord`, the body of an HEVC sequence header.
    ///
    /// # Errors
    /// When it is cut short. Its version is not looked at: encoders have written 0 for years.
    pub fn parse(record: &'a [u8]) -> Result<Self> {
        let truncated = |expected| Error::Truncated {
            what: "HEVCDecoderConfigurationRecord",
            expected,
            got: record.len(),
        };
        let (head, mut rest) = record.split_at_checked(RECORD_HEAD_LEN).ok_or(truncated(RECORD_HEAD_LEN))?;
        let mut nal_units = Vec::new();
        for _ in 0..head[22] {
            let &[_, high, low, ref tail @ ..] = rest else { return Err(truncated(record.len() + 3)) };
            rest = tail;
            for _ in 0..u16::from_be_bytes([high, low]) {
                let &[high, low, ref tail @ ..] = rest else { return Err(truncated(record.len() + 2)) };
                let len = usize::from(u16::from_be_bytes([high, low]));
                let (nal, tail) = tail.split_at_checked(len).ok_or(truncated(record.len() + len))?;
                nal_units.push(nal);
                rest = tail;
            }
        }
        let mut general = [0; 12];
        general.copy_from_slice(&head[1..13]);
        Ok(Self { nal_length_size: (head[21] & 3) + 1, nal_units, general })
    }

    /// The codec's name for `addSourceBuffer`, such as `hvc1.1.6.L93.b0` (ISO/IEC 14496-15 annex E).
    #[must_use]
    pub fn codec_string(&self) -> String {
        let [profile, c0, c1, c2, c3, constraints @ .., level] = self.general;
        let mut string = String::from("hvc1.");
        if profile >> 6 > 0 {
            string.push(char::from(b'@' + (profile >> 6)));
        }
        string.push_str(&decimal((profile & 31).into()));
        string.push('.');
        // The flags in reverse order, without zeros in front.
        let mut digits = String::new();
        for byte in u32::from_be_bytes([c0, c1, c2, c3]).reverse_bits().to_be_bytes() {
            push_hex(&mut digits, byte);
        }
        let significant = digits.trim_start_matches('0');
        string.push_str(if significant.is_empty() { "0" } else { significant });
        string.push_str(if profile & 32 == 0 { ".L" } else { ".H" });
        string.push_str(&decimal(level.into()));
        let used = constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        for byte in &constraints[..used] {
            string.push('.');
            push_hex(&mut string, *byte);
        }
        string
    }

    /// `general_profile_idc`: 1 Main, 2 Main 10, 3 Main Still Picture (ITU-T H.265 annex A.3).
    #[must_use]
    pub const fn profile(&self) -> u8 {
        self.general[0] & 31
    }

    /// `general_level_idc`, thirty times the level.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.general[11]
    }

    /// Width and height after cropping, in samples, as the first sequence parameter set has them.
    #[must_use]
    pub fn picture_size(&self) -> Option<(u32, u32)> {
        let sps = self.nal_units.iter().find(|nal| nal_unit_type(nal) == Some(NAL_SPS))?;
        picture_size(sps.get(2..)?)
    }
}

/// The type of a NAL unit (ITU-T H.265 section 7.3.1.2); `None` for one with no whole header.
#[must_use]
pub fn nal_unit_type(nal: &[u8]) -> Option<u8> {
    (nal.len() >= 2).then(|| nal[0] >> 1 & 0x3f)
}

/// Whether a NAL unit of this type is a slice of a picture.
#[must_use]
pub const fn is_slice(nal_unit_type: u8) -> bool {
    nal_unit_type < 32
}

/// Whether a NAL unit of this type is a slice of an IRAP picture, at which decoding can start.
#[must_use]
pub const fn is_irap(nal_unit_type: u8) -> bool {
    matches!(nal_unit_type, 16..=23)
}

/// Whether a NAL unit is such a slice.
#[must_use]
pub fn is_irap_slice(nal: &[u8]) -> bool {
    nal_unit_type(nal).is_some_and(is_irap)
}

/// The id of a parameter set among those of its type; `None` for other NAL units, and where it is not legal.
#[must_use]
pub fn parameter_set_id(nal: &[u8]) -> Option<u8> {
    let (id, most) = match nal_unit_type(nal)? {
        NAL_VPS => (nal.get(2)? >> 4, 15),
        NAL_SPS => (sps_id(nal.get(2..)?)?, 15),
        NAL_PPS => (BitReader::of_nal(nal.get(2..)?).ue()?.try_into().ok()?, 63),
        _ => return None,
    };
    (id <= most).then_some(id)
}

fn sps_id(payload: &[u8]) -> Option<u8> {
    behind_profile(payload)?.ue()?.try_into().ok()
}

/// Goes to `sps_seq_parameter_set_id`, which stands behind `profile_tier_level` (ITU-T H.265 section 7.3.2.2.1).
fn behind_profile(payload: &[u8]) -> Option<BitReader<'_>> {
    let mut r = BitReader::of_nal(payload);
    r.skip(4)?; // sps_video_parameter_set_id
    let sub_layers = r.byte(3)?; // sps_max_sub_layers_minus1
    r.skip(1 + 88 + 8)?; // sps_temporal_id_nesting_flag, general profile, general_level_idc
    let mut present = [(false, false); 7];
    for present in present.iter_mut().take(sub_layers.into()) {
        *present = (r.flag()?, r.flag()?);
    }
    if sub_layers > 0 {
        r.skip(2 * usize::from(8 - sub_layers))?; // reserved_zero_2bits
    }
    for (profile, level) in present {
        r.skip(if profile { 88 } else { 0 } + if level { 8 } else { 0 })?;
    }
    Some(r)
}

/// The picture's size, behind the id (ITU-T H.265 section 7.3.2.2.1).
fn picture_size(payload: &[u8]) -> Option<(u32, u32)> {
    let mut r = behind_profile(payload)?;
    r.ue()?; // sps_seq_parameter_set_id
    let chroma_format = r.ue()?;
    if chroma_format == 3 {
        r.flag()?; // separate_colour_plane_flag
    }
    let (width, height) = (r.ue()?, r.ue()?);
    let crop = if r.flag()? { [r.ue()?, r.ue()?, r.ue()?, r.ue()?] } else { [0; 4] };
    // Cropping counts in chroma samples (table 6-1).
    let (across, down) =
        (if matches!(chroma_format, 1 | 2) { 2 } else { 1 }, 1 + u32::from(chroma_format == 1));
    let cropped = |size: u32, a: u32, b: u32, unit: u32| {
        size.checked_sub(a.checked_add(b)?.checked_mul(unit)?).filter(|size| *size > 0)
    };
    Some((cropped(width, crop[0], crop[1], across)?, cropped(height, crop[2], crop[3], down)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From x265: main profile, level 3.
    const SPS: &[u8] = b"\x42\x01\x01\x01\x60\x00\x00\x03\x00\x90\x00\x00\x03\x00\x00\x03\x00\x5a\xa0\x05\x02\x01\x69\x65\x95\x9a\x49\x32\xbc\x05\xa0\x20";

    fn record(arrays: &[&[&[u8]]]) -> Vec<u8> {
        let mut record = vec![0; RECORD_HEAD_LEN];
        record[21] = 0x0f;
        record[22] = arrays.len() as u8;
        for nals in arrays {
            record.extend_from_slice(&[0xa0, 0, nals.len() as u8]);
            for nal in *nals {
                record.extend_from_slice(&(nal.len() as u16).to_be_bytes());
                record.extend_from_slice(nal);
            }
        }
        record
    }

    #[test]
    fn a_record_gives_its_nal_units_in_order() {
        let record = record(&[&[b"\x40\x01vps"], &[SPS], &[b"\x44\x01\x80", b"\x44\x01\x40"]]);
        let config = HevcConfig::parse(&record).unwrap();
        assert_eq!(config.nal_length_size, 4);
        assert_eq!(config.nal_units, [&b"\x40\x01vps"[..], SPS, b"\x44\x01\x80", b"\x44\x01\x40"]);
        for end in 0..record.len() {
            assert!(HevcConfig::parse(&record[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn codec_and_size_are_named() {
        let mut bytes = record(&[&[SPS]]);
        bytes[1..13].copy_from_slice(b"\x01\x60\x00\x00\x00\x90\x00\x00\x00\x00\x00\x5a");
        let config = HevcConfig::parse(&bytes).unwrap();
        assert_eq!(
            (config.codec_string(), config.picture_size()),
            ("hvc1.1.6.L90.90".into(), Some((640, 360)))
        );
        bytes[1..13].copy_from_slice(b"\x62\x20\x00\x00\x00\xb0\x00\x01\x00\x00\x00\x99");
        assert_eq!(HevcConfig::parse(&bytes).unwrap().codec_string(), "hvc1.A2.4.H153.b0.00.01");
        let empty = record(&[]);
        let nothing = HevcConfig::parse(&empty).unwrap();
        assert_eq!((nothing.codec_string(), nothing.picture_size()), ("hvc1.0.0.L0".into(), None));
    }

    #[test]
    fn parameter_sets_have_ids() {
        assert_eq!(parameter_set_id(b"\x40\x01\x3c"), Some(3));
        assert_eq!(parameter_set_id(SPS), Some(0));
        // 1 is id 0, 010 is id 1, 00100 is id 3.
        assert_eq!(parameter_set_id(b"\x44\x01\x80"), Some(0));
        assert_eq!(parameter_set_id(b"\x44\x01\x40"), Some(1));
        assert_eq!(parameter_set_id(b"\x44\x01\x20"), Some(3));
        assert_eq!(parameter_set_id(b"\x26\x01\xaf"), None);
        assert_eq!(parameter_set_id(b"\x44"), None);
    }

    #[test]
    fn slices_are_told_by_their_type() {
        let facts = |nal: &[u8]| nal_unit_type(nal).map(|kind| (is_slice(kind), is_irap(kind)));
        assert_eq!(facts(b"\x26\x01"), Some((true, true)));
        assert_eq!(facts(b"\x02\x01"), Some((true, false)));
        assert_eq!(facts(b"\x4e\x01"), Some((false, false)));
        assert_eq!(facts(b"\x26"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = HevcConfig::parse(&bytes);
            let sps = [b"\x42\x01", &bytes[..]].concat();
            let _ = HevcConfig::parse(&record(&[&[&sps]])).unwrap().picture_size();
            let _ = parameter_set_id(&bytes);
            let _ = parameter_set_id(&[b"\x42\x01", &bytes[..]].concat());
        }
    }
}
