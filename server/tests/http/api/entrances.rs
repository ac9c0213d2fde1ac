//! What is served where.

use serde_json::json;

use super::{get, whole};
use crate::client::ask;
use crate::site::Site;

#[tokio::test]
async fn beside_the_streams_are_only_versions_and_streams() {
    let site = Site::start(|_| {}).await;
    for target in ["/api/v1/versions", "/api/v1/versions/", "/api/v1/streams", "/api/v1/streams/"] {
        get(&site, target).await;
    }
    for request in [
        "GET /api/",
        "GET /api/v1/",
        "GET /api/v1/clients",
        "GET /api/v1/clients/abc",
        "DELETE /api/v1/clients/abc",
        "GET /api/v1/summaries",
        "GET /api/v1/raw?rpc=raw",
    ] {
        let answer = ask(site.address, request, "").await;
        assert_eq!(answer.head.status, 404, "{request}");
        assert!(answer.body.contains("http_api"), "{request}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_entrance_of_the_api_alone_has_no_streams() {
    let site = whole(|settings| settings.entrance.streams = false).await;
    let _publisher = site.publish("cam").await;
    for target in ["/live/cam.flv", "/index.html", "/api/v2", "/api/v1/nothing"] {
        let answer = ask(site.address, &format!("GET {target}"), "").await;
        assert_eq!(answer.head.status, 404, "{target}");
        assert!(answer.body.contains("/api/v1/"), "{target}: {}", answer.body);
    }
    assert_eq!(get(&site, "/").await["urls"], json!({ "api": "the API" }));
}

#[tokio::test]
async fn where_both_are_the_root_is_the_page() {
    let site = whole(|_| {}).await;
    let answer = ask(site.address, "GET /", "").await;
    assert_eq!(answer.head.status, 404, "there is no page here");
    assert!(!answer.body.contains("urls"), "{}", answer.body);
    assert!(get(&site, "/api/v1/").await["urls"]["clients"].is_string());
}

#[tokio::test]
async fn the_api_has_a_key_of_its_own_for_other_origins() {
    for (api, streams) in [(true, false), (false, true)] {
        let site = whole(|settings| {
            settings.config.http_api.crossdomain = api;
            settings.config.http_server.crossdomain = streams;
        })
        .await;
        assert_eq!(ask(site.address, "GET /api/v1/streams", "").await.head.has_cors(), api);
        assert_eq!(ask(site.address, "GET /live/cam.flv", "").await.head.has_cors(), streams);
        let alone = whole(|settings| {
            settings.entrance.streams = false;
            settings.config.http_api.crossdomain = api;
            settings.config.http_server.crossdomain = streams;
        })
        .await;
        for target in ["/", "/api/v1/streams", "/nothing"] {
            assert_eq!(ask(alone.address, &format!("GET {target}"), "").await.head.has_cors(), api);
        }
        let beside = Site::start(|settings| {
            settings.config.http_api.crossdomain = api;
            settings.config.http_server.crossdomain = streams;
        })
        .await;
        assert_eq!(ask(beside.address, "GET /api/v1/streams", "").await.head.has_cors(), streams);
    }
}

#[tokio::test]
async fn other_methods_are_405_and_told_which_are_allowed() {
    let site = whole(|_| {}).await;
    for (request, allowed) in [
        ("POST /api/v1/clients/abc", "GET, HEAD, DELETE, OPTIONS"),
        ("DELETE /api/v1/clients", "GET, HEAD, OPTIONS"),
        ("DELETE /api/v1/streams/abc", "GET, HEAD, OPTIONS"),
        ("PUT /api/v1/raw?rpc=reload", "GET, HEAD, OPTIONS"),
        ("POST /api/", "GET, HEAD, OPTIONS"),
    ] {
        let answer = ask(site.address, request, "Content-Length: 0\r\n").await;
        assert_eq!(answer.head.status, 405, "{request}");
        assert_eq!(answer.head.get("allow"), Some(allowed), "{request}");
    }
}

#[tokio::test]
async fn a_get_is_never_anything_else_and_no_script_is_answered() {
    let site = whole(|_| {}).await;
    let answer = get(&site, "/api/v1/versions?callback=f&method=DELETE").await;
    assert_eq!(answer["code"], 0);
}
