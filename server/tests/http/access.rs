//! Who may play: `security` and `refer` over HTTP and WebSocket.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use flvgate::config::{Action, HttpStatic, Refer, SecurityRule, Vhost};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::client::{Client, ask};
use crate::site::{Settings, Site};
use crate::websocket::rest;

fn deny_loopback(settings: &mut Settings) {
    deny_loopback_in(&mut settings.vhost);
}

fn deny_loopback_in(vhost: &mut Vhost) {
    vhost.security.enabled = true;
    let network = Some("127.0.0.0/8".parse().unwrap());
    vhost.security.rules = vec![SecurityRule { allow: false, action: Action::Play, network }];
}

fn ask_for_page(settings: &mut Settings) {
    settings.vhost.refer = Refer { enabled: true, play: vec!["example.com".to_owned()], ..Refer::default() };
}

/// A directory with a page and with recordings of `live/cam`.
fn recordings(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(directory.join("live")).unwrap();
    for file in [
        "index.html",
        "live/cam.flv",
        "live/cam-123.flv",
        "live/cam.mp4",
        "live/cam.M3U8",
        "live/cam.flv.tmp",
    ] {
        fs::write(directory.join(file), "FLV").unwrap();
    }
    directory
}

const RECORDINGS: [&str; 8] = [
    "/live/cam.flv",
    "/live/cam-123.flv",
    "/live/cam.mp4",
    "/live/cam.M3U8",
    "/live/cam.flv.tmp",
    "/live/cam.flv?start=3",
    "//live/cam.flv",
    "/live/%63am%2Eflv",
];

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

#[tokio::test]
async fn who_may_not_play_a_stream_may_not_have_its_recordings() {
    let directory = recordings("guarded-recordings");
    let start = async |adjust: fn(&mut Settings)| {
        let directory = directory.clone();
        Site::start(move |settings| {
            settings.config.http_server.dir = directory;
            adjust(settings);
        })
        .await
    };
    let (open, closed, of_page) =
        (start(|_| {}).await, start(deny_loopback).await, start(ask_for_page).await);
    for target in RECORDINGS {
        let status = ask(open.address, &format!("GET {target}"), "").await.head.status;
        assert!([200, 416, 422].contains(&status), "{target}: {status}");
        for method in ["GET", "HEAD"] {
            for (site, headers) in
                [(&closed, ""), (&of_page, ""), (&of_page, "Referer: https://evil.net/\r\n")]
            {
                let answer = ask(site.address, &format!("{method} {target}"), headers).await;
                assert_eq!(answer.head.status, 403, "{method} {target}");
            }
        }
        let page = "Referer: https://www.example.com/\r\n";
        assert_ne!(ask(of_page.address, &format!("GET {target}"), page).await.head.status, 403, "{target}");
    }
    for site in [open, closed, of_page] {
        assert_eq!(ask(site.address, "GET /", "").await.head.status, 200, "the page is no recording");
    }
}

#[tokio::test]
async fn recordings_in_a_vhosts_own_directory_are_its_own_whatever_vhost_is_asked_for() {
    let directory = recordings("recordings-of-a-vhost");
    let site = Site::start(|settings| {
        let mut guarded = Vhost { name: "guarded.example".into(), ..Vhost::default() };
        deny_loopback_in(&mut guarded);
        guarded.http_static = HttpStatic { enabled: true, mount: "/records".into(), dir: directory };
        settings.config.vhosts.push(Arc::new(guarded));
    })
    .await;
    for query in ["", "?vhost=guarded.example", "?vhost=__defaultVhost__", "?vhost=nobody"] {
        let answer = ask(site.address, &format!("GET /records/live/cam.flv{query}"), "").await;
        assert_eq!(answer.head.status, 403, "{query}");
    }
}
