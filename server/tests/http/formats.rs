//! One stream, delivered as everything that its vhost mounts.

use std::time::Duration;

use bytes::Bytes;
use flvgate::config::MountTemplate;
use flvgate_media::flv::{Tag, TagType};
use flvgate_media::format::Format;

use crate::client::{Client, ask};
use crate::site::{PATIENCE, Settings, Site, video_header};
use crate::websocket::{connect, rest};

/// Every format, at `/live/NAME.EXTENSION`.
pub(crate) fn mount_all(settings: &mut Settings) {
    let mount = |format: Format| MountTemplate(format!("[vhost]/[app]/[stream]{}", format.extension()));
    settings.vhost.http_remux.mounts = Format::ALL.map(mount).into();
    settings.vhost.http_remux.guess_timeout = Duration::from_millis(100);
}

fn video_of_av1() -> Tag {
    // Enhanced RTMP: sequence start, and `av1C` of a few bytes.
    let body = [&[0x90][..], b"av01", &[0x81, 0, 0x0c, 0]].concat();
    Tag::parse(TagType::Video, 0, Bytes::from(body)).unwrap()
}

pub(crate) fn mp3_frame(timestamp: u64) -> Tag {
    // MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes.
    let body = [&[0x2f, 0xff, 0xfb, 0x90, 0x64][..], &[0; 413]].concat();
    Tag::parse(TagType::Audio, timestamp, Bytes::from(body)).unwrap()
}

#[tokio::test]
async fn each_mount_has_its_formats_content_type() {
    let site = Site::start(mount_all).await;
    let _publisher = site.publish("cam").await;
    for (target, content_type) in
        [("/live/cam.flv", "video/x-flv"), ("/live/cam.ts", "video/MP2T"), ("/live/cam.aac", "audio/x-aac")]
    {
        for method in ["GET", "HEAD"] {
            let mut client = Client::connect(site.address).await;
            client.request(&format!("{method} {target}"), "").await;
            let head = client.head().await;
            assert_eq!(
                (head.status, head.get("content-type")),
                (200, Some(content_type)),
                "{method} {target}"
            );
            assert_eq!(head.get("cache-control"), Some("no-store"));
            assert!(head.has_cors());
        }
    }
    let publisher = site.publish_silent("music").await;
    publisher.push(mp3_frame(0));
    let head = ask(site.address, "HEAD /live/music.mp3", "").await.head;
    assert_eq!((head.status, head.get("content-type")), (200, Some("audio/mpeg")));
}

#[tokio::test]
async fn what_a_format_cannot_carry_is_a_415_that_names_both() {
    let site = Site::start(mount_all).await;
    let _aac = site.publish("aac").await;
    let av1 = site.publish_silent("av1").await;
    av1.push(video_of_av1());
    let silent = site.publish_silent("silent").await;
    silent.push(video_header());
    let mp3 = site.publish_silent("mp3").await;
    mp3.push(mp3_frame(0));
    for (target, reason) in [
        ("/live/aac.mp3", ".mp3 carries MP3; the stream's audio is AAC"),
        ("/live/mp3.aac", ".aac carries AAC; the stream's audio is MP3"),
        ("/live/silent.aac", ".aac carries AAC; the stream has no audio"),
        (
            "/live/av1.ts",
            ".ts carries H264, HEVC, AAC, MP3, Opus, AC-3 and E-AC-3; the stream's video is AV1",
        ),
    ] {
        let answer = ask(site.address, &format!("GET {target}"), "Origin: http://page.example\r\n").await;
        assert_eq!((answer.head.status, answer.body.trim_end()), (415, reason));
        assert!(answer.head.has_cors());
        assert_eq!(answer.head.get("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(ask(site.address, &format!("HEAD {target}"), "").await.head.status, 415);

        let (bytes, close) = rest(&mut connect(&site, target).await).await;
        assert!(bytes.is_empty());
        assert_eq!((u16::from(close.code), close.reason.as_str()), (4415, reason));
    }
}

#[tokio::test]
async fn a_publisher_that_sends_nothing_is_not_live_yet() {
    let site = Site::start(mount_all).await;
    let _publisher = site.publish_silent("cam").await;
    assert_eq!(ask(site.address, "GET /live/cam.aac", "").await.head.status, 404);
}

#[tokio::test]
async fn a_publisher_that_comes_back_with_another_codec_ends_what_cannot_follow() {
    let site = Site::start(|settings| {
        mount_all(settings);
        settings.vhost.publish.grace_timeout = PATIENCE;
    })
    .await;
    let publisher = site.publish("cam").await;
    let mut http = Client::connect(site.address).await;
    http.request("GET /live/cam.aac", "").await;
    assert_eq!(http.head().await.status, 200);
    let mut websocket = connect(&site, "/live/cam.aac").await;
    let mut flv = connect(&site, "/live/cam.flv").await;
    site.wait_for_viewers("cam", 3).await;
    drop(publisher);
    let publisher = site.publish_silent("cam").await;
    publisher.push(mp3_frame(0));
    http.chunks().await;
    let (_, close) = rest(&mut websocket).await;
    let reason = ".aac carries AAC; the stream's audio is MP3";
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4415, reason));
    site.wait_for_viewers("cam", 1).await;
    assert_eq!(ask(site.address, "HEAD /live/cam.mp3", "").await.head.status, 200);
    drop(publisher);
    assert!(site.hub.streams()[0].publisher.is_none());
    flv.close(None).await.unwrap();
}

#[tokio::test]
async fn a_mount_that_goes_while_a_request_waits_for_its_stream_is_no_more() {
    let waiting = |settings: &mut Settings| {
        mount_all(settings);
        settings.vhost.http_remux.stream_wait = PATIENCE;
    };
    let site = Site::start(waiting).await;
    let mut http = Client::connect(site.address).await;
    // The second request has been read when the first one's answer is here: both came in one piece.
    http.send(
        b"GET /api/v1/versions HTTP/1.1\r\nHost: h\r\n\r\nGET /live/cam.aac HTTP/1.1\r\nHost: h\r\n\r\n",
    )
    .await;
    http.answer(false).await;
    let mut websocket = connect(&site, "/live/cam.aac").await;
    site.reload(|settings| {
        waiting(settings);
        settings.vhost.http_remux.mounts.truncate(1);
    });
    let _publisher = site.publish("cam").await;
    assert_eq!(http.answer(false).await.head.status, 404);
    let (_, close) = rest(&mut websocket).await;
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4404, "stream not found"));
    site.wait_for_viewers("cam", 0).await;
}
