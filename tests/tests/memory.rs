//! What a publisher can make the server hold, at most, whatever it sends.

use std::time::Duration;

use bytes::Bytes;
use flvgate_media::flv::TagType;
use flvgate_tests::binary::Program;
use flvgate_tests::publisher::Publisher;
use flvgate_tests::server;
use flvgate_tests::viewer::Viewer;
use serde_json::Value;

const QUEUE_MAX_BYTES: u64 = 8 << 20;

/// What the process needs besides, for its threads' heaps and its connections.
const SLACK: u64 = 12 << 20;

const TAGS: u32 = 100_000;

const VHOST: &str = "http_remux { enabled on; guess_has_av off; has_video off; }
    play { queue_length 3600; queue_max_bytes 8388608; gop_cache_max_bytes 8388608; queue_max_skips 1000; }
    publish { normal_timeout 60000; }";

/// MP3 in a tag of one byte.
const TINY: u8 = 0x2f;

/// Publishes [`TAGS`] tags of one byte, all at the time of the first.
async fn flood(publisher: &mut Publisher) {
    publisher.push_tag(TagType::Audio, 0, &Bytes::from_static(&[TINY])).await;
    // Chunk stream 4 is the one that the tag before was on: a header of type 3 repeats all of it.
    let chunks = [0xc4, TINY].repeat(1000);
    for _ in 0..TAGS / 1000 {
        publisher.send_chunks(&chunks).await;
    }
}

async fn wait_until_all_have_come(host: &str) -> Value {
    let all = |status: &Value| status["recv_bytes"].as_u64() > Some(u64::from(TAGS));
    server::wait_for(host, "tiny", "all tags", all).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_of_tiny_tags_at_one_timestamp_costs_what_is_configured() {
    let directory = tempfile::tempdir().expect("there is room for a configuration");
    let program = Program::start(directory.path(), "", VHOST).await;
    let (host, idle) = (program.http_host(), program.resident_kib());
    let mut publisher = Publisher::open(&program.publish_url("tiny")).await;
    flood(&mut publisher).await;
    wait_until_all_have_come(&host).await;
    let unwatched = program.resident_kib().saturating_sub(idle) * 1024;
    println!("{unwatched} bytes for {TAGS} tags that nobody watches");
    assert!(unwatched <= SLACK, "{unwatched} bytes");

    let mut stalled = Viewer::join_narrow(&format!("http://{host}/live/tiny.flv")).await;
    stalled.next().await.expect("the viewer begins");
    let before = wait_until_all_have_come(&host).await["recv_bytes"].as_u64().expect("it is a number");
    flood(&mut publisher).await;
    let more = |status: &Value| status["recv_bytes"].as_u64() > Some(before + u64::from(TAGS));
    server::wait_for(&host, "tiny", "more tags", more).await;
    let watched = program.resident_kib().saturating_sub(idle) * 1024;
    println!("{watched} bytes with a viewer who does not read");
    assert!(watched <= QUEUE_MAX_BYTES + SLACK, "{watched} bytes");
    drop(stalled);
    tokio::time::timeout(Duration::from_secs(60), publisher.finish()).await.expect("the server reads");
}
