//! Encoders as they are, for a long time: a second of media for each second.

use super::*;

const HOUR: u64 = 3_600_000;

/// What an encoder sends at a time: of each frame the track, and the timestamp made of the time of its capture.
struct Encoder {
    audio: fn(u64) -> u64,
    video: fn(u64) -> u64,
    /// How far apart in time writes are, and which track goes first in one, in milliseconds.
    block: u64,
    audio_first: bool,
    /// Whether a track sends at that time.
    has_video: fn(u64) -> bool,
}

const PLAIN: Encoder =
    Encoder { audio: |at| at, video: |at| at, block: 40, audio_first: false, has_video: |_| true };

/// Per track, when frames were captured and what became of their timestamps.
#[derive(Default)]
struct Output {
    audio: Vec<(u64, u64)>,
    video: Vec<(u64, u64)>,
}

impl Encoder {
    fn run(&self, timeline: &mut Timeline, duration: u64) -> Output {
        let mut output = Output::default();
        for from in (0..duration).step_by(self.block as usize) {
            let block = from..from + self.block;
            let frames = |length: u64| {
                let first = block.start.div_ceil(length) * length;
                (first..block.end).step_by(length as usize)
            };
            let mut tags: Vec<_> = frames(23).map(|at| (Audio, at)).collect();
            tags.extend(frames(40).filter(|&at| (self.has_video)(at)).map(|at| (Video, at)));
            tags.sort_by_key(|&(track, at)| ((track == Audio) != self.audio_first, at));
            for (track, at) in tags {
                let (clock, out) = match track {
                    Audio => (self.audio, &mut output.audio),
                    _ => (self.video, &mut output.video),
                };
                out.extend(timeline.map(track, clock(at)).map(|time| (at, time)));
            }
        }
        output
    }

    fn played(&self, duration: u64) -> Output {
        self.run(&mut Timeline::new(TimeJitter::Full), duration)
    }
}

/// Both tracks are as long as they were captured for, to half a second, and never go back.
fn assert_real_time(name: &str, output: &Output) {
    for track in [&output.audio, &output.video] {
        let [(began, from), .., (ended, to)] = track[..] else { panic!("{name}: no frames") };
        assert!(
            (to - from).abs_diff(ended - began) <= 500,
            "{name}: {} ms from {}",
            to - from,
            ended - began
        );
        assert!(track.is_sorted_by_key(|(_, time)| time), "{name}");
    }
}

#[test]
fn every_encoder_has_one_second_of_media_for_each_second() {
    let encoders = [
        ("audio ahead", Encoder { audio: |at| at + 4000, ..PLAIN }),
        ("audio behind", Encoder { video: |at| at + 300, ..PLAIN }),
        ("audio far behind", Encoder { audio: |at| at + 5, video: |at| at + 123_456_789, ..PLAIN }),
        (
            "audio far ahead, first",
            Encoder { audio: |at| at + 123_456_789, audio_first: true, block: 10, ..PLAIN },
        ),
        ("blocks", Encoder { block: 500, ..PLAIN }),
        ("blocks, audio first", Encoder { block: 500, audio_first: true, ..PLAIN }),
        ("audio of zero", Encoder { audio: |_| 0, video: |at| at + 10_000, ..PLAIN }),
        (
            "audio of zero, first",
            Encoder { audio: |_| 0, video: |at| at + 10_000, audio_first: true, ..PLAIN },
        ),
        ("video of zero", Encoder { video: |_| 0, audio: |at| at + 10_000, ..PLAIN }),
        (
            "video of zero, second",
            Encoder { video: |_| 0, audio: |at| at + 10_000, audio_first: true, ..PLAIN },
        ),
        ("both from zero, audio still", Encoder { audio: |_| 0, ..PLAIN }),
        ("a pause", Encoder { has_video: |at| !(100_000..160_000).contains(&at), ..PLAIN }),
        ("audio that stops counting", Encoder { audio: |at| at.min(60_000), ..PLAIN }),
        (
            "audio that stops counting for a while",
            Encoder { audio: |at| if (60_000..90_000).contains(&at) { 60_000 } else { at }, ..PLAIN },
        ),
        ("audio that counts seconds", Encoder { audio: |at| at / 1000 * 1000, ..PLAIN }),
        ("timestamps of presentation", Encoder { video: |at| at + at / 40 % 4 * 30, ..PLAIN }),
        (
            "a clock that is set",
            Encoder {
                audio: |at| if at < 70_000 { at } else { at + 9_000_000 },
                video: |at| if at < 70_000 { at } else { at + 9_000_000 },
                ..PLAIN
            },
        ),
        (
            "a clock that is set back by little",
            Encoder {
                audio: |at| if at < 70_000 { at + 5000 } else { at + 4740 },
                video: |at| if at < 70_000 { at + 5000 } else { at + 4740 },
                ..PLAIN
            },
        ),
        ("audio's clock is set each minute", Encoder { audio: |at| at % 60_000, ..PLAIN }),
        (
            "audio with a wrong timestamp now and then",
            Encoder {
                audio: |at| if at / 23 % 50 == 49 { 0 } else { at + 7_000_000 },
                video: |at| at + 7_000_000,
                ..PLAIN
            },
        ),
    ];
    for (name, encoder) in &encoders {
        assert_real_time(name, &encoder.played(HOUR / 4));
    }
}

#[test]
fn tracks_that_drift_keep_their_own_pace() {
    let encoder = Encoder { audio: |at| at * 1001 / 1000, ..PLAIN };
    let output = encoder.played(HOUR);
    let (at, time) = *output.audio.last().unwrap();
    assert_eq!(time, at * 1001 / 1000);
    assert_eq!(*output.video.last().unwrap(), (HOUR - 40, HOUR - 40));
}

#[test]
fn a_track_that_stands_still_is_near_the_other() {
    let still: [Encoder; 3] = [
        Encoder { audio: |_| 0, video: |at| at + 10_000, ..PLAIN },
        Encoder { video: |_| 0, audio: |at| at + 10_000, ..PLAIN },
        Encoder { audio: |at| at.min(60_000), ..PLAIN },
    ];
    for (index, encoder) in still.iter().enumerate() {
        let output = encoder.played(HOUR / 10);
        for &(at, time) in output.audio.iter().chain(&output.video) {
            assert!(time.abs_diff(at) <= 350, "{index}: {time} at {at}");
        }
    }
}

#[test]
fn tracks_are_in_step_again_after_a_pause_and_after_the_clock_was_set() {
    let encoders = [
        Encoder { has_video: |at| !(100_000..160_000).contains(&at), ..PLAIN },
        Encoder {
            audio: |at| if at < 70_000 { at } else { at + 9_000_000 },
            video: |at| if at < 70_000 { at } else { at + 9_000_000 },
            ..PLAIN
        },
        Encoder { audio: |at| if (60_000..90_000).contains(&at) { 60_000 } else { at }, ..PLAIN },
    ];
    for (index, encoder) in encoders.iter().enumerate() {
        let output = encoder.played(HOUR / 10);
        let distance = |track: &[(u64, u64)]| {
            track.last().map(|(at, time)| time.wrapping_sub(*at).cast_signed()).unwrap()
        };
        let (audio, video) = (distance(&output.audio), distance(&output.video));
        assert!((audio - video).abs() <= 5, "{index}: {audio} and {video}");
    }
}

#[test]
fn publishers_that_come_and_go_do_not_make_the_clock_run() {
    for distance in [0, 200, 4000, 600_000] {
        let mut timeline = Timeline::new(TimeJitter::Full);
        for _ in 0..50 {
            timeline.restart();
            let mut output = Output::default();
            for at in (0..10_000).step_by(20) {
                output.video.extend(timeline.map(Video, 1_000_000 + at).map(|time| (at, time)));
                output.audio.extend(timeline.map(Audio, 1_000_000 + at + distance).map(|time| (at, time)));
            }
            assert_real_time("publication", &output);
        }
        // Of 500 seconds, and what lies between publications.
        let end = timeline.now(Video);
        assert!((500_000..=515_000).contains(&end), "{distance}: {end}");
    }
}
