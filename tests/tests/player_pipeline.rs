//! The player's pipeline against ffmpeg and mp4-atom: what it writes decodes to the frames that went in.

use std::path::{Path, PathBuf};

use flvgate_media::codec::aac::{self, AacConfig};
use flvgate_media::codec::mp3;
use flvgate_media::fmp4::{
    Fragment, InitSegment, Media, SampleEntry, esds, write_fragment, write_init_segment,
};
use flvgate_player::pipeline::{Output, Pipeline, Track};
use flvgate_tests::ffmpeg::{Audio, Clip, Packet, packets};
use flvgate_tests::process;
use mp4_atom::{Any, Codec, Decode, Moov};

/// What the pipeline makes of a whole FLV file, track by track.
#[derive(Debug, Default, PartialEq)]
struct Played {
    mimes: Vec<String>,
    /// Init segment and fragments, each as it came.
    video: Vec<Vec<u8>>,
    audio: Vec<Vec<u8>>,
    /// Output time of the first audio frame, in seconds.
    audio_start: Option<f64>,
}

impl Played {
    fn of(flv: &[u8], slice: usize) -> Self {
        Self::by(Pipeline::new(), flv, slice)
    }

    fn by(mut pipeline: Pipeline, flv: &[u8], slice: usize) -> Self {
        let mut played = Self::default();
        for slice in flv.chunks(slice) {
            pipeline.push(slice, 0.0, &mut |output| played.note(&output)).expect("it is FLV");
        }
        played
    }

    fn note(&mut self, output: &Output<'_>) {
        let (track, data) = match *output {
            Output::Init { track, mime, data } => {
                self.mimes.push(mime.into());
                (track, data)
            }
            Output::Fragment { track, data, decode_time, .. } => {
                if track == Track::Audio {
                    self.audio_start.get_or_insert(decode_time);
                }
                (track, data)
            }
            Output::Tracks { .. } | Output::Metadata(_) | Output::Clock { .. } => return,
            Output::Discontinuity { .. } | Output::Warning(_) => panic!("{output:?}"),
        };
        match track {
            Track::Video => self.video.push(data.to_vec()),
            Track::Audio => self.audio.push(data.to_vec()),
        }
    }

    /// Writes the tracks as files; the second is there if there is audio.
    fn write(&self, directory: &Path) -> (PathBuf, Option<PathBuf>) {
        let video = directory.join("video.mp4");
        std::fs::write(&video, self.video.concat()).expect("the directory is ours");
        let name = if self.mimes.iter().any(|mime| mime == "audio/mpeg") { "audio.mp3" } else { "audio.mp4" };
        let audio = (!self.audio.is_empty()).then(|| directory.join(name));
        if let Some(audio) = &audio {
            std::fs::write(audio, self.audio.concat()).expect("the directory is ours");
        }
        (video, audio)
    }
}

/// The MD5 of every decoded frame of a track.
async fn decoded(path: &Path, map: &str) -> Vec<String> {
    let path = path.display().to_string();
    let mut arguments = vec!["-v", "error", "-xerror", "-i", &path, "-map", map];
    arguments.extend(["-fps_mode", "passthrough", "-f", "framemd5", "-"]);
    let report = process::run_clean("ffmpeg", &arguments).await;
    let frames = report.lines().filter(|line| !line.starts_with('#'));
    frames.filter_map(|line| line.rsplit(',').next()).map(|md5| md5.trim().to_owned()).collect()
}

/// Checks that the video packets of `ours`, 90 ticks to a millisecond, are those of `source`, at the same times.
fn assert_same_video(ours: &[Packet], source: &[Packet]) {
    assert_eq!(ours.len(), source.len());
    let start = source[0].dts;
    for (ours, source) in ours.iter().zip(source) {
        assert_eq!(ours.content, source.content);
        assert_eq!((ours.dts, ours.pts), ((source.dts - start) * 90, (source.pts - start) * 90));
    }
}

async fn plays_as_ffmpeg_sees_it(clip: Clip) {
    plays(clip, false).await;
}

async fn plays(clip: Clip, wraps_mp3: bool) {
    let pipeline = || {
        let mut pipeline = Pipeline::new();
        pipeline.wrap_mp3(wraps_mp3);
        pipeline
    };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = clip.make(directory.path()).await;
    let flv = std::fs::read(&path).expect("ffmpeg wrote it");
    let played = Played::by(pipeline(), &flv, 1447);
    assert!(played == Played::by(pipeline(), &flv, flv.len()), "slicing must not matter");
    let source = packets(&path).await;
    let of_stream =
        |stream| source.iter().filter(|packet| packet.stream == stream).cloned().collect::<Vec<_>>();

    let (video, audio) = played.write(directory.path());
    assert_same_video(&packets(&video).await, &of_stream(0));
    assert_eq!(decoded(&video, "0:v").await, decoded(&path, "0:v").await);

    let Some(audio) = audio else {
        assert_eq!(clip.audio, Audio::None);
        return;
    };
    let (ours, theirs) = (packets(&audio).await, of_stream(1));
    // In front there may be silence, where the source starts its audio later than its video.
    let silent = ours.len() - theirs.len();
    let contents =
        |packets: &[Packet]| packets.iter().map(|packet| packet.content.clone()).collect::<Vec<_>>();
    assert_eq!(contents(&ours[silent..]), contents(&theirs));
    let (ours, expected) = (decoded(&audio, "0:a").await, decoded(&path, "0:a").await);
    assert!(ours.ends_with(&expected), "{} and {} frames", ours.len(), expected.len());
    // The first real frame sounds when the source says, within the millisecond that FLV resolves.
    let samples = if clip.audio == Audio::Mp3 { 1152.0 } else { 1024.0 };
    let start = played.audio_start.expect("there is audio") + silent as f64 * samples / 44_100.0;
    let wanted = (theirs[0].dts - of_stream(0)[0].dts) as f64 / 1000.0;
    assert!((start - wanted).abs() < 0.001, "{start} {wanted}");
}

#[tokio::test]
async fn h264_with_b_frames_and_aac_decodes_to_the_same_frames() {
    plays_as_ffmpeg_sees_it(Clip { b_frames: 3, ..Clip::default() }).await;
}

#[tokio::test]
async fn h264_and_mp3_decode_to_the_same_frames() {
    plays_as_ffmpeg_sees_it(Clip { audio: Audio::Mp3, ..Clip::default() }).await;
}

#[tokio::test]
async fn mp3_in_fragments_decodes_to_the_same_frames() {
    plays(Clip { audio: Audio::Mp3, ..Clip::default() }, true).await;
}

#[tokio::test]
async fn video_alone_decodes_to_the_same_frames() {
    plays_as_ffmpeg_sees_it(Clip { audio: Audio::None, seconds: 3, ..Clip::default() }).await;
}

/// Decodes all of `bytes` with another implementation.
fn boxes(mut bytes: &[u8]) -> Vec<Any> {
    let mut boxes = Vec::new();
    while !bytes.is_empty() {
        boxes.push(Any::decode(&mut bytes).expect("a box that mp4-atom decodes"));
    }
    boxes
}

fn moov(init: &[u8]) -> Moov {
    match <[Any; 2]>::try_from(boxes(init)) {
        Ok([Any::Ftyp(_), Any::Moov(moov)]) => moov,
        other => panic!("not ftyp and moov: {other:?}"),
    }
}

/// Checks a fragment's one sample; returns decoding time, duration and composition offset.
fn fragment_times(bytes: &[u8], track_id: u32) -> (u64, u64, i64) {
    let Ok([Any::Moof(moof), Any::Mdat(mdat)]) = <[Any; 2]>::try_from(boxes(bytes)) else {
        panic!("not moof and mdat")
    };
    let [traf] = &moof.traf[..] else { panic!("one track: {moof:?}") };
    assert_eq!((traf.tfhd.track_id, traf.tfhd.default_base_is_moof), (track_id, true));
    let [run] = &traf.trun[..] else { panic!("one run: {traf:?}") };
    let sample = run.samples.get(0).expect("one sample");
    assert_eq!((run.samples.len(), sample.size), (1, Some(mdat.data.len() as u32)));
    let data_at = usize::try_from(run.data_offset.expect("a data offset")).expect("behind the moof");
    assert_eq!(bytes[data_at..], mdat.data);
    let time = traf.tfdt.as_ref().expect("a decoding time").base_media_decode_time;
    (time, sample.duration.expect("a duration").into(), sample.cts.expect("a composition offset"))
}

#[tokio::test]
async fn another_implementation_reads_every_box() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = Clip { seconds: 2, ..Clip::default() }.make(directory.path()).await;
    let played = Played::of(&std::fs::read(&path).expect("ffmpeg wrote it"), 4096);

    for (init, timescale, track_id) in [(&played.video[0], 90_000, 1), (&played.audio[0], 44_100, 2)] {
        let moov = moov(init);
        let [trak] = &moov.trak[..] else { panic!("one track: {moov:?}") };
        assert_eq!((moov.mvhd.duration, trak.tkhd.duration, trak.mdia.mdhd.duration), (0, 0, 0));
        assert_eq!((trak.tkhd.track_id, trak.mdia.mdhd.timescale), (track_id, timescale));
        let mvex = moov.mvex.as_ref().expect("mvex");
        assert_eq!((mvex.mehd.is_none(), mvex.trex[0].track_id), (true, track_id));
        match &trak.mdia.minf.stbl.stsd.codecs[..] {
            [Codec::Avc1(avc1)] => {
                assert_eq!((avc1.visual.width, avc1.visual.height, avc1.avcc.length_size), (320, 180, 4));
                assert!(avc1.pasp.is_none());
            }
            [Codec::Mp4a(mp4a)] => {
                let config = &mp4a.esds.es_desc.dec_config;
                let specific = config.dec_specific.as_ref().expect("an AudioSpecificConfig");
                assert_eq!(
                    (config.object_type_indication, specific.freq_index, specific.chan_conf),
                    (0x40, 4, 2)
                );
            }
            other => panic!("{other:?}"),
        }
    }
    for (fragments, track_id) in [(&played.video[1..], 1), (&played.audio[1..], 2)] {
        let times: Vec<_> = fragments.iter().map(|bytes| fragment_times(bytes, track_id)).collect();
        assert!(times.windows(2).all(|pair| pair[0].0 + pair[0].1 == pair[1].0), "{times:?}");
    }
}

#[test]
fn wide_samples_and_negative_composition_times_are_written() {
    let mut init = Vec::new();
    let record = b"\x01\x64\x00\x0c\xff\xe1\x00\x04\x67\x64\x00\x0c\x01\x00\x02\x68\xeb\xfd\xf8\xf8\x00";
    let media = Media::Video { width: 720, height: 576, sample_aspect_ratio: (16, 11) };
    let sample_entry = SampleEntry { names: *b"avc1avcC", config: record, media };
    write_init_segment(&InitSegment { track_id: 1, timescale: 90_000, sample_entry }, &mut init);
    let moov = moov(&init);
    let [Codec::Avc1(avc1)] = &moov.trak[0].mdia.minf.stbl.stsd.codecs[..] else { panic!("{moov:?}") };
    let aspect = avc1.pasp.as_ref().expect("pasp");
    assert_eq!((aspect.h_spacing, aspect.v_spacing), (16, 11));
    assert_eq!(moov.trak[0].tkhd.width.integer(), 1047);

    let mut bytes = b"in front".to_vec();
    let fragment = Fragment {
        sequence_number: 7,
        track_id: 1,
        decode_time: 1 << 33,
        duration: 3600,
        composition_offset: -7200,
        keyframe: false,
        data: b"frame",
    };
    write_fragment(&fragment, &mut bytes);
    assert_eq!(fragment_times(&bytes[8..], 1), (1 << 33, 3600, -7200));
}

/// Decodes a file to 16-bit samples.
async fn samples(path: &Path) -> Vec<u8> {
    let raw = path.with_extension("raw");
    let (path, raw_text) = (path.display().to_string(), raw.display().to_string());
    process::run_clean("ffmpeg", &["-v", "error", "-xerror", "-y", "-i", &path, "-f", "s16le", &raw_text])
        .await;
    std::fs::read(raw).expect("ffmpeg wrote it")
}

#[tokio::test]
async fn silent_aac_is_silent_in_every_channel() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for channel_configuration in 1..=7_u8 {
        let config = [0x11, 0x80 | channel_configuration << 3];
        let facts = AacConfig::parse(&config).expect("AAC-LC at 48 kHz");
        let silence = aac::silent_frame(&facts).expect("these channels need no description");
        let mut mp4 = Vec::new();
        let media = Media::Audio { sample_rate: 48_000, channels: facts.channels };
        let sample_entry = SampleEntry { names: *b"mp4aesds", config: &esds(&config), media };
        write_init_segment(&InitSegment { track_id: 2, timescale: 48_000, sample_entry }, &mut mp4);
        for index in 0..20 {
            let fragment = Fragment {
                sequence_number: index + 1,
                track_id: 2,
                decode_time: u64::from(index) * 1024,
                duration: 1024,
                composition_offset: 0,
                keyframe: true,
                data: &silence,
            };
            write_fragment(&fragment, &mut mp4);
        }
        let path = directory.path().join(format!("{channel_configuration}.mp4"));
        std::fs::write(&path, mp4).expect("the directory is ours");
        let samples = samples(&path).await;
        assert_eq!(samples.len(), 20 * 1024 * 2 * usize::from(facts.channels), "{channel_configuration}");
        assert!(samples.iter().all(|byte| *byte == 0));
    }
}

#[tokio::test]
async fn silent_mp3_is_silent() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for header in [[0xff, 0xfb, 0x90, 0x64], [0xff, 0xf3, 0x80, 0xc4], [0xff, 0xfa, 0x50, 0x00]] {
        let silence = mp3::silent_frame(&header).expect("a header");
        let path = directory.path().join("silence.mp3");
        std::fs::write(&path, silence.repeat(20)).expect("the directory is ours");
        let samples = samples(&path).await;
        assert!(samples.len() > 15 * 576 * 2 && samples.iter().all(|byte| *byte == 0), "{header:x?}");
    }
}
