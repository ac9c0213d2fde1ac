//! VP9 (VP9 Bitstream & Decoding Process Specification) as FLV and MP4 carry it ("VP Codec ISO Media File Format Binding").

use alloc::string::String;
use alloc::vec::Vec;

use super::text::push_two_digits;
use crate::bits::BitReader;
use crate::{Error, Result};

/// Version 1 and no flags, which open a `vpcC` box and, from some encoders, an FLV sequence header too.
const VERSION_AND_FLAGS: [u8; 4] = [1, 0, 0, 0];

/// What a `VPCodecConfigurationRecord` and a keyframe say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vp9Config {
    /// What a `vpcC` box holds, with its version and flags.
    pub record: Vec<u8>,
    /// Width in samples.
    pub width: u32,
    /// Height in samples.
    pub height: u32,
}

impl Vp9Config {
    /// Parses a record, the body of a VP9 sequence header; the picture's size is in `keyframe` only.
    ///
    /// # Errors
    /// When either is cut short, or the frame is no keyframe.
    pub fn parse(record: &[u8], keyframe: &[u8]) -> Result<Self> {
        let fields = record.strip_prefix(&VERSION_AND_FLAGS).unwrap_or(record);
        if fields.len() < 8 {
            let (what, got) = ("VPCodecConfigurationRecord", fields.len());
            return Err(Error::Truncated { what, expected: 8, got });
        }
        let mut record = VERSION_AND_FLAGS.to_vec();
        record.extend_from_slice(fields);
        // An encoder that does not know its level; browsers want one.
        if record[5] == 0 {
            record[5] = 10;
        }
        let (width, height) = picture_size(keyframe).ok_or(Error::Invalid {
            what: "VP9 frame_marker and frame_type",
            expected: "a keyframe",
            got: keyframe.first().copied().unwrap_or_default().into(),
        })?;
        Ok(Self { record, width, height })
    }

    /// The codec's name for `addSourceBuffer`, such as `vp09.00.10.08` (VP ISOBMFF, "Codecs Parameter String").
    #[must_use]
    pub fn codec_string(&self) -> String {
        let mut string = String::from("vp09");
        let fields = &self.record[4..];
        for number in [fields[0], fields[1], fields[2] >> 4] {
            string.push('.');
            push_two_digits(&mut string, number);
        }
        string
    }
}

/// Width and height in samples of a keyframe; `None` for another frame.
///
/// It reads `uncompressed_header()` up to them (VP9 specification section 6.2).
#[must_use]
pub fn picture_size(frame: &[u8]) -> Option<(u32, u32)> {
    let mut r = BitReader::new(frame);
    if r.bits(2)? != 2 {
        return None; // frame_marker
    }
    let profile = r.byte(1)? | r.byte(1)? << 1;
    if profile == 3 {
        r.skip(1)?; // reserved_zero
    }
    // show_existing_frame, frame_type; then show_frame and error_resilient_mode.
    if r.bits(2)? != 0 {
        return None;
    }
    r.skip(2)?;
    if r.bits(24)? != 0x49_83_42 {
        return None; // frame_sync_code
    }
    if profile >= 2 {
        r.skip(1)?; // ten_or_twelve_bit
    }
    // color_space: RGB has no color_range, and only profiles 1 and 3 tell the subsampling.
    let is_rgb = r.bits(3)? == 7;
    let subsampling = if is_rgb { 1 } else { 3 };
    r.skip(usize::from(!is_rgb) + if profile & 1 == 1 { subsampling } else { 0 })?;
    Some((r.bits(16)? + 1, r.bits(16)? + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From libvpx: 192 x 108.
    const RECORD: &[u8] = b"\x01\x00\x00\x00\x00\x0a\x82\x02\x02\x02\x00\x00";
    const KEYFRAME: &[u8] = b"\x82\x49\x83\x42\x00\x0b\xf0\x06\xb6\x06\x38";

    #[test]
    fn record_and_keyframe_make_a_configuration() {
        let config = Vp9Config::parse(RECORD, KEYFRAME).unwrap();
        assert_eq!((config.width, config.height, config.codec_string()), (192, 108, "vp09.00.10.08".into()));
        assert_eq!(config.record, RECORD);
        assert_eq!(Vp9Config::parse(&RECORD[4..], KEYFRAME), Ok(config));
    }

    #[test]
    fn an_unknown_level_becomes_the_lowest() {
        let config = Vp9Config::parse(b"\x02\x00\xa2\x02\x02\x02\x00\x00", KEYFRAME).unwrap();
        assert_eq!(config.codec_string(), "vp09.02.10.10");
    }

    #[test]
    fn a_cut_record_and_a_frame_that_is_no_keyframe_are_errors() {
        assert!(matches!(Vp9Config::parse(&RECORD[..11], KEYFRAME), Err(Error::Truncated { .. })));
        for frame in [&KEYFRAME[..8], b"\x86\x00\x40\x92", b""] {
            assert!(matches!(Vp9Config::parse(RECORD, frame), Err(Error::Invalid { .. })));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
            let _ = Vp9Config::parse(&bytes, KEYFRAME).map(|config| config.codec_string());
            let _ = Vp9Config::parse(RECORD, &[b"\x82\x49\x83\x42", &bytes[..]].concat());
        }
    }
}
