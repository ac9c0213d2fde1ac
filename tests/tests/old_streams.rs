//! Cameras that have been on for weeks: viewers begin at 0, and go through 2^31 and 2^32 ms without noticing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flvgate::config::{Cluster, ClusterMode, MountTemplate, TimeJitter, Vhost};
use flvgate_media::flv::{TagKind, TagType};
use flvgate_media::format::Format;
use flvgate_tests::capture::{Capture, CapturedTag};
use flvgate_tests::process;
use flvgate_tests::publisher::Publisher;
use flvgate_tests::sample::Sample;
use flvgate_tests::secure::Http2;
use flvgate_tests::server::TestServer;
use flvgate_tests::track::{Track, access_units, assert_is_end_of};
use flvgate_tests::transport_stream::Analysis;
use flvgate_tests::viewer::Viewer;
use tokio::task::JoinHandle;

/// The limit comes so long after the viewers' first frame, in milliseconds.
const BEFORE: u64 = 2000;

/// So much of the clip is there when viewers join: less than a GOP.
const CACHED: u32 = 800;

/// A clip that is published at a server with a clock of any age.
struct Camera {
    tags: Vec<CapturedTag>,
    source: PathBuf,
    publisher: Publisher,
    start: u64,
}

async fn server(jitter: TimeJitter) -> TestServer {
    TestServer::start_https(|config| {
        let mut vhost = Vhost::clone(&config.vhosts[0]);
        let mounts =
            [Format::Flv, Format::Ts].map(|format| format!("[vhost]/[app]/[stream]{}", format.extension()));
        vhost.http_remux.mounts = mounts.map(MountTemplate).into();
        vhost.publish.grace_timeout = Duration::ZERO;
        vhost.play.time_jitter = jitter;
        // The media come faster than they play.
        vhost.play.queue_length = Duration::from_secs(3600);
        config.vhosts = vec![Arc::new(vhost)];
    })
    .await
}

impl Camera {
    /// One whose clock is at `limit` when [`BEFORE`] of the clip is over; the first of it is there.
    async fn start(server: &TestServer, directory: &Path, limit: u64) -> Self {
        let source = Sample::AvcAac.make(directory, 5).await;
        let tags = Capture::of(&std::fs::read(&source).expect("the clip is there")).tags;
        let publisher = Publisher::open(&server.publish_url("old")).await;
        let mut camera = Self { tags, source, publisher, start: limit - BEFORE };
        // In steps that are none back in 32 bits.
        let first_frame = |tag: &CapturedTag| tag.kind.is_keyframe();
        let keyframe = camera.tags.iter().position(first_frame).expect("a keyframe") + 1;
        for age in (0..camera.start).step_by(1 << 30) {
            camera.send(0..keyframe, age).await;
        }
        camera.send(0..camera.cached(), camera.start).await;
        server.wait_until_live("old").await;
        camera
    }

    fn cached(&self) -> usize {
        self.tags.iter().position(|tag| tag.timestamp > CACHED).expect("the clip is longer")
    }

    async fn send(&mut self, tags: std::ops::Range<usize>, shift: u64) {
        for index in tags {
            let CapturedTag { tag_type, timestamp, body, .. } = &self.tags[index];
            let timestamp = (shift + u64::from(*timestamp)) as u32;
            self.publisher.push_tag(*tag_type, timestamp, &Bytes::copy_from_slice(body)).await;
        }
    }

    /// Sends the rest, and stops.
    async fn finish(mut self) -> PathBuf {
        self.send(self.cached()..self.tags.len(), self.start).await;
        self.publisher.finish().await;
        self.source
    }
}

const fn is_frame(kind: TagKind) -> bool {
    match kind {
        TagKind::Video(header) => header.is_frame(),
        kind => !kind.is_sequence_header(),
    }
}

fn all_of(url: String) -> JoinHandle<Bytes> {
    tokio::spawn(async move { Viewer::join(&url).await.collect(|_| false).await })
}

fn all_over_http2(host: String, path: &'static str) -> JoinHandle<Bytes> {
    tokio::spawn(async move {
        let answer = Http2::connect(&host).await.get(path).await;
        Viewer::Http(answer.into_body()).collect(|_| false).await
    })
}

/// Waits until so many watch, and one publishes.
async fn watched_by(server: &TestServer, viewers: u64) {
    server.wait_for("old", "all viewers", |status| status["clients"] == viewers + 1).await;
}

/// Checks that what a viewer got is the end of the clip, with its steps, by ffmpeg's reckoning.
async fn assert_plays_through(captured: &Path, source: &Path) {
    for track in [Track::Avc, Track::Aac] {
        let published = access_units(source, track).await;
        assert_is_end_of(&access_units(captured, track).await, &published, true);
    }
}

#[tokio::test]
async fn an_old_camera_begins_at_0_and_goes_on_beyond_what_32_bits_hold() {
    for limit in [1 << 31, 1 << 32] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let server = server(TimeJitter::Zero).await;
        let origin = server.publish_url("").replace("rtmp://", "").replace("/live/", "");
        let cluster = Cluster { mode: ClusterMode::Remote, origins: vec![origin], ..Cluster::default() };
        let edge = TestServer::start(move |vhost| {
            vhost.cluster = cluster;
            vhost.publish.grace_timeout = Duration::ZERO;
        });
        let camera = Camera::start(&server, directory.path(), limit).await;
        let viewers = [
            ("http", all_of(server.http_url("old"))),
            ("websocket", all_of(server.websocket_url("old"))),
            ("http2", all_over_http2(server.https_host(), "/live/old.flv")),
            ("edge", all_of(edge.http_url("old"))),
        ];
        let rtmp = directory.path().join("rtmp.flv");
        let (url, path) = (server.publish_url("old"), rtmp.display().to_string());
        let arguments = ["-v", "error", "-copyts", "-i", &url, "-c", "copy", "-y", &path].map(str::to_owned);
        let player =
            tokio::spawn(
                async move { process::run("ffmpeg", &arguments.each_ref().map(String::as_str)).await },
            );
        // The edge plays as RTMP does.
        watched_by(&server, 5).await;
        edge.wait_until_live("old").await;
        let source = camera.finish().await;
        for (name, viewer) in viewers {
            let bytes = viewer.await.expect("the viewer ends with the stream");
            let capture = Capture::of(&bytes);
            let times = |tag_type| capture.frames(tag_type).map(|tag| tag.timestamp).collect::<Vec<_>>();
            let (video, audio) = (times(TagType::Video), times(TagType::Audio));
            assert_eq!(video[0].min(audio[0]), 0, "{name}");
            assert!(video[0].max(audio[0]) < 100, "{name}: {} {}", video[0], audio[0]);
            assert!(capture.tags.iter().all(|tag| tag.timestamp < 6000), "{name}");
            let path = directory.path().join(format!("{name}.flv"));
            std::fs::write(&path, &bytes).expect("the directory is ours");
            assert_plays_through(&path, &source).await;
        }
        let complaints = player.await.expect("it ran").stderr;
        assert_eq!(String::from_utf8_lossy(&complaints), "");
        let recorded = Capture::of(&std::fs::read(&rtmp).expect("it was recorded"));
        assert!(recorded.tags.iter().all(|tag| tag.timestamp < 6000), "over RTMP too");
        assert_plays_through(&rtmp, &source).await;
    }
}

#[tokio::test]
async fn with_the_publishers_clock_flv_and_rtmp_go_through_2_31_and_2_32() {
    for limit in [1 << 31, 1 << 32] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let server = server(TimeJitter::Off).await;
        let camera = Camera::start(&server, directory.path(), limit).await;
        let viewer = all_of(server.http_url("old"));
        let rtmp = directory.path().join("rtmp.flv");
        let (url, path) = (server.publish_url("old"), rtmp.display().to_string());
        let arguments = ["-v", "error", "-i", &url, "-c", "copy", "-y", &path].map(str::to_owned);
        let player =
            tokio::spawn(
                async move { process::run("ffmpeg", &arguments.each_ref().map(String::as_str)).await },
            );
        watched_by(&server, 2).await;
        let (start, wire) = (camera.start, camera.tags.clone());
        let source = camera.finish().await;
        let got = Capture::of(&viewer.await.expect("the viewer ends with the stream"));
        for tag_type in [TagType::Video, TagType::Audio] {
            let frames = |tags: &[CapturedTag], shift: u64| -> Vec<u32> {
                let frames = tags.iter().filter(|tag| tag.tag_type == tag_type && is_frame(tag.kind));
                frames.map(|tag| (shift + u64::from(tag.timestamp)) as u32).collect()
            };
            let (sent, got) = (frames(&wire, start), frames(&got.tags, 0));
            assert_eq!(sent[sent.len() - got.len()..], got, "{tag_type:?}");
        }
        assert_eq!(String::from_utf8_lossy(&player.await.expect("it ran").stderr), "");
        assert_plays_through(&rtmp, &source).await;
    }
}

#[tokio::test]
async fn a_transport_stream_goes_through_33_bits_of_its_clock_with_its_references() {
    // 26.5 hours, and the first time in milliseconds that is beyond 32 bits.
    for limit in [(1 << 33) / 90 - 300, 1 << 32] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let server = server(TimeJitter::Zero).await;
        let camera = Camera::start(&server, directory.path(), limit).await;
        let viewer = all_of(server.http_url("old").replace(".flv", ".ts"));
        watched_by(&server, 1).await;
        let source = camera.finish().await;
        let bytes = viewer.await.expect("the viewer ends with the stream");
        let analysis = Analysis::of(&bytes).expect("a transport stream");
        assert!(analysis.widest_reference_gap() <= 40, "{limit}: {}", analysis.widest_reference_gap());
        assert!(analysis.references.iter().all(|reference| !reference.discontinuity));
        let path = directory.path().join("old.ts");
        std::fs::write(&path, &bytes).expect("the directory is ours");
        for track in [Track::Avc, Track::Aac] {
            let (published, got) = (access_units(&source, track).await, access_units(&path, track).await);
            assert_eq!(got.len(), published.len());
            let shift = got[0].dts - published[0].dts;
            for (got, published) in got.iter().zip(&published) {
                assert_eq!(got.content, published.content);
                // What 33 bits hold is no whole number of microseconds.
                let apart = |a: i64, b: i64| (a - b - shift).abs();
                assert!(apart(got.dts, published.dts) <= 1 && apart(got.pts, published.pts) <= 1, "{got:?}");
            }
        }
    }
}
