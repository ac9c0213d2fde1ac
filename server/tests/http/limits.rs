//! What a peer may cost.

use std::time::Duration;

use crate::client::{Client, ask};
use crate::site::{PATIENCE, Site, keyframe};
use futures_util::StreamExt;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// What the API says of the drops of `live/cam`.
async fn drops(site: &Site) -> Value {
    let answer = ask(site.address, "GET /api/v1/streams", "").await;
    let list: Value = serde_json::from_str(&answer.body).unwrap();
    list["streams"][0]["drops"].clone()
}

/// How many viewers left this site for `reason`.
async fn departures(site: &Site, reason: &str) -> u64 {
    let answer = ask(site.address, "GET /api/v1/streams", "").await;
    let list: Value = serde_json::from_str(&answer.body).unwrap();
    list["flvgate"]["departures"][reason].as_u64().unwrap()
}

#[tokio::test]
async fn one_connection_too_many_is_told_to_come_again() {
    let site = Site::start(|settings| settings.config.max_connections = 1).await;
    let mut first = Client::connect(site.address).await;
    first.request("GET /live/cam.flv", "").await;
    assert_eq!(first.answer(false).await.head.status, 404);

    let refused = ask(site.address, "GET /live/cam.flv", "").await;
    assert_eq!(refused.head.status, 503);
    assert!(refused.head.get("retry-after").is_some());
    assert_eq!(refused.head.get("connection"), Some("close"));
    assert_eq!(refused.head.get("access-control-allow-origin"), Some("*"));
    assert!(refused.body.contains("max_connections"), "{}", refused.body);

    drop(first);
    let served = async {
        while ask(site.address, "GET /live/cam.flv", "").await.head.status == 503 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, served).await.expect("the place is free again");
}

#[tokio::test]
async fn a_websocket_keeps_its_place_among_the_connections() {
    let site = Site::start(|settings| settings.config.max_connections = 1).await;
    let _publisher = site.publish("cam").await;
    let (viewer, _) =
        tokio_tungstenite::connect_async(format!("ws://{}/live/cam.flv", site.address)).await.unwrap();
    site.wait_for_viewers("cam", 1).await;
    assert_eq!(ask(site.address, "GET /", "").await.head.status, 503);
    drop(viewer);
    let served = async {
        while ask(site.address, "GET /", "").await.head.status == 503 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, served).await.expect("the place is free again");
}

#[tokio::test]
async fn viewers_leave_places_for_the_api_at_the_same_address() {
    let site = Site::start(|settings| {
        settings.config.max_connections = 8;
        settings.config.reserved_connections = 2;
        settings.entrance.api = true;
    })
    .await;
    let _publisher = site.publish("cam").await;
    let mut viewers = Vec::new();
    for _ in 0..6 {
        let mut viewer = Client::connect(site.address).await;
        viewer.request("GET /live/cam.flv", "").await;
        assert_eq!(viewer.head().await.status, 200);
        viewers.push(viewer);
    }
    let mut operator = Client::connect(site.address).await;
    for (target, status) in [("/live/cam.flv", 503), ("/page.txt", 503), ("/api/v1/versions", 200)] {
        operator.request(&format!("GET {target}"), "").await;
        let answer = operator.answer(false).await;
        assert_eq!(answer.head.status, status, "{target}: {}", answer.body);
        assert_eq!(answer.head.get("retry-after").is_some(), status == 503);
    }
    assert_eq!(ask(site.address, "GET /api/v1/versions", "").await.head.status, 503, "the other is RTMP's");
    drop(viewers);
    site.wait_for_viewers("cam", 0).await;
}

#[tokio::test]
async fn one_connection_of_an_address_too_many_is_told_so() {
    let site = Site::start(|settings| settings.config.max_connections_per_address = Some(2)).await;
    let clients = [Client::connect(site.address).await, Client::connect(site.address).await];
    let refused = ask(site.address, "GET /live/cam.flv", "").await;
    assert_eq!(refused.head.status, 429);
    assert!(refused.body.contains("max_connections_per_address"), "{}", refused.body);
    drop(clients);
    let served = async {
        while ask(site.address, "GET /live/cam.flv", "").await.head.status == 429 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, served).await.expect("the places are free again");
}

#[tokio::test]
async fn behind_a_proxy_the_clients_address_counts() {
    let site = Site::start(|settings| {
        settings.config.max_connections_per_address = Some(1);
        settings.config.http_server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        settings.config.http_server.proxy_protocol = true;
    })
    .await;
    let mut clients = Vec::new();
    for (address, status) in [("192.0.2.1", 404), ("192.0.2.2", 404), ("192.0.2.1", 429)] {
        let mut client = Client::connect(site.address).await;
        client.send(format!("PROXY TCP4 {address} 192.0.2.9 7 80\r\n").as_bytes()).await;
        client.request("GET /live/cam.flv", "").await;
        assert_eq!(client.answer(false).await.head.status, status, "{address}");
        clients.push(client);
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_whole_in_time_ends_the_connection() {
    let limit = Duration::from_millis(150);
    let site = Site::start(|settings| settings.config.http_server.http.header_timeout = limit).await;
    let mut silent = Client::connect(site.address).await;
    assert_eq!(silent.rest().await, b"");
    let mut slow = Client::connect(site.address).await;
    slow.send(b"GET /live/cam.flv HTTP/1.1\r\nHost: a").await;
    slow.rest().await;
    let mut idle = Client::connect(site.address).await;
    idle.request("GET /live/cam.flv", "").await;
    assert_eq!(idle.answer(false).await.head.status, 404);
    assert_eq!(idle.rest().await, b"");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let site = Site::start(|_| {}).await;
    let mut client = Client::connect(site.address).await;
    let long = "x".repeat(60_000);
    let _ = tokio::io::AsyncWriteExt::write_all(
        client.stream.get_mut(),
        format!("GET / HTTP/1.1\r\nA: {long}\r\nB: {long}\r\n\r\n").as_bytes(),
    )
    .await;
    assert_eq!(client.head().await.status, 431);
}

/// Publishes until `name` has no viewer any more: more than all buffers on the way hold.
async fn push_until_left(site: &Site, name: &str, publisher: &flvgate::hub::Publisher) {
    let left = async {
        let mut timestamp = 0;
        while site.hub.streams().iter().any(|stream| stream.key == site.key(name) && stream.viewers > 0) {
            timestamp += 40;
            publisher.push(keyframe(timestamp, 500_000));
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, left).await.expect("the stalled viewer is ended");
}

#[tokio::test]
async fn a_viewer_who_reads_nothing_is_ended() {
    let site = stalling_site().await;
    let publisher = site.publish("cam").await;
    let mut viewer = Client::connect(site.address).await;
    viewer.request("GET /live/cam.flv", "").await;
    viewer.head().await;
    push_until_left(&site, "cam", &publisher).await;
    assert_eq!(departures(&site, "stalled").await, 1);
    assert_eq!(drops(&site).await["stalled"], 1);
    // Cut off: without the last chunk nobody takes this for the stream's end.
    assert!(!viewer.rest().await.ends_with(b"0\r\n\r\n"));
}

#[tokio::test]
async fn a_websocket_viewer_who_reads_nothing_is_ended() {
    let site = stalling_site().await;
    let publisher = site.publish("cam").await;
    let (viewer, _) =
        tokio_tungstenite::connect_async(format!("ws://{}/live/cam.flv", site.address)).await.unwrap();
    site.wait_for_viewers("cam", 1).await;
    push_until_left(&site, "cam", &publisher).await;
    assert_eq!(departures(&site, "stalled").await, 1);
    assert_eq!(drops(&site).await["stalled"], 1);
    drop(viewer);
}

#[tokio::test]
async fn a_viewer_who_reads_slowly_is_not_ended_by_the_send_timeout() {
    let site = stalling_site().await;
    let publisher = site.publish("cam").await;
    let mut viewer = Client::connect(site.address).await;
    viewer.request("GET /live/cam.flv", "").await;
    viewer.head().await;
    let mut buffer = vec![0; 400_000];
    for timestamp in 0..15 {
        publisher.push(keyframe(timestamp * 40, 500_000));
        timeout(PATIENCE, viewer.stream.read_exact(&mut buffer)).await.unwrap().unwrap();
        sleep(Duration::from_millis(50)).await;
    }
    site.wait_for_viewers("cam", 1).await;
    assert_eq!(departures(&site, "stalled").await, 0);
}

#[tokio::test]
async fn a_viewer_who_keeps_falling_behind_is_cut_off_and_a_websocket_viewer_told_why() {
    let site = Site::start(|settings| {
        settings.vhost.play.queue_length = Duration::from_millis(100);
        settings.vhost.play.queue_max_skips = 0;
    })
    .await;
    let publisher = site.publish("cam").await;
    let mut http = Client::connect(site.address).await;
    http.request("GET /live/cam.flv", "").await;
    http.head().await;
    http.chunk().await;
    let (mut websocket, _) =
        tokio_tungstenite::connect_async(format!("ws://{}/live/cam.flv", site.address)).await.unwrap();
    assert!(timeout(PATIENCE, websocket.next()).await.unwrap().unwrap().unwrap().is_binary());

    // All at once: no viewer can have taken the first when the last is there.
    (1..20).for_each(|number| publisher.push(keyframe(number * 40, 100)));
    assert!(!http.rest().await.ends_with(b"0\r\n\r\n"), "a broken-off body, not a whole one");
    let close = loop {
        match timeout(PATIENCE, websocket.next()).await.unwrap().unwrap().unwrap() {
            Message::Close(frame) => break frame.unwrap(),
            other => assert!(other.is_binary(), "{other:?}"),
        }
    };
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4408, "too slow"));
    site.wait_for_viewers("cam", 0).await;
    assert_eq!(departures(&site, "too_slow").await, 2);
    let drops = drops(&site).await;
    assert_eq!((&drops["too_slow"], &drops["disconnects"]), (&2.into(), &2.into()));
}

/// A site that waits half a second for a stalled viewer, and whose hub skips nothing meanwhile.
async fn stalling_site() -> Site {
    Site::start(|settings| {
        settings.config.http_server.http.send_timeout = Duration::from_millis(500);
    })
    .await
}
