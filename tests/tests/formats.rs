//! Every format over every transport: what is published is what viewers get, access unit for access unit.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use flvgate::config::{MountTemplate, Vhost};
use flvgate_media::format::Format;
use flvgate_tests::sample::Sample;
use flvgate_tests::server::TestServer;
use flvgate_tests::track::{access_units, assert_is_end_of};
use flvgate_tests::transport_stream::Analysis;
use flvgate_tests::viewer::Viewer;
use flvgate_tests::{ffmpeg, process, reader};
use tokio::task::JoinSet;

/// A server that delivers every format.
fn server(adjust: impl FnOnce(&mut Vhost)) -> TestServer {
    TestServer::start(|vhost| {
        let mounts = Format::ALL.map(|format| format!("[vhost]/[app]/[stream]{}", format.extension()));
        vhost.http_remux.mounts = mounts.map(MountTemplate).into();
        adjust(vhost);
    })
}

/// Joins as every viewer that `formats` and both transports make, and collects what each gets.
async fn captures(
    server: &TestServer,
    formats: impl Iterator<Item = Format>,
) -> Vec<(Format, String, Bytes)> {
    let mut viewers = JoinSet::new();
    for format in formats {
        for scheme in ["http", "ws"] {
            let url = format!("{scheme}://{}/live/clip{}", server.http_host(), format.extension());
            viewers.spawn(async move {
                (format, scheme.to_owned(), Viewer::join(&url).await.collect(|_| false).await)
            });
        }
    }
    viewers.join_all().await
}

async fn viewers_get_what_is_published(sample: Sample) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let source = sample.make(directory.path(), 5).await;
    let server = server(|vhost| vhost.publish.grace_timeout = Duration::from_millis(300));
    let _publisher = ffmpeg::publish(&source, &server.publish_url("clip"));
    server.wait_for("clip", "publishing", |status| status["publish"]["active"] == true).await;
    let captures = captures(&server, sample.formats()).await;
    assert_eq!(captures.len(), 2 * sample.formats().count());
    server.shutdown().await;
    for (format, transport, bytes) in captures {
        let path = directory.path().join(format!("{transport}{}", format.extension()));
        std::fs::write(&path, &bytes).expect("the directory is ours");
        if format == Format::Ts {
            let analysis = Analysis::of(&bytes).expect("a transport stream");
            assert!(analysis.widest_reference_gap() <= 40 && analysis.widest_table_gap() <= 500);
        }
        compare(sample, &source, format, &path).await;
    }
}

/// Compares the tracks of a capture with the published ones.
async fn compare(sample: Sample, source: &Path, format: Format, captured: &Path) {
    let has_times = matches!(format, Format::Flv | Format::Ts);
    let (video, audio) = sample.tracks();
    for track in video.filter(|_| has_times).into_iter().chain(audio) {
        let published = access_units(source, track).await;
        assert_is_end_of(&access_units(captured, track).await, &published, has_times);
    }
}

#[tokio::test]
async fn h264_with_b_frames_and_aac() {
    viewers_get_what_is_published(Sample::AvcAac).await;
}

#[tokio::test]
async fn h264_with_b_frames_and_mp3() {
    viewers_get_what_is_published(Sample::AvcMp3).await;
}

#[tokio::test]
async fn he_aac_as_its_sequence_header_signals_it() {
    viewers_get_what_is_published(Sample::AvcHeAac).await;
}

#[tokio::test]
async fn aac_in_5_1() {
    viewers_get_what_is_published(Sample::AvcAac51).await;
}

#[tokio::test]
async fn audio_alone() {
    viewers_get_what_is_published(Sample::Aac).await;
    viewers_get_what_is_published(Sample::Mp3).await;
}

#[tokio::test]
async fn video_alone() {
    viewers_get_what_is_published(Sample::Avc).await;
}

/// Publishes 150 s of `clip`, which is 10 s, as fast as the server takes them.
async fn publish_150_seconds(clip: &Path, url: &str) {
    let clip = clip.display().to_string();
    let input = ["-v", "error", "-stream_loop", "14", "-i", &clip];
    process::run("ffmpeg", &[&input[..], &["-c", "copy", "-f", "flv", url]].concat()).await;
}

#[tokio::test]
async fn five_minutes_with_another_codec_from_the_middle_on_have_no_error() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (aac, mp3) =
        (Sample::AvcAac.make(directory.path(), 10).await, Sample::AvcMp3.make(directory.path(), 10).await);
    let server = server(|vhost| {
        vhost.publish.grace_timeout = Duration::from_secs(3);
        // The media come faster than they play: nobody is to skip.
        vhost.play.queue_length = Duration::from_secs(600);
        vhost.play.queue_max_bytes = 1 << 30;
        vhost.http_remux.stream_wait = Duration::from_secs(30);
    });
    let url = format!("http://{}/live/clip.ts", server.http_host());
    let viewer = tokio::spawn(async move { Viewer::join(&url).await.collect(|_| false).await });
    publish_150_seconds(&aac, &server.publish_url("clip")).await;
    publish_150_seconds(&mp3, &server.publish_url("clip")).await;
    let captured = viewer.await.expect("the viewer ends with the stream");
    server.shutdown().await;

    let path = directory.path().join("captured.ts");
    std::fs::write(&path, &captured).expect("the directory is ours");
    let analysis = Analysis::of(&captured).expect("a transport stream");
    assert!(analysis.widest_reference_gap() <= 40 && analysis.widest_table_gap() <= 500);
    assert!(analysis.references.iter().all(|reference| !reference.discontinuity));
    let video: Vec<_> = analysis.of_pid(0x100).collect();
    assert!(video.last().expect("video").dts - video[0].dts > 290 * 90_000);
    let mut programs = analysis.programs.clone();
    programs.dedup_by_key(|program| program.version);
    let streams: Vec<_> = programs.iter().map(|program| program.streams.clone()).collect();
    assert_eq!(streams, [[(0x100, 0x1b), (0x101, 0x0f)], [(0x100, 0x1b), (0x102, 0x03)]]);
    let is_error =
        |line: &&str| ["ontinuity", "corrupt", "non monoton", "PES"].iter().any(|word| line.contains(word));
    // That a track which begins in the middle cannot be probed at the start is no error.
    let ffprobe = reader::ffprobe(&path).await;
    assert_eq!(ffprobe.lines().filter(is_error).collect::<Vec<_>>(), [""; 0]);
    // GStreamer makes new pads for the new program.
    assert_eq!(reader::gstreamer(&path, 4).await, "");
    assert_eq!(reader::vlc(&path).await, "");
}
