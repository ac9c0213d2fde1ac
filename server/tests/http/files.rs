//! Static files.

use std::fs;
use std::path::PathBuf;

use crate::client::ask;
use crate::site::Site;

/// A directory with a page, next to a file that must not be served.
struct Pages(PathBuf);

impl Pages {
    fn make(name: &str) -> Self {
        let parent = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let pages = parent.join("pages");
        fs::create_dir_all(pages.join("sub")).unwrap();
        fs::write(parent.join("secret.txt"), "secret").unwrap();
        for (name, content) in [
            ("index.html", "<!doctype html>page"),
            ("player.js", "export {}"),
            ("player.mjs", "export {}"),
            ("player.wasm", "\0asm"),
            ("style.css", "a{}"),
            ("clip.flv", "0123456789"),
            ("sub/index.html", "sub page"),
        ] {
            fs::write(pages.join(name), content).unwrap();
        }
        Self(pages)
    }

    async fn serve(&self) -> Site {
        Site::start(|settings| settings.config.http_server.dir.clone_from(&self.0)).await
    }
}

#[tokio::test]
async fn files_have_their_types_and_are_asked_about_again() {
    let site = Pages::make("types").serve().await;
    for (target, media_type) in [
        ("/", "text/html"),
        ("/index.html", "text/html"),
        ("/sub/", "text/html"),
        ("/player.js", "text/javascript"),
        ("/player.mjs", "text/javascript"),
        ("/player.wasm", "application/wasm"),
        ("/style.css", "text/css"),
        ("/clip.flv", "video/x-flv"),
    ] {
        let head = ask(site.address, &format!("GET {target}"), "").await.head;
        assert_eq!((head.status, head.get("content-type")), (200, Some(media_type)), "{target}");
        assert_eq!(head.get("x-content-type-options"), Some("nosniff"));
        assert_eq!(head.get("cache-control"), Some("no-cache"));
        assert_eq!(head.get("access-control-allow-origin"), Some("*"));
        assert!(head.get("last-modified").is_some(), "{target}");
    }
}

#[tokio::test]
async fn a_part_a_head_and_an_unchanged_file_can_be_had() {
    let site = Pages::make("parts").serve().await;
    let part = ask(site.address, "GET /clip.flv", "Range: bytes=2-4\r\n").await;
    assert_eq!((part.head.status, part.body.as_str()), (206, "234"));
    assert_eq!(part.head.get("content-range"), Some("bytes 2-4/10"));
    let beyond = ask(site.address, "GET /clip.flv", "Range: bytes=20-\r\n").await;
    assert_eq!((beyond.head.status, beyond.head.get("content-range")), (416, Some("bytes */10")));
    let head = ask(site.address, "HEAD /clip.flv", "").await.head;
    assert_eq!((head.status, head.get("content-length")), (200, Some("10")));
    let since = format!("If-Modified-Since: {}\r\n", head.get("last-modified").unwrap());
    assert_eq!(ask(site.address, "GET /clip.flv", &since).await.head.status, 304);
}

#[tokio::test]
async fn nothing_outside_the_directory_is_served() {
    let site = Pages::make("escapes").serve().await;
    for target in [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/sub/../../secret.txt",
        "/..%2f..",
        "//../secret.txt",
        "/..%5csecret.txt",
    ] {
        let answer = ask(site.address, &format!("GET {target}"), "").await;
        assert!(matches!(answer.head.status, 400 | 404), "{target}: {}", answer.head.status);
        assert!(!answer.body.contains("secret"), "{target}");
    }
}

#[tokio::test]
async fn a_missing_file_and_a_missing_directory_are_404_with_words() {
    let site = Pages::make("missing").serve().await;
    let answer = ask(site.address, "GET /nothing.html", "").await;
    assert_eq!((answer.head.status, answer.body.as_str()), (404, "no such stream or file\n"));
    let bare = Site::start(|_| {}).await;
    let answer = ask(bare.address, "GET /", "").await;
    assert_eq!(answer.head.status, 404);
    assert!(
        answer.body.contains("http_server.dir") && answer.body.contains("/api/v1/streams"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_live_mount_goes_before_a_file_of_its_name() {
    let pages = Pages::make("precedence");
    fs::create_dir_all(pages.0.join("live")).unwrap();
    fs::write(pages.0.join("live/cam.flv"), "a file").unwrap();
    let site = pages.serve().await;
    assert_eq!(ask(site.address, "GET /live/cam.flv", "").await.head.status, 404);
}
