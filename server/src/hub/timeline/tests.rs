mod encoders;
mod properties;

use flvgate_media::flv::TagType::{self, Audio, Video};

use super::*;

fn map_all(timeline: &mut Timeline, raw: &[(TagType, u32)]) -> Vec<u64> {
    raw.iter().map(|&(track, raw)| timeline.map(track, raw.into()).unwrap()).collect()
}

fn map_video(timeline: &mut Timeline, raw: &[u32]) -> Vec<u64> {
    raw.iter().map(|&raw| timeline.map(Video, raw.into()).unwrap()).collect()
}

#[test]
fn starts_at_zero_and_keeps_the_interleaving() {
    let mut timeline = Timeline::new(TimeJitter::Full);
    let raw = [(Video, 5000), (Video, 5040), (Audio, 5023), (Video, 5080)];
    assert_eq!(map_all(&mut timeline, &raw), [0, 40, 23, 80]);
}

#[test]
fn audio_from_before_the_beginning_is_left_out_and_then_in_step() {
    let mut timeline = Timeline::new(TimeJitter::Full);
    assert_eq!(timeline.map(Video, 5000), Some(0));
    assert_eq!(timeline.map(Audio, 4960), None);
    assert_eq!(timeline.map(Audio, 4983), None);
    let raw = [(Video, 5040), (Audio, 5006), (Audio, 5029)];
    assert_eq!(map_all(&mut timeline, &raw), [40, 6, 29]);
}

#[test]
fn audio_that_begins_before_the_video_makes_room_for_it() {
    let mut timeline = Timeline::new(TimeJitter::Full);
    let raw = [(Audio, 5000), (Audio, 5023), (Video, 4800), (Video, 4840), (Audio, 5046)];
    assert_eq!(map_all(&mut timeline, &raw), [0, 23, 0, 40, 246]);
}

#[test]
fn what_has_no_time_of_its_own_gets_its_tracks() {
    let mut timeline = Timeline::new(TimeJitter::Full);
    assert_eq!(timeline.now(Video), 0);
    map_all(&mut timeline, &[(Audio, 700_000)]);
    assert_eq!(timeline.now(Video), 0);
    map_all(&mut timeline, &[(Audio, 700_023), (Video, 800_000), (Audio, 700_046)]);
    let now = [TagType::Script, Video, Audio].map(|track| timeline.now(track));
    assert_eq!(now, [100_000, 100_000, 46]);
}

#[test]
fn off_leaves_the_publisher_clock() {
    let mut timeline = Timeline::new(TimeJitter::Off);
    assert_eq!(map_video(&mut timeline, &[5000, 5040, 900_000, 100]), [5000, 5040, 900_000, 100]);
    let far = 5000_u32.wrapping_sub(123_456_789);
    assert_eq!(timeline.map(Audio, far.into()), Some(far.into()));
}

#[test]
fn zero_starts_at_zero_and_leaves_the_rest() {
    let mut timeline = Timeline::new(TimeJitter::Zero);
    let raw = [(Video, 5000), (Video, 65_000), (Audio, 65_010), (Video, 30_000), (Audio, 65_033)];
    assert_eq!(map_all(&mut timeline, &raw), [0, 60_000, 60_010, 25_000, 60_033]);
}

#[test]
fn the_wrap_at_32_bits_is_not_seen() {
    let mut timeline = Timeline::new(TimeJitter::Full);
    let last = u32::MAX;
    let raw = [(Video, last - 19), (Audio, last - 9), (Video, 20), (Audio, 13), (Video, 60), (Audio, 36)];
    assert_eq!(map_all(&mut timeline, &raw), [0, 10, 40, 33, 80, 56]);
}

#[test]
fn a_jump_of_both_tracks_is_a_small_step_and_they_stay_in_step() {
    for jump in [60_000, 4_000_000_000, 4_294_966_000] {
        let mut timeline = Timeline::new(TimeJitter::Full);
        map_all(&mut timeline, &[(Video, 2000), (Audio, 2010), (Video, 2040), (Audio, 2033)]);
        let jumped = [(Video, 2080_u32), (Audio, 2056), (Audio, 2079), (Video, 2120)]
            .map(|(track, raw)| (track, raw.wrapping_add(jump)));
        assert_eq!(map_all(&mut timeline, &jumped), [80, 56, 79, 120], "{jump}");
    }
}

#[test]
fn a_jump_of_one_track_is_a_small_step_and_the_other_does_not_move() {
    let mut timeline = Timeline::new(TimeJitter::Full);
    map_all(&mut timeline, &[(Video, 0), (Audio, 10), (Video, 40), (Audio, 33)]);
    let raw = [(Video, 3_600_080), (Audio, 56), (Audio, 79), (Video, 3_600_120), (Audio, 102)];
    assert_eq!(map_all(&mut timeline, &raw), [80, 56, 79, 120, 102]);
}

#[test]
fn one_wrong_timestamp_moves_nothing_behind_it() {
    let mut timeline = Timeline::new(TimeJitter::Full);
    assert_eq!(map_video(&mut timeline, &[1000, 1040, 900_000, 1120, 1160]), [0, 40, 80, 120, 160]);
}

#[test]
fn a_slow_camera_keeps_its_pace() {
    let mut timeline = Timeline::new(TimeJitter::Full);
    assert_eq!(map_video(&mut timeline, &[0, 1000, 2000, 4000]), [0, 1000, 2000, 4000]);
}

#[test]
fn steps_back_of_a_track_are_no_steps() {
    // A camera whose timestamps are those of presentation.
    let mut timeline = Timeline::new(TimeJitter::Full);
    assert_eq!(map_video(&mut timeline, &[0, 120, 40, 80, 240, 160]), [0, 120, 120, 120, 240, 240]);
}

#[test]
fn a_restart_goes_on_where_the_last_publication_ended() {
    for jitter in [TimeJitter::Full, TimeJitter::Zero, TimeJitter::Off] {
        let mut timeline = Timeline::new(jitter);
        map_video(&mut timeline, &[0, 1000]);
        timeline.restart();
        assert_eq!(map_video(&mut timeline, &[0, 40]), [1040, 1080]);
        timeline.restart();
        assert_eq!(map_video(&mut timeline, &[4_000_000_000]), [1120]);
    }
}

#[test]
fn a_restart_goes_on_behind_all_that_is_shown() {
    let mut timeline = Timeline::new(TimeJitter::Full);
    map_video(&mut timeline, &[0, 40]);
    timeline.shows(40, 160);
    timeline.restart();
    assert_eq!(map_video(&mut timeline, &[0, 40]), [240, 280]);
}

#[test]
fn a_restart_does_not_add_the_distance_of_the_tracks_to_the_clock() {
    let mut timeline = Timeline::new(TimeJitter::Full);
    let publication = [(Video, 10), (Audio, 600_010), (Video, 50), (Audio, 600_033)];
    assert_eq!(map_all(&mut timeline, &publication), [0, 600_000, 40, 600_023]);
    timeline.restart();
    assert_eq!(map_all(&mut timeline, &publication), [80, 600_080, 120, 600_103]);
    // One without a distance is in step, and neither track goes back.
    timeline.restart();
    let publication = [(Video, 0), (Audio, 10), (Video, 40), (Audio, 33)];
    assert_eq!(map_all(&mut timeline, &publication), [160, 600_143, 600_173, 600_166]);
}

#[test]
fn it_goes_on_past_32_bits() {
    let mut timeline = Timeline::new(TimeJitter::Zero);
    let mut raw = 0_u32;
    let mut last = timeline.map(Video, 0).unwrap();
    for _ in 0..6 {
        raw = raw.wrapping_add(0x4000_0000);
        let next = timeline.map(Video, raw.into()).unwrap();
        assert_eq!(next - last, 0x4000_0000);
        last = next;
    }
    assert!(last > u64::from(u32::MAX));
}
