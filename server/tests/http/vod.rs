//! Recordings from some place on. Whether what comes plays, `tests/tests/vod.rs` asks ffmpeg.

use std::fs;
use std::path::PathBuf;

use flvgate_media::flv::{Demuxer, Event, TagType, file_header, write_tag};

use crate::client::{Answer, Client, ask};
use crate::site::{PATIENCE, Site, audio_frame, audio_header, inter_frame, keyframe, video_header};
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

/// A recording of 5 s with a keyframe each second, and where those are.
struct Recording {
    directory: PathBuf,
    bytes: Vec<u8>,
    keyframes: Vec<usize>,
}

impl Recording {
    fn make(name: &str) -> Self {
        let mut bytes = file_header(true, true).to_vec();
        write_tag(&mut bytes, &video_header());
        write_tag(&mut bytes, &audio_header());
        let mut keyframes = Vec::new();
        for second in 0..5 {
            keyframes.push(bytes.len());
            write_tag(&mut bytes, &keyframe(second * 1000, 300));
            for step in 1..10 {
                write_tag(&mut bytes, &audio_frame(second * 1000 + step * 100, 40));
                write_tag(&mut bytes, &inter_frame(second * 1000 + step * 100, 80));
            }
        }
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("vod").join(name);
        fs::create_dir_all(directory.join("live")).unwrap();
        for file in ["live/clip.flv", "clip.fhv", "clip.mp4"] {
            fs::write(directory.join(file), &bytes).unwrap();
        }
        for (file, content) in [
            ("page.flv", &b"<!doctype html><p>not a video"[..]),
            ("empty.flv", b""),
            ("cut.flv", &bytes[..keyframes[3] + 100]),
        ] {
            fs::write(directory.join(file), content).unwrap();
        }
        Self { directory, bytes, keyframes }
    }

    async fn serve(&self) -> Site {
        Site::start(|settings| settings.config.http_server.dir.clone_from(&self.directory)).await
    }
}

/// The head and the body's bytes.
async fn get(site: &Site, target: &str, headers: &str) -> (crate::client::Head, Vec<u8>) {
    let mut client = Client::connect(site.address).await;
    client.request(&format!("GET {target}"), headers).await;
    let head = client.head().await;
    let mut body = vec![0; head.get("content-length").unwrap().parse().unwrap()];
    timeout(PATIENCE, client.stream.read_exact(&mut body)).await.expect("the body comes").unwrap();
    (head, body)
}

/// The tags of an FLV file, each with its timestamp and body.
fn tags(bytes: &[u8]) -> Vec<(TagType, u32, Vec<u8>)> {
    let mut tags = Vec::new();
    let pushed = Demuxer::new().push(bytes, |event| {
        if let Event::Tag(tag) = event {
            tags.push((tag.tag_type, tag.timestamp, tag.body.to_vec()));
        }
    });
    pushed.unwrap();
    tags
}

#[tokio::test]
async fn an_answer_is_the_headers_and_the_file_from_the_keyframe_at_or_before() {
    let recording = Recording::make("answers");
    let site = recording.serve().await;
    let (all, len) = (tags(&recording.bytes), recording.bytes.len());
    for (start, keyframe) in [
        (recording.keyframes[1].to_string(), 1),
        ((recording.keyframes[2] - 1).to_string(), 1),
        ((recording.keyframes[2] + 7).to_string(), 2),
        ((len - 1).to_string(), 4),
        ("1s".to_owned(), 1),
        ("2.999s".to_owned(), 2),
        ("4.9s".to_owned(), 4),
        // The very end: as many bytes as there are, and what the recording lasts.
        (len.to_string(), 4),
        ("5s".to_owned(), 4),
        ("5.04s".to_owned(), 4),
    ] {
        for target in ["/live/clip.flv", "/clip.fhv"] {
            let (head, body) = get(&site, &format!("{target}?start={start}"), "").await;
            assert_eq!((head.status, head.get("content-type")), (200, Some("video/x-flv")), "{start}");
            let tail = &recording.bytes[recording.keyframes[keyframe]..];
            assert!(body.ends_with(tail), "{target} {start}");
            let got = tags(&body);
            let headers = got.len() - tags(&[&file_header(true, true)[..], tail].concat()).len();
            let time = keyframe as u32 * 1000;
            let expected: Vec<_> =
                all[..2].iter().map(|(kind, _, body)| (*kind, time, body.clone())).collect();
            assert_eq!(got[..headers], expected, "{start}");
        }
    }
    for start in ["0", "0s", "", "5", "0.0001s"] {
        let (head, body) = get(&site, &format!("/live/clip.flv?start={start}"), "").await;
        assert!(head.status == 200 && body == recording.bytes, "{start}");
    }
}

#[tokio::test]
async fn a_part_has_a_length_parts_and_conditions_of_its_own() {
    let recording = Recording::make("parts");
    let site = recording.serve().await;
    let target = "/live/clip.flv?start=2.5s";
    let (head, body) = get(&site, target, "").await;
    let (length, tag) = (body.len().to_string(), head.get("etag").unwrap());
    let described = ask(site.address, &format!("HEAD {target}"), "").await.head;
    assert_eq!((described.status, described.get("content-length")), (200, Some(length.as_str())));
    // Across the end of the headers, in the file, and the last byte.
    for (first, last) in [(0, 4), (10, 200), (100, 900), (body.len() - 1, body.len() - 1)] {
        let (head, part) = get(&site, target, &format!("Range: bytes={first}-{last}\r\n")).await;
        let expected = format!("bytes {first}-{last}/{length}");
        assert_eq!((head.status, head.get("content-range")), (206, Some(expected.as_str())));
        assert_eq!(part, body[first..=last], "{first}-{last}");
    }
    for (headers, status) in [
        (format!("If-None-Match: {tag}\r\n"), 304),
        (format!("Range: bytes={length}-\r\n"), 416),
        (format!("Range: bytes=0-4\r\nIf-Range: {tag}\r\n"), 206),
        ("Range: bytes=0-4\r\nIf-Range: \"other\"\r\n".to_owned(), 200),
    ] {
        assert_eq!(
            ask(site.address, &format!("GET {target}"), &headers).await.head.status,
            status,
            "{headers}"
        );
    }
    let (whole, _) = get(&site, "/live/clip.flv", "").await;
    assert_ne!(whole.get("etag"), Some(tag));
}

#[tokio::test]
async fn a_start_that_cannot_be_is_refused_with_words() {
    let recording = Recording::make("refusals");
    let site = recording.serve().await;
    let len = recording.bytes.len();
    for (target, status, words) in [
        ("/live/clip.flv?start=-1".to_owned(), 400, "expected bytes"),
        ("/live/clip.flv?start=abc".to_owned(), 400, "expected bytes"),
        ("/live/clip.flv?start=00:01:30".to_owned(), 400, "expected bytes"),
        (format!("/live/clip.flv?start={}", len + 1), 416, "behind the end"),
        ("/live/clip.flv?start=99999999999999999999999".to_owned(), 416, "behind the end"),
        ("/live/clip.flv?start=7s".to_owned(), 416, "behind the end"),
        ("/page.flv?start=5".to_owned(), 422, "not FLV"),
        ("/page.flv?start=5s".to_owned(), 422, "not FLV"),
        ("/empty.flv?start=5".to_owned(), 416, "behind the end"),
        ("/empty.flv?start=5s".to_owned(), 422, "not FLV"),
        ("/none.flv?start=5".to_owned(), 404, "no such"),
        ("/live?start=5".to_owned(), 307, ""),
        ("/clip.mp4?start=5".to_owned(), 200, ""),
    ] {
        let answer: Answer = ask(site.address, &format!("GET {target}"), "").await;
        assert_eq!(answer.head.status, status, "{target}");
        assert!(answer.body.contains(words), "{target}: {}", answer.body);
        if status == 416 && target.contains("clip") {
            assert_eq!(answer.head.get("content-range"), Some(format!("bytes */{len}").as_str()));
        }
    }
    // The tag that was cut short is no place to begin.
    let (_, body) = get(&site, &format!("/cut.flv?start={}", recording.keyframes[3] + 50), "").await;
    let tail = &recording.bytes[recording.keyframes[2]..recording.keyframes[3] + 100];
    assert!(body.ends_with(tail) && body.len() - tail.len() < 200);
}

#[tokio::test]
async fn a_file_that_is_replaced_is_looked_at_again() {
    let recording = Recording::make("replaced");
    let site = recording.serve().await;
    let (before, _) = get(&site, "/live/clip.flv?start=3s", "").await;
    let other =
        [&recording.bytes[..recording.keyframes[0]], &recording.bytes[recording.keyframes[1]..]].concat();
    fs::write(recording.directory.join("live/clip.flv"), &other).unwrap();
    // Time counts from the first frame, which now is at 1 s.
    let (after, body) = get(&site, "/live/clip.flv?start=3s", "").await;
    assert!(body.ends_with(&recording.bytes[recording.keyframes[4]..]));
    assert_ne!(before.get("content-length"), after.get("content-length"));
}
