use alloc::vec::Vec;

use crate::bits::BitReader;

/// `ID_PCE`, which names the element in a `raw_data_block` (ISO/IEC 14496-3 table 4.85).
const ID_PCE: u32 = 5;

/// A `program_config_element` (ISO/IEC 14496-3 section 4.4.1.1), which describes channels that no number stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramConfig {
    /// Channels of all its elements, coupling channels not counted.
    pub channels: u8,
    /// The element as it stands at the start of a `raw_data_block`: `ID_PCE` before it, and aligned there, so that
    /// the block's other elements can follow as they are.
    pub element: Vec<u8>,
}

impl ProgramConfig {
    /// Reads the element, which stands in an `AudioSpecificConfig` without `ID_PCE`; `None` where it is cut short.
    pub(super) fn parse(reader: &mut BitReader<'_>) -> Option<Self> {
        let mut copy = Copy { reader, bits: Vec::new() };
        copy.write(ID_PCE, 3);
        copy.bits(4 + 2 + 4)?; // element_instance_tag, object_type, sampling_frequency_index
        let [front, side, back] = [copy.bits(4)?, copy.bits(4)?, copy.bits(4)?];
        let [lfe, associated_data, coupling] = [copy.bits(2)?, copy.bits(3)?, copy.bits(4)?];
        // mono_mixdown_element_number, stereo_mixdown_element_number, matrix_mixdown_idx with pseudo_surround_enable
        for mixdown in [4, 4, 2 + 1] {
            if copy.bits(1)? == 1 {
                copy.bits(mixdown)?;
            }
        }
        let mut channels = lfe;
        for _ in 0..front + side + back {
            channels += 1 + copy.bits(1)?;
            copy.bits(4)?; // element_tag_select
        }
        for _ in 0..lfe + associated_data {
            copy.bits(4)?;
        }
        for _ in 0..coupling {
            copy.bits(5)?;
        }
        // Each of the two is aligned to its own beginning.
        copy.reader.align()?;
        copy.bits.resize(copy.bits.len().next_multiple_of(8), false);
        let comment = copy.bits(8)?;
        for _ in 0..comment {
            copy.bits(8)?;
        }
        Some(Self { channels: u8::try_from(channels).ok()?, element: copy.into_bytes() })
    }
}

/// Reads fields, and keeps a copy of their bits.
struct Copy<'a, 'b> {
    reader: &'a mut BitReader<'b>,
    bits: Vec<bool>,
}

impl Copy<'_, '_> {
    fn bits(&mut self, count: u32) -> Option<u32> {
        let value = self.reader.bits(count)?;
        self.write(value, count);
        Some(value)
    }

    fn write(&mut self, value: u32, count: u32) {
        self.bits.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
    }

    fn into_bytes(self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
        self.bits.chunks(8).map(byte).collect()
    }
}
