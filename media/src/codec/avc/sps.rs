use super::NAL_SPS;
use crate::bits::BitReader;
use crate::{Error, Result};

/// The facts of a sequence parameter set that a player and a server need (ITU-T H.264 section 7.3.2.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceParameterSet {
    /// `profile_idc`: 66 Baseline, 77 Main, 100 High, and so on.
    pub profile: u8,
    /// The constraint flags, `constraint_set0_flag` the highest bit.
    pub constraints: u8,
    /// `level_idc`: ten times the level.
    pub level: u8,
    /// `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub chroma_format: u8,
    /// Bits of a luma sample, 8 to 14.
    pub bit_depth: u8,
    /// Width after cropping, in samples.
    pub width: u32,
    /// Height after cropping, in samples.
    pub height: u32,
    /// Width and height of a sample; (1, 1) where unspecified.
    pub sample_aspect_ratio: (u32, u32),
    /// Frames per second as a fraction, where the stream states it.
    pub frame_rate: Option<(u32, u32)>,
}

/// Larger pictures than level 6.2 knows (ITU-T H.264 table A-1: 139 264 macroblocks, sides up to the root of 8 times
/// that) are no pictures.
const MAX_SIDE_IN_MACROBLOCKS: u32 = 1055;

impl SequenceParameterSet {
    /// Parses a NAL unit of type 7, its header byte included.
    ///
    /// # Errors
    /// When it is another NAL unit, cut short, or states an impossible picture.
    pub fn parse(nal: &[u8]) -> Result<Self> {
        let Some((&header, payload)) = nal.split_first() else {
            return Err(Error::Truncated { what: WHAT, expected: 1, got: 0 });
        };
        if header & 0x1f != NAL_SPS {
            return Err(Error::Invalid { what: "NAL unit type", expected: "7", got: (header & 0x1f).into() });
        }
        let mut reader = BitReader::of_nal(payload);
        let truncated = Error::Truncated { what: WHAT, expected: nal.len() + 1, got: nal.len() };
        let (mut sps, picture) = fields(&mut reader).ok_or(truncated)?;
        (sps.width, sps.height) = picture.cropped_size(sps.chroma_format)?;
        // What the optional part says helps, but a broken one must not cost the picture.
        if let Some(vui) = vui(&mut reader) {
            sps.sample_aspect_ratio = vui.sample_aspect_ratio.unwrap_or((1, 1));
            sps.frame_rate = vui.frame_rate;
        }
        Ok(sps)
    }
}

const WHAT: &str = "H.264 sequence parameter set";

struct Picture {
    width_in_macroblocks: u32,
    height_in_map_units: u32,
    frame_mbs_only: bool,
    /// Left, right, top, bottom, in units of the chroma format.
    crop: [u32; 4],
}

impl Picture {
    /// ITU-T H.264 equations 7-13 to 7-22.
    fn cropped_size(&self, chroma_format: u8) -> Result<(u32, u32)> {
        let fields = if self.frame_mbs_only { 1 } else { 2 };
        let check = |what, side: u32| {
            if (1..=MAX_SIDE_IN_MACROBLOCKS).contains(&side) {
                Ok(side * 16)
            } else {
                Err(Error::Invalid { what, expected: "1 to 1055 macroblocks", got: side.into() })
            }
        };
        let width = check("H.264 width", self.width_in_macroblocks)?;
        let height = check("H.264 height", self.height_in_map_units.saturating_mul(fields))?;
        let (unit_x, unit_y) = match chroma_format {
            1 => (2, 2 * fields),
            2 => (2, fields),
            _ => (1, fields),
        };
        let [left, right, top, bottom] = self.crop;
        let cropped = |size: u32, a: u32, b: u32, unit: u32| {
            size.checked_sub(a.checked_add(b)?.checked_mul(unit)?).filter(|size| *size > 0)
        };
        let too_much = |crop: u32| Error::Invalid {
            what: "H.264 cropping",
            expected: "less than the picture",
            got: crop.into(),
        };
        Ok((
            cropped(width, left, right, unit_x).ok_or(too_much(right))?,
            cropped(height, top, bottom, unit_y).ok_or(too_much(bottom))?,
        ))
    }
}

/// Everything up to the cropping; the caller works out width and height.
fn fields(r: &mut BitReader<'_>) -> Option<(SequenceParameterSet, Picture)> {
    let (profile, constraints, level) = (r.byte(8)?, r.byte(8)?, r.byte(8)?);
    r.ue()?; // seq_parameter_set_id
    let (mut chroma_format, mut bit_depth) = (1, 8);
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        chroma_format = u8::try_from(r.ue()?).ok().filter(|format| *format <= 3)?;
        let separate_planes = chroma_format == 3 && r.flag()?; // separate_colour_plane_flag
        let depth_minus_8 = u8::try_from(r.ue()?).ok().filter(|depth| *depth <= 6)?;
        bit_depth = 8 + depth_minus_8;
        r.ue()?; // bit_depth_chroma_minus8
        r.flag()?; // qpprime_y_zero_transform_bypass_flag
        if r.flag()? {
            scaling_lists(r, if chroma_format == 3 { 12 } else { 8 })?;
        }
        if separate_planes {
            chroma_format = 3;
        }
    }
    r.ue()?; // log2_max_frame_num_minus4
    match r.ue()? {
        0 => {
            r.ue()?; // log2_max_pic_order_cnt_lsb_minus4
        }
        1 => {
            r.flag()?; // delta_pic_order_always_zero_flag
            r.se()?; // offset_for_non_ref_pic
            r.se()?; // offset_for_top_to_bottom_field
            let count = r.ue()?; // num_ref_frames_in_pic_order_cnt_cycle
            for _ in 0..Some(count).filter(|count| *count <= 255)? {
                r.se()?; // offset_for_ref_frame
            }
        }
        _ => {}
    }
    r.ue()?; // max_num_ref_frames
    r.flag()?; // gaps_in_frame_num_value_allowed_flag
    let width_in_macroblocks = r.ue()?.checked_add(1)?;
    let height_in_map_units = r.ue()?.checked_add(1)?;
    let frame_mbs_only = r.flag()?;
    if !frame_mbs_only {
        r.flag()?; // mb_adaptive_frame_field_flag
    }
    r.flag()?; // direct_8x8_inference_flag
    let crop = if r.flag()? { [r.ue()?, r.ue()?, r.ue()?, r.ue()?] } else { [0; 4] };
    let sps = SequenceParameterSet {
        profile,
        constraints,
        level,
        chroma_format,
        bit_depth,
        width: 0,
        height: 0,
        sample_aspect_ratio: (1, 1),
        frame_rate: None,
    };
    Some((sps, Picture { width_in_macroblocks, height_in_map_units, frame_mbs_only, crop }))
}

/// Passes over the scaling lists (ITU-T H.264 section 7.3.2.1.1.1).
fn scaling_lists(r: &mut BitReader<'_>, count: usize) -> Option<()> {
    for list in 0..count {
        if !r.flag()? {
            continue;
        }
        let (mut last, mut next) = (8_i32, 8_i32);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                next = last.wrapping_add(r.se()?).rem_euclid(256);
            }
            if next != 0 {
                last = next;
            }
        }
    }
    Some(())
}

#[derive(Default)]
struct Vui {
    sample_aspect_ratio: Option<(u32, u32)>,
    frame_rate: Option<(u32, u32)>,
}

/// `aspect_ratio_idc` 1 to 16 (ITU-T H.264 table E-1).
const ASPECT_RATIOS: [(u32, u32); 16] = [
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];

/// The video usability information up to the timing (ITU-T H.264 section E.1.1).
fn vui(r: &mut BitReader<'_>) -> Option<Vui> {
    let mut vui = Vui::default();
    if !r.flag()? {
        return Some(vui);
    }
    if r.flag()? {
        vui.sample_aspect_ratio = match r.byte(8)? {
            255 => Some((r.bits(16)?, r.bits(16)?)).filter(|(width, height)| *width > 0 && *height > 0),
            index => ASPECT_RATIOS.get(usize::from(index.wrapping_sub(1))).copied(),
        };
    }
    // A cut behind the aspect ratio leaves the aspect ratio standing.
    vui.frame_rate = timing(r).flatten();
    Some(vui)
}

fn timing(r: &mut BitReader<'_>) -> Option<Option<(u32, u32)>> {
    if r.flag()? {
        r.flag()?; // overscan_appropriate_flag
    }
    if r.flag()? {
        r.skip(3 + 1)?; // video_format, video_full_range_flag
        if r.flag()? {
            r.skip(3 * 8)?; // colour_primaries, transfer_characteristics, matrix_coefficients
        }
    }
    if r.flag()? {
        r.ue()?; // chroma_sample_loc_type_top_field
        r.ue()?; // chroma_sample_loc_type_bottom_field
    }
    if !r.flag()? {
        return Some(None);
    }
    let (units_in_tick, time_scale) = (r.bits(32)?, r.bits(32)?);
    // A frame is two ticks long, since a tick is a field's time (section E.2.1).
    Some(
        units_in_tick
            .checked_mul(2)
            .filter(|units| *units > 0 && time_scale > 0)
            .map(|units| (time_scale, units)),
    )
}
