use super::*;
use proptest::prelude::*;

/// Writes an SPS bit by bit, as the specification's table lists it, to be read by us and by the oracle.
#[derive(Clone, Debug)]
struct Written {
    profile: u8,
    level: u8,
    chroma_format: u32,
    width_in_macroblocks: u32,
    height_in_map_units: u32,
    frame_mbs_only: bool,
    crop: Option<[u32; 4]>,
    aspect: Option<(u8, u32, u32)>,
    timing: Option<(u32, u32)>,
}

#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        self.0.extend((0..count).rev().map(|shift| value >> shift & 1 == 1));
    }

    fn ue(&mut self, value: u32) {
        let length = (value + 1).ilog2();
        self.put(0, length);
        self.put(value + 1, length + 1);
    }

    /// With `rbsp_trailing_bits` and emulation prevention.
    fn into_nal(mut self, header: u8) -> Vec<u8> {
        self.put(1, 1);
        while !self.0.len().is_multiple_of(8) {
            self.put(0, 1);
        }
        let mut nal = vec![header];
        let mut zeros = 0;
        for byte in self.0.chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))) {
            if zeros >= 2 && byte <= 3 {
                nal.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            nal.push(byte);
        }
        nal
    }
}

impl Written {
    fn to_nal(&self) -> Vec<u8> {
        let mut bits = Bits::default();
        bits.put(self.profile.into(), 8);
        bits.put(0, 8);
        bits.put(self.level.into(), 8);
        bits.ue(0);
        if self.profile >= 100 {
            bits.ue(self.chroma_format);
            if self.chroma_format == 3 {
                bits.put(0, 1);
            }
            bits.ue(0);
            bits.ue(0);
            bits.put(0, 2);
        }
        bits.ue(0);
        bits.ue(2);
        bits.ue(4);
        bits.put(0, 1);
        bits.ue(self.width_in_macroblocks - 1);
        bits.ue(self.height_in_map_units - 1);
        bits.put(self.frame_mbs_only.into(), 1);
        if !self.frame_mbs_only {
            bits.put(0, 1);
        }
        bits.put(1, 1);
        bits.put(self.crop.is_some().into(), 1);
        self.crop.iter().flatten().for_each(|side| bits.ue(*side));
        bits.put(1, 1);
        bits.put(self.aspect.is_some().into(), 1);
        if let Some((index, width, height)) = self.aspect {
            bits.put(index.into(), 8);
            if index == 255 {
                bits.put(width, 16);
                bits.put(height, 16);
            }
        }
        bits.put(0, 3);
        bits.put(self.timing.is_some().into(), 1);
        if let Some((units, scale)) = self.timing {
            bits.put(units, 32);
            bits.put(scale, 32);
            bits.put(1, 1);
        }
        bits.put(0, 4);
        bits.into_nal(0x67)
    }
}

prop_compose! {
    fn written()(
        (profile, chroma_format) in prop::sample::select(vec![(66_u8, 1), (77, 1), (100, 0), (100, 1), (122, 2), (244, 3)]),
        width_in_macroblocks in 2..300_u32,
        height_in_map_units in 2..300_u32,
        frame_mbs_only: bool,
        crop in prop::option::of(prop::array::uniform4(0..4_u32)),
        aspect in prop::option::of((prop::sample::select(vec![0_u8, 1, 2, 14, 16, 255]), 1..5000_u32, 1..5000_u32)),
        timing in prop::option::of((1..100_000_u32, 1..100_000_000_u32)),
    ) -> Written {
        Written { profile, level: 62, chroma_format, width_in_macroblocks, height_in_map_units, frame_mbs_only, crop, aspect, timing }
    }
}

proptest! {
    #[test]
    fn an_sps_reads_as_h264_reader_reads_it(written in written()) {
        let nal = written.to_nal();
        let ours = SequenceParameterSet::parse(&nal).unwrap();
        let rbsp = h264_reader::rbsp::decode_nal(&nal).unwrap();
        let oracle = h264_reader::nal::sps::SeqParameterSet::from_bits(h264_reader::rbsp::BitReader::new(&*rbsp)).unwrap();
        prop_assert_eq!(oracle.pixel_dimensions().unwrap(), (ours.width, ours.height));
        let vui = oracle.vui_parameters.unwrap();
        let aspect = vui.aspect_ratio_info.and_then(|info| info.get()).map_or((1, 1), |(w, h)| (w.into(), h.into()));
        prop_assert_eq!(aspect, ours.sample_aspect_ratio);
        let rate = vui.timing_info.map(|timing| (timing.time_scale, timing.num_units_in_tick * 2));
        prop_assert_eq!(rate, ours.frame_rate);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), nal_length_size in 0..9_u8) {
        let _ = SequenceParameterSet::parse(&bytes);
        let _ = SequenceParameterSet::parse(&[&[0x67], &bytes[..]].concat());
        let _ = AvcConfig::parse(&bytes);
        let _ = AvcConfig::parse(&[&[1, 100, 0, 31, 0xff, 0xe1, 0, 30], &bytes[..]].concat());
        if frame_facts(&bytes, nal_length_size, is_idr).is_ok() {
            let mut tidy = Vec::new();
            copy_nal_units(&bytes, nal_length_size, &mut tidy).unwrap();
            let size = if nal_length_size == 3 { 4 } else { nal_length_size };
            prop_assert!(!frame_facts(&tidy, size, is_idr).unwrap().untidy);
        }
    }

    #[test]
    fn no_damage_to_an_sps_panics(written in written(), at: prop::sample::Index, bit in 0..8) {
        let mut nal = written.to_nal();
        let at = at.index(nal.len());
        nal[at] ^= 1_u8 << bit;
        let _ = SequenceParameterSet::parse(&nal);
        let _ = SequenceParameterSet::parse(&nal[..at]);
    }
}

fn hd() -> Vec<u8> {
    Written {
        profile: 100,
        level: 31,
        chroma_format: 1,
        width_in_macroblocks: 120,
        height_in_map_units: 68,
        frame_mbs_only: true,
        crop: Some([0, 0, 0, 4]),
        aspect: Some((1, 0, 0)),
        timing: Some((1, 50)),
    }
    .to_nal()
}

fn record(length_size: u8, sps: &[&[u8]], pps: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![1, 100, 0, 31, 0xfc | (length_size - 1), 0xe0 | sps.len() as u8];
    let sets = |bytes: &mut Vec<u8>, sets: &[&[u8]]| {
        for set in sets {
            bytes.extend_from_slice(&(set.len() as u16).to_be_bytes());
            bytes.extend_from_slice(set);
        }
    };
    sets(&mut bytes, sps);
    bytes.push(pps.len() as u8);
    sets(&mut bytes, pps);
    bytes
}

#[test]
fn full_hd_is_cropped_to_1080_lines() {
    let config = AvcConfig::parse(&record(4, &[&hd()], &[&[0x68, 0xee]])).unwrap();
    assert_eq!((config.nal_length_size, config.sps.width, config.sps.height), (4, 1920, 1080));
    assert_eq!(config.sps.frame_rate, Some((50, 2)));
    assert_eq!(config.codec_string(), "avc1.64001f");
}

#[test]
fn length_sizes_and_counts_of_parameter_sets() {
    for length_size in [1, 2, 3, 4] {
        let bytes = record(length_size, &[&hd(), &[0x67, 1]], &[&[0x68], &[0x68, 1]]);
        assert_eq!(AvcConfig::parse(&bytes).unwrap().nal_length_size, length_size);
    }
    for (sps, pps) in [(&[][..], &[&[0x68][..]][..]), (&[&hd()[..]], &[]), (&[&[]], &[&[0x68]])] {
        assert!(AvcConfig::parse(&record(4, sps, pps)).is_err());
    }
}

#[test]
fn every_cut_of_a_record_is_an_error() {
    let whole = record(4, &[&hd()], &[&[0x68, 0xee]]);
    for end in 0..whole.len() {
        assert!(AvcConfig::parse(&whole[..end]).is_err(), "{end}");
    }
}

#[test]
fn an_idr_slice_makes_a_keyframe() {
    let idr = [0, 0, 0, 2, 0x09, 0x10, 0, 0, 0, 1, 0x65];
    assert_eq!(frame_facts(&idr, 4, is_idr), Ok(FrameFacts { random_access: true, untidy: false }));
    assert_eq!(frame_facts(&[0, 1, 0x41], 2, is_idr), Ok(FrameFacts { random_access: false, untidy: false }));
}

#[test]
fn empty_nal_units_and_stray_bytes_are_left_out() {
    let untidy = [0, 0, 0, 0, 0, 0, 0, 1, 0x65, 0, 0];
    assert_eq!(frame_facts(&untidy, 4, is_idr), Ok(FrameFacts { random_access: true, untidy: true }));
    let mut tidy = Vec::new();
    copy_nal_units(&untidy, 4, &mut tidy).unwrap();
    assert_eq!(tidy, [0, 0, 0, 1, 0x65]);
}

#[test]
fn lengths_of_three_bytes_become_four() {
    let frame = [0, 0, 1, 0x65, 0, 0, 0, 0, 0, 2, 0x41, 0x9a];
    assert!(frame_facts(&frame, 3, is_idr).unwrap().untidy);
    let mut tidy = Vec::new();
    copy_nal_units(&frame, 3, &mut tidy).unwrap();
    assert_eq!(tidy, [0, 0, 0, 1, 0x65, 0, 0, 0, 2, 0x41, 0x9a]);
}

#[test]
fn a_nal_unit_longer_than_its_frame_is_an_error() {
    for frame in [&[][..], &[0, 0, 0, 0], &[0, 0, 0, 2, 0x65]] {
        assert!(matches!(frame_facts(frame, 4, is_idr), Err(Error::Truncated { .. })), "{frame:x?}");
    }
}
