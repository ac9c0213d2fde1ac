//! Ranges and conditions of files.

use super::case::{Case, case};
use super::{PAGE, Stage};

#[tokio::test]
async fn ranges_are_right_refused_or_ignored() {
    let stage = Stage::set("ranges").await;
    let asked =
        |name, range: &str| -> Case { case(name).ask("GET /page.txt", &format!("Range: {range}\r\n")) };
    let part = |case: Case, range, body| case.answer(206).with("content-range", range).body(body);
    let refused = |case: Case| case.answer(416).with("content-range", "bytes */10");
    stage
        .play(vec![
            part(asked("from and to", "bytes=2-4"), "bytes 2-4/10", "234"),
            part(asked("from", "bytes=8-"), "bytes 8-9/10", "89"),
            part(asked("the last", "bytes=-3"), "bytes 7-9/10", "789"),
            part(asked("to beyond the end", "bytes=8-999"), "bytes 8-9/10", "89"),
            part(asked("one byte", "bytes=0-0"), "bytes 0-0/10", "0"),
            refused(asked("from beyond the end", "bytes=10-")),
            refused(asked("the last none", "bytes=-0")),
            asked("other units", "items=0-1").answer(200).body(PAGE),
            asked("several", "bytes=0-1,3-4").answer(200).body(PAGE),
            refused(asked("no range", "bytes=")),
            refused(asked("letters", "bytes=a-b")),
            refused(asked("backwards", "bytes=5-2")),
            refused(asked("numbers too large", "bytes=99999999999999999999999-")),
            case("of a stream")
                .ask("GET /live/cam.flv", "Range: bytes=0-99\r\n")
                .streams()
                .without("content-range"),
        ])
        .await;
}

#[tokio::test]
async fn conditions_are_right_or_ignored() {
    let stage = Stage::set("conditions").await;
    let asked = |name, headers: &str| -> Case { case(name).ask("GET /page.txt", headers) };
    stage
        .play(vec![
            asked("unchanged since tomorrow", "If-Modified-Since: Fri, 31 Dec 2100 23:59:59 GMT\r\n")
                .answer(304),
            asked("changed since long ago", "If-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT\r\n")
                .answer(200)
                .body(PAGE),
            asked("a date that is none", "If-Modified-Since: yesterday\r\n").answer(200).body(PAGE),
            asked("another tag", "If-None-Match: \"nothing\"\r\n").answer(200).body(PAGE),
            asked("a part of an older one", "If-Range: \"nothing\"\r\nRange: bytes=0-1\r\n")
                .answer(200)
                .body(PAGE),
            asked(
                "a part of one of long ago",
                "If-Range: Sat, 29 Oct 1994 19:43:31 GMT\r\nRange: bytes=0-1\r\n",
            )
            .answer(200)
            .body(PAGE),
            asked("only if older", "If-Unmodified-Since: Sat, 29 Oct 1994 19:43:31 GMT\r\n").answer(412),
        ])
        .await;
}
