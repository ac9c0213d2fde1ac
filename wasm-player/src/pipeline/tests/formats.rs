//! Codecs and the tags they come in, sound and broken.

use super::stream::{AAC_44100, AVC_180P, Flv, Player, Seen};
use crate::pipeline::{Track, Warning};
use flvgate_media::Error;
use flvgate_media::flv::TagType;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A frame of MPEG-1 layer III, 128 kb/s, 44.1 kHz, stereo.
fn mp3_frame(fill: u8) -> Vec<u8> {
    let mut frame = vec![fill; 417];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x64]);
    frame
}

fn mp3_tag(flv: Flv, timestamp: u32, data: &[u8]) -> Flv {
    flv.raw(TagType::Audio, timestamp, &[&[0x2f], data].concat())
}

/// Beside one keyframe, each with its number in it.
fn forty_mp3_frames() -> Flv {
    let flv = Flv::new(true, true).video_header(AVC_180P).key(0);
    (0..40).fold(flv, |flv, at| mp3_tag(flv, at * 26, &mp3_frame(at as u8)))
}

#[test]
fn the_publishers_clock_comes_with_the_output_time_that_it_was_at() {
    let sei =
        [&[0, 0, 0, 32, 6, 5, 28][..], b"MISPmicrosectime", b"\x1f\0\0\xff\0\0\xff\0\x01\xff\xe2\x40\x80"];
    // Microseconds 123456; the frame shows 80 ms after it is decoded.
    let key = [&[0x17, 1, 0, 0, 80][..], &sei.concat(), &[0, 0, 0, 2, 0x65, 0x88]].concat();
    let script = b"\x02\x00\x04onFI\x03\x00\x02st\x02\x00\x0c10:00:01.250\0\0\x09";
    let mut player = Player::default();
    player.push(&Flv::usual().both(5000, 2000).raw(TagType::Video, 7000, &key).raw(
        TagType::Script,
        7000,
        script,
    ));
    let clocks: Vec<_> = player.seen.iter().filter(|seen| matches!(seen, Seen::Clock(..))).cloned().collect();
    assert_eq!(clocks, [Seen::Clock(123, 2080), Seen::Clock(1250, 2000)]);
}

#[test]
fn mp3_goes_out_raw_and_names_its_time_once() {
    let mut player = Player::default();
    player.push(&forty_mp3_frames());
    assert_eq!((player.tracks(), player.mimes()[1]), (vec![(true, true)], "audio/mpeg"));
    let audio = player.fragments(Track::Audio);
    assert_eq!(audio.len(), 40);
    for (index, frame) in audio.iter().enumerate() {
        assert_eq!(frame.data, mp3_frame(index as u8));
        assert_eq!(frame.set_timestamp_offset, index == 0);
        assert!((frame.decode_time - index as f64 * 1152.0 / 44_100.0).abs() < 1e-9);
    }
    assert_eq!(player.pipeline.info().audio_codec.as_deref(), Some("mp3"));
    player.push(&mp3_tag(Flv::more().key(90_000), 90_000, &mp3_frame(0)));
    let offsets: Vec<_> =
        player.fragments(Track::Audio).iter().map(|frame| frame.set_timestamp_offset).collect();
    assert_eq!(offsets.iter().filter(|due| **due).count(), 2);
    player.assert_plays();
}

#[test]
fn mp3_goes_out_in_fragments_if_it_is_wanted_so() {
    let mut player = Player::default();
    player.pipeline.wrap_mp3(true);
    player.push(&forty_mp3_frames());
    assert_eq!((player.tracks(), player.mimes()[1]), (vec![(true, true)], "audio/mp4; codecs=\"mp3\""));
    let audio = player.fragments(Track::Audio);
    assert_eq!(audio.len(), 40);
    for (index, frame) in audio.iter().enumerate() {
        assert!(frame.data.ends_with(&mp3_frame(index as u8)) && !frame.set_timestamp_offset);
        assert!((frame.decode_time - index as f64 * 1152.0 / 44_100.0).abs() < 1e-9);
    }
    player.assert_plays();
}

#[test]
fn mp3_frames_are_found_however_tags_cut_them() {
    let frames: Vec<_> = (0..12).map(mp3_frame).collect();
    let bytes = frames.concat();
    for piece in [100, 417, 420, 834, 1000, bytes.len()] {
        let mut flv = Flv::new(true, false);
        for (index, data) in bytes.chunks(piece).enumerate() {
            flv = mp3_tag(flv, (index * piece * 26 / 417) as u32, data);
        }
        let mut player = Player::default();
        player.push(&flv).wait(1000.0);
        let found: Vec<_> = player.fragments(Track::Audio).iter().map(|frame| frame.data.clone()).collect();
        assert_eq!(found, frames, "{piece}");
        assert!(player.warnings().is_empty());
    }
}

#[test]
fn a_lost_end_of_an_mp3_frame_costs_that_frame_only() {
    let mut flv = mp3_tag(Flv::new(true, false), 0, &mp3_frame(1));
    flv = mp3_tag(flv, 26, &mp3_frame(2)[..200]);
    flv = mp3_tag(flv, 52, &mp3_frame(3));
    flv = mp3_tag(flv, 78, &[&[1, 2, 3], &mp3_frame(4)[..]].concat());
    let mut player = Player::default();
    player.push(&flv).wait(1000.0);
    let last: Vec<_> = player.fragments(Track::Audio).iter().map(|frame| frame.data[416]).collect();
    assert_eq!(last, [1, 3, 4]);
    assert!(matches!(player.warnings()[..], [Warning::Malformed { track: Some(Track::Audio), .. }]));
}

#[test]
fn going_over_from_aac_to_mp3_rebuilds_the_media_source() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 1000));
    player.push(&mp3_tag(mp3_tag(Flv::more(), 1000, &mp3_frame(1)).key(1000), 1026, &mp3_frame(2)));
    assert_eq!(player.tracks(), [(true, true), (true, true)]);
    assert_eq!(player.mimes().last(), Some(&"audio/mpeg"));
    player.push(&Flv::more().audio_header(AAC_44100).both(1060, 100));
    assert_eq!(player.mimes().last(), Some(&"audio/mp4; codecs=\"mp4a.40.2\""));
    player.assert_plays();
}

#[test]
fn b_frames_keep_their_order_of_presentation() {
    let frame = |flv: Flv, at: u32, composition: i32, key: bool| {
        let [_, c2, c1, c0] = composition.to_be_bytes();
        let (head, nal) = if key { (0x17, 0x65) } else { (0x27, 0x41) };
        flv.raw(TagType::Video, at, &[head, 1, c2, c1, c0, 0, 0, 0, 2, nal, 1])
    };
    // As encoders write it, with all composition times positive; and as a server may, relative to the first.
    for shift in [0, -80] {
        let mut flv = Flv::new(false, true).video_header(AVC_180P);
        for (at, composition) in [(0, 80), (40, 200), (80, 80), (120, 0), (160, 40), (200, 200)] {
            flv = frame(flv, at + 1000, composition + shift, at == 0);
        }
        let mut player = Player::default();
        player.push(&flv);
        let shown: Vec<_> = player
            .fragments(Track::Video)
            .iter()
            .map(|video| (video.presentation_time() * 1000.0).round() as i64)
            .collect();
        assert_eq!(shown, [80, 240, 160, 120, 200, 400].map(|at| at + i64::from(shift)));
        player.assert_plays();
    }
}

#[test]
fn a_negative_first_composition_time_starts_at_zero() {
    let flv = Flv::new(false, true).video_header(AVC_180P);
    let flv = flv.raw(TagType::Video, 0, &[0x17, 1, 0xff, 0xff, 0xd8, 0, 0, 0, 2, 0x65, 1]);
    let mut player = Player::default();
    player.push(&flv.inter(40).inter(80).inter(120));
    let first = player.fragments(Track::Video)[0];
    assert_eq!((first.decode_time, first.presentation_time()), (0.04, 0.0));
}

#[test]
fn empty_and_cut_tags_are_passed_over() {
    let flv = Flv::usual()
        .raw(TagType::Video, 0, &[])
        .raw(TagType::Audio, 0, &[])
        .raw(TagType::Script, 0, &[])
        .raw(TagType::Video, 0, &[0x17, 1, 0, 0, 0])
        .raw(TagType::Audio, 0, &[0xaf, 1])
        .key(0);
    let mut player = Player::default();
    player.push(&flv);
    assert!(player.warnings().is_empty());
    let cut = Flv::more().raw(TagType::Video, 40, &[0x27, 1, 0]).raw(
        TagType::Video,
        40,
        &[0x27, 1, 0, 0, 0, 0, 0, 0, 9, 0x41],
    );
    player.push(&cut).push(&Flv::more().inter(40).raw(TagType::Audio, 40, &[0xaf]));
    assert_eq!(player.fragments(Track::Video).len(), 2);
    // One for each track, not one for each frame.
    assert!(matches!(
        player.warnings()[..],
        [
            Warning::Malformed { track: Some(Track::Video), error: Error::Truncated { .. } },
            Warning::Malformed { track: Some(Track::Audio), .. }
        ]
    ));
}

#[test]
fn a_broken_sequence_header_is_told_of_and_the_next_one_plays() {
    let mut player = Player::default();
    player.push(&Flv::new(true, true).audio_header(&[0x16, 0x90]).video_header(&AVC_180P[..20]).both(0, 200));
    assert_eq!(player.warnings().len(), 2);
    assert!(player.tracks().is_empty());
    player.push(&Flv::more().audio_header(AAC_44100).video_header(AVC_180P).both(200, 200));
    assert_eq!(player.tracks(), [(true, true)]);
    player.assert_plays();
}

#[test]
fn an_idr_slice_makes_a_keyframe_whatever_the_tag_says() {
    let mut player = Player::default();
    player.push(&Flv::usual().raw(TagType::Video, 0, &[0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 0x88]));
    assert_eq!(player.fragments(Track::Video).len(), 1);
}

#[test]
fn enhanced_tags_of_known_codecs_play() {
    let flv = Flv::new(true, true)
        .raw(TagType::Video, 0, &[b"\x90avc1", AVC_180P].concat())
        .raw(TagType::Audio, 0, &[b"\x90mp4a", AAC_44100].concat())
        .raw(TagType::Video, 0, b"\x91avc1\x00\x00\x00\x00\x00\x00\x02\x65\x88")
        .raw(TagType::Audio, 0, b"\x91mp4a\x21\x10\x05");
    let mut player = Player::default();
    player.push(&flv);
    assert_eq!((player.fragments(Track::Video).len(), player.fragments(Track::Audio).len()), (1, 1));
}
