//! Clients that end their side and listen on: they get what they asked for, but for the stream, which they have left.

use std::fs;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::case::case;
use super::{PAGE, Stage};
use crate::client::Client;
use crate::secure::SecureSite;
use crate::site::{PATIENCE, Site, keyframe};

/// More than all buffers on the way hold.
const LARGE: usize = 16 << 20;

#[tokio::test]
async fn without_a_request_the_connection_ends() {
    let stage = Stage::set("half-closes").await;
    stage
        .play(vec![
            case("before any request").half_close().closed(),
            case("within a request").send("GET /page.txt HTT").half_close().closed(),
        ])
        .await;
}

#[tokio::test]
async fn what_was_asked_for_comes_whole() {
    let stage = Stage::set("asked").await;
    let close = "Connection: close\r\n";
    stage
        .play(vec![
            case("file").ask("GET /page.txt", "").half_close().answer(200).body(PAGE).closed(),
            case("file, to close").ask("GET /page.txt", close).half_close().answer(200).body(PAGE).closed(),
            case("head of a file").ask("HEAD /page.txt", "").half_close().answer(200).without_body().closed(),
            case("API").ask("GET /api/v1/versions", "").half_close().answer(200).closed(),
            case("no such file").ask("GET /none.txt", "").half_close().answer(404).closed(),
            case("no such stream").ask("GET /live/none.flv", "").half_close().answer(404).closed(),
            case("method").ask("DELETE /page.txt", "").half_close().answer(405).closed(),
            case("two requests")
                .ask("GET /page.txt", "")
                .ask("GET /none.txt", "")
                .half_close()
                .answer(200)
                .body(PAGE)
                .answer(404)
                .closed(),
            case("with a body")
                .ask("POST /page.txt", "Content-Length: 4\r\n")
                .send("body")
                .half_close()
                .answer(405)
                .closed(),
        ])
        .await;
}

#[tokio::test]
async fn a_large_file_comes_whole_too() {
    let stage = Stage::set("large").await;
    let pages = stage.directory.join("pages");
    fs::write(pages.join("large.bin"), vec![7; LARGE]).unwrap();
    let mut client = Client::connect(stage.site.address).await;
    client.request("GET /large.bin", "").await;
    assert_eq!(client.head().await.status, 200);
    client.stream.get_mut().shutdown().await.unwrap();
    let body = client.rest().await;
    assert_eq!(body.len(), LARGE);
    assert!(body.iter().all(|&byte| byte == 7));
}

#[tokio::test]
async fn who_waits_for_a_stream_hears_at_once_that_there_is_none() {
    let site =
        Site::start(|settings| settings.vhost.http_remux.stream_wait = Duration::from_secs(3600)).await;
    let mut client = Client::connect(site.address).await;
    client.request("GET /live/cam.flv", "").await;
    client.stream.get_mut().shutdown().await.unwrap();
    assert_eq!(client.answer(false).await.head.status, 404);
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn a_viewer_has_left_also_one_who_has_said_more() {
    let stage = Stage::set("leaving").await;
    for more in [&b""[..], b"GET /pa", &[b'x'; 200]] {
        let mut viewer = Client::connect(stage.site.address).await;
        viewer.request("GET /live/cam.flv", "").await;
        assert_eq!(viewer.head().await.status, 200);
        stage.site.wait_for_viewers("cam", 2).await;
        viewer.send(more).await;
        viewer.stream.get_mut().shutdown().await.unwrap();
        stage.site.wait_for_viewers("cam", 1).await;
        viewer.rest().await;
    }
}

#[tokio::test]
async fn a_viewer_who_takes_nothing_has_left_too() {
    let stage = Stage::set("full").await;
    let mut viewer = Client::connect(stage.site.address).await;
    viewer.request("GET /live/cam.flv", "").await;
    assert_eq!(viewer.head().await.status, 200);
    for index in 1..=8 {
        stage.publisher.push(keyframe(index * 40, 1 << 20));
    }
    viewer.stream.get_mut().shutdown().await.unwrap();
    // The other viewer, who takes nothing now either, stays for as long as `send_timeout` allows.
    stage.site.wait_for_viewers("cam", 1).await;
}

#[tokio::test]
async fn a_viewer_over_websocket_has_left() {
    let stage = Stage::set("websocket").await;
    let mut viewer = Client::connect(stage.site.address).await;
    let handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    viewer.request("GET /live/cam.flv", handshake).await;
    assert_eq!(viewer.head().await.status, 101);
    stage.site.wait_for_viewers("cam", 2).await;
    viewer.stream.get_mut().shutdown().await.unwrap();
    stage.site.wait_for_viewers("cam", 1).await;
    viewer.rest().await;
}

#[tokio::test]
async fn over_tls_a_close_alert_is_the_end_of_a_side() {
    let secure = SecureSite::start(|_, _| {}).await;
    let site = &secure.site;
    let _publisher = site.publish("cam").await;
    let mut client = secure.connect("http/1.1").await;
    client.write_all(b"GET /none.txt HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    client.get_mut().1.send_close_notify();
    client.flush().await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, client.read_to_end(&mut answer)).await.expect("it ends").unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 404 "), "{}", String::from_utf8_lossy(&answer));

    let mut viewer = secure.connect("http/1.1").await;
    viewer.write_all(b"GET /live/cam.flv HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    site.wait_for_viewers("cam", 1).await;
    viewer.get_mut().1.send_close_notify();
    viewer.flush().await.unwrap();
    site.wait_for_viewers("cam", 0).await;
}
