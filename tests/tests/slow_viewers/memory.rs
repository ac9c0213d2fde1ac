//! What viewers who do not read cost the server, at most.

use flvgate_tests::binary::Program;
use flvgate_tests::publisher::{Publisher, inter_frame, keyframe};
use flvgate_tests::server;
use flvgate_tests::viewer::Viewer;
use serde_json::Value;

const VIEWERS: u64 = 50;

const FEW: u64 = 3;

/// How much comes between one viewer and the next, so that no two stand at the same place.
const FRAMES_BETWEEN: u32 = 30;

const FRAME_BYTES: usize = 50_000;

const QUEUE_MAX_BYTES: u64 = 8 << 20;

/// What the server may hold in memory for a stream in one format, in bytes, as `docs/configuration.md` says: the ring, which
/// is `queue_max_bytes` or, where that alone is more, the cached GOP of `gop_cache_max_bytes`; and for each viewer what has
/// been taken out of the ring for it and not yet by the kernel, a batch of 256 KiB and the frame that it ends in, twice:
/// one batch may be ready while another is being written.
const fn bound(viewers: u64) -> u64 {
    let batch = 256 * 1024 + FRAME_BYTES as u64;
    QUEUE_MAX_BYTES + viewers * 2 * batch
}

/// The media time that viewers may be behind is no bound here, only the bytes are. Nobody waits for audio to begin.
const VHOST: &str = "http_remux { enabled on; guess_has_av off; has_audio off; }
    play { queue_length 3600; queue_max_bytes 8388608; gop_cache_max_bytes 8388608; queue_max_skips SKIPS; }
    publish { grace_timeout 500; normal_timeout 60000; }";

/// Publishes 25 frames a second with a keyframe each second, as fast as the server takes them.
struct Encoder {
    publisher: Publisher,
    frames: u32,
}

impl Encoder {
    async fn push(&mut self, frames: u32) {
        for number in self.frames..self.frames + frames {
            let frame = if number.is_multiple_of(25) { keyframe } else { inter_frame };
            self.publisher.push(number * 40, &frame(number, FRAME_BYTES)).await;
        }
        self.frames += frames;
    }
}

/// `count` viewers who have stopped to read, each at another place, and long enough for the ring to be full.
async fn stall(program: &Program, count: u64) -> (Encoder, Vec<Viewer>) {
    let host = program.http_host();
    let publisher = Publisher::connect(&program.publish_url("crowd")).await;
    let mut encoder = Encoder { publisher, frames: 1 };
    server::wait_until_live(&host, "crowd").await;
    let mut viewers = Vec::new();
    for _ in 0..count {
        let mut viewer = Viewer::join_narrow(&format!("http://{host}/live/crowd.flv")).await;
        viewer.next().await.expect("the viewer begins");
        viewers.push(viewer);
        encoder.push(FRAMES_BETWEEN).await;
    }
    // What the kernel takes, which is not the program's memory, is at most 4 MiB for each.
    encoder.push(1000).await;
    wait_for(&host, "all frames", |status| status["frames"] == encoder.frames).await;
    (encoder, viewers)
}

async fn wait_for(host: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    server::wait_for(host, "crowd", what, wanted).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_who_do_not_read_cost_what_is_configured_and_go_on_when_they_do() {
    let directory = tempfile::tempdir().expect("there is room for a configuration");
    let program = Program::start(directory.path(), "", &VHOST.replace("SKIPS", "3")).await;
    let (host, idle) = (program.http_host(), program.resident_kib());
    let (mut encoder, viewers) = stall(&program, VIEWERS).await;

    let grown = program.resident_kib().saturating_sub(idle) * 1024;
    let status = wait_for(&host, "the viewers", |_| true).await;
    assert_eq!(status["flvgate"]["viewers"], VIEWERS, "all are still there");
    let received = status["recv_bytes"].as_u64().expect("it is a number");
    println!("{grown} bytes for {VIEWERS} viewers, of {} at most; {received} published", bound(VIEWERS));
    assert!(grown <= bound(VIEWERS), "{grown} bytes, of {} at most", bound(VIEWERS));
    assert!(received > 2 * bound(VIEWERS), "it would not be bounded");

    let reading: Vec<_> = viewers
        .into_iter()
        .map(|mut viewer| tokio::spawn(async move { viewer.collect(|_| false).await }))
        .collect();
    wait_for(&host, "a skip of each", |status| status["drops"]["skips"].as_u64() >= Some(VIEWERS)).await;
    encoder.push(25).await;
    encoder.publisher.finish().await;
    for viewer in reading {
        assert!(!viewer.await.expect("a viewer does not panic").is_empty());
    }
    assert_eq!(departures(&host).await["stream_ended"], VIEWERS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_who_may_not_skip_are_let_go_and_counted() {
    let directory = tempfile::tempdir().expect("there is room for a configuration");
    let program = Program::start(directory.path(), "", &VHOST.replace("SKIPS", "0")).await;
    let host = program.http_host();
    let (_encoder, viewers) = stall(&program, FEW).await;
    let reading =
        viewers.into_iter().map(|mut viewer| tokio::spawn(async move { viewer.read_to_any_end().await }));
    for viewer in reading.collect::<Vec<_>>() {
        viewer.await.expect("a viewer does not panic");
    }
    let status = wait_for(&host, "the end of all", |status| status["flvgate"]["viewers"] == 0).await;
    assert_eq!((&status["drops"]["too_slow"], &status["drops"]["skips"]), (&FEW.into(), &0.into()));
    assert_eq!(departures(&host).await["too_slow"], FEW);
}

async fn departures(host: &str) -> Value {
    server::streams(host).await["flvgate"]["departures"].clone()
}
