use super::*;
use proptest::prelude::*;

const SPS: &[u8] = b"\x67\x64\x00\x0c\xac";
const PPS: &[u8] = b"\x68\xeb\xe3";
/// Picture parameter set 1.
const PPS_1: &[u8] = b"\x68\x5b\xe3";
const IDR: &[u8] = b"\x65\x88\x80";
const SLICE: &[u8] = b"\x41\x9a\x10";
const AUD: &[u8] = b"\x09\xf0";

fn record(length_size: u8, sps: &[&[u8]], pps: &[&[u8]]) -> Vec<u8> {
    let mut record = vec![1, 100, 0, 12, 0xfc | (length_size - 1)];
    for (flags, sets) in [(0xe0, sps), (0, pps)] {
        record.push(flags | sets.len() as u8);
        for set in sets {
            record.extend_from_slice(&(set.len() as u16).to_be_bytes());
            record.extend_from_slice(set);
        }
    }
    record
}

/// Behind its first keyframe.
fn avc() -> AnnexB {
    started(4)
}

fn started(length_size: u8) -> AnnexB {
    let mut annex_b = AnnexB::new(VideoCodec::Avc, &record(length_size, &[SPS], &[PPS])).unwrap();
    let mut keyframe = vec![0; length_size.into()];
    keyframe[usize::from(length_size) - 1] = 3;
    keyframe.extend_from_slice(IDR);
    assert_eq!(annex_b.write_access_unit(&keyframe, true, &mut Vec::new()), Ok(Some(true)));
    annex_b
}

#[test]
fn a_record_between_keyframes_goes_with_the_next_frame() {
    let mut annex_b = AnnexB::new(VideoCodec::Avc, &record(4, &[SPS], &[PPS])).unwrap();
    assert_written(&mut annex_b, &[SLICE], false, &[AUD, SPS, PPS, SLICE]);
    assert_written(&mut annex_b, &[SLICE], false, &[AUD, SLICE]);
}

fn frame(nal_units: &[&[u8]]) -> Vec<u8> {
    nal_units.iter().flat_map(|nal| [&(nal.len() as u32).to_be_bytes(), *nal].concat()).collect()
}

/// The NAL units of an access unit, by their start codes.
fn written(annex_b: &mut AnnexB, frame: &[u8], keyframe: bool) -> (Option<bool>, Vec<Vec<u8>>) {
    let mut out = Vec::new();
    let random_access = annex_b.write_access_unit(frame, keyframe, &mut out).unwrap();
    let text: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
    let nal_units = text.split("000001").skip(1).map(|nal| {
        let nal = nal.strip_suffix("00").unwrap_or(nal).as_bytes();
        nal.chunks(2).map(|hex| u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap()).collect()
    });
    (random_access, nal_units.collect())
}

fn assert_written(annex_b: &mut AnnexB, nal_units: &[&[u8]], keyframe: bool, expected: &[&[u8]]) {
    let (random_access, written) = written(annex_b, &frame(nal_units), keyframe);
    assert_eq!(written, expected);
    assert_eq!(random_access, Some(keyframe));
}

#[test]
fn parameter_sets_go_before_a_keyframe_and_a_delimiter_before_every_frame() {
    let mut annex_b = avc();
    assert_written(&mut annex_b, &[IDR], true, &[AUD, SPS, PPS, IDR]);
    assert_written(&mut annex_b, &[SLICE, SLICE], false, &[AUD, SLICE, SLICE]);
}

#[test]
fn start_codes_are_as_long_as_annex_b_wants_them() {
    let mut out = Vec::new();
    avc().write_access_unit(&frame(&[IDR]), true, &mut out).unwrap();
    let expected = [&[0, 0, 0, 1], AUD, &[0, 0, 0, 1], SPS, &[0, 0, 0, 1], PPS, &[0, 0, 1], IDR].concat();
    assert_eq!(out, expected);
}

#[test]
fn a_frame_that_has_its_parameter_sets_keeps_them_where_they_are() {
    let sei = &[6, 5, 1, 0, 0x80][..];
    assert_written(&mut avc(), &[AUD, sei, SPS, PPS, IDR], true, &[AUD, sei, SPS, PPS, IDR]);
}

#[test]
fn a_delimiter_of_the_frames_own_is_the_only_one_and_the_first() {
    let own = &[9, 0x10][..];
    assert_written(&mut avc(), &[own, SLICE, AUD], false, &[own, SLICE]);
    assert_written(&mut avc(), &[own, IDR], true, &[own, SPS, PPS, IDR]);
}

#[test]
fn parameter_sets_that_change_in_band_are_the_ones_in_force() {
    let mut annex_b = avc();
    let new_pps = &b"\x68\xeb\xe4"[..];
    assert_written(&mut annex_b, &[new_pps, IDR], true, &[AUD, SPS, new_pps, IDR]);
    assert_written(&mut annex_b, &[IDR], true, &[AUD, SPS, new_pps, IDR]);
    assert_written(&mut annex_b, &[PPS_1, SLICE], false, &[AUD, PPS_1, SLICE]);
    assert_written(&mut annex_b, &[IDR], true, &[AUD, SPS, new_pps, PPS_1, IDR]);
}

#[test]
fn several_parameter_sets_of_a_record_all_go() {
    let sps_1 = &b"\x67\x64\x00\x0c\x58"[..];
    let record = record(2, &[SPS, sps_1], &[PPS, PPS_1]);
    let mut annex_b = AnnexB::new(VideoCodec::Avc, &record).unwrap();
    let (random_access, nal_units) = written(&mut annex_b, b"\x00\x03\x65\x88\x80", false);
    assert_eq!(
        (random_access, nal_units),
        (Some(true), [AUD, SPS, sps_1, PPS, PPS_1, IDR].map(Into::into).into())
    );
}

#[test]
fn every_length_size_is_read() {
    for size in 1..=4_u8 {
        let mut annex_b = started(size);
        let mut frame = vec![0; usize::from(size)];
        frame[usize::from(size) - 1] = 3;
        frame.extend_from_slice(SLICE);
        assert_eq!(written(&mut annex_b, &frame, false).1, [AUD, SLICE]);
    }
}

#[test]
fn a_tag_without_a_picture_is_no_access_unit_and_its_parameter_sets_go_with_the_next() {
    let mut annex_b = avc();
    let new_pps = &b"\x68\xeb\xe4"[..];
    assert_eq!(written(&mut annex_b, &frame(&[AUD, new_pps]), false), (None, vec![]));
    assert_written(&mut annex_b, &[SLICE], false, &[AUD, SPS, new_pps, SLICE]);
    assert_written(&mut annex_b, &[SLICE], false, &[AUD, SLICE]);
    assert_eq!(written(&mut annex_b, &[], true), (None, vec![]));
}

#[test]
fn wrong_lengths_cost_the_frame_and_stray_bytes_cost_nothing() {
    let mut annex_b = avc();
    let mut out = Vec::new();
    let long = [&frame(&[IDR])[..], &[0, 0, 0, 9, 0x65]].concat();
    assert!(matches!(annex_b.write_access_unit(&long, true, &mut out), Err(Error::Truncated { .. })));
    assert_eq!(out, []);
    let stray = [&frame(&[b"", SLICE])[..], &[0, 0, 1]].concat();
    assert_eq!(written(&mut annex_b, &stray, false).1, [AUD, SLICE]);
}

#[test]
fn what_is_too_long_to_keep_is_passed_on() {
    let mut annex_b = avc();
    let long = [PPS, &[0x55; MAX_KEPT_LEN]].concat();
    assert_written(&mut annex_b, &[&long, IDR], true, &[AUD, SPS, &long, IDR]);
    assert_written(&mut annex_b, &[IDR], true, &[AUD, SPS, IDR]);
}

#[test]
fn hevc_has_a_delimiter_of_its_own_and_three_kinds_of_parameter_sets() {
    let (vps, pps, irap) = (&b"\x40\x01\x0c"[..], &b"\x44\x01\xc1"[..], &b"\x26\x01\xaf"[..]);
    let sps = &b"\x42\x01\x01\x01\x60\x00\x00\x03\x00\x90\x00\x00\x03\x00\x00\x03\x00\x5a\xa0\x05"[..];
    let mut record = vec![0; 22];
    record[21] = 3;
    record.push(3);
    // In an order that no decoder could use.
    for nal in [pps, sps, vps] {
        record.extend_from_slice(&[0xa0, 0, 1, 0, nal.len() as u8]);
        record.extend_from_slice(nal);
    }
    let mut annex_b = AnnexB::new(VideoCodec::Hevc, &record).unwrap();
    let aud = &b"\x46\x01\x50"[..];
    assert_written(&mut annex_b, &[irap], true, &[aud, vps, sps, pps, irap]);
    assert_written(&mut annex_b, &[b"\x02\x01\xd0"], false, &[aud, b"\x02\x01\xd0"]);
}

proptest! {
    #[test]
    fn no_bytes_panic(
        record in proptest::collection::vec(any::<u8>(), 0..60),
        frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..5),
    ) {
        for codec in [VideoCodec::Avc, VideoCodec::Hevc] {
            let Ok(mut annex_b) = AnnexB::new(codec, &record) else { continue };
            for frame in &frames {
                let _ = annex_b.write_access_unit(frame, false, &mut Vec::new());
            }
        }
    }
}

#[test]
fn parameter_sets_are_kept_within_a_bound_in_all() {
    // 64 of them, of almost 4 KiB each.
    let large: Vec<Vec<u8>> = (0..64u32)
        .map(|id| {
            // ue(v) of an id from 63 to 126: six zeros, then thirteen bits in all.
            let code = ((63 + id + 1) << (32 - 13)).to_be_bytes();
            [&[0x68], &code[..], &[0x55; 4000]].concat()
        })
        .collect();
    let large: Vec<&[u8]> = large.iter().map(Vec::as_slice).collect();
    let mut annex_b = avc();
    let mut out = Vec::new();
    annex_b.write_access_unit(&frame(&large), false, &mut out).unwrap();
    annex_b.write_access_unit(&frame(&[IDR]), true, &mut out).unwrap();
    assert!(out.len() < MAX_KEPT_IN_ALL + 1000, "{} bytes for a picture of {}", out.len(), IDR.len());
    // What was known before is among them, and a frame's own are not lost.
    let expected = [&[0, 0, 0, 1], SPS, &[0, 0, 0, 1], PPS].concat();
    assert!(out.windows(expected.len()).any(|window| window == expected));
    out.clear();
    annex_b.write_access_unit(&frame(&[large[63], IDR]), true, &mut out).unwrap();
    assert!(out.windows(large[63].len()).any(|window| window == large[63]));
}

#[test]
fn a_frame_of_very_many_parameter_sets_is_looked_through_once() {
    let sets: Vec<&[u8]> = core::iter::repeat_n(PPS, 200_000).chain([PPS_1, IDR]).collect();
    let mut annex_b = avc();
    let mut out = Vec::new();
    assert_eq!(annex_b.write_access_unit(&frame(&sets), true, &mut out), Ok(Some(true)));
    let expected =
        [&[0, 0, 0, 1], AUD, &[0, 0, 0, 1], SPS, &[0, 0, 0, 1], PPS, &[0, 0, 0, 1], PPS_1, &[0, 0, 1], IDR];
    assert_eq!(out, expected.concat());
}
