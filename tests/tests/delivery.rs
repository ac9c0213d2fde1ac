//! What an encoder publishes is, bit for bit, what viewers get.

use std::time::Duration;

use flvgate_tests::ffmpeg::{self, Audio, Clip, Packet};
use flvgate_tests::server::TestServer;
use flvgate_tests::viewer::Viewer;

/// Publishes a clip, lets a viewer join on the way, and compares every packet from the first keyframe on.
async fn viewer_gets_what_is_published(clip: Clip, url: impl Fn(&TestServer) -> String) {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let source = clip.make(directory.path()).await;
    let server = TestServer::start(|vhost| vhost.publish.grace_timeout = Duration::from_millis(300));
    let _publisher = ffmpeg::publish(&source, &server.publish_url("clip"));
    server.wait_until_live("clip").await;
    let mut viewer = Viewer::join(&url(&server)).await;
    let captured = viewer.collect(|_| false).await;

    let path = directory.path().join("captured.flv");
    std::fs::write(&path, &captured).expect("there is room for what was captured");
    compare(&ffmpeg::packets(&source).await, &ffmpeg::packets(&path).await);
    assert_eq!(ffmpeg::decode_complaints(&path).await, "");
    server.shutdown().await;
}

fn compare(source: &[Packet], captured: &[Packet]) {
    let track = |packets: &[Packet], stream| -> Vec<Packet> {
        packets.iter().filter(|packet| packet.stream == stream).cloned().collect()
    };
    let first = captured.first().expect("something was captured");
    let origin = source.iter().find(|packet| packet.content == first.content).expect("it was published");
    let shift = origin.dts - first.dts;
    for stream in 0..=source.iter().map(|packet| packet.stream).max().expect("the source has packets") {
        let (published, got) = (track(source, stream), track(captured, stream));
        assert!(got.len() >= published.len() / 2, "track {stream}: {} of {}", got.len(), published.len());
        let shifted: Vec<_> = got
            .into_iter()
            .map(|packet| Packet { dts: packet.dts + shift, pts: packet.pts + shift, ..packet })
            .collect();
        assert_eq!(published[published.len() - shifted.len()..], shifted, "track {stream}");
    }
}

fn h264_aac() -> Clip {
    Clip::default()
}

fn h264_mp3() -> Clip {
    Clip { audio: Audio::Mp3, ..Clip::default() }
}

#[tokio::test]
async fn http_flv_with_b_frames_and_aac_is_bit_exact() {
    viewer_gets_what_is_published(h264_aac(), |server| server.http_url("clip")).await;
}

#[tokio::test]
async fn websocket_flv_with_b_frames_and_aac_is_bit_exact() {
    viewer_gets_what_is_published(h264_aac(), |server| server.websocket_url("clip")).await;
}

#[tokio::test]
async fn http_flv_with_mp3_is_bit_exact() {
    viewer_gets_what_is_published(h264_mp3(), |server| server.http_url("clip")).await;
}

#[tokio::test]
async fn websocket_flv_with_mp3_is_bit_exact() {
    viewer_gets_what_is_published(h264_mp3(), |server| server.websocket_url("clip")).await;
}

#[tokio::test]
async fn ffprobe_tells_the_tracks_of_a_live_url() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let source = Clip { seconds: 10, ..Clip::default() }.make(directory.path()).await;
    let server = TestServer::start(|_| {});
    let _publisher = ffmpeg::publish(&source, &server.publish_url("cam.1"));
    server.wait_until_live("cam.1").await;
    let report = flvgate_tests::process::run_clean(
        "ffprobe",
        &["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", &server.http_url("cam.1")],
    )
    .await;
    let mut codecs: Vec<_> = report.split_whitespace().collect();
    codecs.sort_unstable();
    assert_eq!(codecs, ["aac", "h264"]);
}
