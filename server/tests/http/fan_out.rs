//! Many viewers of one stream, and each of them by itself.

use std::time::Duration;

use crate::client::{Client, tags};
use crate::site::{PATIENCE, Site, audio_frame, inter_frame, keyframe};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

/// More than one writer serves.
const CROWD: usize = 300;

/// Asks for `live/cam` and reads the answer's head and the first chunk.
async fn join(site: &Site) -> (Client, Vec<u8>) {
    let mut client = Client::connect(site.address).await;
    client.request("GET /live/cam.flv", "").await;
    assert_eq!(client.head().await.status, 200);
    let start = client.chunk().await;
    (client, start)
}

#[tokio::test]
async fn a_crowd_gets_the_same_bytes_while_some_leave_and_some_come() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut crowd = Vec::new();
    for _ in 0..CROWD {
        crowd.push(join(&site).await);
    }
    site.wait_for_viewers("cam", CROWD as u64).await;
    for number in 1..20 {
        publisher.push(inter_frame(number * 40, 3000));
        publisher.push(audio_frame(number * 40 + 10, 200));
    }
    crowd.drain(10..100);
    site.wait_for_viewers("cam", CROWD as u64 - 90).await;
    for _ in 0..20 {
        crowd.push(join(&site).await);
    }
    publisher.push(keyframe(800, 50_000));
    drop(publisher);

    let mut bodies = Vec::new();
    for (mut client, mut body) in crowd {
        body.extend(client.chunks().await);
        bodies.push(body);
    }
    assert_eq!(tags(&bodies[0]).len(), 3 + 2 * 19 + 1);
    for (number, body) in bodies.iter().enumerate() {
        assert_eq!(body, &bodies[0], "viewer {number}");
    }
}

#[tokio::test]
async fn a_viewer_who_reads_nothing_holds_up_nobody() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut asleep = Client::connect(site.address).await;
    asleep.request("GET /live/cam.flv", "").await;
    site.wait_for_viewers("cam", 1).await;
    let (mut awake, mut body) = join(&site).await;
    // More than the kernel holds for one who is asleep.
    for number in 1..200 {
        publisher.push(keyframe(number * 40, 100_000));
        while tags(&body).last() != Some(&(9, u32::try_from(number * 40).unwrap())) {
            body.extend(awake.chunk().await);
        }
    }
    drop(publisher);
    body.extend(awake.chunks().await);
    assert_eq!(asleep.head().await.status, 200);
    assert!(asleep.chunks().await == body, "within its budget, it has lost nothing");
}

#[tokio::test]
async fn a_request_behind_another_one_begins_its_stream_when_the_first_is_answered() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut client = Client::connect(site.address).await;
    let both = "GET /nothing HTTP/1.1\r\nHost: test\r\n\r\nGET /live/cam.flv HTTP/1.1\r\nHost: test\r\n\r\n";
    client.send(both.as_bytes()).await;
    assert_eq!(client.answer(false).await.head.status, 404);
    assert_eq!(client.head().await.status, 200);
    let mut body = client.chunk().await;
    publisher.push(keyframe(40, 100));
    drop(publisher);
    body.extend(client.chunks().await);
    assert_eq!(tags(&body).last(), Some(&(9, 40)));
}

#[tokio::test]
async fn a_viewer_may_say_what_it_likes_after_its_request() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let (mut client, mut body) = join(&site).await;
    for number in 1..50 {
        client.send(&[b'x'; 100]).await;
        publisher.push(keyframe(number * 40, 100));
    }
    while tags(&body).len() < 3 + 49 {
        body.extend(client.chunk().await);
    }
    client.stream.get_mut().shutdown().await.unwrap();
    site.wait_for_viewers("cam", 0).await;
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn a_viewer_who_never_stops_talking_is_not_listened_to() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let (mut client, _) = join(&site).await;
    // What nobody reads comes to fill the kernel's buffers, and then the talker waits.
    let talk = async {
        loop {
            client.send(&[b'x'; 64 * 1024]).await;
        }
    };
    assert!(timeout(Duration::from_millis(300), talk).await.is_err());
    publisher.push(keyframe(40, 100));
    drop(publisher);
    assert_eq!(tags(&[&b"FLV\x01\x05\0\0\0\x09\0\0\0\0"[..], &client.chunks().await].concat()), [(9, 40)]);
}

#[tokio::test]
async fn a_stop_ends_viewers_whose_sockets_are_full() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut asleep = Client::connect(site.address).await;
    asleep.request("GET /live/cam.flv", "").await;
    site.wait_for_viewers("cam", 1).await;
    for number in 1..200 {
        publisher.push(keyframe(number * 40, 100_000));
    }
    let stopped = site.shut_down();
    timeout(PATIENCE, stopped).await.expect("the server stops").unwrap();
    drop(publisher);
}

#[tokio::test]
async fn viewers_who_wake_together_get_all_they_missed_though_nothing_new_comes() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut asleep = Vec::new();
    for _ in 0..20 {
        let mut client = Client::connect(site.address).await;
        client.request("GET /live/cam.flv", "").await;
        asleep.push(client);
    }
    site.wait_for_viewers("cam", 20).await;
    for number in 1..150 {
        publisher.push(keyframe(number * 40, 100_000));
    }
    // All at once, so that each finds what another has had.
    let waking = asleep.into_iter().map(|mut client| {
        tokio::spawn(async move {
            assert_eq!(client.head().await.status, 200);
            let mut body = Vec::new();
            while tags(&body).last() != Some(&(9, 149 * 40)) {
                body.extend(client.chunk().await);
            }
            tags(&body).len()
        })
    });
    for woken in waking.collect::<Vec<_>>() {
        assert_eq!(timeout(PATIENCE, woken).await.expect("nobody waits for news").unwrap(), 3 + 149);
    }
    drop(publisher);
}
