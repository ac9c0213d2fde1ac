//! Requests with bodies, which nobody here wants: none may be taken for the next request.

use super::case::{Case, case};
use super::{PAGE, Stage};

const SECOND: &str = "GET /nothing HTTP/1.1\r\nHost: test\r\n\r\n";

#[tokio::test]
async fn the_length_of_a_body_must_be_clear() {
    let stage = Stage::set("lengths").await;
    let asked = |name, headers: &str| -> Case { case(name).ask("GET /page.txt", headers) };
    stage
        .play(vec![
            // RFC 9112 section 6.1: the chunks count, and the connection must not be used again.
            asked("a length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")
                .send("0\r\n\r\n")
                .send(SECOND)
                .answer(200)
                .body(PAGE)
                .closed(),
            asked("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n").no_request(400),
            asked("a length below zero", "Content-Length: -1\r\n").no_request(400),
            asked("a length with a sign", "Content-Length: +1\r\n").no_request(400),
            asked("a length that is none", "Content-Length: five\r\n").no_request(400),
            asked("a length beyond all numbers", "Content-Length: 99999999999999999999999\r\n")
                .no_request(400),
            asked("an encoding without chunks", "Transfer-Encoding: gzip\r\n").no_request(400),
            asked("chunks that are not the last encoding", "Transfer-Encoding: chunked, gzip\r\n")
                .no_request(400),
            case("chunks in HTTP/1.0")
                .send("GET /page.txt HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
                .no_request(400),
        ])
        .await;
}

#[tokio::test]
async fn a_body_is_drained_or_ends_the_connection() {
    let stage = Stage::set("drained").await;
    let asked = |name, headers: &str| -> Case { case(name).ask("GET /page.txt", headers) };
    stage
        .play(vec![
            asked("a body that has come is skipped", "Content-Length: 5\r\n")
                .send("hello")
                .send(SECOND)
                .answer(200)
                .body(PAGE)
                .answer(404),
            asked("chunks that have come are skipped", "Transfer-Encoding: chunked\r\n")
                .send("5\r\nhello\r\n0\r\n\r\n")
                .send(SECOND)
                .answer(200)
                .body(PAGE)
                .answer(404),
            asked("a body that does not come is not waited for", "Content-Length: 1000000000\r\n")
                .answer(200)
                .body(PAGE)
                .closed(),
            asked("chunks that are none end the connection", "Transfer-Encoding: chunked\r\n")
                .send("zz\r\nhello\r\n0\r\n\r\n")
                .send(SECOND)
                .answer(200)
                .body(PAGE)
                .closed(),
            asked("a chunk of more than all ends the connection", "Transfer-Encoding: chunked\r\n")
                .send("fffffffffffffffffff\r\n")
                .answer(200)
                .body(PAGE)
                .closed(),
            case("a body that nobody wants is not asked for")
                .ask("POST /live/cam.flv", "Content-Length: 1000000\r\nExpect: 100-continue\r\n")
                .answer(405)
                .closed(),
        ])
        .await;
}
