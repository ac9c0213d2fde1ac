//! The server, a publisher, and who watches it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use flvgate::hub::Route;
use flvgate::rtmp::client::PlayConnection;
use flvgate_media::flv::{Demuxer, Event, TagType};
use flvgate_tests::binary::Program;
use flvgate_tests::publisher::{Publisher, inter_frame, keyframe};
use flvgate_tests::server;
use flvgate_tests::viewer::Viewer;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::soon;

/// Between two frames.
const PACE: Duration = Duration::from_millis(20);

/// Short waits, so that whoever is to be ended is ended soon; and messages of 1 MiB at most.
const ROOT: &str = "rtmp { handshake_timeout 2000; idle_timeout 5000; max_message_size 1048576; }";
const HTTP: &str = "send_timeout 5000;";
const VHOST: &str = "http_remux { enabled on; stream_wait 0; }
    publish { firstpkt_timeout 20000; normal_timeout 20000; grace_timeout 0; }";

pub(super) struct Stage {
    pub(super) program: Program,
    /// Host and port of RTMP.
    pub(super) rtmp: String,
    /// The newest frame that each viewer has.
    seen: Vec<Arc<AtomicU32>>,
    viewers: Vec<JoinHandle<()>>,
    publisher: JoinHandle<()>,
    _directory: TempDir,
}

impl Stage {
    /// With `root`, more directives outside of all blocks.
    pub(super) async fn set(root: &str) -> Self {
        let directory = tempfile::tempdir().expect("there is room for a configuration");
        let program = Program::start_with(directory.path(), &format!("{ROOT}\n{root}"), HTTP, VHOST).await;
        let url = program.publish_url("watched");
        let rtmp = url.split('/').nth(2).expect("a URL has a host").to_owned();
        let publisher = Publisher::connect(&url).await;
        server::wait_until_live(&program.http_host(), "watched").await;
        let (mut seen, mut viewers) = (Vec::new(), Vec::new());
        for scheme in ["http", "ws"] {
            let viewer = Viewer::join(&format!("{scheme}://{}/live/watched.flv", program.http_host())).await;
            let newest = Arc::<AtomicU32>::default();
            viewers.push(tokio::spawn(watch(viewer, newest.clone())));
            seen.push(newest);
        }
        let url = url.parse().expect("a test's URL is one");
        let player = PlayConnection::open(url, &Route::default()).await.expect("it is live");
        let newest = Arc::<AtomicU32>::default();
        viewers.push(tokio::spawn(play(player, newest.clone())));
        seen.push(newest);
        let publisher = tokio::spawn(publish(publisher));
        let stage = Self { program, rtmp, seen, viewers, publisher, _directory: directory };
        stage.check("the set-up").await;
        stage
    }

    /// Waits until every viewer has frames that are published from now on.
    pub(super) async fn check(&self, after: &str) {
        let wanted =
            2 + self.seen.iter().map(|newest| newest.load(Ordering::Relaxed)).max().unwrap_or_default();
        soon(&format!("the stream goes on after {after}"), async {
            while self.seen.iter().any(|newest| newest.load(Ordering::Relaxed) < wanted) {
                let ended = self.viewers.iter().any(JoinHandle::is_finished) || self.publisher.is_finished();
                assert!(!ended, "somebody was cut after {after}");
                tokio::time::sleep(PACE).await;
            }
        })
        .await;
    }

    /// Waits until the process has no more than `most` descriptors.
    pub(super) async fn wait_for_files(&self, most: usize) {
        soon("closing what is not used", async {
            while self.program.open_files() > most {
                tokio::time::sleep(PACE).await;
            }
        })
        .await;
    }

    /// The most memory that the process has had in RAM, in KiB.
    pub(super) fn most_resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.program.id()));
        let status = status.expect("the system has /proc");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("/proc tells VmHWM");
        line.trim().trim_end_matches(" kB").parse().expect("VmHWM is a number")
    }

    /// How many frames all viewers have got, none of which was missing.
    pub(super) fn finish(self) -> u32 {
        self.publisher.abort();
        for viewer in &self.viewers {
            assert!(!viewer.is_finished(), "a viewer was cut");
            viewer.abort();
        }
        self.seen.iter().map(|newest| newest.load(Ordering::Relaxed)).min().unwrap_or_default()
    }
}

async fn publish(mut publisher: Publisher) {
    let mut clock = tokio::time::interval(PACE);
    for number in 1.. {
        clock.tick().await;
        // Whoever joins gets all from the last keyframe on.
        let frame = if number % 50 == 0 { keyframe } else { inter_frame };
        publisher.push(number * 20, &frame(number, 100)).await;
    }
}

/// Notes a frame, which must be the one behind the newest.
fn note(newest: &AtomicU32, body: &[u8]) {
    let is_frame = body[1] == 1;
    // Behind the tag's own five bytes, a length, and the head of the NAL unit.
    let number =
        body.get(10..14).map_or(0, |number| u32::from_be_bytes(number.try_into().expect("four bytes")));
    // Whoever joins gets the frame that was there before these.
    if is_frame && number > 0 {
        let before = newest.swap(number, Ordering::Relaxed);
        // A viewer may begin at any keyframe.
        assert!(before == 0 || number == before + 1, "no frame is missing: {number} behind {before}");
    }
}

async fn watch(mut viewer: Viewer, newest: Arc<AtomicU32>) {
    let mut demuxer = Demuxer::new();
    while let Some(bytes) = viewer.next().await {
        push(&mut demuxer, &bytes, &newest);
    }
}

fn push(demuxer: &mut Demuxer, bytes: &Bytes, newest: &AtomicU32) {
    let pushed = demuxer.push(bytes, |event| {
        if let Event::Tag(tag) = event
            && tag.tag_type == TagType::Video
        {
            note(newest, tag.body);
        }
    });
    pushed.expect("a viewer gets FLV");
}

async fn play(mut player: PlayConnection, newest: Arc<AtomicU32>) {
    loop {
        let tag = player.next_tag().await.expect("the player plays");
        if tag.tag_type() == TagType::Video {
            note(&newest, &tag.payload);
        }
    }
}
