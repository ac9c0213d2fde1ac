//! Viewers survive their publisher.

use std::time::Duration;

use flvgate_media::flv::TagType;
use flvgate_tests::capture::Capture;
use flvgate_tests::ffmpeg::{self, Clip};
use flvgate_tests::server::TestServer;
use flvgate_tests::viewer::Viewer;

#[tokio::test]
async fn a_viewer_stays_over_a_killed_publisher_on_one_clock() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 4, ..Clip::default() }.make(directory.path()).await;
    let server = TestServer::start(|vhost| vhost.publish.grace_timeout = Duration::from_secs(2));
    let mut first = ffmpeg::publish(&clip, &server.publish_url("again"));
    server.wait_until_live("again").await;
    let mut viewer = Viewer::join(&server.http_url("again")).await;
    let mut bytes = viewer.collect(|bytes| bytes.len() > 20_000).await.to_vec();
    first.kill().await.expect("the publisher can be killed");
    server
        .wait_for("again", "the end of the publication", |status| status["publish"]["active"] == false)
        .await;

    let _second = ffmpeg::publish(&clip, &server.publish_url("again"));
    bytes.extend_from_slice(&viewer.collect(|_| false).await);
    let capture = Capture::of(&bytes);
    for tag_type in [TagType::Audio, TagType::Video] {
        let times: Vec<_> = capture.frames(tag_type).map(|tag| tag.timestamp).collect();
        assert!(times.is_sorted(), "{tag_type:?} goes forward: {times:?}");
        let steps = times.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(steps.max() < Some(500), "{tag_type:?} has no hole: {times:?}");
    }
    let times: Vec<_> = capture.frames(TagType::Video).collect();
    assert!(times.len() > 100, "the second publication, of 100 frames, came too: {}", times.len());
    let setups = capture.tags.iter().filter(|tag| tag.kind.is_sequence_header()).count();
    assert_eq!(setups, 2, "sequence headers that have not changed are not sent again");
}

#[tokio::test]
async fn a_fast_republish_never_wedges_a_stream() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 10, ..Clip::default() }.make(directory.path()).await;
    let server = TestServer::start(|_| {});
    let mut publisher = ffmpeg::publish(&clip, &server.publish_url("fast"));
    server.wait_until_live("fast").await;
    let mut viewers = Vec::new();
    for _ in 0..5 {
        viewers.push(Viewer::join(&server.http_url("fast")).await);
    }
    for pause in [0, 20, 50] {
        let before = server.stream_status("fast").await.expect("it is live")["publish"]["cid"].clone();
        publisher.start_kill().expect("the publisher can be killed");
        tokio::time::sleep(Duration::from_millis(pause)).await;
        publisher = ffmpeg::publish(&clip, &server.publish_url("fast"));
        server
            .wait_for("fast", "going live again", |status| {
                status["publish"]["active"] == true && status["publish"]["cid"] != before
            })
            .await;
        for viewer in &mut viewers {
            assert!(!viewer.next().await.expect("the viewer stays").is_empty());
        }
    }
}
