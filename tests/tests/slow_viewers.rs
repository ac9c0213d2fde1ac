//! Viewers that stop to read: within their budget they lose nothing, beyond it they go on at a keyframe, and what they
//! cost the server has a bound.

#[path = "slow_viewers/memory.rs"]
mod memory;
#[path = "slow_viewers/published.rs"]
mod published;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flvgate::config::{MountTemplate, Vhost};
use flvgate_media::flv::TagType;
use flvgate_media::format::Format;
use flvgate_tests::capture::Capture;
use flvgate_tests::process;
use flvgate_tests::publisher::Publisher;
use flvgate_tests::server::{self, PATIENCE, TestServer};
use flvgate_tests::viewer::{self, Viewer};
use published::{Clip, Verdict, judge};
use serde_json::Value;
use tokio::task::JoinHandle;

/// A stream, and three viewers in it who have begun and read no more: HTTP-FLV, WebSocket-FLV and HTTP-TS.
struct Paused {
    server: TestServer,
    publisher: Publisher,
    viewers: Vec<(Viewer, Bytes)>,
    frames: u64,
}

impl Paused {
    /// All viewers have begun with the first frame of `clip`, of which there is a second yet.
    async fn start(clip: &Clip, adjust: impl FnOnce(&mut Vhost)) -> Self {
        let mut config = server::config(|vhost| {
            vhost.http_remux.mounts = [Format::Flv, Format::Ts]
                .map(|format| MountTemplate(format!("/[app]/[stream]{}", format.extension())))
                .into();
            adjust(vhost);
        });
        config.http_api.enabled = true;
        config.http_api.listen.clone_from(&config.http_server.listen);
        let server = TestServer::start_configured(&Arc::new(config));
        let mut publisher = Publisher::open(&server.publish_url("slow")).await;
        let frames = clip.publish(&mut publisher, 0..1000).await;
        server.wait_for("slow", "the first second", |status| status["frames"] == frames).await;
        let mut viewers = Vec::new();
        for url in [
            server.http_url("slow"),
            server.websocket_url("slow"),
            format!("http://{}/live/slow.ts", server.http_host()),
        ] {
            let mut viewer = Viewer::join_narrow(&url).await;
            let begun = viewer.collect(|bytes| bytes.len() > 1_000_000).await;
            viewers.push((viewer, begun));
        }
        Self { server, publisher, viewers, frames }
    }

    /// Publishes more of `clip`; returns when the hub has it.
    async fn publish(&mut self, clip: &Clip, span: Range<u32>) {
        self.frames += clip.publish(&mut self.publisher, span).await;
        let frames = self.frames;
        self.server.wait_for("slow", "what is published", |status| status["frames"] == frames).await;
    }

    /// Waits until the statuses of three viewers are as `wanted` says: those who pause, not one who reads.
    async fn wait_for_viewers(&self, what: &str, wanted: impl Fn(&Value) -> bool) {
        let host = self.server.api_host();
        let mut last: Vec<Value> = Vec::new();
        let waiting = async {
            while last.iter().filter(|status| wanted(status)).count() != 3 {
                tokio::time::sleep(Duration::from_millis(10)).await;
                last = viewers(&host).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{what} did not happen; the last status was {last:?}");
    }

    /// Lets the viewers read again, to the end.
    fn resume(&mut self) -> Vec<JoinHandle<Vec<u8>>> {
        let viewers = self.viewers.drain(..);
        let reading = viewers.map(|(mut viewer, begun)| {
            tokio::spawn(async move { [begun, viewer.collect(|_| false).await].concat() })
        });
        reading.collect()
    }

    /// Ends the stream, without a time of grace; what each viewer got in all.
    async fn finish(mut self, reading: Vec<JoinHandle<Vec<u8>>>) -> Vec<Vec<u8>> {
        self.server.reload(|config| {
            let vhost = Arc::make_mut(&mut config.vhosts[0]);
            vhost.publish.grace_timeout = Duration::ZERO;
        });
        self.publisher.finish().await;
        let mut got = Vec::new();
        for viewer in reading {
            got.push(viewer.await.expect("a viewer does not panic"));
        }
        self.server.shutdown().await;
        got
    }
}

/// What the API tells of those who play.
async fn viewers(host: &str) -> Vec<Value> {
    let body = viewer::get(&format!("http://{host}/api/v1/clients")).await.body;
    let mut answer: Value = serde_json::from_slice(&body).expect("the API answers with JSON");
    let clients = answer["clients"].take();
    let clients = clients.as_array().expect("the API lists clients");
    clients.iter().filter(|client| client["publish"] == false).cloned().collect()
}

fn is_behind(milliseconds: u64) -> impl Fn(&Value) -> bool {
    move |client| client["flvgate"]["queue_age_ms"].as_u64() > Some(milliseconds)
}

fn has_skipped(client: &Value) -> bool {
    client["flvgate"]["skips"].as_u64() > Some(0)
}

/// What ffmpeg complains of when it decodes what each of the viewers got.
async fn complaints(got: &[Vec<u8>]) -> String {
    let directory = tempfile::tempdir().expect("there is room for what was captured");
    let mut complaints = String::new();
    for bytes in got {
        let path = directory.path().join("captured");
        std::fs::write(&path, bytes).expect("there is room for what was captured");
        // Without -copyts, ffmpeg closes a transport stream's holes, and then complains of the times that it has made.
        let path = path.display().to_string();
        let arguments = ["-v", "error", "-copyts", "-i", &path, "-f", "null", "-"];
        complaints += &String::from_utf8_lossy(&process::run("ffmpeg", &arguments).await.stderr);
    }
    complaints
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_pauses_within_the_budget_loses_nothing() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip::make(directory.path(), "320x180", "44100").await;
    let mut paused = Paused::start(&clip, |_| {}).await;
    let url = format!("http://{}/live/slow.ts", paused.server.http_host());
    let mut steady = Viewer::join(&url).await;
    // Before there is another keyframe to begin with.
    let begun = steady.collect(|bytes| !bytes.is_empty()).await;
    let steady = tokio::spawn(async move { [begun, steady.collect(|_| false).await].concat() });
    paused.publish(&clip, 1000..11_000).await;
    // Or else it were the sockets that hold it all.
    paused.wait_for_viewers("a pause", is_behind(4000)).await;
    let reading = paused.resume();
    let got = paused.finish(reading).await;

    let published = |tag_type| {
        let tags = clip.tags.iter().filter(move |tag| tag.tag_type == tag_type);
        tags.map(|tag| (tag.timestamp, &tag.body)).collect::<Vec<_>>()
    };
    for bytes in &got[..2] {
        let capture = Capture::of(bytes);
        assert_eq!(judge(&[&clip], &capture), Verdict { holes: 0, is_whole_at_the_end: true });
        for tag_type in [TagType::Audio, TagType::Video] {
            let tags = capture.tags.iter().filter(|tag| tag.tag_type == tag_type);
            let tags: Vec<_> = tags.map(|tag| (tag.timestamp, &tag.body)).collect();
            assert!(tags == published(tag_type), "{tag_type:?}");
        }
    }
    assert_eq!(got[2], steady.await.expect("a viewer does not panic"));
    assert_eq!(complaints(&got).await, "");
}

/// How the viewers fare whose pause is longer than two seconds of media, while `clips` are published one after the
/// other; all but the last seconds of the last, which they are awake for, and which begin between two keyframes.
async fn who_pauses_for_longer(clips: &[&Clip]) -> Vec<Vec<u8>> {
    let mut paused = Paused::start(clips[0], |vhost| vhost.play.queue_length = Duration::from_secs(2)).await;
    paused.publish(clips[0], 1000..9500).await;
    for clip in &clips[1..] {
        paused.publish(clips[0], 9500..11_000).await;
        let url = paused.server.publish_url("slow");
        drop(paused.publisher);
        paused.server.wait_for("slow", "a rest", |status| status["publish"]["active"] == false).await;
        paused.publisher = Publisher::open(&url).await;
        paused.publish(clip, 0..9500).await;
    }
    paused.wait_for_viewers("a long pause", is_behind(3000)).await;
    let reading = paused.resume();
    paused.wait_for_viewers("a skip", has_skipped).await;
    let status = paused.server.stream_status("slow").await.expect("it is live");
    let drops = &status["drops"];
    assert!(drops["skips"].as_u64() >= Some(3) && drops["skipped_tags"].as_u64() > Some(0), "{drops}");
    let last = clips[clips.len() - 1];
    last.publish(&mut paused.publisher, 9500..11_000).await;
    paused.finish(reading).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_pauses_for_longer_goes_on_at_a_keyframe() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip::make(directory.path(), "320x180", "44100").await;
    let got = who_pauses_for_longer(&[&clip]).await;
    for bytes in &got[..2] {
        let verdict = judge(&[&clip], &Capture::of(bytes));
        assert!(verdict.holes > 0 && verdict.is_whole_at_the_end, "{verdict:?}");
    }
    assert_eq!(complaints(&got).await, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sleeps_over_a_publisher_with_other_settings_gets_them_first() {
    let directory = tempfile::tempdir().expect("there is room for clips");
    let before = Clip::make(directory.path(), "320x180", "44100").await;
    let after = Clip::make(directory.path(), "480x270", "48000").await;
    let got = who_pauses_for_longer(&[&before, &after]).await;
    for bytes in &got[..2] {
        let verdict = judge(&[&before, &after], &Capture::of(bytes));
        assert!(verdict.holes > 0 && verdict.is_whole_at_the_end, "{verdict:?}");
    }
    assert_eq!(complaints(&got).await, "");
}
