//! Live streams over plain HTTP.

use std::time::{Duration, Instant};

use crate::client::{Client, ask, tags};
use crate::site::{PATIENCE, Site, audio_frame, keyframe};
use flvgate::config::{MountTemplate, Vhost};
use tokio::time::timeout;

#[tokio::test]
async fn a_live_stream_is_chunked_and_ends_properly_with_its_publisher() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut client = Client::connect(site.address).await;
    client.request("GET /live/cam.flv", "").await;
    let head = client.head().await;
    assert_eq!(head.status, 200);
    assert_eq!(head.get("content-type"), Some("video/x-flv"));
    assert_eq!(head.get("cache-control"), Some("no-store"));
    assert_eq!(head.get("x-accel-buffering"), Some("no"));
    assert_eq!(head.get("transfer-encoding"), Some("chunked"));
    assert_eq!(head.get("content-length"), None);
    assert_eq!(head.get("access-control-allow-origin"), Some("*"));
    assert!(head.get("server").unwrap().starts_with("flvgate/"));
    let mut body = client.chunk().await;
    publisher.push(audio_frame(20, 50));
    publisher.push(keyframe(40, 2000));
    drop(publisher);
    body.extend(client.chunks().await);
    assert_eq!(body[..5], *b"FLV\x01\x05");
    assert_eq!(tags(&body), [(9, 0), (8, 0), (9, 0), (8, 20), (9, 40)]);

    // The body was whole, and the head has said that nothing comes after it.
    assert_eq!(head.get("connection"), Some("close"));
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn http_1_0_gets_plain_bytes_up_to_the_close() {
    let site = Site::start(|_| {}).await;
    for headers in ["", "Connection: keep-alive\r\n"] {
        let publisher = site.publish("cam").await;
        let mut client = Client::connect(site.address).await;
        client.send(format!("GET /live/cam.flv HTTP/1.0\r\n{headers}\r\n").as_bytes()).await;
        let head = client.head().await;
        assert_eq!((head.version.as_str(), head.status), ("HTTP/1.0", 200));
        assert_eq!(head.get("transfer-encoding"), None);
        assert_eq!(head.get("connection"), Some("close"));
        drop(publisher);
        let body = client.rest().await;
        assert_eq!(tags(&body), [(9, 0), (8, 0), (9, 0)]);
    }
}

#[tokio::test]
async fn a_client_that_asks_for_close_gets_it() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut client = Client::connect(site.address).await;
    client.request("GET /live/cam.flv", "Connection: close\r\n").await;
    let head = client.head().await;
    assert_eq!(head.get("connection"), Some("close"));
    drop(publisher);
    assert_eq!(tags(&client.chunks().await).len(), 3);
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn head_tells_what_get_would_and_ends() {
    let site = Site::start(|settings| settings.vhost.http_remux.stream_wait = PATIENCE * 2).await;
    let _publisher = site.publish("cam").await;
    let mut client = Client::connect(site.address).await;
    client.request("HEAD /live/cam.flv", "").await;
    let head = client.head().await;
    assert_eq!(head.status, 200);
    assert_eq!(head.get("content-type"), Some("video/x-flv"));
    assert_eq!(head.get("content-length"), None);
    // The next head follows at once: there was no body. It does not wait for the stream either.
    client.request("HEAD /live/gone.flv", "").await;
    assert_eq!(client.head().await.status, 404);
    site.wait_for_viewers("cam", 0).await;
}

#[tokio::test]
async fn names_are_decoded_and_keep_their_dots() {
    let site = Site::start(|_| {}).await;
    let _dots = site.publish("cam.1").await;
    let _spaces = site.publish("my cam").await;
    assert_eq!(ask(site.address, "HEAD /live/cam.1.flv", "").await.head.status, 200);
    assert_eq!(ask(site.address, "HEAD /live/my%20cam.flv", "").await.head.status, 200);
    assert_eq!(ask(site.address, "HEAD /l%69ve/%63am.1.flv?token=a=b", "").await.head.status, 200);
    assert_eq!(ask(site.address, "HEAD /live/cam.flv", "").await.head.status, 404);
    assert_eq!(ask(site.address, "HEAD /live/cam.2.flv", "").await.head.status, 404);
}

#[tokio::test]
async fn the_vhost_is_found_by_query_or_host() {
    let site = Site::start(|settings| {
        settings.vhost.name = "v.example".to_owned();
        settings.config.vhosts.push(Vhost::default().into());
    })
    .await;
    let _publisher = site.publish("cam").await;
    let status = async |target: &str| ask(site.address, &format!("HEAD {target}"), "").await.head.status;
    assert_eq!(status("/live/cam.flv").await, 404);
    assert_eq!(status("/live/cam.flv?vhost=v.example").await, 200);
    assert_eq!(status("/live/cam.flv?token=a=b&domain=v.example").await, 200);
    assert_eq!(status("http://v.example:81/live/cam.flv").await, 200);
    let mut client = Client::connect(site.address).await;
    client.send(b"HEAD /live/cam.flv HTTP/1.1\r\nHost: v.example:8080\r\n\r\n").await;
    assert_eq!(client.head().await.status, 200);
}

#[tokio::test]
async fn a_mount_may_have_another_shape() {
    let site = Site::start(|settings| {
        settings.vhost.http_remux.mounts = vec![MountTemplate("/tv/[app]/x/[stream]@.flv".to_owned())];
    })
    .await;
    let _publisher = site.publish("cam").await;
    assert_eq!(ask(site.address, "HEAD /tv/live/x/cam@.flv", "").await.head.status, 200);
    assert_eq!(ask(site.address, "HEAD /live/cam.flv", "").await.head.status, 404);
}

#[tokio::test]
async fn a_request_waits_for_its_publisher_when_the_vhost_says_so() {
    let site = Site::start(|settings| settings.vhost.http_remux.stream_wait = PATIENCE).await;
    let mut client = Client::connect(site.address).await;
    // The second request has been read when the first one's answer is here: both came in one piece.
    client
        .send(
            b"GET /api/v1/versions HTTP/1.1\r\nHost: a\r\n\r\nGET /live/cam.flv HTTP/1.1\r\nHost: a\r\n\r\n",
        )
        .await;
    assert_eq!(client.answer(false).await.head.status, 200);
    let publisher = site.publish("cam").await;
    assert_eq!(client.head().await.status, 200);
    drop(publisher);
    assert_eq!(tags(&client.chunks().await), [(9, 0), (8, 0), (9, 0)]);
}

#[tokio::test]
async fn a_request_waits_no_longer_than_the_vhost_says() {
    let wait = Duration::from_millis(200);
    let site = Site::start(|settings| settings.vhost.http_remux.stream_wait = wait).await;
    let started = Instant::now();
    assert_eq!(ask(site.address, "GET /live/cam.flv", "").await.head.status, 404);
    assert!(started.elapsed() >= wait);
}

#[tokio::test]
async fn a_viewer_who_leaves_is_noticed_though_nothing_is_written() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut client = Client::connect(site.address).await;
    client.request("GET /live/cam.flv", "").await;
    client.head().await;
    client.chunk().await;
    site.wait_for_viewers("cam", 1).await;
    drop(client);
    site.wait_for_viewers("cam", 0).await;
    drop(publisher);
}

#[tokio::test]
async fn the_publisher_may_come_back_within_the_grace_period() {
    let site = Site::start(|settings| settings.vhost.publish.grace_timeout = PATIENCE).await;
    let first = site.publish("cam").await;
    let mut client = Client::connect(site.address).await;
    client.request("GET /live/cam.flv", "").await;
    client.head().await;
    let mut body = client.chunk().await;
    drop(first);
    let second = site.publish("cam").await;
    second.push(keyframe(40, 10));
    // One more keyframe of the first publisher, and two of the second.
    while tags(&body).iter().filter(|(tag_type, _)| *tag_type == 9).count() < 4 {
        body.extend(client.chunk().await);
    }
    let timestamps: Vec<_> = tags(&body).iter().map(|(_, timestamp)| *timestamp).collect();
    assert!(timestamps.is_sorted(), "{timestamps:?}");
}

#[tokio::test]
async fn a_shutdown_ends_streams_properly_and_refuses_who_waits() {
    let site = Site::start(|settings| settings.vhost.http_remux.stream_wait = PATIENCE).await;
    let _publisher = site.publish("cam").await;
    let mut viewer = Client::connect(site.address).await;
    viewer.request("GET /live/cam.flv", "").await;
    viewer.head().await;
    let mut waiting = Client::connect(site.address).await;
    waiting.send(b"GET /api/v1/versions HTTP/1.1\r\nHost: a\r\n\r\nGET /live/later.flv HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(waiting.answer(false).await.head.status, 200);
    let idle = Client::connect(site.address).await;

    let ended = site.shut_down();
    viewer.chunks().await;
    let refusal = waiting.answer(false).await;
    assert_eq!((refusal.head.status, refusal.body.as_str()), (503, "the server is stopping\n"));
    timeout(PATIENCE, ended).await.expect("all ends").unwrap();
    drop(idle);
}
