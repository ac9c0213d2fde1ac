//! Playing over RTMP, with ffmpeg as the player.

use std::time::Duration;

use flvgate::config::{Action, SecurityRule};
use flvgate_tests::ffmpeg::{self, Audio, Clip, Packet, packets};
use flvgate_tests::process;
use flvgate_tests::server::TestServer;

/// What ffmpeg records of `url` until its end, and its complaints.
async fn record(url: &str, path: &str) -> String {
    let output = process::run("ffmpeg", &["-v", "error", "-i", url, "-c", "copy", "-y", path]).await;
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Whether `got` is the end of `published`, of each track at least a half, and all on one clock.
fn assert_is_the_end_of(published: &[Packet], got: &[Packet]) {
    let first = &got[0];
    let source = published.iter().find(|packet| packet.content == first.content).expect("it was published");
    let (pts, dts) = (source.pts - first.pts, source.dts - first.dts);
    assert_eq!(pts, dts, "one clock");
    for stream in 0..=published.iter().map(|packet| packet.stream).max().expect("there are packets") {
        let track = |packets: &[Packet], shift| -> Vec<Packet> {
            let track = packets.iter().filter(|packet| packet.stream == stream);
            track
                .map(|packet| Packet { pts: packet.pts + shift, dts: packet.dts + shift, ..packet.clone() })
                .collect()
        };
        let (published, got) = (track(published, 0), track(got, dts));
        assert!(got.len() >= published.len() / 2, "track {stream}: {} of {}", got.len(), published.len());
        assert_eq!(published[published.len() - got.len()..], got, "track {stream}");
    }
}

#[tokio::test]
async fn a_player_gets_what_is_published_packet_by_packet() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    for audio in [Audio::Aac, Audio::Mp3, Audio::None] {
        let clip = Clip { seconds: 4, audio, ..Clip::default() }.make(directory.path()).await;
        let server = TestServer::start(|vhost| vhost.publish.grace_timeout = Duration::ZERO);
        let captured = directory.path().join(format!("{audio:?}.flv"));
        let _publisher = ffmpeg::publish(&clip, &server.publish_url("cam"));
        server.wait_until_live("cam").await;
        let complaints = record(&server.publish_url("cam"), &captured.display().to_string()).await;
        assert_eq!(complaints, "", "the end of the stream is no error");
        assert_eq!(ffmpeg::decode_complaints(&captured).await, "");
        assert_is_the_end_of(&packets(&clip).await, &packets(&captured).await);
    }
}

#[tokio::test]
async fn a_recording_of_all_tracks_has_those_of_the_stream_and_no_other() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 4, ..Clip::default() }.make(directory.path()).await;
    let server = TestServer::start(|vhost| vhost.publish.grace_timeout = Duration::ZERO);
    let _publisher = ffmpeg::publish(&clip, &server.publish_url("cam"));
    server.wait_until_live("cam").await;
    let path = directory.path().join("all.mp4").display().to_string();
    let url = server.publish_url("cam");
    let arguments = ["-v", "error", "-i", &url, "-map", "0", "-c", "copy", "-y", &path];
    process::run_clean("ffmpeg", &arguments).await;
    let kinds = ["-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", &path];
    let kinds = process::run_clean("ffprobe", &kinds).await;
    let mut kinds: Vec<_> = kinds.split_whitespace().collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["audio", "video"]);
}

#[tokio::test]
async fn a_late_player_begins_with_a_keyframe_and_counts_as_a_viewer() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 10, ..Clip::default() }.make(directory.path()).await;
    let server = TestServer::start(|_| {});
    let _publisher = ffmpeg::publish(&clip, &server.publish_url("cam"));
    server.wait_until_live("cam").await;
    let path = directory.path().join("late.flv");
    let (url, path_text) = (server.publish_url("cam"), path.display().to_string());
    let player = tokio::spawn(async move {
        process::run("ffmpeg", &["-v", "error", "-i", &url, "-c", "copy", "-t", "3", "-y", &path_text]).await
    });
    server.wait_for("cam", "a player", |status| status["clients"] == 2).await;
    assert!(player.await.expect("it ran").stderr.is_empty());
    assert_eq!(ffmpeg::decode_complaints(&path).await, "");
    server.wait_for("cam", "the player's end", |status| status["clients"] == 1).await;
}

#[tokio::test]
async fn a_stream_that_is_not_there_and_one_that_is_not_allowed_are_refused() {
    let directory = tempfile::tempdir().expect("there is room");
    let path = directory.path().join("x.flv").display().to_string();
    let server = TestServer::start(|vhost| vhost.http_remux.stream_wait = Duration::ZERO);
    let complaint = record(&server.publish_url("missing"), &path).await;
    assert!(complaint.contains("the stream live/missing is not live"), "{complaint}");

    let server = TestServer::start(|vhost| {
        vhost.security.enabled = true;
        let rule = |allow, action| SecurityRule { allow, action, network: None };
        vhost.security.rules = vec![rule(true, Action::Publish), rule(false, Action::Play)];
    });
    let complaint = record(&server.publish_url("cam"), &path).await;
    assert!(complaint.contains("playing is not allowed from this address"), "{complaint}");
}
