use super::*;
use flvgate_media::fmp4::{Fragment, InitSegment, Media, SampleEntry, write_fragment, write_init_segment};

const TIMESCALE: u32 = 1000;

fn init(track: Track, rate: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let sample_entry = SampleEntry {
        names: *b"mp4aesds",
        config: &[0x12, 0x10],
        media: Media::Audio { sample_rate: rate, channels: 2 },
    };
    write_init_segment(
        &InitSegment { track_id: track as u32 + 1, timescale: TIMESCALE, sample_entry },
        &mut out,
    );
    out
}

/// A recorder, and the file that it makes.
#[derive(Default)]
struct Tape {
    recorder: Recorder,
    file: Vec<u8>,
    ends: u32,
}

impl Tape {
    fn see(&mut self, output: &Output<'_>) {
        let Self { recorder, file, ends } = self;
        recorder.observe(output, &mut |recorded| match recorded {
            Recorded::Bytes(bytes) => file.extend_from_slice(bytes),
            Recorded::End => *ends += 1,
        });
    }

    fn init(&mut self, track: Track, rate: u32) {
        self.see(&Output::Init { track, mime: "", data: &init(track, rate) });
    }

    fn begin(video: bool, audio: bool) -> Self {
        let mut tape = Self::default();
        tape.see(&Output::Tracks { video, audio });
        for (track, there) in [(Track::Video, video), (Track::Audio, audio)] {
            if there {
                tape.init(track, 44_100);
            }
        }
        tape
    }

    fn frame(&mut self, track: Track, ms: u64, keyframe: bool) {
        let mut data = Vec::new();
        let fragment = Fragment {
            sequence_number: 77,
            track_id: track as u32 + 1,
            decode_time: ms,
            duration: 40,
            composition_offset: 0,
            keyframe,
            data: &[1, 2, 3],
        };
        write_fragment(&fragment, &mut data);
        let (decode_time, duration, set_timestamp_offset) = (ms as f64 / 1000.0, 0.04, false);
        self.see(&Output::Fragment {
            track,
            data: &data,
            decode_time,
            duration,
            keyframe,
            set_timestamp_offset,
        });
    }

    /// Both tracks, frame by frame; a keyframe each 200 ms.
    fn play(&mut self, from: u64, to: u64) {
        for ms in (from..to).step_by(40) {
            self.frame(Track::Video, ms, (ms - from).is_multiple_of(200));
            self.frame(Track::Audio, ms, true);
        }
    }

    fn stop(&mut self) -> Vec<(u32, u64)> {
        let Self { recorder, file, ends } = self;
        recorder.stop(&mut |recorded| match recorded {
            Recorded::Bytes(bytes) => file.extend_from_slice(bytes),
            Recorded::End => *ends += 1,
        });
        self.fragments()
    }

    /// Track and time of each fragment in the file, whose numbers count from 1.
    fn fragments(&self) -> Vec<(u32, u64)> {
        let u32_at = |at: usize| u32::from_be_bytes(self.file[at..at + 4].try_into().unwrap());
        let starts =
            self.file.windows(4).enumerate().filter(|(_, name)| *name == b"moof").map(|(at, _)| at - 4);
        starts
            .enumerate()
            .map(|(index, at)| {
                assert_eq!(u32_at(at + 20) as usize, index + 1);
                (u32_at(at + 44), u64::from(u32_at(at + 60)) << 32 | u64::from(u32_at(at + 64)))
            })
            .collect()
    }
}

#[test]
fn a_file_begins_with_both_tracks_at_a_keyframe_at_0() {
    let mut tape = Tape::begin(true, true);
    tape.play(0, 1000);
    tape.recorder.start();
    tape.frame(Track::Audio, 4000, true);
    tape.frame(Track::Video, 4000, false);
    tape.play(5000, 5200);
    let fragments = tape.stop();
    let times: Vec<_> = (0..5).flat_map(|frame| [(1, frame * 40), (2, frame * 40)]).collect();
    assert_eq!(fragments, times);
    assert_eq!(tape.ends, 1);
    assert_eq!(tape.file.windows(4).filter(|name| *name == b"trak").count(), 2);
    assert!(tape.stop().len() == 10 && tape.ends == 1, "it was stopped before");
}

#[test]
fn a_seek_leaves_no_trace() {
    let mut tape = Tape::begin(true, true);
    tape.recorder.start();
    tape.play(0, 400);
    for (from, to) in [(60_000, 60_400), (10_000, 10_400)] {
        tape.init(Track::Video, 44_100);
        tape.frame(Track::Audio, from, true);
        tape.frame(Track::Video, from, false);
        tape.play(from, to);
    }
    let times: Vec<_> =
        tape.stop().into_iter().filter(|fragment| fragment.0 == 1).map(|fragment| fragment.1).collect();
    assert_eq!(times, (0..1200).step_by(40).collect::<Vec<_>>());
    let audio: Vec<_> = tape.fragments().into_iter().filter(|fragment| fragment.0 == 2).collect();
    assert!(audio.windows(2).all(|pair| pair[0].1 < pair[1].1) && audio.len() >= 28, "{audio:?}");
}

#[test]
fn another_configuration_or_other_tracks_end_it() {
    for other_tracks in [false, true] {
        let mut tape = Tape::begin(true, true);
        tape.recorder.start();
        tape.play(0, 400);
        if other_tracks {
            tape.see(&Output::Tracks { video: true, audio: false });
        } else {
            tape.init(Track::Audio, 48_000);
        }
        assert_eq!((tape.ends, tape.fragments().len()), (1, 20));
        tape.play(400, 800);
        assert_eq!(tape.stop().len(), 20);
    }
}

#[test]
fn a_single_track_is_enough_and_a_large_file_comes_in_pieces() {
    let mut tape = Tape::begin(false, true);
    tape.recorder.start();
    for frame in 0..1000 {
        tape.frame(Track::Audio, 9000 + frame * 40, true);
    }
    assert!(tape.file.len() >= PIECE);
    let fragments = tape.stop();
    assert_eq!((fragments.len(), fragments[999]), (1000, (2, 999 * 40)));
}

#[test]
fn what_mp4_does_not_hold_is_left_out() {
    let mut tape = Tape::begin(true, false);
    tape.see(&Output::Init { track: Track::Audio, mime: "audio/mpeg", data: &[] });
    tape.recorder.start();
    tape.play(0, 200);
    assert!(tape.stop().iter().all(|fragment| fragment.0 == 1));
}
