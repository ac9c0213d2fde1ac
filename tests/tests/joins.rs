//! Every viewer gets every track, whenever it joins.

use std::sync::Arc;
use std::time::Duration;

use flvgate_media::flv::{Demuxer, TagType};
use flvgate_tests::capture::Capture;
use flvgate_tests::ffmpeg::Clip;
use flvgate_tests::process;
use flvgate_tests::server::{PATIENCE, TestServer};
use flvgate_tests::viewer::Viewer;
use tokio::sync::Semaphore;

const JOINS: u32 = 2500;

/// Viewers that are joining at the same time, so that two processor cores can follow.
const AT_ONCE: usize = 50;

/// Over what time a joiner's start is spread, in milliseconds: five GOPs, so that every place of a GOP is met.
const SPREAD: u64 = 10_000;

#[tokio::test]
async fn no_join_is_without_audio_or_with_a_wrong_header() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 8, gop: 50, ..Clip::default() }.make(directory.path()).await;
    // The first viewers are there before the publisher: they meet the moment at which the tracks show up one by one.
    let server = TestServer::start(|vhost| vhost.http_remux.stream_wait = PATIENCE);
    let arguments = [
        "-v",
        "error",
        "-re",
        "-stream_loop",
        "-1",
        "-i",
        &clip.display().to_string(),
        "-c",
        "copy",
        "-f",
        "flv",
    ];
    let _publisher = process::start("ffmpeg", &[&arguments[..], &[&server.publish_url("joined")]].concat());

    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let url = server.http_url("joined");
    let joins = (0..JOINS).map(|number| {
        let (slots, url) = (slots.clone(), url.clone());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(spread(number))).await;
            let _slot = slots.acquire().await;
            tokio::time::timeout(PATIENCE, first_of_each(&url)).await.map_err(|_| "a track never came")
        })
    });
    let mut wrong = Vec::new();
    for join in joins.collect::<Vec<_>>() {
        match join.await.expect("a viewer does not panic") {
            Ok((true, true)) => {}
            other => wrong.push(other),
        }
    }
    assert!(wrong.is_empty(), "{} of {JOINS} joins: {:?}", wrong.len(), &wrong[..wrong.len().min(5)]);
}

/// Joins, and stays until an audio frame and a keyframe have come. Returns the header's audio and video flag.
async fn first_of_each(url: &str) -> (bool, bool) {
    let mut viewer = Viewer::join(url).await;
    let (mut demuxer, mut capture) = (Demuxer::new(), Capture::default());
    loop {
        let data = viewer.next().await.expect("the stream goes on");
        demuxer.push(&data, |event| capture.note(event)).expect("it is FLV");
        let audio = capture.frames(TagType::Audio).next().is_some();
        let video = capture.frames(TagType::Video).next();
        if let (Some(header), true, Some(first)) = (capture.header, audio, video) {
            assert!(first.kind.is_keyframe(), "video starts at a keyframe");
            let has_setup = |tag_type| {
                capture.tags.iter().any(|tag| tag.tag_type == tag_type && tag.kind.is_sequence_header())
            };
            assert!(has_setup(TagType::Audio) && has_setup(TagType::Video), "both sequence headers come");
            return (header.has_audio, header.has_video);
        }
    }
}

/// When the joiner of this number starts, in milliseconds: spread by a multiplicative hash, the same in every run.
fn spread(number: u32) -> u64 {
    (u64::from(number.wrapping_mul(2_654_435_761)) * SPREAD) >> 32
}
