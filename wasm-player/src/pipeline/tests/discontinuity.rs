//! Clocks that wrap, jump and step; publishers and connections that start again.

use super::stream::{AVC_180P, AVC_360P, Flv, Player, Seen};
use crate::pipeline::Track;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Plays two seconds that end at `first`, then two that start at `second`, and returns the player.
fn change_of_clock(start: u32, second: u32) -> Player {
    let mut player = Player::default();
    player.push(&Flv::usual().both(start, 2000));
    player.push(&Flv::more().both(second, 2000));
    player.assert_plays();
    player
}

fn assert_continuous(player: &Player, ms: f64) {
    for track in [Track::Video, Track::Audio] {
        assert!((player.end_ms(track) - ms).abs() < 80.0, "{track:?}: {}", player.end_ms(track));
    }
    assert!(player.longest_freeze_ms() < 100.0, "{}", player.longest_freeze_ms());
}

#[test]
fn a_restart_from_zero_goes_on_where_it_was() {
    let player = change_of_clock(106_000, 0);
    assert_eq!(player.jumps(), [-108_000]);
    assert_continuous(&player, 4000.0);
    assert_eq!(player.fragments(Track::Video).len(), 100);
    assert_eq!((player.tracks().len(), player.mimes().len()), (1, 2));
}

#[test]
fn jumps_back_and_forth_are_hidden() {
    assert_eq!(change_of_clock(100_000, 72_000).jumps(), [-30_000]);
    let player = change_of_clock(100_000, 162_000);
    assert_eq!(player.jumps(), [60_000]);
    assert_continuous(&player, 4000.0);
}

#[test]
fn the_skew_of_the_tracks_survives_a_restart() {
    let player = change_of_clock(50_000, 1_000_000);
    let skew = player.end_ms(Track::Video) - player.end_ms(Track::Audio);
    let fresh = change_of_clock(0, 2000);
    assert!(fresh.jumps().is_empty());
    assert!((skew - (fresh.end_ms(Track::Video) - fresh.end_ms(Track::Audio))).abs() < 30.0, "{skew}");
}

#[test]
fn wraps_at_2_to_the_31_and_at_2_to_the_32_go_unnoticed() {
    for wrap in [1_u32 << 31, 0] {
        let player = change_of_clock(wrap.wrapping_sub(2500), wrap.wrapping_sub(500));
        assert!(player.jumps().is_empty());
        assert_continuous(&player, 4000.0);
        assert_eq!(player.fragments(Track::Video).len(), 100);
    }
}

#[test]
fn audio_that_jumps_first_waits_for_video() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(106_000, 2000));
    player.push(&Flv::more().aac(0).aac(23).both(40, 2000));
    assert_eq!(player.jumps().len(), 1);
    player.assert_plays();
    assert_continuous(&player, 4000.0);
}

#[test]
fn audio_whose_clock_alone_jumps_goes_on_beside_video() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 2000));
    for piece in 0..50 {
        player.push(&Flv::more().inter(2000 + piece * 40).audio(500_000 + piece * 40, 40));
    }
    player.assert_plays();
    assert_eq!(player.jumps().len(), 1);
    assert_eq!(player.fragments(Track::Video).len(), 100);
    assert_continuous(&player, 4000.0);
}

#[test]
fn frames_in_front_of_the_keyframe_behind_a_jump_are_left_out() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(50_000, 2000));
    player.push(&Flv::more().inter(0).aac(0).inter(40).both(80, 1000));
    player.assert_plays();
    assert_continuous(&player, 3000.0);
}

#[test]
fn a_jump_among_frames_held_goes_on_at_a_keyframe_too() {
    let mut player = Player::default();
    let flv = Flv::new(true, true).video_header(AVC_180P);
    player.push(&flv.key(0).inter(40).inter(90_000).inter(90_040).key(90_080).inter(90_120));
    let keyframes: Vec<_> = player.fragments(Track::Video).iter().map(|video| video.keyframe).collect();
    assert_eq!(keyframes, [true, false, true, false]);
    player.assert_plays();
}

#[test]
fn steps_back_of_300_ms_every_two_seconds_lose_nothing() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 2000));
    for piece in 1..6 {
        player.push(&Flv::more().both(piece * 1700, 2000));
    }
    player.assert_plays();
    assert_eq!(player.jumps(), [-300; 5]);
    assert_eq!(player.fragments(Track::Video).len(), 300);
    assert_continuous(&player, 12_000.0);
}

#[test]
fn one_frame_that_is_far_ahead_does_not_move_video_against_audio() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 2000).inter(2300).both(2040, 2000));
    player.assert_plays();
    assert!(player.jumps().is_empty());
    let (video, audio) = (player.end_ms(Track::Video), player.end_ms(Track::Audio));
    assert!((video - 4040.0).abs() < 60.0 && (audio - 4040.0).abs() < 60.0, "{video} {audio}");
}

#[test]
fn small_jitter_is_pressed_forward() {
    let mut player = Player::default();
    player.push(&Flv::usual().key(0).inter(40).inter(30).inter(30).inter(120).inter(160));
    player.assert_plays();
    let times: Vec<_> =
        player.fragments(Track::Video).iter().map(|video| (video.decode_time * 1000.0).round()).collect();
    assert_eq!(times[..4], [0.0, 40.0, 41.0, 42.0]);
    assert_eq!(times[5], 160.0);
}

#[test]
fn a_slide_show_of_one_picture_in_two_seconds_plays() {
    let mut flv = Flv::new(false, true).video_header(AVC_180P).key(0).inter(100);
    for at in 1..20 {
        flv = if at % 3 == 0 { flv.key(at * 2000) } else { flv.inter(at * 2000) };
    }
    let mut player = Player::default();
    player.push(&flv);
    player.assert_plays();
    assert!(player.fragments(Track::Video).len() >= 18);
}

#[test]
fn a_new_resolution_is_a_new_init_segment_at_the_keyframe() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 1000));
    let before = player.seen.len();
    player.push(&Flv::more().video_header(AVC_360P).inter(1000).both(1040, 1000));
    assert_eq!(player.tracks().len(), 1);
    let Seen::Init { track: Track::Video, mime, .. } = &player.seen[before] else {
        panic!("{:?}", player.seen[before])
    };
    assert_eq!(mime, "video/mp4; codecs=\"avc1.64001e\"");
    assert!(matches!(&player.seen[before + 1], Seen::Fragment(fragment) if fragment.keyframe));
    assert_eq!(player.pipeline.info().width, 640);
    player.assert_plays();
}

#[test]
fn a_repeated_sequence_header_changes_nothing() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 1000));
    player.push(&Flv::more().video_header(AVC_180P).audio_header(super::stream::AAC_44100).both(1000, 500));
    assert_eq!(player.mimes().len(), 2);
    assert_continuous(&player, 1500.0);
}

#[test]
fn a_new_connection_goes_on_though_its_burst_repeats_frames() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(10_000, 3000));
    player.pipeline.reconnected();
    player.push(&Flv::usual().both(12_000, 2000));
    player.assert_plays();
    assert_eq!((player.tracks().len(), player.mimes().len(), player.jumps()), (1, 2, vec![-1000]));
    assert_continuous(&player, 5000.0);
}

#[test]
fn a_new_connection_in_the_middle_of_a_tag_starts_clean() {
    let mut player = Player::default();
    let mut flv = Flv::usual().both(0, 1000);
    flv.0.truncate(flv.0.len() - 7);
    player.push(&flv);
    player.pipeline.reconnected();
    player.push(&Flv::usual().both(0, 1000));
    player.assert_plays();
    assert!(player.warnings().is_empty());
}

#[test]
fn what_is_not_flv_fails_until_the_next_connection() {
    let mut player = Player::default();
    let error = player.pipeline.push(b"<html>404 ", 0.0, &mut |_| {}).unwrap_err();
    assert_eq!(player.pipeline.push(&Flv::usual().0, 0.0, &mut |_| {}), Err(error));
    player.pipeline.reconnected();
    player.push(&Flv::usual().key(0));
    assert_eq!(player.tracks(), [(true, true)]);
}
