use proptest::prelude::*;

use super::*;

/// The most that audio and video are apart, in milliseconds.
const TEN_MINUTES: i64 = 600_000;

/// A track's steps, in milliseconds.
fn steps(longest: u32) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(1..longest, 1..80)
}

/// Timestamps from `first` on, which wrap.
fn timestamps(first: u32, steps: &[u32]) -> Vec<u32> {
    let mut all = vec![first];
    all.extend(steps.iter().scan(first, |at, step| {
        *at = at.wrapping_add(*step);
        Some(*at)
    }));
    all
}

/// What comes of two tracks, of which `order` says whose turn it is: audio's times, and video's.
fn play(
    timeline: &mut Timeline,
    audio: &[u32],
    video: &[u32],
    order: &[bool],
) -> (Vec<Option<u64>>, Vec<Option<u64>>) {
    let (mut audio, mut video) = (audio.iter(), video.iter());
    let (mut heard, mut seen) = (Vec::new(), Vec::new());
    let turns = order.iter().copied().chain(std::iter::repeat([true, false]).flatten());
    for is_audio in turns.take(order.len() + 400) {
        if is_audio {
            heard.extend(audio.next().map(|&raw| timeline.map(Audio, raw.into())));
        } else {
            seen.extend(video.next().map(|&raw| timeline.map(Video, raw.into())));
        }
    }
    (heard, seen)
}

fn differences(times: &[u64]) -> Vec<u64> {
    times.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect()
}

proptest! {
    #[test]
    fn tracks_at_any_distance_keep_their_steps(
        first in any::<u32>(),
        distance in prop_oneof![-300..=300_i64, -TEN_MINUTES..=TEN_MINUTES],
        audio in steps(60),
        video in steps(200),
        mut order in prop::collection::vec(any::<bool>(), 0..160),
        video_is_first in any::<bool>(),
    ) {
        order.insert(0, !video_is_first);
        // Zero is what encoders send that do not count.
        let first = first.max(1);
        let audio_first = first.wrapping_add((distance as i32).cast_unsigned()).max(1);
        let mut timeline = Timeline::new(TimeJitter::Full);
        let (heard, seen) = play(&mut timeline, &timestamps(audio_first, &audio), &timestamps(first, &video), &order);

        let seen: Vec<_> = seen.into_iter().flatten().collect();
        prop_assert_eq!(differences(&seen), video.iter().map(|&step| step.into()).collect::<Vec<u64>>());
        // Of audio, what is from before the beginning is missing, and there is one step where video needs room.
        let missing = heard.iter().take_while(|time| time.is_none()).count();
        let heard: Vec<_> = heard.into_iter().skip(missing).map(Option::unwrap).collect();
        let expected: Vec<u64> = audio.iter().skip(missing).map(|&step| step.into()).collect();
        let differing = differences(&heard).iter().zip(&expected).filter(|(came, sent)| came != sent).count();
        prop_assert!(differing == 0 || differing == 1 && !video_is_first, "{:?}", heard);
        prop_assert!(missing == 0 || distance < 0);
        prop_assert!(heard.is_sorted() && seen.is_sorted());
    }

    #[test]
    fn no_timestamps_make_a_track_go_back(
        tags in prop::collection::vec(
            (any::<bool>(), prop_oneof![Just(0), 0..5000_u32, any::<u32>()], prop::bool::weighted(0.02)),
            1..400,
        ),
    ) {
        let mut timeline = Timeline::new(TimeJitter::Full);
        let (mut heard, mut seen) = (0, 0);
        for (is_audio, raw, is_restart) in tags {
            if is_restart {
                timeline.restart();
            }
            let (track, last) = if is_audio { (Audio, &mut heard) } else { (Video, &mut seen) };
            if let Some(time) = timeline.map(track, raw.into()) {
                prop_assert!(time >= *last);
                *last = time;
            }
        }
    }
}
