//! Upgrades that are not right, and those that are not wanted.

use super::case::{Case, case};
use super::{PAGE, Stage};

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
const VERSION: &str = "Sec-WebSocket-Version: 13\r\n";

#[tokio::test]
async fn a_wrong_websocket_handshake_is_refused_and_the_connection_stays() {
    let stage = Stage::set("handshakes").await;
    let asked = |name, headers: &[&str]| -> Case { case(name).ask("GET /live/cam.flv", &headers.concat()) };
    stage
        .play(vec![
            asked("no key", &[UPGRADE, VERSION]).answer(400),
            asked("a short key", &[UPGRADE, VERSION, "Sec-WebSocket-Key: c2hvcnQ=\r\n"]).answer(400),
            asked("two keys", &[UPGRADE, VERSION, KEY, KEY]).answer(400),
            asked("no version", &[UPGRADE, KEY]).answer(426).with("sec-websocket-version", "13"),
            asked("an old version", &[UPGRADE, KEY, "Sec-WebSocket-Version: 8\r\n"])
                .answer(426)
                .with("sec-websocket-version", "13"),
            asked("no Connection: Upgrade", &["Upgrade: websocket\r\n", VERSION, KEY]).answer(400),
            case("POST").ask("POST /live/cam.flv", &[UPGRADE, VERSION, KEY].concat()).answer(405),
        ])
        .await;
}

#[tokio::test]
async fn upgrades_that_are_not_for_here_are_ignored() {
    let stage = Stage::set("ignored-upgrades").await;
    let handshake = [UPGRADE, VERSION, KEY].concat();
    stage
        .play(vec![
            case("HTTP/1.0 cannot upgrade")
                .send(format!("GET /live/cam.flv HTTP/1.0\r\nHost: test\r\n{handshake}\r\n"))
                .streams(),
            case("HTTP/2 without TLS")
                .ask(
                    "GET /live/cam.flv",
                    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
                )
                .streams(),
            case("a protocol that nobody knows")
                .ask("GET /live/cam.flv", "Connection: Upgrade\r\nUpgrade: smoke-signals/1\r\n")
                .streams(),
            case("a WebSocket to a file").ask("GET /page.txt", &handshake).answer(200).body(PAGE),
            case("a WebSocket among several offers")
                .ask(
                    "GET /live/cam.flv",
                    &["Upgrade: h2c, WebSocket\r\nConnection: keep-alive, upgrade\r\n", VERSION, KEY].concat(),
                )
                .answer(101)
                .with("upgrade", "websocket")
                .whatever_then(),
        ])
        .await;
}
