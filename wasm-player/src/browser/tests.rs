//! The browser layer in a real browser: a `MediaSource` takes what the pipeline makes, and a response is read.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test as test;
use web_sys::{HtmlVideoElement, RequestCredentials};

use super::connection::{Connection, ConnectionEvent, RequestOptions};
use super::media_source::{AttachedMediaSource, MediaSourceEvent, is_type_supported};
use crate::connection_end::ConnectionEnd;
use crate::pipeline::{Output, Pipeline, Track};

/// Two `AVCDecoderConfigurationRecord`s, of 32x32 and 64x64 pixels and of levels 1 and 3, each with a keyframe.
const AVC: [(&[u8], &[u8]); 2] = [
    (
        b"\x01\x42\xc0\x0a\xff\xe1\x00\x16\x67\x42\xc0\x0a\xda\x25\xb0\x11\x00\x00\x03\x00\x01\x00\x00\x03\x00\x32\x8f\x12\x26\xa0\x01\x00\x04\x68\xce\x0f\xc8",
        b"\x00\x00\x00\x0c\x65\x88\x84\x3a\x26\x28\x00\x09\x02\xc9\xd7\x5e",
    ),
    (
        b"\x01\x42\xc0\x1e\xff\xe1\x00\x16\x67\x42\xc0\x1e\xda\x10\x9b\x01\x10\x00\x00\x03\x00\x10\x00\x00\x03\x03\x28\xf1\x22\x6a\x01\x00\x04\x68\xce\x0f\xc8",
        b"\x00\x00\x00\x16\x65\x88\x84\x3a\x26\x28\x00\x09\x02\xc9\xc9\xc9\xd7\x5d\x75\xd7\x5d\x75\xd7\x5d\x75\xe0",
    ),
];
/// A wait is given up after so many steps of so many milliseconds.
const STEPS: u32 = 500;
const STEP: i32 = 10;

async fn pause() {
    let window = web_sys::window().expect("tests run in a page");
    let promise = Promise::new(&mut |resolve, _| {
        window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, STEP).expect("a timer");
    });
    JsFuture::from(promise).await.expect("timers do not fail");
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..STEPS {
        if condition() {
            return;
        }
        pause().await;
    }
    panic!("{what}: not in time");
}

fn video_element() -> HtmlVideoElement {
    let document = web_sys::window().and_then(|window| window.document()).expect("tests run in a page");
    document.create_element("video").expect("an element").unchecked_into()
}

fn tag(flv: &mut Vec<u8>, timestamp: u32, body: &[u8]) {
    let [_, s2, s1, s0] = (body.len() as u32).to_be_bytes();
    let [t3, t2, t1, t0] = timestamp.to_be_bytes();
    flv.extend_from_slice(&[9, s2, s1, s0, t2, t1, t0, t3, 0, 0, 0]);
    flv.extend_from_slice(body);
    flv.extend_from_slice(&(11 + body.len() as u32).to_be_bytes());
}

/// A second of video with each configuration, one keyframe after the other.
fn two_configurations() -> Vec<u8> {
    let mut flv = b"FLV\x01\x01\x00\x00\x00\x09\x00\x00\x00\x00".to_vec();
    for (index, (config, keyframe)) in AVC.into_iter().enumerate() {
        let start = index as u32 * 1000;
        tag(&mut flv, start, &[&[0x17, 0, 0, 0, 0], config].concat());
        for frame in 0..25 {
            tag(&mut flv, start + frame * 40, &[&[0x17, 1, 0, 0, 0], keyframe].concat());
        }
    }
    flv
}

fn buffered_until(video: &HtmlVideoElement) -> f64 {
    let ranges = video.buffered();
    ranges.length().checked_sub(1).and_then(|last| ranges.end(last).ok()).unwrap_or(0.0)
}

#[test]
async fn a_media_source_takes_fragments_and_another_configuration() {
    let video = video_element();
    let events = Rc::new(RefCell::new(Vec::new()));
    let noted = events.clone();
    let sink = Rc::new(move |event| noted.borrow_mut().push(event));
    let mut source = AttachedMediaSource::attach(&video, 0.0, sink).expect("the browser has MediaSource");
    until("the source opens", || source.is_open()).await;
    assert!(matches!(events.borrow_mut().remove(0), MediaSourceEvent::Opened));
    source.opened().expect("it takes a duration");
    assert_eq!(video.duration(), f64::INFINITY);

    let (mut pipeline, mut mimes) = (Pipeline::new(), Vec::new());
    pipeline
        .push(&two_configurations(), 0.0, &mut |output| match output {
            Output::Tracks { video, audio } => {
                assert!(video && !audio);
                source.expect_tracks(vec![Track::Video]);
            }
            Output::Init { track, mime, data } => {
                mimes.push(mime.to_owned());
                source.init(track, mime, data).expect("the type is known");
            }
            Output::Fragment { track, data, .. } => source.append(track, data, None).expect("there is room"),
            _ => {}
        })
        .expect("it is FLV");
    assert_eq!(mimes, ["video/mp4; codecs=\"avc1.42c00a\"", "video/mp4; codecs=\"avc1.42c01e\""]);
    source.pump_all().expect("it takes what waits");
    until("both are buffered", || {
        for event in events.borrow_mut().drain(..) {
            assert!(!matches!(event, MediaSourceEvent::Failed), "a segment was refused");
            if let MediaSourceEvent::Updated(track) = event {
                source.pump(track).expect("it takes what waits");
            }
        }
        buffered_until(&video) > 1.9
    })
    .await;

    drop(source);
    assert_eq!(video.buffered().length(), 0, "the element still has the source");
}

#[test]
async fn what_comes_before_the_source_opens_is_kept() {
    let video = video_element();
    let events = Rc::new(RefCell::new(Vec::new()));
    let noted = events.clone();
    let sink = Rc::new(move |event| noted.borrow_mut().push(event));
    let mut source = AttachedMediaSource::attach(&video, 0.0, sink).expect("the browser has MediaSource");
    assert!(!source.is_open(), "it opens by an event, which cannot have come yet");
    Pipeline::new()
        .push(&two_configurations(), 0.0, &mut |output| match output {
            Output::Tracks { .. } => source.expect_tracks(vec![Track::Video]),
            Output::Init { track, mime, data } => source.init(track, mime, data).expect("there is room"),
            Output::Fragment { track, data, .. } => source.append(track, data, None).expect("there is room"),
            _ => {}
        })
        .expect("it is FLV");
    until("it is buffered", || {
        for event in events.borrow_mut().drain(..) {
            match event {
                MediaSourceEvent::Opened => source.opened().expect("it takes what waits"),
                MediaSourceEvent::Updated(track) => source.pump(track).expect("it takes what waits"),
                MediaSourceEvent::Failed => panic!("a segment was refused"),
            }
        }
        buffered_until(&video) > 0.9
    })
    .await;
}

#[test]
fn a_browser_knows_what_it_plays() {
    let video = video_element();
    assert!(is_type_supported(&video, "video/mp4; codecs=\"avc1.64001f\""));
    assert!(!is_type_supported(&video, "video/mp4; codecs=\"none\""));
}

/// What a connection told: whether it opened, how many bytes came, how it ended.
#[derive(Default)]
struct Told {
    opened: bool,
    bytes: u32,
    end: Option<ConnectionEnd>,
}

fn open(url: &str) -> (Result<Connection, JsValue>, Rc<RefCell<Told>>) {
    let told = Rc::new(RefCell::new(Told::default()));
    let noted = told.clone();
    let options = RequestOptions { credentials: RequestCredentials::SameOrigin, headers: None };
    let sink = Rc::new(move |event: ConnectionEvent<'_>| {
        let mut told = noted.borrow_mut();
        assert!(told.end.is_none(), "an event came behind the end");
        match event {
            ConnectionEvent::Opened(_) => told.opened = true,
            ConnectionEvent::Bytes(bytes) => told.bytes += bytes.length(),
            ConnectionEvent::Ended(end) => told.end = Some(end),
        }
    });
    (Connection::open(url, &options, 0, sink), told)
}

#[test]
async fn a_response_is_read_to_its_end() {
    // The page itself is a response with an end.
    let (connection, told) = open("/");
    let _connection = connection.expect("the URL is sound");
    until("it ends", || told.borrow().end.is_some()).await;
    let told = told.borrow();
    assert!(told.opened && told.bytes > 0);
    assert_eq!(told.end, Some(ConnectionEnd::Ended));
}

#[test]
async fn what_is_not_there_is_told_apart() {
    let (connection, told) = open("/there-is-no-such-stream.flv");
    let _connection = connection.expect("the URL is sound");
    until("it ends", || told.borrow().end.is_some()).await;
    assert!(!told.borrow().opened);
    assert_eq!(told.borrow().end, Some(ConnectionEnd::NotFound));
}

#[test]
async fn a_dropped_connection_tells_nothing() {
    let (connection, told) = open("/");
    drop(connection.expect("the URL is sound"));
    let (other, other_told) = open("/");
    let _other = other.expect("the URL is sound");
    until("a later one ends", || other_told.borrow().end.is_some()).await;
    assert!(!told.borrow().opened && told.borrow().end.is_none());
}

#[test]
fn schemes_that_bring_no_stream_are_refused() {
    let (connection, _) = open("rtmp://127.0.0.1/live/stream");
    let error = connection.err().and_then(|error| error.as_string()).unwrap_or_default();
    assert!(error.contains("rtmp:"), "{error}");
}
