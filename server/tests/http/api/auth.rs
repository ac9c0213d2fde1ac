//! Who may use the API.

use flvgate::config::Credentials;

use super::whole;
use crate::client::ask;
use crate::site::Settings;

fn with_password(settings: &mut Settings) {
    let credentials = Credentials { username: "admin".into(), password: "p:ss".into() };
    settings.config.http_api.auth = Some(credentials);
}

/// `admin:p:ss`
const RIGHT: &str = "Authorization: Basic YWRtaW46cDpzcw==\r\n";
/// `admin:p`
const WRONG: &str = "Authorization: Basic YWRtaW46cA==\r\n";

#[tokio::test]
async fn without_the_password_there_is_nothing_and_a_page_can_see_why() {
    let site = whole(with_password).await;
    let requests = [
        "GET /api/v1/streams",
        "GET /api/",
        "DELETE /api/v1/clients/abc",
        "GET /api/v1/raw?rpc=raw",
        "HEAD /api/v1/versions",
    ];
    for request in requests {
        for credentials in ["", WRONG] {
            let answer = ask(site.address, request, credentials).await;
            assert_eq!(answer.head.status, 401, "{request}");
            let challenge = answer.head.get("www-authenticate").unwrap();
            assert_eq!(challenge, "Basic realm=\"flvgate\", charset=\"UTF-8\"");
            assert_eq!(answer.head.get("access-control-allow-origin"), Some("*"));
        }
        assert_eq!(ask(site.address, request, RIGHT).await.head.status, 200, "{request}");
    }
}

#[tokio::test]
async fn a_preflight_needs_no_password() {
    let site = whole(with_password).await;
    let asked = "Origin: https://page.example\r\nAccess-Control-Request-Method: DELETE\r\n\
                 Access-Control-Request-Headers: authorization\r\n";
    let head = ask(site.address, "OPTIONS /api/v1/clients/abc", asked).await.head;
    assert_eq!(head.status, 204);
    assert_eq!(head.get("access-control-allow-methods"), Some("GET, HEAD, DELETE, OPTIONS"));
    assert_eq!(head.get("access-control-allow-headers"), Some("authorization"));
}

#[tokio::test]
async fn streams_are_played_and_the_page_is_shown_without_the_password() {
    let site = whole(with_password).await;
    assert_eq!(ask(site.address, "GET /live/cam.flv", "").await.head.status, 404);
    assert_eq!(ask(site.address, "GET /", "").await.head.status, 404);
}

#[tokio::test]
async fn beside_the_streams_the_password_is_asked_for_too() {
    let site = crate::site::Site::start(with_password).await;
    for target in ["/api/v1/streams", "/api/v1/versions", "/api/v1/clients"] {
        assert_eq!(ask(site.address, &format!("GET {target}"), "").await.head.status, 401, "{target}");
    }
    assert_eq!(ask(site.address, "GET /api/v1/streams", RIGHT).await.head.status, 200);
}
