//! What comes over the wire in formats beside FLV.

use std::time::Duration;

use bytes::Bytes;
use flvgate::hub::Publisher;
use flvgate_media::flv::{Tag, TagType};

use crate::client::Client;
use crate::formats::{mount_all, mp3_frame};
use crate::site::{PATIENCE, Site, audio_frame, audio_header, inter_frame, keyframe, video_header};
use crate::websocket::{connect, rest};

/// Milliseconds of an AAC frame at 44.1 kHz.
const FRAME: f64 = 1024.0 / 44.1;

/// Pushes frames `from..to` of one track at their times, each as long as its number modulo 400, so that all differ.
fn push_audio(publisher: &Publisher, from: u32, to: u32) {
    for frame in from..to {
        publisher.push(audio_frame((f64::from(frame) * FRAME) as u64, 10 + frame as usize % 400));
    }
}

/// The lengths of the frames in `bytes`, headers not counted (ISO/IEC 13818-7 section 6.2).
fn adts_frames(mut bytes: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    while let [0xff, 0xf1, _, l2, l1, l0, _, ..] = *bytes {
        let length = usize::from(l2 & 3) << 11 | usize::from(l1) << 3 | usize::from(l0 >> 5);
        lengths.push(length - 7);
        bytes = &bytes[length..];
    }
    assert_eq!(bytes, b"", "whole frames");
    lengths
}

#[tokio::test]
async fn audio_that_comes_a_little_later_is_waited_for() {
    let site = Site::start(|settings| {
        mount_all(settings);
        settings.vhost.http_remux.guess_timeout = PATIENCE;
    })
    .await;
    let publisher = site.publish_silent("cam").await;
    publisher.push(video_header());
    publisher.push(keyframe(0, 100));
    let mut client = Client::connect(site.address).await;
    // The second request has been read when the first one's answer is here: both came in one piece.
    client
        .send(
            b"GET /api/v1/versions HTTP/1.1\r\nHost: h\r\n\r\nGET /live/cam.mp3 HTTP/1.1\r\nHost: h\r\n\r\n",
        )
        .await;
    client.answer(false).await;
    publisher.push(mp3_frame(0));
    assert_eq!(client.head().await.status, 200);
    publisher.push(mp3_frame(26));
    assert_eq!(client.chunk().await.len(), 417);
}

#[tokio::test]
async fn aac_over_http_and_websocket_is_the_published_frames_and_no_video() {
    let site = Site::start(mount_all).await;
    let publisher = site.publish("cam").await;
    push_audio(&publisher, 0, 20);
    let mut http = Client::connect(site.address).await;
    http.request("GET /live/cam.aac", "").await;
    http.head().await;
    let mut websocket = connect(&site, "/live/cam.aac").await;
    site.wait_for_viewers("cam", 2).await;
    // The viewers have their places when they have the first frame that they wait for.
    publisher.push(audio_frame(470, 10));
    let mut body = http.chunk().await;
    push_audio(&publisher, 21, 300);
    publisher.push(inter_frame(300, 1000));
    drop(publisher);
    body.extend(http.chunks().await);
    let expected: Vec<_> = std::iter::once(10).chain((21..300).map(|frame| 10 + frame % 400)).collect();
    assert_eq!(adts_frames(&body), expected);
    let (bytes, close) = rest(&mut websocket).await;
    assert_eq!(u16::from(close.code), 1000);
    assert!(expected.ends_with(&adts_frames(&bytes)) && bytes.len() > body.len() / 2);
}

#[tokio::test]
async fn twenty_joins_get_five_seconds_of_fast_cache_each() {
    let site = Site::start(|settings| {
        mount_all(settings);
        settings.vhost.http_remux.fast_cache = Duration::from_secs(5);
    })
    .await;
    let publisher = site.publish("cam").await;
    push_audio(&publisher, 0, 300);
    let mut joins = Vec::new();
    for join in 0..20 {
        let next = 300 + join * 7;
        let mut client = Client::connect(site.address).await;
        client.request("GET /live/cam.aac", "").await;
        client.head().await;
        let expected_end = 10 + (next - 1) as usize % 400;
        // One frame of its own length marks the end of the burst.
        let mut burst = Vec::new();
        while adts_frames(&burst).last() != Some(&expected_end) {
            burst.extend(client.chunk().await);
        }
        let milliseconds = adts_frames(&burst).len() as f64 * FRAME;
        joins.push(milliseconds);
        push_audio(&publisher, next, next + 7);
    }
    assert!(joins.iter().all(|burst| (5000.0..5000.0 + FRAME).contains(burst)), "{joins:?}");
}

/// A video frame of one NAL unit with `size` bytes of no meaning: an IDR picture or another.
fn picture(timestamp: u64, is_idr: bool, size: u32) -> Tag {
    let (frame_type, nal_type) = if is_idr { (0x17, 0x65) } else { (0x27, 0x41) };
    let length = (size + 1).to_be_bytes();
    let body = [&[frame_type, 1, 0, 0, 0][..], &length, &[nal_type], &vec![0x5a; size as usize]].concat();
    Tag::parse(TagType::Video, timestamp, Bytes::from(body)).unwrap()
}

#[tokio::test]
async fn a_transport_stream_begins_with_its_tables_and_is_the_same_over_websocket() {
    let site = Site::start(mount_all).await;
    let publisher = site.publish_silent("cam").await;
    for tag in [video_header(), audio_header(), picture(0, true, 3000), audio_frame(20, 100)] {
        publisher.push(tag);
    }
    publisher.push(picture(40, false, 5000));
    let mut http = Client::connect(site.address).await;
    http.request("GET /live/cam.ts", "").await;
    http.head().await;
    let mut websocket = connect(&site, "/live/cam.ts").await;
    site.wait_for_viewers("cam", 2).await;
    let first = http.chunk().await;
    // PAT, then PMT, at the start of the cached GOP.
    assert_eq!(first[..3], [0x47, 0x40, 0x00]);
    assert_eq!(first[188..190], [0x47, 0x50]);
    publisher.push(picture(80, true, 3000));
    drop(publisher);
    let body = [first, http.chunks().await].concat();
    assert_eq!(body.len() % 188, 0);
    assert!(body.chunks(188).all(|packet| packet[0] == 0x47));
    assert!(body.len() > 3000 + 5000 + 3000);
    let (bytes, _) = rest(&mut websocket).await;
    assert!(bytes == body);
}
