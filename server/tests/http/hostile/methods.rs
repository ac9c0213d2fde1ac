//! Versions and methods.

use super::case::{Case, case};
use super::{PAGE, Stage};

const ALLOWED: &str = "GET, HEAD, OPTIONS";

#[tokio::test]
async fn old_versions_are_answered_in_their_own_terms() {
    let stage = Stage::set("versions").await;
    stage
        .play(vec![
            case("HTTP/1.0 closes")
                .send("GET /page.txt HTTP/1.0\r\n\r\n")
                .answer(200)
                .body(PAGE)
                .without("transfer-encoding")
                .closed(),
            case("HTTP/1.0 stays when asked to")
                .send("GET /page.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                .answer(200)
                .with("connection", "keep-alive")
                .with("content-length", "10")
                .body(PAGE),
            case("HTTP/1.0 gets a stream without chunks")
                .send("GET /live/cam.flv HTTP/1.0\r\n\r\n")
                .streams()
                .without("transfer-encoding"),
            case("HTTP/1.0 gets a stream without chunks, and no promise of keep-alive")
                .send("GET /live/cam.flv HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                .streams()
                .without("transfer-encoding")
                .with("connection", "close"),
            case("HTTP/1.1 with Connection: close closes")
                .ask("GET /page.txt", "Connection: close\r\n")
                .answer(200)
                .with("connection", "close")
                .body(PAGE)
                .closed(),
            case("HTTP/0.9 is no request").send("GET /page.txt\r\n\r\n").no_request(400),
            case("HTTP/2.0 in HTTP/1 is no request")
                .send("GET / HTTP/2.0\r\nHost: test\r\n\r\n")
                .no_request(400),
            case("HTTP/1.2 is no request").send("GET / HTTP/1.2\r\nHost: test\r\n\r\n").no_request(400),
            case("lowercase http is no request").send("GET / http/1.1\r\nHost: test\r\n\r\n").no_request(400),
        ])
        .await;
}

#[tokio::test]
async fn a_head_is_what_get_would_begin_with() {
    let stage = Stage::set("heads").await;
    stage
        .play(vec![
            case("HEAD of a stream")
                .ask("HEAD /live/cam.flv", "")
                .answer(200)
                .without_body()
                .with("content-type", "video/x-flv")
                .without("content-length"),
            case("HEAD of a file")
                .ask("HEAD /page.txt", "")
                .answer(200)
                .without_body()
                .with("content-length", "10"),
            case("HEAD of the API")
                .ask("HEAD /api/v1/versions", "")
                .answer(200)
                .without_body()
                .with("content-type", "application/json"),
            case("HEAD of a stream that is not there")
                .ask("HEAD /live/gone.flv", "")
                .answer(404)
                .without_body(),
            case("HEAD of nothing").ask("HEAD /nothing", "").answer(404).without_body(),
            case("HEAD of a stream in HTTP/1.0")
                .send("HEAD /live/cam.flv HTTP/1.0\r\n\r\n")
                .answer(200)
                .without_body()
                .without("transfer-encoding")
                .closed(),
            case("two HEADs and a GET at once are answered in order")
                .ask("HEAD /page.txt", "")
                .ask("HEAD /live/gone.flv", "")
                .ask("GET /page.txt", "")
                .answer(200)
                .without_body()
                .with("content-length", "10")
                .answer(404)
                .without_body()
                .answer(200)
                .body(PAGE),
        ])
        .await;
}

#[tokio::test]
async fn other_methods_are_refused_by_name() {
    let stage = Stage::set("methods").await;
    let refused = |name, request: &str| -> Case {
        case(name).ask(request, "Content-Length: 0\r\n").answer(405).with("allow", ALLOWED)
    };
    stage
        .play(vec![
            refused("POST of a stream", "POST /live/cam.flv"),
            refused("PUT of a stream", "PUT /live/cam.flv"),
            refused("DELETE of a stream", "DELETE /live/cam.flv"),
            refused("TRACE of a stream", "TRACE /live/cam.flv"),
            refused("BREW of a stream", "BREW /live/cam.flv"),
            refused("lowercase get of a stream", "get /live/cam.flv"),
            case("POST of a file").ask("POST /page.txt", "Content-Length: 0\r\n").answer(405),
            case("DELETE of a file").ask("DELETE /page.txt", "Content-Length: 0\r\n").answer(405),
            case("PROPFIND of a file").ask("PROPFIND /page.txt", "Depth: 1\r\n").answer(405),
            case("POST of the API").ask("POST /api/v1/streams", "Content-Length: 0\r\n").answer(405),
            case("CONNECT opens no tunnel").ask("CONNECT other.example:443", "").answer(405),
            case("no method").send(" /page.txt HTTP/1.1\r\nHost: test\r\n\r\n").no_request(400),
            case("a method that is no token").send("G(T / HTTP/1.1\r\nHost: test\r\n\r\n").no_request(400),
            case("OPTIONS of a stream").ask("OPTIONS /live/cam.flv", "").answer(204).with("allow", ALLOWED),
            case("OPTIONS of the server").ask("OPTIONS *", "").answer(204).with("allow", ALLOWED),
        ])
        .await;
}
