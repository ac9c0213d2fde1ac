//! Answers that are no stream: refusals, preflights, methods, names.

use crate::client::{Client, ask};
use crate::site::Site;

#[tokio::test]
async fn a_stream_that_is_not_live_is_a_404_that_says_so_at_once() {
    let site = Site::start(|_| {}).await;
    let answer = ask(site.address, "GET /live/cam.flv", "").await;
    assert_eq!(answer.head.status, 404);
    assert_eq!(answer.body, "the stream live/cam is not live\n");
    assert_eq!(answer.head.get("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.head.get("server"), Some(concat!("flvgate/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(answer.head.get("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.head.get("access-control-expose-headers"), Some("*"));
}

#[tokio::test]
async fn without_crossdomain_no_answer_has_cors_headers() {
    let site = Site::start(|settings| settings.config.http_server.crossdomain = false).await;
    let _publisher = site.publish("cam").await;
    for request in
        ["GET /live/gone.flv", "HEAD /live/cam.flv", "GET /", "GET /api/v1/streams", "POST /live/cam.flv"]
    {
        let answer = ask(site.address, request, "Origin: http://page.example\r\n").await;
        assert!(!answer.head.has_cors(), "{request}: {:?}", answer.head);
    }
    let asked = "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Private-Network: true\r\n";
    let answer = ask(site.address, "OPTIONS /live/cam.flv", asked).await;
    assert_eq!(answer.head.status, 204);
    assert!(!answer.head.has_cors(), "{:?}", answer.head);
}

#[tokio::test]
async fn with_crossdomain_every_answer_has_cors_headers() {
    let site = Site::start(|_| {}).await;
    let _publisher = site.publish("cam").await;
    for request in [
        "GET /live/gone.flv",
        "HEAD /live/cam.flv",
        "GET /",
        "GET /api/v1/streams",
        "POST /live/cam.flv",
        "POST /api/v1/streams",
        "GET /live/%zz.flv",
    ] {
        let answer = ask(site.address, request, "").await;
        assert_eq!(answer.head.get("access-control-allow-origin"), Some("*"), "{request}");
    }
}

#[tokio::test]
async fn a_preflight_is_granted_what_it_asks() {
    let site = Site::start(|_| {}).await;
    let asked = "Origin: https://page.example\r\nAccess-Control-Request-Method: GET\r\n\
                 Access-Control-Request-Headers: authorization, range\r\n\
                 Access-Control-Request-Private-Network: true\r\n";
    for target in ["/live/cam.flv", "/", "/api/v1/streams", "/%zz"] {
        let head = ask(site.address, &format!("OPTIONS {target}"), asked).await.head;
        assert_eq!(head.status, 204, "{target}");
        assert_eq!(head.get("access-control-allow-origin"), Some("*"));
        assert_eq!(head.get("access-control-allow-methods"), Some("GET, HEAD, OPTIONS"));
        assert_eq!(head.get("access-control-allow-headers"), Some("authorization, range"));
        assert_eq!(head.get("access-control-allow-private-network"), Some("true"));
        assert!(head.get("access-control-max-age").is_some());
    }
    let head = ask(site.address, "OPTIONS /live/cam.flv", "").await.head;
    assert_eq!(head.get("access-control-allow-headers"), Some("*"));
    assert_eq!(head.get("access-control-allow-private-network"), None, "it was not asked for");
    assert_eq!(head.get("allow"), Some("GET, HEAD, OPTIONS"));
}

#[tokio::test]
async fn other_methods_are_405_and_told_which_are_allowed() {
    let site = Site::start(|_| {}).await;
    for request in ["POST /live/cam.flv", "DELETE /live/cam.flv", "PUT /api/v1/streams", "POST /page.html"] {
        let answer = ask(site.address, request, "Content-Length: 0\r\n").await;
        assert_eq!(answer.head.status, 405, "{request}");
        assert!(answer.head.get("allow").unwrap().starts_with("GET"), "{request}: {:?}", answer.head);
        assert!(!answer.body.is_empty(), "{request}");
    }
}

#[tokio::test]
async fn bad_escapes_and_encoded_slashes_outside_of_names_are_400() {
    let site = Site::start(|_| {}).await;
    for target in ["/live/%zz.flv", "/live/cam%2.flv", "/live/a%00.flv", "/%ff", "/..%2f.."] {
        let answer = ask(site.address, &format!("GET {target}"), "").await;
        assert_eq!(answer.head.status, 400, "{target}");
        assert!(answer.body.starts_with("the path "), "{target}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_disabled_vhost_and_one_without_remux_are_404() {
    let disabled = Site::start(|settings| settings.vhost.enabled = false).await;
    let no_remux = Site::start(|settings| settings.vhost.http_remux.enabled = false).await;
    for site in [disabled, no_remux] {
        let _publisher = site.publish("cam").await;
        assert_eq!(ask(site.address, "GET /live/cam.flv", "").await.head.status, 404);
    }
}

#[tokio::test]
async fn a_connection_serves_one_refusal_after_the_other() {
    let site = Site::start(|_| {}).await;
    let mut client = Client::connect(site.address).await;
    for target in ["/live/a.flv", "/live/b.flv", "/nothing"] {
        client.request(&format!("GET {target}"), "").await;
        assert_eq!(client.answer(false).await.head.status, 404);
    }
}
