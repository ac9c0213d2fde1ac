//! Targets: forms, escapes, ways out of the directory.

use super::case::{Case, case};
use super::{PAGE, Stage};

#[tokio::test]
async fn no_path_leads_out_of_the_directory() {
    let stage = Stage::set("ways-out").await;
    let refused =
        |name, target: &str, status| -> Case { case(name).ask(&format!("GET {target}"), "").answer(status) };
    stage
        .play(vec![
            refused("..", "/../secret.txt", 404),
            refused(".. from below", "/sub/../../secret.txt", 404),
            refused("%2e%2e", "/%2e%2e/secret.txt", 404),
            refused("%2E%2E in capitals", "/%2E%2E/secret.txt", 404),
            refused(".%2e", "/.%2e/secret.txt", 404),
            refused("an encoded slash", "/..%2fsecret.txt", 400),
            refused("an encoded backslash", "/..%5csecret.txt", 404),
            refused("a backslash", "/..\\secret.txt", 404),
            refused("encoded twice", "/%252e%252e/secret.txt", 404),
            refused("encoded twice, with the slash", "/..%252fsecret.txt", 404),
            refused("overlong UTF-8 for dots", "/%c0%ae%c0%ae/secret.txt", 400),
            refused("overlong UTF-8 for a slash", "/..%c0%afsecret.txt", 400),
            refused("an encoded NUL", "/page.txt%00.html", 400),
            refused("an absolute path behind the first slash", "//etc/passwd", 404),
            refused("an escape without digits", "/%", 400),
            refused("an escape with one digit", "/page.txt%2", 400),
            refused("an escape with other digits", "/%zz", 400),
            refused("bytes that are no UTF-8", "/%ff%fe", 400),
            refused("an encoded line break", "/page.txt%0d%0aSet-Cookie:x", 404),
            refused("a directory's parent as a stream", "/live/..", 404),
            refused("a stream with a way up in its path", "/live/../live/cam.flv", 404),
            refused("a file as a directory", "/page.txt/", 404),
        ])
        .await;
}

#[tokio::test]
async fn a_target_may_have_the_forms_of_rfc_9112_and_no_other() {
    let stage = Stage::set("targets").await;
    stage
        .play(vec![
            case("an absolute target is a stream too")
                .ask("GET http://other.example:8/live/cam.flv", "")
                .streams(),
            case("an absolute target is a file too")
                .ask("GET http://test/page.txt", "")
                .answer(200)
                .body(PAGE),
            case("an asterisk is for OPTIONS only").ask("GET *", "").answer(400),
            case("an authority is for CONNECT only").ask("GET test:80", "").answer(400),
            case("a target without its slash").ask("GET page.txt", "").answer(400),
            case("a space in the target").ask("GET /page.txt extra", "").no_request(400),
            case("a control character in the target").ask("GET /\u{1}", "").no_request(400),
            case("a target of 70 KB").ask(&format!("GET /{}", "x".repeat(70_000)), "").no_request(414),
            case("a target of 60 KB").ask(&format!("GET /{}", "x".repeat(60_000)), "").answer(414),
            case("ten thousand segments").ask(&format!("GET {}", "/a".repeat(10_000)), "").answer(414),
            case("a name that is too long for a file")
                .ask(&format!("GET /{}", "x".repeat(300)), "")
                .answer(404),
            case("a long query")
                .ask(&format!("GET /page.txt?{}", "a=b&".repeat(10_000)), "")
                .answer(200)
                .body(PAGE),
            case("?vhost= of garbage is the default vhost")
                .ask("GET /live/cam.flv?vhost=%00%ff/../%zz", "")
                .streams(),
            case("?vhost= a thousand times")
                .ask(&format!("GET /live/cam.flv?{}", "vhost=&".repeat(1000)), "")
                .streams(),
            case("only a query").ask("GET /?", "").answer(404),
        ])
        .await;
}
