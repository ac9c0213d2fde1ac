//! The muxers against ffmpeg, GStreamer and VLC: what they write is read again as what went in, without a complaint.

use std::path::{Path, PathBuf};

use flvgate_media::format::Format;
use flvgate_tests::reader;
use flvgate_tests::sample::{Sample, mux};
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
