//! H.264 (ITU-T H.264) as FLV and MP4 carry it (ISO/IEC 14496-15 section 5).

mod parameter_sets;
mod sps;

pub use parameter_sets::{AvcParameterSets, parameter_set_id};
pub use sps::SequenceParameterSet;

use alloc::string::String;
use alloc::vec::Vec;

use super::text::push_hex;
use crate::{Error, Result};

/// NAL unit type of a sequence parameter set (ITU-T H.264 table 7-1).
pub const NAL_SPS: u8 = 7;
/// NAL unit type of a picture parameter set.
pub const NAL_PPS: u8 = 8;
/// NAL unit type of an access unit delimiter.
pub const NAL_AUD: u8 = 9;
/// NAL unit type of a coded slice of an IDR picture.
pub const NAL_IDR: u8 = 5;

/// What an `AVCDecoderConfigurationRecord` says (ISO/IEC 14496-15 section 5.3.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvcConfig {
    /// Bytes of the length before each NAL unit: 1, 2 or 4; 3 is not legal, and taken as it is.
    pub nal_length_size: u8,
    /// The first sequence parameter set; the further ones are checked for their lengths only.
    pub sps: SequenceParameterSet,
}

impl AvcConfig {
    /// Parses an `AVCDecoderConfigurationRecord`, the body of an AVC sequence header.
    ///
    /// # Errors
    /// When it is cut short, or has no sequence or picture parameter set.
    pub fn parse(record: &[u8]) -> Result<Self> {
        let &[version, _, _, _, length, sps_count, ref rest @ ..] = record else {
            return Err(Error::Truncated { what: RECORD, expected: 7, got: record.len() });
        };
        if version != 1 {
            return Err(Error::Invalid {
                what: "AVC configurationVersion",
                expected: "1",
                got: version.into(),
            });
        }
        let nal_length_size = (length & 3) + 1;
        let mut first_sps = None;
        let rest = parameter_sets(rest, sps_count & 0x1f, "AVC sequence parameter set", |sps| {
            first_sps = first_sps.or(Some(sps));
        })?;
        let Some((&pps_count, rest)) = rest.split_first() else {
            return Err(Error::Truncated { what: RECORD, expected: record.len() + 1, got: record.len() });
        };
        // Profiles above Extended append chroma format and bit depths; the SPS has them too.
        parameter_sets(rest, pps_count, "AVC picture parameter set", |_| ())?;
        Ok(Self { nal_length_size, sps: SequenceParameterSet::parse(first_sps.unwrap_or_default())? })
    }

    /// The codec's name for `addSourceBuffer`, such as `avc1.64001f` (RFC 6381 section 3.3).
    #[must_use]
    pub fn codec_string(&self) -> String {
        let mut string = String::from("avc1.");
        for byte in [self.sps.profile, self.sps.constraints, self.sps.level] {
            push_hex(&mut string, byte);
        }
        string
    }
}

const RECORD: &str = "AVCDecoderConfigurationRecord";

/// Hands out `count` parameter sets with 16-bit lengths; returns what is behind the last. None at all is an error.
fn parameter_sets<'a>(
    mut rest: &'a [u8],
    count: u8,
    what: &'static str,
    mut each: impl FnMut(&'a [u8]),
) -> Result<&'a [u8]> {
    if count == 0 {
        return Err(Error::Invalid { what, expected: "at least one", got: 0 });
    }
    for _ in 0..count {
        let &[high, low, ref tail @ ..] = rest else {
            return Err(Error::Truncated { what, expected: 2, got: rest.len() });
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some((set, tail)) = tail.split_at_checked(length) else {
            return Err(Error::Truncated { what, expected: length, got: tail.len() });
        };
        if set.is_empty() {
            return Err(Error::Truncated { what, expected: 1, got: 0 });
        }
        each(set);
        rest = tail;
    }
    Ok(rest)
}

/// What the NAL units of a frame show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameFacts {
    /// It has a slice at which decoding can start, whatever the container's flag says.
    pub random_access: bool,
    /// It has NAL units of length zero, or stray bytes behind the last one, on which strict parsers give up:
    /// [`copy_nal_units`] leaves them out.
    pub untidy: bool,
}

/// Whether an H.264 NAL unit is a slice of an IDR picture.
#[must_use]
pub fn is_idr(nal: &[u8]) -> bool {
    nal.first().is_some_and(|header| header & 0x1f == NAL_IDR)
}

/// Looks through the NAL units of one frame, of H.264 or H.265, each behind a length of `nal_length_size` bytes
/// (ISO/IEC 14496-15 sections 5.3.2 and 8.3.2); `is_start` tells those at which decoding can start.
///
/// # Errors
/// [`Error::Truncated`] when a NAL unit is longer than what is there, or there is none at all.
pub fn frame_facts(frame: &[u8], nal_length_size: u8, is_start: fn(&[u8]) -> bool) -> Result<FrameFacts> {
    // A length of three bytes, which no decoder takes, is for `copy_nal_units` to mend.
    let mut facts = FrameFacts { random_access: false, untidy: nal_length_size == 3 };
    let mut rest = frame;
    let mut count = 0_usize;
    while let Some((nal, tail)) = next_nal(rest, nal_length_size)? {
        if nal.is_empty() {
            facts.untidy = true;
        } else {
            facts.random_access |= is_start(nal);
            count += 1;
        }
        rest = tail;
    }
    facts.untidy |= !rest.is_empty();
    if count == 0 {
        return Err(Error::Truncated { what: "NAL unit", expected: 1, got: 0 });
    }
    Ok(facts)
}

/// Appends the NAL units of `frame` that are not empty, with their lengths; lengths of three bytes become four.
///
/// # Errors
/// [`Error::Truncated`] as [`frame_facts`] has it; what came before is in `out`.
pub fn copy_nal_units(frame: &[u8], nal_length_size: u8, out: &mut Vec<u8>) -> Result<()> {
    let mut rest = frame;
    while let Some((nal, tail)) = next_nal(rest, nal_length_size)? {
        if !nal.is_empty() {
            if nal_length_size == 3 {
                out.push(0);
            }
            out.extend_from_slice(&rest[..rest.len() - tail.len()]);
        }
        rest = tail;
    }
    Ok(())
}

/// The first NAL unit of `bytes` and what is behind it; `None` where not even a length is left.
///
/// H.265 has the same lengths before its NAL units (ISO/IEC 14496-15 section 8.3.2).
///
/// # Errors
/// [`Error::Truncated`] when the NAL unit is longer than what is there.
pub fn next_nal(bytes: &[u8], nal_length_size: u8) -> Result<Option<(&[u8], &[u8])>> {
    let Some((length, rest)) = bytes.split_at_checked(nal_length_size.into()) else { return Ok(None) };
    if length.is_empty() {
        return Ok(None);
    }
    let length = length.iter().fold(0, |value, byte| value << 8 | usize::from(*byte));
    match rest.split_at_checked(length) {
        Some(found) => Ok(Some(found)),
        None => Err(Error::Truncated { what: "NAL unit", expected: length, got: rest.len() }),
    }
}

#[cfg(test)]
mod tests;
