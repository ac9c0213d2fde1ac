//! Reads bit fields, most significant bit first, as the MPEG and ITU-T specifications write them.

/// Reads bits from a slice; every read past the end is `None`, and nothing panics.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    /// Index of the byte that `bit` is in.
    at: usize,
    /// Bits of the current byte already read, 0..=7.
    bit: u8,
    /// Zero bytes just before `at`, counted in a NAL unit only.
    zeros: u8,
    in_nal: bool,
}

impl<'a> BitReader<'a> {
    /// Reads `bytes` as they are.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, bit: 0, zeros: 0, in_nal: false }
    }

    /// Reads the payload of an H.264 or H.265 NAL unit: passes over `emulation_prevention_three_byte`
    /// (ITU-T H.264 section 7.4.1.1).
    #[must_use]
    pub const fn of_nal(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, bit: 0, zeros: 0, in_nal: true }
    }

    /// One bit.
    pub fn flag(&mut self) -> Option<bool> {
        let byte = *self.bytes.get(self.at)?;
        let value = byte >> (7 - self.bit) & 1 == 1;
        self.bit += 1;
        if self.bit == 8 {
            self.bit = 0;
            self.leave(byte);
        }
        Some(value)
    }

    /// Steps past the byte at `at`, and past an emulation prevention byte behind it.
    fn leave(&mut self, byte: u8) {
        self.at += 1;
        if !self.in_nal {
            return;
        }
        self.zeros = if byte == 0 { self.zeros.saturating_add(1) } else { 0 };
        if self.zeros >= 2 && self.bytes.get(self.at) == Some(&3) {
            self.at += 1;
            self.zeros = 0;
        }
    }

    /// An unsigned number of `count` bits, 0 to 32.
    pub fn bits(&mut self, count: u32) -> Option<u32> {
        debug_assert!(count <= 32, "a field of more than 32 bits");
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(self.flag()?);
        }
        Some(value)
    }

    /// An unsigned number of `count` bits, 0 to 8.
    pub fn byte(&mut self, count: u32) -> Option<u8> {
        debug_assert!(count <= 8, "a byte has eight bits");
        #[allow(clippy::cast_possible_truncation)]
        self.bits(count).map(|value| value as u8)
    }

    /// Passes over `count` bits.
    pub fn skip(&mut self, count: usize) -> Option<()> {
        for _ in 0..count {
            self.flag()?;
        }
        Some(())
    }

    /// Passes over what is left of the current byte.
    pub fn align(&mut self) -> Option<()> {
        if self.bit == 0 { Some(()) } else { self.skip(usize::from(8 - self.bit)) }
    }

    /// `ue(v)`, an unsigned Exp-Golomb code (ITU-T H.264 section 9.1).
    pub fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.bits(zeros)?)
    }

    /// `se(v)`, a signed Exp-Golomb code (ITU-T H.264 section 9.1.1).
    pub fn se(&mut self) -> Option<i32> {
        let code = self.ue()?;
        #[allow(clippy::cast_possible_wrap)]
        let magnitude = code.div_ceil(2) as i32;
        Some(if code % 2 == 1 { magnitude } else { -magnitude })
    }

    /// How many bits are left; in a NAL unit, those of emulation prevention bytes still to come included.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        (self.bytes.len() - self.at) * 8 - self.bit as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_golomb_codes_follow_table_9_2() {
        // 1, 010, 011, 00100, 00101, padding.
        let mut reader = BitReader::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        for expected in 0..5 {
            assert_eq!(reader.ue(), Some(expected));
        }
        let mut reader = BitReader::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        assert_eq!([(); 5].map(|()| reader.se()), [Some(0), Some(1), Some(-1), Some(2), Some(-2)]);
    }

    #[test]
    fn the_longest_code_fits_and_a_longer_one_is_none() {
        // 31 zeros, a one, 31 ones: 2^32 - 2.
        let mut reader = BitReader::new(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(reader.ue(), Some(u32::MAX - 1));
        assert_eq!(BitReader::new(&[0, 0, 0, 0, 0xff, 0xff]).ue(), None);
        let mut reader = BitReader::new(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(reader.se(), Some(-i32::MAX));
    }

    #[test]
    fn emulation_prevention_is_passed_over_in_a_nal_unit_only() {
        let bytes = [0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 2];
        let mut reader = BitReader::of_nal(&bytes);
        let read: Vec<_> = core::iter::from_fn(|| reader.byte(8)).collect();
        assert_eq!(read, [0, 0, 1, 0, 0, 0, 0, 2]);
        let mut reader = BitReader::new(&bytes);
        assert_eq!(core::iter::from_fn(|| reader.byte(8)).collect::<Vec<_>>(), bytes);
    }

    #[test]
    fn the_end_is_none() {
        let mut reader = BitReader::new(&[0xff]);
        assert_eq!((reader.bits(5), reader.remaining()), (Some(31), 3));
        assert_eq!((reader.align(), reader.remaining(), reader.flag()), (Some(()), 0, None));
    }
}
