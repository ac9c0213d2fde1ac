//! Header fields.

use super::case::{Case, case};
use super::{PAGE, Stage};

#[tokio::test]
async fn a_host_must_be_there_once_and_be_one() {
    let stage = Stage::set("hosts").await;
    let asked =
        |name, hosts: &str| -> Case { case(name).send(format!("GET /page.txt HTTP/1.1\r\n{hosts}\r\n")) };
    stage
        .play(vec![
            asked("no Host", "").answer(400),
            asked("two Hosts", "Host: test\r\nHost: test\r\n").answer(400),
            asked("two different Hosts", "Host: test\r\nHost: other\r\n").answer(400),
            asked("a Host with spaces", "Host: te st\r\n").answer(400),
            asked("a Host with a path", "Host: test/live\r\n").answer(400),
            asked("a Host with a user", "Host: user@test\r\n").answer(400),
            asked("a Host with a port that is no number", "Host: test:port\r\n").answer(400),
            asked("a Host with half a bracket", "Host: [::1\r\n").answer(400),
            asked("a Host that is not ASCII", "Host: t\u{e9}st\r\n").answer(400),
            asked("an empty Host, which is legal", "Host:\r\n").answer(200).body(PAGE),
            asked("a Host that is an IPv6 address", "Host: [::1]:8080\r\n").answer(200).body(PAGE),
            asked("a Host with a final dot", "Host: test.\r\n").answer(200).body(PAGE),
            case("an absolute target does not make up for no Host")
                .send("GET http://test/page.txt HTTP/1.1\r\n\r\n")
                .answer(400),
            case("HTTP/1.0 needs no Host")
                .send("GET /page.txt HTTP/1.0\r\n\r\n")
                .answer(200)
                .body(PAGE)
                .closed(),
        ])
        .await;
}

#[tokio::test]
async fn a_head_has_its_bounds() {
    let stage = Stage::set("bounds").await;
    let thousand: String = (0..1000).map(|number| format!("X-{number}: {number}\r\n")).collect();
    stage
        .play(vec![
            case("a header of 200 KB")
                .ask("GET /page.txt", &format!("X: {}\r\n", "x".repeat(200_000)))
                .no_request(431),
            // It depends on how the bytes come who notices.
            case("a header of 100 KB")
                .ask("GET /page.txt", &format!("X: {}\r\n", "x".repeat(100_000)))
                .no_request(431)
                .whatever_then(),
            case("a header's name of 200 KB")
                .ask("GET /page.txt", &format!("{}: x\r\n", "x".repeat(200_000)))
                .no_request(431),
            case("a thousand headers").ask("GET /page.txt", &thousand).no_request(431),
            case("a header of 30 KB is taken")
                .ask("GET /page.txt", &format!("Cookie: {}\r\n", "x".repeat(30_000)))
                .answer(200)
                .body(PAGE),
            case("a head that does not come whole in time")
                .send("GET /page.txt HTTP/1.1\r\nHost: te")
                .closed(),
            case("nothing at all, in time").closed(),
            case("a byte at a time")
                .send_slowly("GET /page.txt HTTP/1.1\r\nHost: test\r\n\r\n")
                .answer(200)
                .body(PAGE),
        ])
        .await;
}

#[tokio::test]
async fn malformed_fields_are_refused_and_odd_ones_taken() {
    let stage = Stage::set("fields").await;
    let asked = |name, headers: &str| -> Case { case(name).ask("GET /page.txt", headers) };
    stage
        .play(vec![
            asked("a folded line", "X: a\r\n b\r\n").no_request(400),
            asked("a space before the colon", "X : a\r\n").no_request(400),
            asked("a line without a colon", "whatever\r\n").no_request(400),
            asked("an empty name", ": a\r\n").no_request(400),
            asked("a NUL in a value", "X: a\0b\r\n").no_request(400),
            asked("a NUL in a name", "X\0: a\r\n").no_request(400),
            asked("a CR alone", "X: a\rb\r\n").no_request(400),
            case("lines that end in LF alone are lines")
                .send("GET /page.txt HTTP/1.1\nHost: test\n\n")
                .answer(200)
                .body(PAGE),
            case("empty lines before a request are skipped")
                .send("\r\n\r\n")
                .ask("GET /page.txt", "")
                .answer(200)
                .body(PAGE),
            asked("bytes that are no text in Referer and Cookie", "Referer: \u{fffd}://\u{1f}\r\n").no_request(400),
            case("bytes that are no UTF-8 in Referer and Cookie")
                .send(b"GET /live/cam.flv HTTP/1.1\r\nHost: test\r\nReferer: \xff\xfe//:@\r\nCookie: =;;=\xff\r\n\r\n")
                .streams(),
            case("a made-up X-Forwarded-For, Forwarded and X-Real-IP")
                .ask("GET /live/cam.flv", "X-Forwarded-For: ,\",;\r\nForwarded: for=\"[\r\nX-Real-IP: x\r\n")
                .streams(),
            asked("an Accept that nothing fits", "Accept: image/png;q=0\r\n").answer(200).body(PAGE),
            asked("a Connection that names all headers", "Connection: close, host, x\r\n").answer(200).closed(),
            asked("an Expect that nobody knows", "Expect: the-unexpected\r\n").answer(200).body(PAGE),
        ])
        .await;
}
