//! Codecs besides AVC, AAC and MP3, changes from one to another, and several tracks of a kind.

use super::stream::{AAC_44100, AVC_180P, Flv, Fragment, Player, Seen};
use crate::pipeline::Track;
use flvgate_media::flv::TagType::{Audio, Video};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// From libaom: 192 x 108; a frame is a temporal unit with nothing that anybody looks at.
const AV1: &[u8] = b"\x81\x00\x0c\x00\x0a\x0a\x00\x00\x00\x03\xb5\xfe\xb3\x6b\xe4\x01";
const OPUS_HEAD: &[u8] = b"OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00";

fn av1_key(flv: Flv, at: u32) -> Flv {
    flv.raw(Video, at, b"\x91av01\x12\x00\x32\x01\x10")
}

fn opus(flv: Flv, at: u32) -> Flv {
    flv.raw(Audio, at, b"\x91Opus\x78\x01")
}

#[test]
fn a_video_codec_changes_in_place_and_back() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 1000));
    let flv = Flv::more().raw(Video, 1000, &[b"\x90av01", AV1].concat());
    player.push(&av1_key(av1_key(flv, 1000).aac(1010), 1040));
    player.push(&Flv::more().video_header(AVC_180P).both(1080, 1000));
    assert_eq!(player.tracks(), [(true, true)]);
    assert_eq!(
        player.mimes(),
        [
            "video/mp4; codecs=\"avc1.64000c\"",
            "audio/mp4; codecs=\"mp4a.40.2\"",
            "video/mp4; codecs=\"av01.0.00M.08\"",
            "video/mp4; codecs=\"avc1.64000c\"",
        ]
    );
    // The initialization segment comes right before the first frame that it is for, a keyframe.
    let changes =
        player.seen.windows(2).filter(|pair| matches!(pair[0], Seen::Init { track: Track::Video, .. }));
    for pair in changes.skip(1) {
        assert!(
            matches!(&pair[1], Seen::Fragment(frame) if frame.track == Track::Video && frame.keyframe),
            "{pair:?}"
        );
    }
    assert!(player.longest_freeze_ms() < 40.1);
    player.assert_plays();
}

#[test]
fn frames_of_the_codec_before_are_left_out() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 200));
    let frames = player.fragments(Track::Video).len();
    let flv = Flv::more().raw(Video, 200, &[b"\x90av01", AV1].concat()).key(200).inter(240);
    player.push(&av1_key(flv, 280));
    assert_eq!(player.fragments(Track::Video).len(), frames + 1);
    assert!(player.warnings().is_empty());
}

#[test]
fn an_audio_codec_changes_in_place() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 1000));
    let mut flv = Flv::more().raw(Audio, 1000, &[b"\x90Opus", OPUS_HEAD].concat()).key(1000);
    for index in 0..50 {
        flv = opus(flv, 1000 + index * 20).inter(1010 + index * 20);
    }
    player.push(&flv);
    assert_eq!(player.tracks(), [(true, true)]);
    assert_eq!(player.mimes().last(), Some(&"audio/mp4; codecs=\"opus\""));
    let durations: Vec<_> = player.fragments(Track::Audio).iter().map(|audio| audio.duration).collect();
    assert!(durations.ends_with(&[0.02; 50]));
    assert!((player.end_ms(Track::Audio) - 2000.0).abs() < 25.0);
    // Less than a sample is lost to the other sampling rate.
    let audio = player.fragments(Track::Audio);
    let gap = |pair: &[&Fragment]| pair[1].decode_time - pair[0].decode_time - pair[0].duration;
    assert!(audio.windows(2).map(gap).all(|gap| (-1e-9..3e-5).contains(&gap)));
}

#[test]
fn av1_without_a_sequence_header_in_its_record_waits_for_a_keyframe() {
    let keyframe = [b"\x91av01", &AV1[4..]].concat();
    let flv = Flv::new(false, true).raw(Video, 0, b"\x90av01").raw(Video, 0, b"\x90av01\x81\x00\x0c\x00");
    let mut player = Player::default();
    player.push(&flv.raw(Video, 0, b"\xa1av01\x32\x01\x10").raw(Video, 40, &keyframe)).wait(1000.0);
    assert_eq!(player.mimes(), ["video/mp4; codecs=\"av01.0.00M.08\""]);
    assert_eq!(player.fragments(Track::Video).len(), 1);
    assert!(player.warnings().is_empty());
}

#[test]
fn g711_is_handed_over_as_it_is_under_its_name() {
    let mut flv = Flv::new(true, true).video_header(AVC_180P).key(0);
    for index in 0..10_u8 {
        flv = flv.raw(Audio, u32::from(index) * 40, &[&[0x76], &[index; 320][..]].concat());
    }
    let mut player = Player::default();
    player.push(&flv);
    assert_eq!((player.tracks(), player.mimes()[1]), (vec![(true, true)], "audio/PCMA"));
    let info = player.pipeline.info();
    assert_eq!((info.audio_codec.as_deref(), info.sample_rate, info.channels), (Some("alaw"), 8000, 1));
    let audio = player.fragments(Track::Audio);
    assert_eq!(audio.len(), 10);
    assert!(audio.iter().enumerate().all(|(index, frame)| frame.data == [index as u8; 320]));
    assert!(audio.iter().all(|frame| frame.duration == 0.04));
    // Two channels of mu-law are another configuration.
    player.push(&Flv::more().raw(Audio, 400, &[&[0x87], &[0; 640][..]].concat()));
    assert_eq!(player.mimes().last(), Some(&"audio/PCMU;channels=2"));
    assert_eq!(player.pipeline.info().channels, 2);
}

#[test]
fn ac3_is_configured_by_its_frames() {
    let frame = b"\x0b\x77\xfc\x8a\x08\x40\x43\xe1\x06\xf0\x01";
    let mut flv = Flv::new(true, false).raw(Audio, 0, b"\x90ac-3");
    for index in 0..5 {
        flv = flv.raw(Audio, index * 32, &[b"\x91ac-3", &frame[..]].concat());
    }
    let mut player = Player::default();
    player.push(&flv.raw(Audio, 160, b"\x91ac-3junk")).wait(1000.0);
    assert_eq!(player.mimes(), ["audio/mp4; codecs=\"ac-3\""]);
    assert_eq!(player.fragments(Track::Audio).len(), 5);
    assert_eq!((player.end_ms(Track::Audio), player.warnings().len()), (160.0, 1));
}

#[test]
fn lengths_of_any_size_play() {
    for size in 1..=4_usize {
        let mut record = AVC_180P.to_vec();
        record[4] = 0xfc | (size - 1) as u8;
        let frame = [&[0x17, 1, 0, 0, 0][..], &[0, 0, 0, 2][4 - size..], &[0x65, 0x88]].concat();
        let mut player = Player::default();
        player.push(&Flv::new(false, true).video_header(&record).raw(Video, 0, &frame)).wait(1000.0);
        let [video] = &player.fragments(Track::Video)[..] else { panic!("{size}") };
        let written = if size == 3 { 4 } else { size };
        assert!(video.data.ends_with(&frame[5..][..if size == 3 { 0 } else { size + 2 }]), "{size}");
        assert!(video.data.ends_with(&[2, 0x65, 0x88]));
        let Some(Seen::Init { data, .. }) = player.seen.iter().find(|seen| matches!(seen, Seen::Init { .. }))
        else {
            panic!("{size}")
        };
        let at = data.windows(4).position(|name| name == b"avcC").unwrap();
        assert_eq!(usize::from(data[at + 8] & 3) + 1, written);
    }
}

/// A keyframe and AAC of two tracks each, in the form of the multitrack packet that `head` says.
fn two_tracks() -> Flv {
    let many = |packet_type: u8, parts: [(u8, &[u8]); 2]| {
        let mut body = vec![0x96, 0x10 | packet_type];
        body.extend_from_slice(b"avc1");
        for (id, data) in parts {
            body.push(id);
            body.extend_from_slice(&(data.len() as u32).to_be_bytes()[1..]);
            body.extend_from_slice(data);
        }
        body
    };
    let one =
        |id: u8, packet_type: u8, data: &[u8]| [&[0x95, packet_type], &b"mp4a"[..], &[id], data].concat();
    let key = |last| [0, 0, 0, 0, 0, 0, 2, 0x65, last];
    Flv::new(true, true)
        .raw(Video, 0, &many(0, [(4, super::stream::AVC_360P), (2, AVC_180P)]))
        .raw(Audio, 0, &one(1, 0, &[0x11, 0x90]))
        .raw(Audio, 0, &one(0, 0, AAC_44100))
        .raw(Audio, 0, &one(1, 1, &[0x21, 1]))
        .raw(Audio, 0, &one(0, 1, &[0x21, 0]))
        .raw(Video, 0, &many(1, [(4, &key(4)), (2, &key(2))]))
}

#[test]
fn of_several_tracks_the_lowest_plays_and_the_others_are_no_errors() {
    let mut player = Player::default();
    player.push(&two_tracks());
    assert!(player.warnings().is_empty());
    let info = player.pipeline.info();
    assert_eq!((info.width, info.sample_rate), (320, 44_100));
    let last =
        |track| player.fragments(track).iter().map(|frame| *frame.data.last().unwrap()).collect::<Vec<_>>();
    assert_eq!((last(Track::Video), last(Track::Audio)), (vec![2], vec![0]));
}

#[test]
fn a_track_can_be_chosen() {
    let mut player = Player::default();
    player.pipeline.select_track(Track::Video, Some(4));
    player.pipeline.select_track(Track::Audio, Some(1));
    player.push(&two_tracks());
    let info = player.pipeline.info();
    assert_eq!((info.width, info.sample_rate), (640, 48_000));
    let last =
        |track| player.fragments(track).iter().map(|frame| *frame.data.last().unwrap()).collect::<Vec<_>>();
    assert_eq!((last(Track::Video), last(Track::Audio)), (vec![4], vec![1]));
}

#[test]
fn nanoseconds_move_the_picture_and_channel_layouts_do_no_harm() {
    let flv = Flv::new(true, true)
        .raw(Video, 0, &[b"\x90avc1", AVC_180P].concat())
        .raw(Audio, 0, &[b"\x90mp4a", AAC_44100].concat())
        .raw(Audio, 0, b"\x94mp4a\x01\x02\x00\x00\x00\x03")
        .raw(Video, 0, b"\x97\x02\x0a\x2c\x2a\x03avc1\x00\x00\x00\x02\x65\x88")
        .raw(Audio, 0, b"\x97\x02\x01\x02\x03\x01mp4a\x21\x10\x05");
    let mut player = Player::default();
    player.push(&flv);
    assert!(player.warnings().is_empty());
    let [video, audio] = [Track::Video, Track::Audio].map(|track| player.fragments(track));
    assert_eq!((video.len(), audio.len()), (1, 1));
    // 666,666 ns in ticks of 90 kHz.
    assert_eq!((video[0].presentation_time() * 90_000.0).round() as i64, 59);
}
