//! Files, whose clock the output keeps.

use super::stream::{Flv, Player};
use crate::pipeline::Track;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A player of a file whose timestamps begin at 7000, at its end; with the place of the second half in the file.
fn played() -> (Player, Vec<u8>, usize) {
    let mut player = Player::default();
    player.pipeline.keep_file_time();
    let first = Flv::usual().both(7000, 4000);
    let second = Flv::more().both(11_000, 4000);
    player.push(&first);
    player.push(&second);
    (player, [first.0.clone(), second.0].concat(), first.0.len())
}

fn times(player: &Player, track: Track) -> Vec<i64> {
    player.fragments(track).iter().map(|fragment| (fragment.decode_time * 1000.0).round() as i64).collect()
}

#[test]
fn after_a_seek_times_are_those_of_the_file() {
    let (mut player, bytes, middle) = played();
    assert_eq!(player.pipeline.file_offset(), Some(-7000));
    let before = times(&player, Track::Video);
    for (from, start) in [(middle, 100), (middle, 100), (0, 0)] {
        player.seen.clear();
        if from == 0 {
            // As a search finds it: the first keyframe, without the file's head.
            let head = Flv::usual().0.len();
            player.pipeline.seek(head as u64);
            player.push(&Flv(bytes[head..].to_vec()));
        } else {
            player.pipeline.seek(from as u64);
            player.push(&Flv(bytes[from..].to_vec()));
        }
        assert_eq!(times(&player, Track::Video), before[start..]);
        let audio = times(&player, Track::Audio)[0];
        assert!((audio - before[start]).abs() < 40, "audio begins at {audio}");
        // In the same media source, with what configures its decoders.
        assert_eq!((player.tracks().len(), player.mimes().len()), (0, 2));
        assert_eq!(player.pipeline.position(), bytes.len() as u64);
    }
}

#[test]
fn a_gap_stays_as_long_as_it_is() {
    let (mut player, ..) = played();
    player.push(&Flv::more().both(45_000, 1000));
    let frames = player.fragments(Track::Video);
    let shown: Vec<_> = frames.iter().map(|frame| (frame.presentation_time() * 1000.0).round()).collect();
    assert_eq!((shown[199], shown[200], shown[224]), (7960.0, 38_000.0, 38_960.0));
}

#[test]
fn a_lost_connection_goes_on_behind_the_last_whole_tag() {
    let (mut player, bytes, middle) = played();
    let all = times(&player, Track::Video);
    player = Player::default();
    player.pipeline.keep_file_time();
    player.push(&Flv(bytes[..middle + 5].to_vec()));
    player.pipeline.resume();
    assert_eq!(player.pipeline.position(), middle as u64);
    player.push(&Flv(bytes[middle..].to_vec()));
    assert_eq!(times(&player, Track::Video), all);
    assert!(player.jumps().is_empty());
}
