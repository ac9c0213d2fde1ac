//! Viewers who skip, clocks that jump, video that goes.

use super::*;

#[test]
fn a_viewer_who_skips_gets_a_stream_without_an_error() {
    let mut stream = Stream::of_both();
    stream.play(0, 4, 25, true);
    let starts: Vec<_> = (0..stream.out.len()).filter(|index| stream.out[*index].random_access).collect();
    // From wherever the viewer stood.
    for left in starts[0] + 1..starts[3] {
        let mut bytes: Vec<u8> = stream.out[..left].iter().flat_map(|muxed| muxed.bytes.to_vec()).collect();
        bytes.extend_from_slice(&stream.out[starts[3]].resync);
        bytes.extend(stream.out[starts[3]..].iter().flat_map(|muxed| muxed.bytes.to_vec()));
        let analysis = Analysis::of(&bytes).unwrap();
        assert_eq!(analysis.references.iter().filter(|reference| reference.discontinuity).count(), 1);
        assert!(analysis.widest_reference_gap() <= 40);
    }
    // Without the announcement it would be one.
    let bytes = [&stream.out[0].bytes[..], &stream.out[starts[3]].bytes].concat();
    assert!(Analysis::of(&bytes).is_err());
}

#[test]
fn a_listener_who_skips_in_audio_alone_does_too() {
    let mut stream = Stream::of_audio();
    (0..200).for_each(|frame| stream.aac(frame * 23, 150));
    let start = stream.out.iter().rposition(|muxed| muxed.random_access).unwrap();
    let bytes = [&stream.out[0].bytes[..], &stream.out[start].resync, &stream.out[start].bytes].concat();
    Analysis::of(&bytes).unwrap();
}

#[test]
fn only_random_access_points_have_something_to_go_before_them() {
    let mut stream = Stream::of_both();
    stream.play(0, 2, 25, true);
    for muxed in &stream.out {
        let packets = match (muxed.random_access, muxed.timestamp) {
            (false, _) => 0,
            // Of audio there has been nothing yet.
            (true, 0) => 3,
            (true, _) => 4,
        };
        assert_eq!(muxed.resync.len(), packets * 188);
    }
}

#[test]
fn a_viewer_who_skips_over_a_change_of_tracks_and_sees_it_undone_gets_no_error() {
    let mut stream = Stream::of_both();
    stream.video(0, true, 0, 100);
    (0..4).for_each(|frame| stream.aac(frame * 23, 300));
    let before: Vec<u8> = stream.bytes();
    let left = stream.out.len();
    (4..9).for_each(|frame| stream.aac(frame * 23, 300));
    stream.mp3(240);
    stream.video(250, true, 0, 100);
    let start = stream.out.len() - 1;
    stream.aac(260, 300);
    stream.video(300, false, 0, 100);
    assert!(start > left && stream.out[start].random_access);
    let mut bytes = [&before[..], &stream.out[start].resync].concat();
    bytes.extend(stream.out[start..].iter().flat_map(|muxed| muxed.bytes.to_vec()));
    Analysis::of(&bytes).unwrap();
}

#[test]
fn a_clock_that_jumps_is_announced() {
    for to in [3_600_000, 10_000] {
        let mut stream = Stream::of_both();
        stream.play(60_000, 2, 25, true);
        stream.play(to, 2, 25, true);
        let analysis = stream.analysis();
        let jumps: Vec<_> = analysis.references.iter().filter(|reference| reference.discontinuity).collect();
        assert_eq!((jumps.len(), jumps[0].clock), (1, to * 27_000));
        assert!(analysis.widest_reference_gap() <= 40);
        // A viewer who skips over it, too.
        let start = stream.out.iter().rposition(|muxed| muxed.random_access).unwrap();
        let bytes = [&stream.out[0].bytes[..], &stream.out[start].resync, &stream.out[start].bytes].concat();
        Analysis::of(&bytes).unwrap();
    }
}

#[test]
fn audio_that_is_a_little_behind_or_ahead_of_the_video_is_no_jump() {
    for shift in [-240_i64, 240] {
        let mut stream = Stream::of_both();
        for frame in 0..100_u64 {
            stream.video(1000 + frame * 40, frame % 25 == 0, 0, 500);
            stream.aac((1000 + frame * 40).saturating_add_signed(shift), 200);
        }
        let analysis = stream.analysis();
        assert!(analysis.references.iter().all(|reference| !reference.discontinuity));
        assert!(analysis.widest_reference_gap() <= 40);
    }
}

#[test]
fn audio_at_any_distance_and_in_blocks_leaves_the_clock_and_the_tables_as_they_are() {
    for shift in [-600_000_i64, -2000, 500, 2000, 600_000] {
        for block in [40, 500] {
            let mut stream = Stream::of_both();
            for from in (1_000_000..1_020_000_u64).step_by(block) {
                let times = from..from + block as u64;
                let audio = times.clone().filter(|at| at % 20 == 0);
                audio.for_each(|at| stream.aac(at.saturating_add_signed(shift), 200));
                let video = times.filter(|at| at % 40 == 0);
                video.for_each(|at| stream.video(at, at % 1000 == 0, 0, 500));
            }
            let analysis = Analysis::of_any_times(&stream.bytes()).unwrap();
            let name = format!("{shift} in blocks of {block}");
            assert!(analysis.references.iter().all(|reference| !reference.discontinuity), "{name}");
            assert!(analysis.widest_reference_gap() <= 40 && analysis.widest_table_gap() <= 500, "{name}");
            // 20 seconds.
            assert!(analysis.programs.len() <= 100, "{name}: {}", analysis.programs.len());
            let mut versions: Vec<_> = analysis.programs.iter().map(|program| program.version).collect();
            versions.dedup();
            // Audio shows behind the first picture.
            assert!(versions.len() <= 2, "{name}: {versions:?}");
            assert_eq!(analysis.of_pid(0x101).count(), 1000, "{name}");
        }
    }
}

#[test]
fn negative_composition_times_are_legal_and_keep_the_picture_in_time() {
    let mut stream = Stream::of_video();
    for (frame, composition_time) in [0, 40, -40, 0, 40, -40].into_iter().enumerate() {
        stream.video(frame as u64 * 40, frame == 0, composition_time, 100);
    }
    let presented: Vec<_> = stream.analysis().of_pid(0x100).map(|pes| times(pes).0).collect();
    assert_eq!(presented, [300, 380, 340, 420, 500, 460]);
}

#[test]
fn video_that_stays_away_makes_way_for_audio_and_comes_back() {
    let mut stream = Stream::of_both();
    stream.play(0, 1, 25, true);
    (0..300).for_each(|frame| stream.aac(1000 + frame * 23, 200));
    stream.play(8000, 1, 25, true);
    let analysis = stream.analysis();
    assert!(analysis.widest_reference_gap() <= 40 && analysis.widest_table_gap() <= 500);
    let mut programs = analysis.programs;
    programs.dedup_by_key(|program| program.version);
    let clocks: Vec<_> = programs.iter().map(|program| (program.clock_pid, program.streams.len())).collect();
    assert_eq!(clocks, [(0x100, 2), (0x101, 1), (0x100, 2)]);
    let audio_starts: Vec<_> =
        stream.out.iter().filter(|muxed| muxed.random_access && muxed.content == Content::Audio).collect();
    assert!(audio_starts.len() > 3);
    assert!(audio_starts.iter().all(|muxed| (5960..8000).contains(&muxed.timestamp)));
}
