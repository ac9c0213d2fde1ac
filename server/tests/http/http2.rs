//! HTTP/2: many viewers on one connection, and what one of them may do to the others.

use std::future::poll_fn;
use std::time::Duration;

use bytes::{Buf, Bytes};
use h2::client::{ResponseFuture, SendRequest};
use h2::ext::Protocol;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Method, Request, StatusCode, Version};
use tokio::io::AsyncReadExt;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::client::tags;
use crate::secure::SecureSite;
use crate::site::{PATIENCE, audio_frame, inter_frame, keyframe};

/// What a browser gives all streams of a connection together.
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;

struct Connection {
    requests: SendRequest<Bytes>,
    ended: JoinHandle<Result<(), h2::Error>>,
}

impl Connection {
    async fn open(secure: &SecureSite) -> Self {
        let stream = secure.connect("h2").await;
        let (requests, connection) = h2::client::Builder::new()
            .initial_connection_window_size(CONNECTION_WINDOW)
            .handshake(stream)
            .await
            .unwrap();
        Self { requests, ended: tokio::spawn(connection) }
    }

    async fn send(&self, request: Request<()>, end: bool) -> (ResponseFuture, SendStream<Bytes>) {
        self.requests.clone().ready().await.unwrap().send_request(request, end).unwrap()
    }

    /// The answer to GET.
    async fn get(&self, path: &str) -> http::Response<RecvStream> {
        let request = Request::get(format!("https://localhost{path}")).body(()).unwrap();
        let (response, _) = self.send(request, true).await;
        timeout(PATIENCE, response).await.expect("an answer comes").unwrap()
    }

    /// A viewer of `live/NAME`.
    async fn view(&self, name: &str) -> Viewer {
        let response = self.get(&format!("/live/{name}.flv")).await;
        assert_eq!(response.status(), StatusCode::OK);
        Viewer { body: response.into_body(), taken: Vec::new() }
    }

    /// A WebSocket to `live/NAME`, by extended CONNECT; and what the client sends there.
    async fn websocket(&self, name: &str) -> (http::Response<RecvStream>, SendStream<Bytes>) {
        let mut request = Request::builder()
            .method(Method::CONNECT)
            .uri(format!("https://localhost/live/{name}.flv"))
            .header("sec-websocket-version", "13")
            .header("sec-websocket-protocol", "flv, other")
            .body(())
            .unwrap();
        request.extensions_mut().insert(Protocol::from_static("websocket"));
        let (response, sender) = self.send(request, false).await;
        (timeout(PATIENCE, response).await.expect("an answer comes").unwrap(), sender)
    }

    /// Waits until the settings have come that allow an extended CONNECT.
    async fn wait_for_settings(&self) {
        self.get("/api/v1/versions").await;
        assert!(self.requests.is_extended_connect_protocol_enabled());
    }
}

struct Viewer {
    body: RecvStream,
    taken: Vec<u8>,
}

impl Viewer {
    /// Takes what comes, until `enough` of it is there.
    async fn take_until(&mut self, enough: impl Fn(&[u8]) -> bool) {
        while !enough(&self.taken) {
            let data = timeout(PATIENCE, self.body.data()).await.expect("data comes");
            let data = data.expect("the stream goes on").unwrap();
            self.body.flow_control().release_capacity(data.len()).unwrap();
            self.taken.extend_from_slice(&data);
        }
    }

    /// Takes what comes until there is a tag of `timestamp`.
    async fn take_until_tag(&mut self, timestamp: u32) {
        self.take_until(|bytes| tags(bytes).last().is_some_and(|(_, last)| *last >= timestamp)).await;
    }

    /// Takes nothing more into account than how it ends.
    async fn end(mut self) -> Option<Reason> {
        loop {
            match timeout(PATIENCE, self.body.data()).await.expect("it ends") {
                None => return None,
                Some(Ok(_)) => {}
                Some(Err(error)) => return error.reason(),
            }
        }
    }
}

fn assert_nothing_connection_specific(headers: &HeaderMap) {
    for name in ["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"] {
        assert!(!headers.contains_key(name), "{name}: {headers:?}");
    }
}

#[tokio::test]
async fn a_hundred_viewers_play_on_one_connection() {
    let secure = SecureSite::start(|_, _| {}).await;
    let publisher = secure.site.publish("cam").await;
    let connection = Connection::open(&secure).await;
    let mut viewers = Vec::new();
    for _ in 0..100 {
        viewers.push(connection.view("cam").await);
    }
    secure.site.wait_for_viewers("cam", 100).await;
    publisher.push(inter_frame(40, 30_000));
    publisher.push(audio_frame(50, 300));
    let mut expected = None;
    for mut viewer in viewers {
        viewer.take_until_tag(50).await;
        let tags = tags(&viewer.taken);
        assert_eq!(&tags[tags.len() - 3..], [(9, 0), (9, 40), (8, 50)]);
        assert_eq!(*expected.get_or_insert(tags.clone()), tags);
    }
    secure.site.wait_for_viewers("cam", 0).await;
}

#[tokio::test]
async fn answers_say_what_they_say_over_http_1_but_nothing_of_the_connection() {
    let secure = SecureSite::start(|_, _| {}).await;
    let _publisher = secure.site.publish("cam").await;
    let connection = Connection::open(&secure).await;
    let response = connection.get("/live/cam.flv").await;
    assert_eq!((response.version(), response.status()), (Version::HTTP_2, StatusCode::OK));
    let headers = response.headers();
    assert_nothing_connection_specific(headers);
    assert_eq!(headers["content-type"], "video/x-flv");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["access-control-allow-origin"], "*");
    let missing = connection.get("/live/missing.flv").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_nothing_connection_specific(missing.headers());
}

#[tokio::test]
async fn a_stream_ends_properly_when_its_publisher_has_gone() {
    let secure = SecureSite::start(|_, _| {}).await;
    let publisher = secure.site.publish("cam").await;
    let connection = Connection::open(&secure).await;
    let mut viewer = connection.view("cam").await;
    viewer.take_until_tag(0).await;
    drop(publisher);
    assert_eq!(viewer.end().await, None);
}

#[tokio::test]
async fn a_viewer_that_takes_nothing_is_reset_and_the_others_go_on() {
    let limit = Duration::from_millis(300);
    let secure = SecureSite::start(|settings, _| settings.config.http_server.http.send_timeout = limit).await;
    let publisher = secure.site.publish("cam").await;
    let connection = Connection::open(&secure).await;
    let mut takes = connection.view("cam").await;
    let stalls = connection.view("cam").await;
    secure.site.wait_for_viewers("cam", 2).await;

    let mut timestamp = 0;
    let mut feed = async |takes: &mut Viewer| {
        timestamp += 40;
        publisher.push(keyframe(timestamp, 20_000));
        takes.taken.clear();
        takes.take_until(|bytes| bytes.len() >= 20_000).await;
    };
    // More than its window and all that the server holds for it.
    for _ in 0..12 {
        feed(&mut takes).await;
    }
    assert_eq!(stalls.end().await, Some(Reason::CANCEL));
    secure.site.wait_for_viewers("cam", 1).await;
    for _ in 0..12 {
        feed(&mut takes).await;
    }
    assert!(!connection.ended.is_finished());
}

#[tokio::test]
async fn a_viewer_that_waits_for_the_publisher_does_not_stall() {
    let limit = Duration::from_millis(100);
    let secure = SecureSite::start(|settings, _| settings.config.http_server.http.send_timeout = limit).await;
    let publisher = secure.site.publish("cam").await;
    let connection = Connection::open(&secure).await;
    let mut viewer = connection.view("cam").await;
    viewer.take_until_tag(0).await;
    tokio::time::sleep(limit * 3).await;
    publisher.push(inter_frame(40, 100));
    viewer.take_until_tag(40).await;
}

#[tokio::test]
async fn one_viewer_is_kicked_and_the_others_on_its_connection_stay() {
    let secure = SecureSite::start(|_, _| {}).await;
    let publisher = secure.site.publish("cam").await;
    let connection = Connection::open(&secure).await;
    let kicked = connection.view("cam").await;
    let mut stays = connection.view("cam").await;
    secure.site.wait_for_viewers("cam", 2).await;
    let id = secure.site.hub.clients().list()[0].id().to_owned();
    assert!(secure.site.hub.clients().kick(&id));
    assert_eq!(kicked.end().await, Some(Reason::CANCEL));
    publisher.push(inter_frame(40, 100));
    stays.take_until_tag(40).await;
}

#[tokio::test]
async fn a_websocket_comes_by_extended_connect() {
    let secure = SecureSite::start(|_, _| {}).await;
    let publisher = secure.site.publish("cam").await;
    let connection = Connection::open(&secure).await;
    connection.wait_for_settings().await;
    let (response, mut sender) = connection.websocket("cam").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["sec-websocket-protocol"], "flv");
    assert!(!response.headers().contains_key("sec-websocket-accept"));
    assert_nothing_connection_specific(response.headers());

    let mut viewer = Viewer { body: response.into_body(), taken: Vec::new() };
    viewer.take_until(|bytes| messages(bytes).0.len() > 150).await;
    publisher.push(inter_frame(40, 20_000));
    viewer.take_until(|bytes| messages(bytes).0.len() > 20_150).await;
    assert_eq!(tags(&messages(&viewer.taken).0).last(), Some(&(9, 40)));

    drop(publisher);
    viewer.take_until(|bytes| messages(bytes).1.is_some()).await;
    assert_eq!(messages(&viewer.taken).1, Some(1000));
    // A masked close with the same code.
    sender.send_data(Bytes::from_static(&[0x88, 0x82, 0, 0, 0, 0, 3, 232]), true).unwrap();
    assert_eq!(viewer.end().await, None);
}

#[tokio::test]
async fn a_websocket_for_a_stream_that_is_not_there_is_told_by_a_close_code() {
    let secure = SecureSite::start(|_, _| {}).await;
    let connection = Connection::open(&secure).await;
    connection.wait_for_settings().await;
    let (response, _sender) = connection.websocket("missing").await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut viewer = Viewer { body: response.into_body(), taken: Vec::new() };
    viewer.take_until(|bytes| messages(bytes).1.is_some()).await;
    assert_eq!(messages(&viewer.taken).1, Some(4404));
}

#[tokio::test]
async fn a_websocket_that_takes_nothing_is_reset_and_the_others_go_on() {
    let limit = Duration::from_millis(300);
    let secure = SecureSite::start(|settings, _| settings.config.http_server.http.send_timeout = limit).await;
    let publisher = secure.site.publish("cam").await;
    let connection = Connection::open(&secure).await;
    connection.wait_for_settings().await;
    let mut takes = connection.view("cam").await;
    let (response, _sender) = connection.websocket("cam").await;
    let stalls = Viewer { body: response.into_body(), taken: Vec::new() };
    secure.site.wait_for_viewers("cam", 2).await;
    for timestamp in 1..16 {
        publisher.push(keyframe(timestamp * 40, 20_000));
        takes.taken.clear();
        takes.take_until(|bytes| bytes.len() >= 20_000).await;
    }
    assert_eq!(stalls.end().await, Some(Reason::CANCEL));
    secure.site.wait_for_viewers("cam", 1).await;
    publisher.push(keyframe(1000, 20_000));
    takes.taken.clear();
    takes.take_until(|bytes| bytes.len() >= 20_000).await;
}

#[tokio::test]
async fn a_websocket_that_sends_without_pause_is_closed_with_1008_and_the_others_go_on() {
    let secure = SecureSite::start(|_, _| {}).await;
    let publisher = secure.site.publish("cam").await;
    let connection = Connection::open(&secure).await;
    connection.wait_for_settings().await;
    let mut stays = connection.view("cam").await;
    let (response, mut sender) = connection.websocket("cam").await;
    let mut talker = Viewer { body: response.into_body(), taken: Vec::new() };
    let talking = tokio::spawn(async move {
        let message = Bytes::from([&[0x82, 0xfe, 0x40, 0, 0, 0, 0, 0][..], &[b'x'; 0x4000]].concat());
        loop {
            sender.reserve_capacity(message.len());
            match poll_fn(|cx| sender.poll_capacity(cx)).await {
                Some(Ok(room)) if room < message.len() => {}
                Some(Ok(_)) => drop(sender.send_data(message.clone(), false)),
                _ => return,
            }
        }
    });
    talker.take_until(|bytes| messages(bytes).1.is_some()).await;
    assert_eq!(messages(&talker.taken).1, Some(1008));
    timeout(PATIENCE, talking).await.expect("its stream ends").unwrap();
    secure.site.wait_for_viewers("cam", 1).await;
    publisher.push(inter_frame(40, 100));
    stays.take_until_tag(40).await;
}

#[tokio::test]
async fn a_flood_of_resets_ends_the_connection() {
    let secure = SecureSite::start(|_, _| {}).await;
    let _publisher = secure.site.publish("cam").await;
    let connection = Connection::open(&secure).await;
    connection.get("/api/v1/versions").await;
    let mut requests = connection.requests.clone();
    for _ in 0..100 {
        let request = Request::get("https://localhost/live/cam.flv").body(()).unwrap();
        let Ok(ready) = requests.ready().await else { break };
        requests = ready;
        let Ok((_, mut sender)) = requests.send_request(request, false) else { break };
        sender.send_reset(Reason::CANCEL);
    }
    let ended = timeout(PATIENCE, connection.ended).await.expect("the connection ends").unwrap();
    let error = ended.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::ENHANCE_YOUR_CALM), "{error:?}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_and_the_connection_stays() {
    let secure = SecureSite::start(|_, _| {}).await;
    let connection = Connection::open(&secure).await;
    let mut request = Request::get("https://localhost/api/v1/versions");
    for index in 0..20 {
        request = request.header(format!("x-{index}"), "v".repeat(3000));
    }
    let (response, _) = connection.send(request.body(()).unwrap(), true).await;
    let status = timeout(PATIENCE, response).await.expect("an answer comes").unwrap().status();
    assert_eq!(status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(connection.get("/api/v1/versions").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_connection_without_requests_is_ended_and_one_with_a_viewer_is_not() {
    let limit = Duration::from_millis(200);
    let secure =
        SecureSite::start(|settings, _| settings.config.http_server.http.header_timeout = limit).await;
    let publisher = secure.site.publish("cam").await;
    let busy = Connection::open(&secure).await;
    let mut viewer = busy.view("cam").await;
    let idle = Connection::open(&secure).await;
    idle.get("/api/v1/versions").await;
    timeout(PATIENCE, idle.ended).await.expect("the idle connection ends").unwrap().unwrap();

    // One that does not even begin to speak HTTP/2.
    let mut silent = secure.connect("h2").await;
    let read = timeout(PATIENCE, silent.read_to_end(&mut Vec::new())).await;
    drop(read.expect("the silent connection ends"));

    publisher.push(inter_frame(40, 100));
    viewer.take_until_tag(40).await;
}

#[tokio::test]
async fn a_shutdown_ends_streams_properly() {
    let secure = SecureSite::start(|_, _| {}).await;
    let _publisher = secure.site.publish("cam").await;
    let connection = Connection::open(&secure).await;
    let viewer = connection.view("cam").await;
    let serving = secure.site.shut_down();
    assert_eq!(viewer.end().await, None);
    timeout(PATIENCE, serving).await.expect("all ends").unwrap();
}

/// The payload of the whole binary frames in `bytes`, and the code of the close behind them.
fn messages(mut bytes: &[u8]) -> (Vec<u8>, Option<u16>) {
    let mut payload = Vec::new();
    while bytes.len() >= 2 {
        let (opcode, short) = (bytes[0] & 0xf, bytes[1]);
        let extended = match short {
            127 => 8,
            126 => 2,
            _ => 0,
        };
        if bytes.len() < 2 + extended {
            break;
        }
        let mut head = &bytes[2..];
        let length = match extended {
            0 => usize::from(short),
            2 => usize::from(head.get_u16()),
            _ => usize::try_from(head.get_u64()).unwrap(),
        };
        if head.len() < length {
            break;
        }
        match opcode {
            2 => payload.extend_from_slice(&head[..length]),
            8 => return (payload, Some(u16::from_be_bytes([head[0], head[1]]))),
            _ => {}
        }
        bytes = &head[length..];
    }
    (payload, None)
}
