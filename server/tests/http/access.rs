//! Who may play: `security` and `refer` over HTTP and WebSocket.

use flvgate::config::{Action, Refer, SecurityRule};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::client::{Client, ask};
use crate::site::{Settings, Site};
use crate::websocket::rest;

fn deny_loopback(settings: &mut Settings) {
    settings.vhost.security.enabled = true;
    let network = Some("127.0.0.0/8".parse().unwrap());
    settings.vhost.security.rules = vec![SecurityRule { allow: false, action: Action::Play, network }];
}

fn ask_for_page(settings: &mut Settings) {
    settings.vhost.refer = Refer { enabled: true, play: vec!["example.com".to_owned()], ..Refer::default() };
}

/// What a GET with these header lines is answered.
async fn status_of(site: &Site, headers: &str) -> u16 {
    let mut client = Client::connect(site.address).await;
    client.request("GET /live/cam.flv", headers).await;
    client.head().await.status
}

#[tokio::test]
async fn a_denied_viewer_is_answered_403_with_cors_and_without_the_rule() {
    let site = Site::start(deny_loopback).await;
    let _publisher = site.publish("cam").await;
    let answer = ask(site.address, "GET /live/cam.flv", "Origin: http://page.example\r\n").await;
    assert_eq!(answer.head.status, 403);
    assert!(answer.head.has_cors());
    assert_eq!(answer.body, "playing is not allowed from this address\n");
    assert_eq!(ask(site.address, "HEAD /live/cam.flv", "").await.head.status, 403);
    let missing = ask(site.address, "GET /live/missing.flv", "").await;
    assert_eq!(missing.head.status, 403, "who may not play is not told what is live");
}

#[tokio::test]
async fn a_denied_websocket_is_told_by_the_close_code() {
    let site = Site::start(deny_loopback).await;
    let _publisher = site.publish("cam").await;
    let (mut socket, _) = connect_async(format!("ws://{}/live/cam.flv", site.address)).await.expect("101");
    let (bytes, close) = rest(&mut socket).await;
    assert_eq!((bytes.len(), u16::from(close.code), close.reason.as_str()), (0, 4403, "not allowed"));
}

#[tokio::test]
async fn the_address_is_the_one_that_a_trusted_proxy_names() {
    let site = Site::start(|settings| {
        deny_loopback(settings);
        settings.config.http_server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    let _publisher = site.publish("cam").await;
    assert_eq!(status_of(&site, "X-Forwarded-For: 192.0.2.1\r\n").await, 200);
    assert_eq!(status_of(&site, "X-Forwarded-For: 127.0.0.9\r\n").await, 403);
}

#[tokio::test]
async fn the_page_is_the_referer_else_the_origin() {
    let site = Site::start(ask_for_page).await;
    let _publisher = site.publish("cam").await;
    for (headers, status) in [
        ("Referer: https://www.example.com:8443/live?x=y\r\n", 200),
        ("Referer: https://evil.net/example.com\r\n", 403),
        ("Origin: https://example.com\r\n", 200),
        ("Referer: https://evil.net/\r\nOrigin: https://example.com\r\n", 403),
        ("Referer: \r\nOrigin: https://example.com\r\n", 200),
        ("Origin: null\r\n", 403),
        ("", 403),
    ] {
        assert_eq!(status_of(&site, headers).await, status, "{headers:?}");
    }
}

#[tokio::test]
async fn a_websocket_of_a_page_sends_its_origin() {
    let site = Site::start(ask_for_page).await;
    let _publisher = site.publish("cam").await;
    for (origin, code) in [("https://evil.net", Some(4403)), ("https://example.com", None)] {
        let mut request = format!("ws://{}/live/cam.flv", site.address).into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let (mut socket, _) = connect_async(request).await.expect("101");
        if let Some(code) = code {
            assert_eq!(u16::from(rest(&mut socket).await.1.code), code);
        } else {
            site.wait_for_viewers("cam", 1).await;
        }
    }
}

#[tokio::test]
async fn a_reload_holds_for_those_who_come_and_leaves_those_who_are_there() {
    let site = Site::start(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut viewer = Client::connect(site.address).await;
    viewer.request("GET /live/cam.flv", "").await;
    assert_eq!(viewer.head().await.status, 200);
    site.reload(deny_loopback);
    assert_eq!(status_of(&site, "").await, 403);
    drop(publisher);
    assert!(!viewer.chunks().await.is_empty(), "its stream came to its own end");
    site.reload(|_| {});
    assert_eq!(status_of(&site, "").await, 404);
}
