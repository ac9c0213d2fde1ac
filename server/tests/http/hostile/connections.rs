//! Connections: other protocols, floods, ends.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::case::case;
use super::{PAGE, Stage};
use crate::client::Client;
use crate::site::PATIENCE;

#[tokio::test]
async fn other_protocols_are_told_that_this_is_http() {
    let stage = Stage::set("protocols").await;
    let hello = [&[0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3][..], &[7; 154]].concat();
    let rtmp = [&[3][..], &[0; 1536]].concat();
    stage
        .play(vec![
            case("TLS").send(hello).no_request(400),
            case("RTMP").send(rtmp).no_request(400),
            // Whoever sends this reads no answer of HTTP/1.
            case("HTTP/2 without TLS").send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").closed(),
            case("SSH").send("SSH-2.0-OpenSSH_9.2\r\n").no_request(400),
            case("PROXY, which is off").send("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n").no_request(400),
            case("zeros").send([0; 4096]).no_request(400),
        ])
        .await;
}

#[tokio::test]
async fn resets_are_survived() {
    let mut stage = Stage::set("resets").await;
    for request in ["", "GET /live/c", "GET /live/cam.flv HTTP/1.1\r\nHost: test\r\n\r\n"] {
        let mut stream = TcpStream::connect(stage.site.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        if request.ends_with("\r\n\r\n") {
            stream.read_u8().await.unwrap();
        }
        // Closed with unread bytes, or with this set, a connection is reset.
        stream.set_zero_linger().unwrap();
        drop(stream);
        stage.check("a reset").await;
    }
    stage.site.wait_for_viewers("cam", 1).await;
}

#[tokio::test]
async fn idle_connections_take_no_place_from_viewers_for_long() {
    let mut stage = Stage::set("flood").await;
    let mut idle = Vec::new();
    for _ in 0..500 {
        idle.push(TcpStream::connect(stage.site.address).await.unwrap());
    }
    stage.check("a flood").await;
    let mut viewer = Client::connect(stage.site.address).await;
    viewer.request("GET /live/cam.flv", "").await;
    assert_eq!(viewer.head().await.status, 200);
    for mut stream in idle {
        let read = timeout(PATIENCE, stream.read(&mut [0; 16])).await.expect("header_timeout ends it");
        assert_eq!(read.unwrap_or(0), 0);
    }
    stage.check("the end of a flood").await;
}

#[tokio::test]
async fn a_connection_serves_two_hundred_requests() {
    let mut stage = Stage::set("many").await;
    let mut client = Client::connect(stage.site.address).await;
    for number in 0..200 {
        client.request("GET /page.txt", "").await;
        let answer = timeout(Duration::from_secs(20), client.answer(false)).await.unwrap();
        assert_eq!((answer.head.status, answer.body.as_str()), (200, PAGE), "request {number}");
    }
    stage.check("two hundred requests").await;
}
