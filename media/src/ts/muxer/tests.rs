use super::*;
use crate::flv::TagType;

#[allow(dead_code, unreachable_pub)]
#[path = "../../../../tests/src/transport_stream.rs"]
mod transport_stream;

mod discontinuities;
mod groups;

use transport_stream::{Analysis, Pes};

const AVC_HEADER: &[u8] =
    b"\x17\x00\x00\x00\x00\x01\x64\x00\x0c\xff\xe1\x00\x05\x67\x64\x00\x0c\xac\x01\x00\x03\x68\xeb\xe3";
const AAC_HEADER: &[u8] = b"\xaf\x00\x12\x10";
const MP3_HEADER: [u8; 4] = [0xff, 0xfb, 0x90, 0x64];

/// A muxer, and all that has come out of it.
#[derive(Default)]
struct Stream {
    muxer: TsMuxer,
    out: Vec<Muxed>,
}

impl Stream {
    fn new(headers: &[(TagType, &[u8])]) -> Self {
        let mut stream = Self::default();
        headers.iter().for_each(|(tag_type, body)| stream.push(*tag_type, 0, body));
        stream
    }

    fn of_video() -> Self {
        Self::new(&[(TagType::Video, AVC_HEADER)])
    }

    fn of_both() -> Self {
        Self::new(&[(TagType::Video, AVC_HEADER), (TagType::Audio, AAC_HEADER)])
    }

    fn of_audio() -> Self {
        Self::new(&[(TagType::Audio, AAC_HEADER)])
    }

    fn push(&mut self, tag_type: TagType, timestamp: u64, body: &[u8]) {
        let tag = Tag::parse(tag_type, timestamp, Bytes::copy_from_slice(body)).unwrap();
        self.muxer.push(&tag, &mut self.out);
    }

    fn video(&mut self, timestamp: u64, keyframe: bool, composition_time: i32, len: usize) {
        let [_, c2, c1, c0] = composition_time.to_be_bytes();
        let mut body = vec![if keyframe { 0x17 } else { 0x27 }, 1, c2, c1, c0];
        body.extend_from_slice(&(len as u32).to_be_bytes());
        body.push(if keyframe { 0x65 } else { 0x41 });
        body.resize(body.len() + len - 1, 0x5a);
        self.push(TagType::Video, timestamp, &body);
    }

    fn aac(&mut self, timestamp: u64, len: usize) {
        self.push(TagType::Audio, timestamp, &[&[0xaf, 1][..], &vec![0x21; len]].concat());
    }

    fn mp3(&mut self, timestamp: u64) {
        self.push(TagType::Audio, timestamp, &[&[0x2f][..], &MP3_HEADER, &[0; 413]].concat());
    }

    /// Video of `rate` frames a second with a keyframe each second, and AAC of 200 bytes a frame with it if `audio`.
    fn play(&mut self, from: u64, seconds: u64, rate: u64, audio: bool) {
        let video = (0..seconds * rate).map(|frame| (from + frame * 1000 / rate, Some(frame % rate == 0)));
        let sound = (0..seconds * 44_100 / 1024).map(|frame| (from + frame * 1024 * 10 / 441, None));
        let mut frames: Vec<_> = video.chain(sound.filter(|_| audio)).collect();
        frames.sort_unstable_by_key(|(timestamp, _)| *timestamp);
        for (timestamp, kind) in frames {
            match kind {
                Some(keyframe) => self.video(timestamp, keyframe, 0, 1000),
                None => self.aac(timestamp, 200),
            }
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.out.iter().flat_map(|muxed| muxed.bytes.to_vec()).collect()
    }

    fn analysis(&self) -> Analysis {
        Analysis::of(&self.bytes()).unwrap()
    }
}

fn times(pes: &Pes) -> (u64, u64) {
    (pes.pts / 90, pes.dts / 90)
}

#[test]
fn a_stream_has_the_tables_the_clock_and_the_marks_that_it_must() {
    for (rate, audio) in [(25, true), (30, true), (24, false), (10, true), (1, false), (60, true)] {
        let mut stream = if audio { Stream::of_both() } else { Stream::of_video() };
        stream.play(0, 5, rate, audio);
        stream.muxer.flush(&mut stream.out);
        let analysis = stream.analysis();
        assert!(analysis.widest_reference_gap() <= 40, "{rate}: {}", analysis.widest_reference_gap());
        assert!(analysis.widest_table_gap() <= 500, "{rate}: {}", analysis.widest_table_gap());
        assert!(analysis.references.iter().all(|reference| reference.pid == 0x100));
        let starts: Vec<_> = analysis
            .of_pid(0x100)
            .enumerate()
            .filter(|(_, pes)| pes.random_access)
            .map(|(index, _)| index)
            .collect();
        assert_eq!(starts, (0..5).map(|second| second * rate as usize).collect::<Vec<_>>());
        assert_eq!(analysis.of_pid(0x101).count() > 0, audio);
        let program = &analysis.programs[0];
        let streams = [(0x100, 0x1b), (0x101, 0x0f)];
        assert_eq!((program.version, program.clock_pid), (0, 0x100));
        assert_eq!(program.streams, streams[..if audio { 2 } else { 1 }]);
    }
}

#[test]
fn random_access_points_begin_with_tables_and_are_a_stream_of_their_own() {
    let mut stream = Stream::of_both();
    stream.play(0, 3, 25, true);
    let starts: Vec<_> = (0..stream.out.len()).filter(|index| stream.out[*index].random_access).collect();
    assert_eq!(starts.len(), 3);
    for start in starts {
        let muxed = &stream.out[start];
        assert_eq!(muxed.content, Content::Keyframe);
        let packet = |index: usize| &muxed.bytes[index * 188..(index + 1) * 188];
        assert_eq!((&packet(0)[1..3], &packet(1)[1..3]), (&[0x40, 0][..], &[0x50, 0x01][..]));
        let rest: Vec<u8> = stream.out[start..].iter().flat_map(|muxed| muxed.bytes.to_vec()).collect();
        assert!(Analysis::of(&rest).unwrap().of_pid(0x100).next().unwrap().random_access);
    }
}

#[test]
fn access_units_and_times_come_out_as_they_went_in() {
    let mut stream = Stream::of_both();
    stream.video(0, true, 80, 70_000);
    stream.aac(5, 100);
    stream.video(40, false, 160, 10);
    stream.video(80, false, 0, 65_000);
    let analysis = stream.analysis();
    let video: Vec<_> = analysis.of_pid(0x100).collect();
    assert_eq!(video.iter().map(|pes| times(pes)).collect::<Vec<_>>(), [(380, 300), (500, 340), (380, 380)]);
    // 6 for the delimiter, 9 and 7 for the parameter sets, 3 for the start code; a length that fits is stated.
    let lens: Vec<_> = video.iter().map(|pes| (pes.data.len(), pes.stated_len)).collect();
    assert_eq!(lens, [(70_025, 0), (19, 19), (65_009, 65_009)]);
    assert_eq!(video[1].data[..11], *b"\x00\x00\x00\x01\x09\xf0\x00\x00\x01\x41\x5a");
    let audio: Vec<_> = analysis.of_pid(0x101).collect();
    assert_eq!((times(audio[0]), audio[0].data.len()), ((305, 305), 107));
}

#[test]
fn timestamps_wrap_at_33_bits() {
    let wrap = (1_u64 << 33) / 90 - 1000;
    for from in [wrap, (1 << 33) * 5 / 90 - 1000, u64::from(u32::MAX) - 500] {
        let mut stream = Stream::of_both();
        stream.play(from, 3, 25, true);
        let analysis = stream.analysis();
        assert!(analysis.widest_reference_gap() <= 40);
        let last = analysis.of_pid(0x100).last().unwrap();
        assert_eq!(last.dts, (from + 2960 + 300) * 90 % (1 << 33));
    }
}

#[test]
fn the_program_map_gets_a_version_when_a_track_appears_or_changes() {
    let mut stream = Stream::of_video();
    stream.play(0, 1, 25, false);
    stream.push(TagType::Audio, 1000, AAC_HEADER);
    stream.play(1000, 1, 25, true);
    // The sequence header again: nothing new.
    stream.push(TagType::Audio, 2000, AAC_HEADER);
    stream.play(2000, 1, 25, true);
    for frame in 0..10 {
        stream.video(3000 + frame * 40, frame == 0, 0, 100);
        stream.mp3(3000 + frame * 26);
    }
    stream.push(TagType::Audio, 3400, &[&[0x2f][..], &[0xff, 0xf3, 0x80, 0xc4], &[0; 204]].concat());
    stream.muxer.flush(&mut stream.out);
    let mut programs = stream.analysis().programs;
    programs.dedup_by_key(|program| program.version);
    let video = (0x100, 0x1b);
    let audio: Vec<_> = programs.iter().map(|program| program.streams.clone()).collect();
    assert_eq!(
        audio,
        [vec![video], vec![video, (0x101, 0x0f)], vec![video, (0x102, 0x03)], vec![video, (0x102, 0x04)]]
    );
}

#[test]
fn audio_alone_has_the_clock_and_places_to_start() {
    let mut stream = Stream::of_audio();
    stream.play(0, 0, 1, false);
    for frame in 0..400 {
        stream.aac(frame * 1024 * 10 / 441, 200);
    }
    let analysis = stream.analysis();
    assert!(analysis.widest_reference_gap() <= 40 && analysis.widest_table_gap() <= 500);
    assert_eq!(analysis.programs[0].clock_pid, 0x101);
    let starts = stream.out.iter().filter(|muxed| muxed.random_access).count();
    assert_eq!(starts, analysis.programs.len());
    assert_eq!(starts, analysis.pes.iter().filter(|pes| pes.random_access).count());
    assert!(stream.out[0].random_access && starts > 9000 / 500, "{starts}");
    // Eight kilohertz: a frame is longer than the clock may be silent.
    let mut stream = Stream::new(&[(TagType::Audio, b"\xaf\x00\x15\x88")]);
    (0..60).for_each(|frame| stream.aac(frame * 128, 100));
    let analysis = stream.analysis();
    assert!(analysis.widest_reference_gap() <= 40 && analysis.widest_table_gap() <= 500);
}

#[test]
fn enhanced_tags_are_muxed_as_legacy_ones_are() {
    let mut legacy = Stream::of_video();
    legacy.video(0, true, 40, 100);
    let mut enhanced = Stream::new(&[(TagType::Video, &[b"\x90avc1", &AVC_HEADER[5..]].concat())]);
    let nal = [&[0x65][..], &[0x5a; 99]].concat();
    enhanced.push(TagType::Video, 0, &[b"\x91avc1\x00\x00\x28\x00\x00\x00\x64", &nal[..]].concat());
    assert_eq!(enhanced.bytes(), legacy.bytes());
    assert_eq!(enhanced.analysis().pes.len(), 1);
}

#[test]
fn what_cannot_be_carried_is_left_out() {
    let mut stream = Stream::of_both();
    // Frames of other codecs, malformed ones, empty ones, and sequence headers that are none.
    stream.push(TagType::Video, 0, b"\x91av01frame");
    stream.push(TagType::Video, 0, b"\x17\x01\x00\x00\x00\x00\x00\x00\x09\x65");
    stream.push(TagType::Video, 0, b"\x17\x00\x00\x00\x00\x01");
    stream.push(TagType::Audio, 0, b"\xaf\x01");
    stream.push(TagType::Audio, 0, b"\x2fID3");
    stream.push(TagType::Audio, 0, &[&[0x2f][..], &MP3_HEADER, &[0; 70_000]].concat());
    stream.push(TagType::Audio, 0, b"\x7falaw");
    stream.push(TagType::Script, 0, b"\x02\x00\x0aonMetaData");
    stream.muxer.flush(&mut stream.out);
    assert_eq!(stream.out, []);
    stream.video(0, true, 0, 100);
    assert_eq!(stream.analysis().pes.len(), 1);
}
