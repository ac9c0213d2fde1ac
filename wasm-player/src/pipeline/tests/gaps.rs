//! Audio that pauses, is late, or comes in bursts.

use super::stream::{Flv, Player};
use crate::pipeline::Track;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_gap_of_half_a_second_in_audio_is_filled_with_silence() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 2000).video(2000, 480).both(2480, 1000));
    player.assert_plays();
    assert!(player.jumps().is_empty());
    // Half a second is 20 or 21 frames of 23 ms; the rest are real ones.
    let silent = player
        .fragments(Track::Audio)
        .iter()
        .filter(|audio| audio.data.ends_with(&[0, 0, 0, 0, 0x0e]))
        .count();
    assert!((20..=22).contains(&silent), "{silent}");
    assert!((player.end_ms(Track::Audio) - 3480.0).abs() < 40.0);
}

#[test]
fn audio_that_stays_away_is_filled_while_video_goes_on() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 2000));
    player.push_paced((0..75).map(|frame| Flv::more().inter(2000 + frame * 40)), 40.0);
    player.assert_plays();
    let lag = player.end_ms(Track::Video) - player.end_ms(Track::Audio);
    assert!((0.0..700.0).contains(&lag), "{lag}");
    // What then comes goes where it belongs.
    player.push(&Flv::more().both(5000, 1000));
    player.assert_plays();
    assert!(player.jumps().is_empty());
    assert!((player.end_ms(Track::Audio) - 6000.0).abs() < 40.0, "{}", player.end_ms(Track::Audio));
}

#[test]
fn audio_that_is_announced_and_never_comes_does_not_stall_video() {
    let mut player = Player::default();
    player.push(&Flv::usual());
    player.push_paced((0..50).map(|at| Flv::more().video(at * 40, 40)), 40.0);
    player.assert_plays();
    assert!(player.end_ms(Track::Audio) > 1000.0);
}

#[test]
fn a_burst_whose_audio_comes_second_loses_no_sound() {
    let mut player = Player::default();
    player.wait(1000.0).push(&Flv::usual().video(0, 1400).audio(0, 1400).both(1400, 500));
    player.assert_plays();
    assert!((player.fragments(Track::Audio).len() as f64 - 1900.0 * 44.1 / 1024.0).abs() < 3.0);
    assert!(player.fragments(Track::Audio).iter().all(|audio| audio.data.ends_with(&[0x21, 0x10, 0x05])));
}

#[test]
fn audio_that_always_trails_is_not_replaced() {
    let mut player = Player::default();
    player.push(&Flv::usual());
    let piece = |at: u32| {
        let flv = Flv::more();
        let flv = if at.is_multiple_of(1000) { flv.key(at) } else { flv.inter(at) };
        if at >= 200 { flv.audio(at - 200, 40) } else { flv }
    };
    player.push_paced((0..100).map(|frame| piece(frame * 40)), 40.0);
    player.assert_plays();
    let silent = player
        .fragments(Track::Audio)
        .iter()
        .filter(|audio| !audio.data.ends_with(&[0x21, 0x10, 0x05]))
        .count();
    assert_eq!(silent, 0);
}

#[test]
fn a_gop_burst_comes_out_as_it_is() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(1_000_000_000, 2000));
    player.assert_plays();
    assert_eq!((player.fragments(Track::Video).len(), player.fragments(Track::Audio).len()), (50, 87));
}

#[test]
fn a_gap_in_video_keeps_later_frames_at_their_time() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 1000).audio(1000, 600).inter(1600).both(1640, 400));
    player.assert_plays();
    assert!(player.jumps().is_empty());
    let video = player.fragments(Track::Video);
    assert_eq!(video.len(), 36);
    assert!((video[25].presentation_time() - 1.6).abs() < 1e-6);
    assert!((video[26].decode_time - 1.64).abs() < 1e-6);
}
