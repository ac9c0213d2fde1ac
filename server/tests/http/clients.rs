//! Who is connected, and how they are made to go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flvgate::hub::clients::{Client as Registered, Role};
use flvgate_media::format::Format;
use futures_util::StreamExt;
use serde_json::Value;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, ask};
use crate::site::{PATIENCE, Site, keyframe};

/// Waits until there are `count` clients.
async fn clients(site: &Site, count: usize) -> Vec<Arc<Registered>> {
    let reached = async {
        loop {
            let clients = site.hub.clients().list();
            if clients.len() == count {
                return clients;
            }
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("{count} clients"))
}

/// How many viewers of the server left for `reason`.
async fn departures(site: &Site, reason: &str) -> u64 {
    let answer = ask(site.address, "GET /api/v1/streams", "").await;
    let list: Value = serde_json::from_str(&answer.body).unwrap();
    list["flvgate"]["departures"][reason].as_u64().unwrap()
}

#[tokio::test]
async fn viewers_are_registered_with_what_they_tell_until_they_leave() {
    let site = Site::start(|_| {}).await;
    let _publisher = site.publish("cam").await;
    let mut http = Client::connect(site.address).await;
    http.request("GET /live/cam.flv?token=secret", "Referer: http://page.example/live.html\r\n").await;
    http.head().await;
    http.chunk().await;
    clients(&site, 1).await;
    let (mut websocket, _) =
        connect_async(format!("ws://{}/live/cam.flv?vhost=v.example", site.address)).await.unwrap();
    assert!(matches!(websocket.next().await, Some(Ok(Message::Binary(_)))));

    let present = clients(&site, 2).await;
    let (first, second) = (present[0].info(), present[1].info());
    assert_eq!(first.role, Role::Viewer { transport: "http", format: Format::Flv });
    assert_eq!(second.role, Role::Viewer { transport: "websocket", format: Format::Flv });
    assert_eq!((first.page_url.as_str(), second.page_url.as_str()), ("http://page.example/live.html", ""));
    assert_eq!(
        (first.tc_url.as_str(), second.tc_url.as_str()),
        ("rtmp://test/live", "rtmp://v.example/live")
    );
    for client in &present {
        assert_eq!((&*client.info().key, client.info().ip), (&site.key("cam"), site.address.ip()));
        assert!(client.traffic().sent_bytes() > 100);
    }
    drop(http);
    assert_eq!(clients(&site, 1).await[0].id(), present[1].id());
    drop(websocket);
    clients(&site, 0).await;
}

#[tokio::test]
async fn viewers_are_kicked_while_the_stream_rushes_and_others_stay() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let rushing = tokio::spawn(async move {
        for timestamp in 0.. {
            publisher.push(keyframe(timestamp, 20_000));
            sleep(Duration::from_millis(1)).await;
        }
    });
    let mut http = Client::connect(site.address).await;
    http.request("GET /live/cam.flv", "").await;
    http.head().await;
    clients(&site, 1).await;
    let (mut websocket, _) = connect_async(format!("ws://{}/live/cam.flv", site.address)).await.unwrap();
    let ids: Vec<_> = clients(&site, 2).await.iter().map(|client| client.id().to_owned()).collect();
    let mut stays = Client::connect(site.address).await;
    stays.request("GET /live/cam.flv", "").await;
    stays.head().await;
    clients(&site, 3).await;

    let kicked = Instant::now();
    assert!(site.hub.clients().kick(&ids[0]));
    assert!(!http.rest().await.ends_with(b"0\r\n\r\n"), "a broken-off body, not a whole one");
    eprintln!("kick to the end of HTTP-FLV: {:?}", kicked.elapsed());

    let kicked = Instant::now();
    assert!(site.hub.clients().kick(&ids[1]));
    let close = loop {
        match timeout(PATIENCE, websocket.next()).await.unwrap().unwrap().unwrap() {
            Message::Close(frame) => break frame.unwrap(),
            other => assert!(other.is_binary(), "{other:?}"),
        }
    };
    eprintln!("kick to the close frame of WebSocket-FLV: {:?}", kicked.elapsed());
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4410, "kicked"));

    clients(&site, 1).await;
    assert_eq!(departures(&site, "kicked").await, 2);
    for id in &ids {
        assert!(!site.hub.clients().kick(id), "there is nobody any more");
    }
    stays.chunk().await;
    rushing.abort();
}

#[tokio::test]
async fn viewers_who_read_nothing_are_kicked_too() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut http = Client::connect(site.address).await;
    http.request("GET /live/cam.flv", "").await;
    let (websocket, _) = connect_async(format!("ws://{}/live/cam.flv", site.address)).await.unwrap();
    let present = clients(&site, 2).await;
    // Until all buffers on the way are full: then nothing more is handed over, however much is published.
    let sent = || present.iter().map(|client| client.traffic().sent_bytes()).collect::<Vec<_>>();
    let (mut before, mut unchanged) = (sent(), 0);
    for timestamp in (0..).step_by(40) {
        publisher.push(keyframe(timestamp, 500_000));
        sleep(Duration::from_millis(5)).await;
        unchanged = if sent() == before { unchanged + 1 } else { 0 };
        before = sent();
        if unchanged == 10 {
            break;
        }
    }
    for client in &present {
        let kicked = Instant::now();
        assert!(site.hub.clients().kick(client.id()));
        let gone = async {
            while site.hub.clients().find(client.id()).is_some() {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, gone).await.expect("the kicked client goes");
        eprintln!("kick to the end of a full socket: {:?}", kicked.elapsed());
    }
    assert_eq!(departures(&site, "kicked").await, 2);
    drop((http, websocket));
}

#[tokio::test]
async fn one_who_waits_for_a_stream_can_be_kicked() {
    let site = Site::start(|settings| settings.vhost.http_remux.stream_wait = PATIENCE * 2).await;
    let (mut waiting, _) = connect_async(format!("ws://{}/live/cam.flv", site.address)).await.unwrap();
    let id = clients(&site, 1).await[0].id().to_owned();
    assert!(site.hub.clients().kick(&id));
    let message = timeout(PATIENCE, waiting.next()).await.unwrap().unwrap().unwrap();
    let Message::Close(Some(close)) = message else { panic!("{message:?}") };
    assert_eq!(u16::from(close.code), 4410);
    clients(&site, 0).await;
}
