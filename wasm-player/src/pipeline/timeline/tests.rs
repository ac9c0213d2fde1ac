use super::*;
#[cfg(not(target_arch = "wasm32"))]
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn unwrapping_follows_the_signed_difference() {
    let mut timeline = Timeline::default();
    let times: Vec<_> = [u32::MAX - 9, 10, 0, u32::MAX, 5, 1 << 30, (1 << 31) - 1, (1 << 31) + 20]
        .map(|timestamp| timeline.unwrap(timestamp))
        .to_vec();
    let wrap = 1_i64 << 32;
    assert_eq!(
        times,
        [
            wrap - 10,
            wrap + 10,
            wrap,
            wrap - 1,
            wrap + 5,
            wrap + (1 << 30),
            wrap + (1 << 31) - 1,
            wrap + (1 << 31) + 20
        ]
    );
}

#[test]
fn tracks_on_one_clock_keep_their_skew() {
    let mut timeline = Timeline::default();
    timeline.anchor(Track::Video, 5000, 100);
    assert_eq!(timeline.place(Track::Video, 5000, true), Place::At(100));
    assert_eq!(timeline.place(Track::Audio, 4980, true), Place::At(80));
    assert_eq!(timeline.place(Track::Video, 5040, true), Place::At(140));
}

#[test]
fn the_second_track_follows_a_step_of_the_first() {
    let mut timeline = Timeline::default();
    timeline.anchor(Track::Video, 0, 0);
    for at in 0..10 {
        timeline.place(Track::Video, at * 40, true);
        timeline.place(Track::Audio, at * 40 + 5, true);
    }
    assert_eq!(timeline.place(Track::Video, 100, true), Place::Stepped { at: 400, jump_ms: -300 });
    assert_eq!(timeline.place(Track::Audio, 105, true), Place::At(405));
}

#[test]
fn a_track_that_alone_steps_back_moves_alone() {
    let mut timeline = Timeline::default();
    timeline.anchor(Track::Video, 0, 0);
    for at in 0..10 {
        timeline.place(Track::Video, at * 40, true);
        timeline.place(Track::Audio, at * 40 + 5, true);
    }
    assert!(matches!(timeline.place(Track::Video, 100, true), Place::Stepped { at: 400, .. }));
    assert_eq!(timeline.place(Track::Audio, 405, true), Place::At(405));
    assert_eq!(timeline.place(Track::Video, 140, true), Place::At(440));
}

#[test]
fn tracks_on_clocks_of_their_own_start_together() {
    let mut timeline = Timeline::default();
    timeline.anchor(Track::Video, 1_000_000, 0);
    assert_eq!(timeline.place(Track::Video, 1_000_000, true), Place::At(0));
    assert_eq!(timeline.place(Track::Audio, 77, true), Place::At(0));
    assert_eq!(timeline.place(Track::Audio, 100, true), Place::At(23));
}

#[cfg(not(target_arch = "wasm32"))]
proptest! {
    #[test]
    fn no_clock_panics_and_output_never_runs_away(
        frames in prop::collection::vec((any::<bool>(), any::<u32>(), 0..4_u8), 0..300),
    ) {
        let mut timeline = Timeline::default();
        let mut timestamp = 0_u32;
        let mut latest = 0;
        for (video, random, kind) in frames {
            timestamp = match kind {
                0 => random,
                _ => timestamp.wrapping_add(random % 100),
            };
            let dts = timeline.unwrap(timestamp);
            let track = if video { Track::Video } else { Track::Audio };
            match timeline.place(track, dts, true) {
                Place::At(at) | Place::Stepped { at, .. } => {
                    prop_assert!(at - latest <= MAX_SKEW_MS.max(MAX_USUAL_STEP_MS * 3), "{at} {latest}");
                    latest = latest.max(at);
                }
                Place::Jump { .. } => {
                    timeline.anchor(track, dts, latest);
                }
                Place::Nowhere => {}
            }
        }
    }
}
