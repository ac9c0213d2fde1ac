use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::codec::VideoCodec;
use crate::codec::avc::{self, AvcParameterSets};
use crate::codec::hevc::{self, HevcConfig};
use crate::{Error, Result};

/// Parameter sets that are longer are passed on, but not kept: real ones have less than a hundred bytes, and there may be
/// hundreds.
const MAX_KEPT_LEN: usize = 4096;

/// What is kept in all, in bytes: each access unit at which decoding can start has them all, so that small pictures and
/// many parameter sets would be a small stream that becomes a large one.
const MAX_KEPT_IN_ALL: usize = 32 * 1024;

/// Length-prefixed frames of H.264 or H.265 as access units of a byte stream (ITU-T H.264 and H.265, annex B).
///
/// Every access unit begins with one access unit delimiter, and has all parameter sets where decoding can start there:
/// ISO/IEC 13818-1 sections 2.14 and 2.17 want both.
#[derive(Debug)]
pub struct AnnexB {
    syntax: Syntax,
    nal_length_size: u8,
    /// The parameter sets in force, by type (their order in the stream) and id.
    parameter_sets: BTreeMap<(u8, u8), Vec<u8>>,
    /// Bytes of them all.
    kept: usize,
    /// There are parameter sets that no access unit has had yet: from the record, or from a tag without a picture.
    announce: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    Avc,
    Hevc,
}

/// What a NAL unit is to an access unit.
enum Role {
    Delimiter,
    ParameterSet((u8, u8)),
    /// A slice; whether it is one of a picture at which decoding can start.
    Slice(bool),
    Other,
}

impl AnnexB {
    /// For the frames that follow the sequence header `record`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when `codec` is neither H.264 nor H.265; when `record` is no decoder configuration.
    pub fn new(codec: VideoCodec, record: &[u8]) -> Result<Self> {
        let (syntax, nal_length_size, nal_units) = match codec {
            VideoCodec::Avc => {
                let sets = AvcParameterSets::parse(record)?;
                (Syntax::Avc, sets.nal_length_size, sets.nal_units)
            }
            VideoCodec::Hevc => {
                let config = HevcConfig::parse(record)?;
                (Syntax::Hevc, config.nal_length_size, config.nal_units)
            }
            _ => return Err(Error::Unsupported { what: "video codec in a byte stream", got: 0 }),
        };
        // A record may come between two keyframes.
        let mut annex_b =
            Self { syntax, nal_length_size, parameter_sets: BTreeMap::new(), kept: 0, announce: true };
        nal_units.into_iter().for_each(|nal| annex_b.keep(nal));
        Ok(annex_b)
    }

    /// Appends the access unit that `frame` is; returns whether decoding can start at it. `Ok(None)` for a frame without
    /// a picture: what it has of parameter sets goes before the next one.
    ///
    /// `keyframe` is what the container says of the frame; a picture that says so itself is believed too.
    ///
    /// # Errors
    /// [`Error::Truncated`] when a NAL unit is longer than what is there: nothing is appended. Stray bytes behind the
    /// last one are left out.
    pub fn write_access_unit(
        &mut self,
        frame: &[u8],
        keyframe: bool,
        out: &mut Vec<u8>,
    ) -> Result<Option<bool>> {
        let mut nal_units = Vec::new();
        let mut rest = frame;
        while let Some((nal, tail)) = avc::next_nal(rest, self.nal_length_size)? {
            if !nal.is_empty() {
                nal_units.push(nal);
            }
            rest = tail;
        }
        let (mut has_picture, mut random_access, mut changed) = (false, keyframe, false);
        // A frame may have millions: they are looked up, not compared with each other.
        let mut own = BTreeSet::new();
        for nal in &nal_units {
            match self.role(nal) {
                Role::ParameterSet(key) => {
                    changed |= self.parameter_sets.get(&key).map(Vec::as_slice) != Some(nal);
                    self.keep(nal);
                    own.insert(key);
                }
                Role::Slice(starts) => {
                    has_picture = true;
                    random_access |= starts;
                }
                Role::Delimiter | Role::Other => {}
            }
        }
        if !has_picture {
            self.announce |= changed;
            return Ok(None);
        }
        let announce = core::mem::take(&mut self.announce) || random_access;
        let lacks_some = self.parameter_sets.keys().any(|key| !own.contains(key));
        self.write(&nal_units, announce && lacks_some, out);
        Ok(Some(random_access))
    }

    /// Writes the delimiter, with `all_parameter_sets` those in force instead of the frame's own, and the rest.
    fn write(&self, nal_units: &[&[u8]], all_parameter_sets: bool, out: &mut Vec<u8>) {
        let delimiter = nal_units.iter().find(|nal| matches!(self.role(nal), Role::Delimiter));
        write_nal(delimiter.copied().unwrap_or(self.syntax.delimiter()), true, out);
        if all_parameter_sets {
            self.parameter_sets.values().for_each(|nal| write_nal(nal, true, out));
        }
        for nal in nal_units {
            match self.role(nal) {
                Role::Delimiter => {}
                // What is too long to be kept goes as it comes.
                Role::ParameterSet(key) if all_parameter_sets && self.parameter_sets.contains_key(&key) => {}
                Role::ParameterSet(_) => write_nal(nal, true, out),
                Role::Slice(_) | Role::Other => write_nal(nal, false, out),
            }
        }
    }

    fn keep(&mut self, nal: &[u8]) {
        let Role::ParameterSet(key) = self.role(nal) else { return };
        let known = self.parameter_sets.get(&key).map(Vec::as_slice);
        if known == Some(nal) {
            return;
        }
        // What it replaces is not in force any more.
        self.kept -= known.map_or(0, <[u8]>::len);
        if nal.len() > MAX_KEPT_LEN || self.kept + nal.len() > MAX_KEPT_IN_ALL {
            self.parameter_sets.remove(&key);
        } else {
            self.kept += nal.len();
            self.parameter_sets.insert(key, nal.to_vec());
        }
    }

    fn role(&self, nal: &[u8]) -> Role {
        match self.syntax {
            Syntax::Avc => {
                let kind = nal.first().map_or(0, |header| header & 0x1f);
                match (kind, avc::parameter_set_id(nal)) {
                    (avc::NAL_AUD, _) => Role::Delimiter,
                    (kind, Some(id)) => Role::ParameterSet((kind, id)),
                    (1..=5, _) => Role::Slice(kind == avc::NAL_IDR),
                    _ => Role::Other,
                }
            }
            Syntax::Hevc => match (hevc::nal_unit_type(nal), hevc::parameter_set_id(nal)) {
                (Some(hevc::NAL_AUD), _) => Role::Delimiter,
                (Some(kind), Some(id)) => Role::ParameterSet((kind, id)),
                (Some(kind), None) if hevc::is_slice(kind) => Role::Slice(hevc::is_irap(kind)),
                _ => Role::Other,
            },
        }
    }
}

impl Syntax {
    /// An access unit delimiter that allows every type of slice.
    const fn delimiter(self) -> &'static [u8] {
        match self {
            // primary_pic_type 7 (ITU-T H.264 table 7-5).
            Self::Avc => &[avc::NAL_AUD, 0xf0],
            // pic_type 2 (ITU-T H.265 table 7-2).
            Self::Hevc => &[hevc::NAL_AUD << 1, 1, 0x50],
        }
    }
}

/// Appends a NAL unit behind a start code: with `zero_byte` before it where annex B wants it, at the access unit's start
/// and at parameter sets (ITU-T H.264 section B.1.2).
fn write_nal(nal: &[u8], zero_byte: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if zero_byte { &[0, 0, 0, 1] } else { &[0, 0, 1] });
    out.extend_from_slice(nal);
}

#[cfg(test)]
mod tests;
