//! Streams that were damaged on their way.

#[cfg(not(target_arch = "wasm32"))]
use super::stream::Seen;
use super::stream::{AVC_180P, Flv, Player};
use crate::pipeline::{Track, Warning};
use flvgate_media::Error;
use flvgate_media::flv::TagType::{Audio, Video};
#[cfg(not(target_arch = "wasm32"))]
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn with(mut flv: Flv, bytes: &[u8]) -> Flv {
    flv.0.extend_from_slice(bytes);
    flv
}

fn append(flv: Flv, more: &Flv) -> Flv {
    with(flv, &more.0)
}

#[test]
fn bytes_between_tags_are_passed_over_and_told_of() {
    let flv = with(Flv::usual().both(0, 1000), b"HTTP/1.1 502 Bad Gateway\r\n\r\n");
    let mut player = Player::default();
    player.push(&append(flv, &Flv::more().both(1000, 1000)));
    let error = Error::Invalid { what: "bytes between FLV tags", expected: "none", got: 28 };
    assert_eq!(player.warnings(), [&Warning::Malformed { track: None, error }]);
    assert_eq!((player.fragments(Track::Video).len(), player.longest_freeze_ms().round()), (50, 40.0));
    assert!(player.jumps().is_empty());
    player.assert_plays();
}

#[test]
fn a_tag_that_is_cut_short_costs_one_frame() {
    let cut = Flv::more().raw(Video, 1000, &[0x27; 300]);
    let flv = with(Flv::usual().both(0, 1000), &cut.0[..100]);
    let mut player = Player::default();
    player.push(&append(flv, &Flv::more().both(1040, 1000)));
    assert_eq!((player.fragments(Track::Video).len(), player.warnings().len()), (50, 1));
    player.assert_plays();
}

#[test]
fn sizes_behind_tags_may_say_anything() {
    let mut flv = Flv::usual().both(0, 400);
    let intact = flv.0.clone();
    let mut at = 13;
    while at < flv.0.len() {
        at += 11 + usize::from(u16::from_be_bytes([flv.0[at + 2], flv.0[at + 3]]));
        flv.0[at..at + 4].copy_from_slice(&[0, 0, 0, 0]);
        at += 4;
    }
    let (mut player, mut expected) = (Player::default(), Player::default());
    player.push(&flv);
    expected.push(&Flv(intact));
    assert_eq!(player.seen, expected.seen);
}

#[test]
fn audio_that_stops_for_good_does_not_stop_video() {
    let mut player = Player::default();
    player.push(&Flv::usual().both(0, 1000));
    let pieces = (0..30_u32).map(|second| Flv::more().video(1000 + second * 1000, 1000));
    player.push_paced(pieces, 1000.0);
    assert!((player.end_ms(Track::Video) - 31_000.0).abs() < 50.0);
    // Silence keeps up with it, as far behind as audio usually is.
    assert!(player.end_ms(Track::Video) - player.end_ms(Track::Audio) < 1600.0);
    player.assert_plays();
}

#[test]
fn audio_that_silence_cannot_stand_in_for_is_given_up_and_taken_back() {
    let frame = b"\x91ac-3\x0b\x77\xfc\x8a\x08\x40\x43\xe1\x06\xf0\x01";
    let mut player = Player::default();
    player.push(&Flv::new(true, true).video_header(AVC_180P).raw(Audio, 0, frame).video(0, 5000));
    assert_eq!(player.tracks(), [(true, true), (true, false)]);
    player.push(&Flv::more().raw(Audio, 5000, frame).video(5000, 40).raw(Audio, 5032, frame));
    assert_eq!(player.tracks().last(), Some(&(true, true)));
    player.assert_plays();
}

#[cfg(not(target_arch = "wasm32"))]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damage_reads_the_same_in_any_slicing(
        damage in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..20)), 1..6),
        step in 1..200_usize,
    ) {
        let mut bytes = Flv::usual().both(0, 700).both(90_000, 300).both(5, 200).0;
        for (at, garbage) in damage {
            // Some are put in, some in the place of what was there.
            let at = 13 + at.index(bytes.len() - 13);
            let replaced = if garbage.len() % 2 == 0 { 0 } else { garbage.len().min(bytes.len() - at) };
            bytes.splice(at..at + replaced, garbage);
        }
        let run = |step: usize| {
            let (mut player, mut failed) = (Player::default(), false);
            for slice in bytes.chunks(step) {
                let seen = &mut player.seen;
                failed |= player.pipeline.push(slice, 0.0, &mut |output| seen.push(Seen::from(output))).is_err();
            }
            (player.seen, failed)
        };
        prop_assert_eq!(run(step), run(usize::MAX));
    }
}
