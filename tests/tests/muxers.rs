//! The muxers against ffmpeg, GStreamer and VLC: what they write is read again as what went in, without a complaint.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use flvgate_media::flv::{Tag, TagType};
use flvgate_media::format::Format;
use flvgate_tests::process::run_clean;
use flvgate_tests::reader;
use flvgate_tests::sample::{self, Sample, mux};
use flvgate_tests::track::{AccessUnit, Track, access_units, assert_is_end_of, decoded};
use flvgate_tests::transport_stream::Analysis;

/// Muxes `sample` into every format that carries it; the source, and a file of each format.
async fn muxed(sample: Sample, directory: &Path) -> (PathBuf, Vec<PathBuf>) {
    let source = sample.make(directory, 4).await;
    let tags = sample.tags(&source).await;
    let files = sample.formats().filter(|format| *format != Format::Flv).map(|format| {
        let path = directory.join(format!("muxed{}", format.extension()));
        std::fs::write(&path, mux(&tags, format)).expect("the directory is ours");
        path
    });
    let files = files.collect();
    (source, files)
}

async fn compare(source: &Path, file: &Path, track: Track, timed: bool) {
    let [published, captured]: [Vec<AccessUnit>; 2] =
        [access_units(source, track).await, access_units(file, track).await];
    assert_eq!(captured.len(), published.len());
    assert_is_end_of(&captured, &published, timed);
}

async fn decodes_as(source: &Path, file: &Path, track: Track) {
    let kind = if matches!(track, Track::Avc | Track::Hevc) { 'v' } else { 'a' };
    assert!(decoded(file, kind).await == decoded(source, kind).await, "decoded {track:?} is not the same");
}

async fn comes_out_as_it_went_in(sample: Sample) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (source, files) = muxed(sample, directory.path()).await;
    let (video, audio) = sample.tracks();
    for file in files {
        let is_ts = file.extension().is_some_and(|extension| extension == "ts");
        if is_ts {
            assert_sound_transport_stream(&file).await;
        }
        for track in video.filter(|_| is_ts).into_iter().chain(audio) {
            // HEVC's source counts finer than FLV's milliseconds; elementary streams have no times.
            compare(&source, &file, track, is_ts && video != Some(Track::Hevc)).await;
            // MP4 has an edit list that cuts off the encoder's first samples.
            let is_cut = video == Some(Track::Hevc);
            if is_ts && !(track == Track::Aac && is_cut) {
                decodes_as(&source, &file, track).await;
            }
        }
    }
}

/// By the standard's letter, and by three programs that read such streams.
async fn assert_sound_transport_stream(file: &Path) {
    let analysis = Analysis::of(&std::fs::read(file).expect("it was written")).expect("a transport stream");
    assert!(analysis.widest_reference_gap() <= 40 && analysis.widest_table_gap() <= 500);
    let streams = analysis.programs.last().map_or(0, |program| program.streams.len());
    assert_eq!(reader::complaints(file, streams).await, "");
}

#[tokio::test]
async fn h264_with_b_frames_and_aac() {
    comes_out_as_it_went_in(Sample::AvcAac).await;
}

#[tokio::test]
async fn h264_with_b_frames_and_mp3() {
    comes_out_as_it_went_in(Sample::AvcMp3).await;
}

#[tokio::test]
async fn he_aac_in_both_versions() {
    comes_out_as_it_went_in(Sample::AvcHeAac).await;
    comes_out_as_it_went_in(Sample::AvcHeAacV2).await;
}

#[tokio::test]
async fn aac_in_5_1() {
    comes_out_as_it_went_in(Sample::AvcAac51).await;
}

#[tokio::test]
async fn audio_alone() {
    comes_out_as_it_went_in(Sample::Aac).await;
    comes_out_as_it_went_in(Sample::Mp3).await;
}

#[tokio::test]
async fn video_alone() {
    comes_out_as_it_went_in(Sample::Avc).await;
}

#[tokio::test]
async fn hevc_in_both_of_its_forms() {
    comes_out_as_it_went_in(Sample::HevcLegacy).await;
    comes_out_as_it_went_in(Sample::HevcEnhanced).await;
}

/// The audio of `tags` in a transport stream, as ffmpeg reads it out again.
async fn audio_of_transport_stream(tags: &[Tag], directory: &Path) -> Vec<u8> {
    let [file, out] = ["audio.ts", "audio.bin"].map(|name| directory.join(name));
    std::fs::write(&file, mux(tags, Format::Ts)).expect("the directory is ours");
    assert_sound_transport_stream(&file).await;
    let [file, out_name] = [&file, &out].map(|path| path.to_str().expect("it is text"));
    let arguments = ["-v", "error", "-y", "-i", file, "-map", "0:a", "-c", "copy", "-f", "data", out_name];
    assert_eq!(run_clean("ffmpeg", &arguments).await, "");
    std::fs::read(out).expect("ffmpeg wrote it")
}

fn audio_data(tags: &[Tag]) -> Vec<u8> {
    let frames = tags.iter().filter(|tag| tag.tag_type() == TagType::Audio && tag.is_coded_media());
    frames.flat_map(Tag::data).copied().collect()
}

#[tokio::test]
async fn opus_beside_video_and_ac3_alone_come_out_as_they_went_in() {
    for (name, keeps_video) in [("hevc-opus", true), ("vp9-ac3", false)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("media/enhanced/{name}.flv"));
        let mut tags = sample::tags(&std::fs::read(path).expect("it is checked in"));
        tags.retain(|tag| keeps_video || tag.tag_type() == TagType::Audio);
        let directory = tempfile::tempdir().expect("a temporary directory");
        let audio = audio_of_transport_stream(&tags, directory.path()).await;
        assert!(!audio.is_empty() && audio == audio_data(&tags), "{name}: {} bytes", audio.len());
    }
}

#[tokio::test]
async fn enhanced_ac3_comes_out_as_it_went_in() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let raw = directory.path().join("raw.eac3");
    let arguments = "-v error -f lavfi -i sine=220:duration=2 -ac 6 -c:a eac3 -b:a 192k -f eac3".split(' ');
    let arguments: Vec<&str> = arguments.chain(raw.to_str()).collect();
    assert_eq!(run_clean("ffmpeg", &arguments).await, "");
    let raw = std::fs::read(raw).expect("ffmpeg wrote it");
    let (mut tags, mut rest, mut timestamp) = (Vec::new(), &raw[..], 0);
    while let [_, _, high, low, ..] = rest {
        // frmsiz (ETSI TS 102 366 section E.1.3.1.3): words of two bytes, less one.
        let length = 2 * (usize::from(high & 7) << 8 | usize::from(*low)) + 2;
        let (frame, behind) = rest.split_at(length);
        let body = Bytes::from([b"\x91ec-3", frame].concat());
        tags.push(Tag::parse(TagType::Audio, timestamp, body).expect("it is a frame"));
        (rest, timestamp) = (behind, timestamp + 32);
    }
    assert!(audio_of_transport_stream(&tags, directory.path()).await == raw);
}

/// The check of the checkers: a stream with packets missing is one that each of them complains of.
#[tokio::test]
async fn lost_packets_are_heard_of() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (_, files) = muxed(Sample::AvcAac, directory.path()).await;
    let whole = std::fs::read(&files[0]).expect("it was written");
    let lost = directory.path().join("lost.ts");
    let is_kept = |index: usize| index < 100 || !index.is_multiple_of(50);
    let kept: Vec<u8> = whole
        .chunks(188)
        .enumerate()
        .filter(|(index, _)| is_kept(*index))
        .flat_map(|(_, packet)| packet.to_vec())
        .collect();
    std::fs::write(&lost, &kept).expect("the directory is ours");
    assert!(Analysis::of(&kept).is_err());
    for complaints in
        [reader::ffprobe(&lost).await, reader::gstreamer(&lost, 2).await, reader::vlc(&lost).await]
    {
        assert_ne!(complaints, "");
    }
}
