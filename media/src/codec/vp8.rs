//! VP8 (RFC 6386) as FLV carries it.

/// Width and height in samples of a keyframe; `None` for another frame (RFC 6386 section 9.1).
#[must_use]
pub fn picture_size(frame: &[u8]) -> Option<(u32, u32)> {
    let &[tag, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..] = frame else { return None };
    // The two upper bits are how much it is to be scaled up.
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    (tag & 1 == 0).then(|| (side(w0, w1), side(h0, h1))).filter(|(width, height)| *width > 0 && *height > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyframe_has_a_size_and_another_frame_has_none() {
        let mut frame = *b"\x10\x02\x00\x9d\x01\x2a\x80\x02\x68\x41";
        assert_eq!(picture_size(&frame), Some((640, 360)));
        assert_eq!(picture_size(&frame[..9]), None);
        frame[0] |= 1;
        assert_eq!(picture_size(&frame), None);
    }
}
