//! Which tracks there are: by evidence, in time, and mended when it was wrong.

use super::stream::{AAC_44100, AVC_180P, Flv, Player, Seen};
use crate::pipeline::{Track, Warning};
use flvgate_media::flv::TagType;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn both_sequence_headers_decide_at_once() {
    let mut player = Player::default();
    player.push(&Flv::usual().key(0));
    assert_eq!(player.tracks(), [(true, true)]);
    assert_eq!(player.mimes(), ["video/mp4; codecs=\"avc1.64000c\"", "audio/mp4; codecs=\"mp4a.40.2\""]);
    assert!(matches!(player.seen.last(), Some(Seen::Fragment(fragment)) if fragment.keyframe));
    let info = player.pipeline.info();
    assert_eq!((info.width, info.height, info.sample_rate, info.channels), (320, 180, 44_100, 2));
    assert_eq!(info.video_codec.as_deref(), Some("avc1.64000c"));
    assert_eq!(info.audio_codec.as_deref(), Some("mp4a.40.2"));
}

#[test]
fn promised_audio_that_never_comes_is_not_waited_for() {
    let mut player = Player::default();
    player.push(&Flv::new(true, true).video_header(AVC_180P).video(0, 480));
    assert!(player.seen.is_empty());
    player.push(&Flv::more().inter(500));
    assert_eq!(player.tracks(), [(true, false)]);
    assert_eq!(player.fragments(Track::Video).len(), 13);
    player.assert_plays();
}

#[test]
fn time_alone_ends_the_wait_too() {
    let mut player = Player::default();
    player.push(&Flv::new(true, true).video_header(AVC_180P).key(0)).wait(299.0);
    assert!(player.seen.is_empty());
    player.wait(1.0);
    assert_eq!((player.tracks(), player.fragments(Track::Video).len()), (vec![(true, false)], 1));
}

#[test]
fn what_header_and_metadata_do_not_promise_is_hardly_waited_for() {
    let mut player = Player::default();
    player.push(&Flv::new(false, true).video_header(AVC_180P).video(0, 160));
    assert_eq!(player.tracks(), [(true, false)]);
    let metadata = b"\x02\x00\x0aonMetaData\x08\x00\x00\x00\x01\x00\x08hasAudio\x01\x00\x00\x00\x09";
    let mut player = Player::default();
    player.push(&Flv::new(true, true).raw(TagType::Script, 0, metadata).video_header(AVC_180P).video(0, 160));
    assert_eq!(player.seen[0], Seen::Metadata(metadata.to_vec()));
    assert_eq!(player.tracks(), [(true, false)]);
}

#[test]
fn audio_alone_plays() {
    let mut player = Player::default();
    player.push(&Flv::new(true, true).audio_header(AAC_44100).audio(0, 1000));
    assert_eq!(player.tracks(), [(false, true)]);
    assert_eq!(player.fragments(Track::Audio).len(), 44);
    player.assert_plays();
}

#[test]
fn late_audio_joins_at_the_next_keyframe() {
    let mut player = Player::default();
    player.push(&Flv::new(true, true).video_header(AVC_180P).video(0, 2000));
    assert_eq!(player.tracks(), [(true, false)]);
    player.push(&Flv::more().audio_header(AAC_44100).aac(2000).both(2040, 1500));
    assert_eq!(player.tracks(), [(true, false), (true, true)]);
    player.assert_plays();
    assert!((player.end_ms(Track::Video) - player.end_ms(Track::Audio)).abs() < 60.0);
}

#[test]
fn late_video_joins_at_its_keyframe() {
    let mut player = Player::default();
    player.push(&Flv::new(true, false).audio_header(AAC_44100).audio(0, 2000));
    player.push(&Flv::more().video_header(AVC_180P).inter(2000).both(2010, 1000));
    assert_eq!(player.tracks(), [(false, true), (true, true)]);
    player.assert_plays();
}

#[test]
fn late_audio_of_a_single_tag_does_not_hold_the_picture_up() {
    let mut player = Player::default();
    player.push(&Flv::new(false, true).video_header(AVC_180P).video(0, 2000));
    player.push(&Flv::more().audio_header(AAC_44100).aac(2000));
    player.push_paced((0..375).map(|frame| Flv::more().video(2000 + frame * 40, 40)), 40.0);
    assert_eq!(player.tracks(), [(true, false), (true, true)]);
    player.assert_plays();
    // Silence goes with the picture, without which a browser would stop.
    let lag = player.end_ms(Track::Video) - player.end_ms(Track::Audio);
    assert!((0.0..700.0).contains(&lag), "{lag}");
}

#[test]
fn an_unknown_codec_is_told_of_once_and_the_other_track_plays() {
    let mut flv = Flv::new(true, true).video_header(AVC_180P);
    for at in 0..20 {
        flv = flv.raw(TagType::Audio, at * 20, &[0xb6, 1, 2, 3]);
    }
    let mut player = Player::default();
    player.push(&flv.video(0, 40));
    let expected = Warning::UnsupportedCodec { track: Track::Audio, codec: "Speex".into() };
    assert_eq!(player.warnings(), [&expected]);
    assert_eq!(player.tracks(), [(true, false)]);
    assert_eq!(player.fragments(Track::Video).len(), 1);
}

#[test]
fn a_video_codec_that_turns_unplayable_leaves_audio_playing() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 1000));
    player.push(&Flv::more().raw(TagType::Video, 1000, b"\x90vvc1\x01").audio(1000, 500));
    assert_eq!(player.tracks(), [(true, true), (false, true)]);
    assert_eq!(player.warnings(), [&Warning::UnsupportedCodec { track: Track::Video, codec: "vvc1".into() }]);
    player.push(&Flv::more().video_header(AVC_180P).both(1500, 500));
    assert_eq!(player.tracks().last(), Some(&(true, true)));
    player.assert_plays();
}

#[test]
fn frames_before_the_first_keyframe_are_left_out_and_audio_starts_with_video() {
    let mut player = Player::default();
    player.push(&Flv::usual().inter(0).aac(0).inter(40).aac(23).aac(900).both(920, 400));
    player.assert_plays();
    let (video, audio) = (player.fragments(Track::Video), player.fragments(Track::Audio));
    assert_eq!((video[0].decode_time, audio[0].decode_time), (0.0, 0.0));
    assert_eq!(video.len(), 10);
}

#[test]
fn a_keyframe_that_never_comes_does_not_silence_audio() {
    let mut player = Player::default();
    player.push(&Flv::usual().audio(0, 5100));
    assert_eq!(player.tracks(), [(false, true)]);
    player.push(&Flv::more().both(5100, 200));
    assert_eq!(player.tracks(), [(false, true), (true, true)]);
}

#[test]
fn a_rebuilt_media_source_gets_everything_again_from_a_keyframe() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 480));
    player.pipeline.restart_output();
    let before = player.seen.len();
    player.push(&Flv::more().inter(480).aac(480).both(520, 100));
    assert_eq!(player.seen[before], Seen::Tracks { video: true, audio: true });
    assert!(matches!(player.seen[before + 1], Seen::Init { track: Track::Video, .. }));
    assert!(matches!(player.seen[before + 2], Seen::Init { track: Track::Audio, .. }));
    player.assert_plays();
}

#[test]
fn nothing_held_grows_without_bound() {
    let body = vec![0; 100_000];
    let mut player = Player::default();
    player.push(&Flv::new(true, true).video_header(AVC_180P).key(0));
    let nal = [&[0x27, 1, 0, 0, 0, 0, 1, 0x86, 0x9c, 0x41][..], &body[..99_999]].concat();
    for _ in 0..200 {
        player.push(&Flv::more().raw(TagType::Video, 0, &nal));
    }
    // 16 MiB are there before the wait is over.
    assert_eq!(player.tracks(), [(true, false)]);
}
