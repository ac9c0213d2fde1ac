//! The size of pictures in the codecs of FLV's first years, whose frames say it themselves.

use crate::bits::BitReader;

/// Width and height in samples of the picture that a legacy video tag with `codec_id` has, as a player shows it; `data` is
/// what follows the tag's first byte. `None` for frames that do not say it, and for codecs not known here.
#[must_use]
pub fn picture_size(codec_id: u8, data: &[u8]) -> Option<(u32, u32)> {
    let (width, height) = match codec_id {
        2 => sorenson_h263(data)?,
        3 | 6 => screen_video(data)?,
        4 => vp6(data, 1)?,
        // With a plane of alpha: its offset is a number of three bytes more.
        5 => vp6(data, 4)?,
        _ => return None,
    };
    (width > 0 && height > 0).then_some((width, height))
}

/// `H263VIDEOPACKET` (SWF file format specification, "Sorenson H.263 bitstream format").
fn sorenson_h263(data: &[u8]) -> Option<(u32, u32)> {
    let mut r = BitReader::new(data);
    if r.bits(17)? != 1 {
        return None; // PictureStartCode
    }
    r.skip(5 + 8)?; // Version, TemporalReference
    Some(match r.bits(3)? {
        0 => (r.bits(8)?, r.bits(8)?),
        1 => (r.bits(16)?, r.bits(16)?),
        2 => (352, 288),
        3 => (176, 144),
        4 => (128, 96),
        5 => (320, 240),
        6 => (160, 120),
        _ => return None,
    })
}

/// `SCREENVIDEOPACKET`, and that of its second version (SWF file format specification, "Screen video bitstream format").
fn screen_video(data: &[u8]) -> Option<(u32, u32)> {
    let mut r = BitReader::new(data);
    r.skip(4)?; // BlockWidth
    let width = r.bits(12)?;
    r.skip(4)?; // BlockHeight
    Some((width, r.bits(12)?))
}

/// `VP6FLVVIDEOPACKET` (FLV specification, section E.4.3.1) and a keyframe's head (VP6 bitstream specification, section 9).
/// `before` is what stands before the frame, in bytes; the first of them is how much of the picture is not shown.
fn vp6(data: &[u8], before: usize) -> Option<(u32, u32)> {
    let adjustment = *data.first()?;
    let &[mode, version, ref rest @ ..] = data.get(before..)? else { return None };
    if mode & 0x80 != 0 {
        return None; // no keyframe
    }
    let has_offset = mode & 1 != 0 || version & 6 == 0;
    let rest = if has_offset { rest.get(2..)? } else { rest };
    // In macroblocks; then what is to be shown of them, which players of FLV pass over.
    let &[rows, columns, ..] = rest else { return None };
    let shown = |blocks: u8, hidden: u8| (u32::from(blocks) * 16).checked_sub(hidden.into());
    Some((shown(columns, adjustment >> 4)?, shown(rows, adjustment & 15)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sorenson_h263_has_common_sizes_by_number_and_others_in_full() {
        for (data, size) in [
            // 8 bits each: 160 and 120.
            (&[0, 0, 0x80, 0, 0x50, 0x3c, 0][..], Some((160, 120))),
            // 16 bits each: 640 and 360.
            (&[0, 0, 0x80, 0, 0x81, 0x40, 0x00, 0xb4, 0x00], Some((640, 360))),
            (&[0, 0, 0x80, 1, 0x00], Some((352, 288))),
            (&[0, 0, 0x80, 1, 0x80], Some((176, 144))),
            (&[0, 0, 0x80, 2, 0x00], Some((128, 96))),
            (&[0, 0, 0x80, 2, 0x80], Some((320, 240))),
            (&[0, 0, 0x80, 3, 0x00], Some((160, 120))),
            (&[0, 0, 0x80, 3, 0x80], None),
            (&[1, 0, 0x80, 1, 0x00], None),
        ] {
            assert_eq!(picture_size(2, data), size, "{data:02x?}");
        }
    }

    #[test]
    fn screen_video_has_twelve_bits_for_each_side() {
        assert_eq!(picture_size(3, &[0x32, 0x80, 0x31, 0x68]), Some((640, 360)));
        assert_eq!(picture_size(6, &[0x32, 0x80, 0x31, 0x68]), Some((640, 360)));
        assert_eq!(picture_size(3, &[0x32, 0x80, 0x31]), None);
    }

    #[test]
    fn vp6_counts_macroblocks_and_hides_some_samples() {
        // 640 x 368 of which 8 lines are hidden: simple profile, advanced profile, and with alpha.
        assert_eq!(picture_size(4, &[0x08, 0x00, 0x30, 0, 0, 23, 40, 23, 40]), Some((640, 360)));
        assert_eq!(picture_size(4, &[0x08, 0x00, 0x46, 23, 40, 23, 40]), Some((640, 360)));
        assert_eq!(picture_size(5, &[0x08, 0, 0, 9, 0x00, 0x46, 23, 40, 23, 40]), Some((640, 360)));
        assert_eq!(picture_size(4, &[0x08, 0x80, 0x46, 23, 40]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(codec_id in 0..16u8, data in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = picture_size(codec_id, &data);
        }
    }
}
