use alloc::vec::Vec;

use super::{NAL_PPS, NAL_SPS, RECORD, parameter_sets};
use crate::bits::BitReader;
use crate::{Error, Result};

/// What an `AVCDecoderConfigurationRecord` has for who writes the stream in another form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvcParameterSets<'a> {
    /// Bytes of the length before each NAL unit: 1, 2 or 4; 3 is not legal, and taken as it is.
    pub nal_length_size: u8,
    /// Sequence parameter sets, then picture parameter sets, as NAL units.
    pub nal_units: Vec<&'a [u8]>,
}

impl<'a> AvcParameterSets<'a> {
    /// Parses an `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15 section 5.3.3.1), and looks into no parameter set.
    ///
    /// # Errors
    /// When it is cut short, or has none of one kind.
    pub fn parse(record: &'a [u8]) -> Result<Self> {
        let &[_, _, _, _, length, sps_count, ref rest @ ..] = record else {
            return Err(Error::Truncated { what: RECORD, expected: 7, got: record.len() });
        };
        let mut nal_units = Vec::new();
        let rest =
            parameter_sets(rest, sps_count & 0x1f, "AVC sequence parameter set", |nal| nal_units.push(nal))?;
        let Some((&pps_count, rest)) = rest.split_first() else {
            return Err(Error::Truncated { what: RECORD, expected: record.len() + 1, got: record.len() });
        };
        parameter_sets(rest, pps_count, "AVC picture parameter set", |nal| nal_units.push(nal))?;
        Ok(Self { nal_length_size: (length & 3) + 1, nal_units })
    }
}

/// The id of a parameter set among those of its type (ITU-T H.264 sections 7.3.2.1.1 and 7.3.2.2); `None` for other NAL
/// units, and where it is not legal.
#[must_use]
pub fn parameter_set_id(nal: &[u8]) -> Option<u8> {
    let (header, payload) = nal.split_first()?;
    let (payload, most) = match header & 0x1f {
        // Profile, constraints and level stand before the id.
        NAL_SPS => (payload.get(3..)?, 31),
        NAL_PPS => (payload, 255),
        _ => return None,
    };
    let id = BitReader::of_nal(payload).ue()?;
    u8::try_from(id).ok().filter(|id| *id <= most)
}
