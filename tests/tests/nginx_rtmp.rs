//! nginx-rtmp in front of flvgate: it sends sound at once, and video from its next keyframe on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use flvgate::config::{Cluster, ClusterMode, Vhost};
use flvgate_media::flv::TagType;
use flvgate_tests::capture::Capture;
use flvgate_tests::ffmpeg::{self, Clip};
use flvgate_tests::nginx_rtmp::NginxRtmp;
use flvgate_tests::process::run_clean;
use flvgate_tests::server::{PATIENCE, TestServer};
use flvgate_tests::viewer::Viewer;
use tokio::time::{sleep, timeout};

/// Seconds between keyframes, of 25 frames each: more than a track is waited for that nothing announces.
const GOP_SECONDS: u32 = 3;
const FIRST_VIEWERS: usize = 5;
/// From one of the first viewers to the next.
const APART: Duration = Duration::from_millis(400);

async fn clip(directory: &Path) -> PathBuf {
    Clip { seconds: 30, gop: 25 * GOP_SECONDS, ..Clip::default() }.make(directory).await
}

fn wait_for_the_publisher(vhost: &mut Vhost) {
    vhost.http_remux.stream_wait = PATIENCE;
}

/// Watches until sound and video have come; tells what the header said of them.
async fn watch(url: String) -> (bool, bool) {
    let mut viewer = Viewer::join_when_there(&url).await;
    let has_both = |bytes: &[u8]| {
        let capture = Capture::of(bytes);
        [TagType::Audio, TagType::Video].iter().all(|track| capture.frames(*track).count() > 10)
    };
    let bytes = timeout(PATIENCE, viewer.collect(has_both)).await.expect("both tracks come");
    let header = Capture::of(&bytes).header.expect("it begins with a header");
    (header.has_audio, header.has_video)
}

async fn assert_first_viewers_get_both(url: &str) {
    let mut watching = Vec::new();
    for _ in 0..FIRST_VIEWERS {
        watching.push(tokio::spawn(watch(url.to_owned())));
        sleep(APART).await;
    }
    for viewer in watching {
        assert_eq!(viewer.await.expect("a viewer gets both tracks"), (true, true), "header: audio, video");
    }
}

#[tokio::test]
async fn the_first_viewers_of_what_nginx_pushes_get_sound_and_picture() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = clip(directory.path()).await;
    let server = TestServer::start(wait_for_the_publisher);
    let rtmp = server.publish_url("").replace("rtmp://", "").replace("/live/", "");
    let nginx = NginxRtmp::start(Some(&rtmp)).await;
    let _publisher = ffmpeg::publish(&clip, &nginx.publish_url("cam"));
    assert_first_viewers_get_both(&server.http_url("cam")).await;
}

#[tokio::test]
async fn the_first_viewers_of_an_edge_of_nginx_get_sound_and_picture() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = clip(directory.path()).await;
    let nginx = NginxRtmp::start(None).await;
    let _publisher = ffmpeg::publish(&clip, &nginx.publish_url("cam"));
    let cluster = Cluster { mode: ClusterMode::Remote, origins: vec![nginx.host()], ..Cluster::default() };
    let edge = TestServer::start(|vhost| {
        wait_for_the_publisher(vhost);
        vhost.cluster = cluster;
    });
    // Who has seen the picture begin has seen a keyframe; until the next one, nginx begins with sound alone.
    let url = nginx.publish_url("cam");
    let seen = run_clean("ffprobe", &["-v", "fatal", "-show_entries", "stream=codec_name", &url]).await;
    assert!(seen.contains("h264"), "{seen}");
    assert_first_viewers_get_both(&edge.http_url("cam")).await;
}
