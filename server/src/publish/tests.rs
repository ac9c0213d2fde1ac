use std::path::Path;

use bytes::Bytes;
use flvgate_media::amf0::{self, Value};
use flvgate_media::flv::{Tag, TagType, file_header, write_tag};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::*;
use crate::config::Config;
use crate::rtmp::fixture::{PATIENCE, Seen, TestServer, plain_vhost, soon};

const AVC_CONFIG: &[u8] = &[0x17, 0, 0, 0, 0, 1, 100, 0, 31];
const AVC_END: &[u8] = &[0x17, 2, 0, 0, 0];

/// Metadata, a sequence header, `frames` frames at 25 a second with their number in them, and the end of the sequence.
fn clip(frames: u8) -> Vec<u8> {
    let metadata = amf0::encode_all(&["onMetaData".into(), Value::EcmaArray(Vec::new())]);
    let mut bytes = file_header(false, true).to_vec();
    let mut add = |tag_type, timestamp, body: &[u8]| {
        let tag = Tag::parse(tag_type, timestamp, Bytes::copy_from_slice(body)).unwrap();
        write_tag(&mut bytes, &tag);
    };
    add(TagType::Script, 0, &metadata);
    add(TagType::Video, 0, AVC_CONFIG);
    for number in 0..frames {
        add(TagType::Video, u64::from(number) * 40, &frame(number));
    }
    add(TagType::Video, u64::from(frames) * 40 - 40, AVC_END);
    bytes
}

fn frame(number: u8) -> [u8; 6] {
    [if number == 0 { 0x17 } else { 0x27 }, 1, 0, 0, 0, number]
}

fn write_file(content: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clip.flv");
    std::fs::write(&path, content).unwrap();
    (directory, path)
}

fn options(file: &Path, url: String) -> PublishOptions {
    PublishOptions { file: file.to_owned(), url, looped: false, start_timestamp: 0, realtime: false }
}

async fn error_of(content: &[u8], url: String) -> String {
    let (directory, path) = write_file(content);
    let error = soon(publish(options(&path, url))).await.unwrap_err().to_string();
    error.replace(&directory.path().display().to_string(), "")
}

fn videos(seen: &[Seen]) -> Vec<(u32, &[u8])> {
    let video = |(kind, ..): &&Seen| *kind == TagType::Video;
    seen.iter().filter(video).map(|(_, time, body)| (*time, &body[..])).collect()
}

#[tokio::test]
async fn a_file_reaches_a_viewer_tag_by_tag() {
    // The file is sent at once: without grace, the stream may be over before the viewer has begun.
    let mut vhost = plain_vhost();
    vhost.publish.grace_timeout = PATIENCE;
    let server = TestServer::start(vhost).await;
    let (_directory, path) = write_file(&clip(50));
    let options = PublishOptions { start_timestamp: 7000, ..options(&path, server.url("cam")) };
    let publishing = tokio::spawn(publish(options));
    let mut viewer = server.watch("cam").await;
    let seen = viewer.frames(50).await;
    let videos = videos(&seen);
    assert_eq!(videos[0].1, AVC_CONFIG);
    for number in 0..50 {
        let expected = (7000 + u32::from(number) * 40, &frame(number)[..]);
        assert_eq!(videos[usize::from(number) + 1], expected);
    }
    soon(publishing).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_loop_is_one_stream_whose_clock_goes_on() {
    let server = TestServer::start(plain_vhost()).await;
    let (_directory, path) = write_file(&clip(5));
    let options = PublishOptions { looped: true, realtime: true, ..options(&path, server.url("cam")) };
    let publishing = tokio::spawn(publish(options));
    let mut viewer = server.watch("cam").await;
    let seen = viewer.frames(12).await;
    publishing.abort();
    let videos = videos(&seen);
    assert_eq!(videos.iter().filter(|(_, body)| *body == AVC_CONFIG).count(), 1);
    assert!(videos.iter().all(|(_, body)| *body != AVC_END));
    for (index, (time, body)) in videos[1..].iter().enumerate() {
        let number = u8::try_from(index % 5).unwrap();
        assert_eq!((*time, *body), (u32::try_from(index).unwrap() * 40, &frame(number)[..]));
    }
}

#[tokio::test]
async fn real_time_is_not_faster_than_the_timestamps() {
    let server = TestServer::start(plain_vhost()).await;
    let (_directory, path) = write_file(&clip(6));
    let started = Instant::now();
    let options = PublishOptions { realtime: true, ..options(&path, server.url("cam")) };
    soon(publish(options)).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(5 * 40));
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_with_its_place() {
    // Nobody listens there; the file is looked at first.
    let url = || "rtmp://127.0.0.1:1/live/cam".to_owned();
    assert_eq!(
        error_of(b"RIFF....AVI LIST", url()).await,
        "/clip.flv is not FLV at byte 0: FLV signature: expected 0x464c56 (\"FLV\"), got 5392710"
    );
    let nothing = "/clip.flv has no audio and no video in it";
    assert_eq!(error_of(b"", url()).await, nothing);
    assert_eq!(error_of(&file_header(true, true), url()).await, nothing);

    let missing = publish(options(Path::new("/no/such.flv"), url())).await.unwrap_err().to_string();
    assert!(missing.starts_with("cannot read /no/such.flv: No such file"), "{missing}");
}

#[tokio::test]
async fn what_is_wrong_with_the_server_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = error_of(&clip(1), format!("rtmp://{address}/live/cam")).await;
    assert!(error.starts_with(&format!("cannot connect to {address}: Connection refused")), "{error}");

    let server = TestServer::start_with(Config::default()).await;
    assert_eq!(
        error_of(&clip(1), server.url("cam")).await,
        "the server refused: NetStream.Publish.Rejected: there is no vhost \"127.0.0.1\" here"
    );
    assert_eq!(
        error_of(&clip(1), "http://h/live/cam".into()).await,
        "expected rtmp://host[:port]/app/stream, got \"http://h/live/cam\": it does not start with rtmp://"
    );
}

#[tokio::test]
async fn a_server_that_stops_in_mid_stream_is_told_as_the_reason() {
    let server = TestServer::start(plain_vhost()).await;
    let (_directory, path) = write_file(&clip(5));
    let options = PublishOptions { looped: true, realtime: true, ..options(&path, server.url("cam")) };
    let publishing = tokio::spawn(publish(options));
    server.watch("cam").await.frames(1).await;
    server.trigger.shutdown();
    let error = soon(publishing).await.unwrap().unwrap_err().to_string();
    assert_eq!(error, "the server refused: NetConnection.Connect.Closed: the server is stopping");
}

/// Where the tag of `number` begins in a clip, counted from the first one behind the sequence headers.
fn place_of(clip: &[u8], number: u8) -> usize {
    let body = frame(number);
    clip.windows(body.len()).position(|window| window == body).unwrap() - 11
}

#[tokio::test]
async fn of_a_damaged_file_everything_that_is_whole_is_sent() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 5] = [
        ("bytes in between", |clip| {
            let at = place_of(clip, 3);
            clip.splice(at..at, [0x17; 1000]);
        }),
        ("a hole of six MiB", |clip| {
            let at = place_of(clip, 3);
            clip.splice(at..at, vec![0xff; 6 << 20]);
        }),
        ("a tag that is longer than the file", |clip| {
            let at = place_of(clip, 3);
            clip.splice(at..at, [9, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x17, 1]);
        }),
        ("nonsense at the end", |clip| clip.extend([0xff; 100])),
        ("an end in mid-tag", |clip| clip.extend([9, 0, 1, 0, 0, 0, 40, 0, 0, 0, 0, 0x17])),
    ];
    for (what, damage) in damages {
        let mut vhost = plain_vhost();
        vhost.publish.grace_timeout = PATIENCE;
        let server = TestServer::start(vhost).await;
        let mut file = clip(6);
        damage(&mut file);
        let (_directory, path) = write_file(&file);
        let publishing = tokio::spawn(publish(options(&path, server.url("cam"))));
        let mut viewer = server.watch("cam").await;
        let seen = viewer.frames(6).await;
        let frames: Vec<_> = videos(&seen)[1..=6].iter().map(|(_, body)| body.to_vec()).collect();
        assert_eq!(frames, (0..6).map(|number| frame(number).to_vec()).collect::<Vec<_>>(), "{what}");
        soon(publishing).await.unwrap().unwrap_or_else(|error| panic!("{what}: {error}"));
    }
}
