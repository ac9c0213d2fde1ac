//! A track that comes late, over every transport.

use bytes::Bytes;
use flvgate::config::LateTrack;
use flvgate::hub::Publisher;
use futures_util::StreamExt;
use http::Request;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, tags};
use crate::secure::SecureSite;
use crate::site::{PATIENCE, Settings, Site, audio_frame, audio_header, keyframe, video_header};
use crate::websocket::{connect, rest};

/// The types of tags (FLV spec E.4.1).
const AUDIO: u8 = 8;
const VIDEO: u8 = 9;

fn with(late_track: LateTrack) -> impl FnOnce(&mut Settings) {
    move |settings| {
        settings.vhost.http_remux.late_track = late_track;
        settings.vhost.http_remux.guess_timeout = std::time::Duration::from_millis(100);
    }
}

/// Video, as long as nobody switches the microphone on.
async fn publish_silent_video(site: &Site) -> Publisher {
    let publisher = site.publish_silent("cam").await;
    publisher.push(video_header());
    publisher.push(keyframe(0, 10));
    publisher
}

/// More than one tag of sound, then a keyframe.
fn publish_sound(publisher: &Publisher) {
    publisher.push(audio_header());
    for timestamp in [10, 20, 30] {
        publisher.push(audio_frame(timestamp, 10));
    }
    publisher.push(keyframe(40, 10));
}

/// Reads chunks until what they hold satisfies `enough`.
async fn read(client: &mut Client, enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !enough(&bytes) {
        let chunk = client.chunk().await;
        assert!(!chunk.is_empty(), "the body goes on");
        bytes.extend(chunk);
    }
    bytes
}

async fn watch(site: &Site) -> Client {
    let mut client = Client::connect(site.address).await;
    client.request("GET /live/cam.flv", "").await;
    assert_eq!(client.head().await.status, 200);
    client
}

#[tokio::test]
async fn sound_that_comes_late_is_sent_on_the_same_connection() {
    let site = Site::start(with(LateTrack::Send)).await;
    let publisher = publish_silent_video(&site).await;
    let mut http = watch(&site).await;
    let mut bytes = read(&mut http, |bytes| !tags(bytes).is_empty()).await;
    assert_eq!(bytes[..5], *b"FLV\x01\x01", "the header says video");
    publish_sound(&publisher);
    let start = bytes.len();
    while tags(&bytes).iter().filter(|(kind, _)| *kind == VIDEO).count() < 3 {
        bytes.extend(http.chunk().await);
    }
    assert!(bytes.len() > start);
    let sound: Vec<_> = tags(&bytes).into_iter().filter(|(kind, _)| *kind == AUDIO).collect();
    assert_eq!(sound, [(AUDIO, 0), (AUDIO, 10), (AUDIO, 20), (AUDIO, 30)]);
}

#[tokio::test]
async fn a_body_that_ends_for_a_late_track_is_whole_and_the_next_one_has_it() {
    let site = Site::start(with(LateTrack::End)).await;
    let publisher = publish_silent_video(&site).await;
    let mut http = watch(&site).await;
    read(&mut http, |bytes| !tags(bytes).is_empty()).await;
    let mut websocket = connect(&site, "/live/cam.flv").await;
    let first = timeout(PATIENCE, websocket.next()).await.expect("a message comes");
    assert!(matches!(first, Some(Ok(Message::Binary(_)))), "{first:?}");
    publish_sound(&publisher);

    http.chunks().await;
    let (_, close) = rest(&mut websocket).await;
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4205, "tracks changed"));
    site.wait_for_viewers("cam", 0).await;

    let bytes = read(&mut watch(&site).await, |bytes| tags(bytes).len() == 3).await;
    assert_eq!(bytes[..5], *b"FLV\x01\x05", "the header says both");
    // Its time begins with the last sound before it.
    assert_eq!(tags(&bytes).last(), Some(&(VIDEO, 10)), "it begins where the other has ended");
}

#[tokio::test]
async fn over_http2_a_body_that_ends_for_a_late_track_is_whole_too() {
    let secure = SecureSite::start(|settings, _| with(LateTrack::End)(settings)).await;
    let publisher = publish_silent_video(&secure.site).await;
    let (mut requests, connection) = h2::client::handshake(secure.connect("h2").await).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("https://localhost/live/cam.flv").body(()).unwrap();
    let (response, _) = requests.send_request(request, true).unwrap();
    let mut body = timeout(PATIENCE, response).await.expect("an answer comes").unwrap().into_body();
    let first = timeout(PATIENCE, body.data()).await.expect("data comes").expect("a header").unwrap();
    assert!(first.starts_with(b"FLV"));
    publish_sound(&publisher);
    let whole = async {
        while let Some(data) = body.data().await {
            let _: Bytes = data.expect("the stream is not reset");
        }
    };
    timeout(PATIENCE, whole).await.expect("the body ends");
}
