//! Live streams over WebSocket.

use std::time::Duration;

use crate::client::{Client, ask, tags};
use crate::site::{PATIENCE, Site, audio_frame, inter_frame, keyframe};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) async fn connect(site: &Site, target: &str) -> Socket {
    connect_async(format!("ws://{}{target}", site.address)).await.expect("101").0
}

async fn next(socket: &mut Socket) -> Message {
    timeout(PATIENCE, socket.next()).await.expect("a message comes").expect("not the end").unwrap()
}

/// All binary messages up to the close frame, put together, and the close frame.
pub(crate) async fn rest(socket: &mut Socket) -> (Vec<u8>, CloseFrame) {
    let mut bytes = Vec::new();
    loop {
        match next(socket).await {
            Message::Binary(message) => bytes.extend(message),
            Message::Close(frame) => return (bytes, frame.expect("a code")),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

const HANDSHAKE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A client whose handshake is done, and that can break every rule afterwards.
pub(crate) async fn raw(site: &Site) -> Client {
    let mut client = Client::connect(site.address).await;
    client.request("GET /live/cam.flv", HANDSHAKE).await;
    let head = client.head().await;
    assert_eq!(head.status, 101);
    assert_eq!(head.get("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    client
}

#[tokio::test]
async fn the_messages_are_the_byte_stream_that_http_has() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    // Every length that a frame's header can have.
    for (timestamp, size) in [(10, 1), (20, 90), (30, 300), (40, 65_500), (50, 66_000), (60, 300_000)] {
        publisher.push(audio_frame(timestamp, 20));
        publisher.push(inter_frame(timestamp, size));
    }
    let mut http = Client::connect(site.address).await;
    http.request("GET /live/cam.flv", "").await;
    http.head().await;
    let mut websocket = connect(&site, "/live/cam.flv").await;
    site.wait_for_viewers("cam", 2).await;
    publisher.push(audio_frame(70, 20));
    drop(publisher);
    let body = http.chunks().await;
    let (bytes, close) = rest(&mut websocket).await;
    assert_eq!(tags(&body).len(), 3 + 12 + 1, "{:?}", tags(&body));
    assert_eq!(tags(&body), tags(&bytes));
    assert!(body == bytes);
    assert_eq!((u16::from(close.code), close.reason.as_str()), (1000, "stream ended"));
}

#[tokio::test]
async fn a_missing_stream_is_a_close_code_after_101() {
    let site = Site::start(|_| {}).await;
    let (bytes, close) = rest(&mut connect(&site, "/live/cam.flv").await).await;
    assert!(bytes.is_empty());
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4404, "stream not found"));
}

#[tokio::test]
async fn a_viewer_may_come_before_the_publisher() {
    let site = Site::start(|settings| settings.vhost.http_remux.stream_wait = PATIENCE).await;
    let mut viewer = connect(&site, "/live/cam.flv").await;
    let publisher = site.publish("cam").await;
    site.wait_for_viewers("cam", 1).await;
    publisher.push(audio_frame(20, 50));
    drop(publisher);
    let (bytes, close) = rest(&mut viewer).await;
    assert_eq!(tags(&bytes), [(9, 0), (8, 0), (9, 0), (8, 20)]);
    assert_eq!(u16::from(close.code), 1000);
}

#[tokio::test]
async fn a_ping_is_answered_and_whatever_a_client_says_the_stream_goes_on() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut viewer = connect(&site, "/live/cam.flv").await;
    viewer.send(Message::Text(Utf8Bytes::from_static("{\"hello\":1}"))).await.unwrap();
    viewer.send(Message::Binary(vec![7; 200_000].into())).await.unwrap();
    viewer.send(Message::Ping(b"there?".as_slice().into())).await.unwrap();
    loop {
        match next(&mut viewer).await {
            Message::Pong(payload) => break assert_eq!(payload, b"there?".as_slice()),
            Message::Binary(_) => {}
            other => panic!("{other:?}"),
        }
    }
    publisher.push(keyframe(40, 10));
    assert!(matches!(next(&mut viewer).await, Message::Binary(_)));
}

#[tokio::test]
async fn the_server_asks_whether_the_client_is_there() {
    let interval = Duration::from_millis(50);
    let site = Site::start(|settings| settings.config.http_server.http.ws_ping_interval = interval).await;
    let _publisher = site.publish("cam").await;
    let mut viewer = connect(&site, "/live/cam.flv").await;
    // Tungstenite answers pings when it is read from: more of them come than go unanswered.
    let mut pings = 0;
    while pings < 5 {
        pings += usize::from(matches!(next(&mut viewer).await, Message::Ping(_)));
    }
    // One who answers none is cut off.
    let mut silent = raw(&site).await;
    assert!(silent.rest().await.ends_with(&[0x89, 0, 0x89, 0]));
}

#[tokio::test]
async fn a_clients_close_is_echoed() {
    let site = Site::start(|_| {}).await;
    let _publisher = site.publish("cam").await;
    let mut viewer = connect(&site, "/live/cam.flv").await;
    site.wait_for_viewers("cam", 1).await;
    let frame = CloseFrame { code: 4001.into(), reason: "enough".into() };
    viewer.send(Message::Close(Some(frame))).await.unwrap();
    let (_, echo) = rest(&mut viewer).await;
    assert_eq!(u16::from(echo.code), 4001);
    site.wait_for_viewers("cam", 0).await;
}

#[tokio::test]
async fn a_viewer_who_vanishes_is_noticed_though_nothing_is_written() {
    let site = Site::start(|_| {}).await;
    let _publisher = site.publish("cam").await;
    let mut viewer = connect(&site, "/live/cam.flv").await;
    assert!(matches!(next(&mut viewer).await, Message::Binary(_)));
    site.wait_for_viewers("cam", 1).await;
    drop(viewer);
    site.wait_for_viewers("cam", 0).await;
}

#[tokio::test]
async fn fragments_are_accepted_and_breaches_are_closed_with_1002() {
    let site = Site::start(|_| {}).await;
    let _publisher = site.publish("cam").await;
    let mut fragmenting = raw(&site).await;
    // "a", a ping, "b" as the last fragment; then a ping whose answer shows that all was read.
    fragmenting.send(&[0x01, 0x81, 0, 0, 0, 0, b'a', 0x89, 0x80, 0, 0, 0, 0]).await;
    fragmenting.send(&[0x80, 0x81, 0, 0, 0, 0, b'b', 0x88, 0x80, 0, 0, 0, 0]).await;
    assert!(fragmenting.rest().await.ends_with(&[0x88, 0]), "an echo, not a complaint");

    for (breach, reason) in [
        (&[0x81, 0x01, b'a'][..], "client frame without a mask"),
        (&[0xc1, 0x80, 0, 0, 0, 0], "reserved bits set without an extension"),
        (&[0x80, 0x80, 0, 0, 0, 0], "continuation without a message"),
    ] {
        let mut client = raw(&site).await;
        client.send(breach).await;
        let expected = [&[0x88, 2 + reason.len() as u8, 0x03, 0xea], reason.as_bytes()].concat();
        assert!(client.rest().await.ends_with(&expected), "{reason}");
    }
}

#[tokio::test]
async fn a_shutdown_closes_with_1001() {
    let site = Site::start(|settings| settings.vhost.http_remux.stream_wait = PATIENCE).await;
    let _publisher = site.publish("cam").await;
    let mut viewer = connect(&site, "/live/cam.flv").await;
    site.wait_for_viewers("cam", 1).await;
    let mut waiting = connect(&site, "/live/later.flv").await;
    let ended = site.shut_down();
    for socket in [&mut viewer, &mut waiting] {
        let (_, close) = rest(socket).await;
        assert_eq!((u16::from(close.code), close.reason.as_str()), (1001, "server is stopping"));
        assert!(timeout(PATIENCE, socket.next()).await.unwrap().is_none());
    }
    timeout(PATIENCE, ended).await.expect("all ends").unwrap();
}

#[tokio::test]
async fn a_bad_handshake_is_refused_in_http() {
    let site = Site::start(|_| {}).await;
    let ask = async |from: &str, to: &str| {
        ask(site.address, "GET /live/cam.flv", &HANDSHAKE.replace(from, to)).await
    };
    let old = ask("Version: 13", "Version: 8").await;
    assert_eq!((old.head.status, old.head.get("sec-websocket-version")), (426, Some("13")));
    assert!(old.body.contains("13") && old.head.has_cors());
    assert_eq!(ask("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=").await.head.status, 400);
    assert_eq!(ask("Connection: Upgrade", "Connection: keep-alive").await.head.status, 400);
}

#[tokio::test]
async fn the_first_protocol_that_is_offered_is_chosen_and_no_extension() {
    let site = Site::start(|_| {}).await;
    let mut request = format!("ws://{}/live/cam.flv", site.address).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "flv, other".parse().unwrap());
    request.headers_mut().insert("sec-websocket-extensions", "permessage-deflate".parse().unwrap());
    let (_, response) = connect_async(request).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "flv");
    assert_eq!(response.headers().get("sec-websocket-extensions"), None);
}

#[tokio::test]
async fn http_1_0_cannot_upgrade() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut client = Client::connect(site.address).await;
    client.send(format!("GET /live/cam.flv HTTP/1.0\r\n{HANDSHAKE}\r\n").as_bytes()).await;
    assert_eq!(client.head().await.status, 200);
    drop(publisher);
    assert_eq!(tags(&client.rest().await).len(), 3);
}
