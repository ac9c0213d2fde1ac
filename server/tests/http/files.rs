//! Static files.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use flvgate::config::{HttpStatic, Vhost};
use tokio::io::AsyncReadExt as _;

use crate::client::{Client, ask};
use crate::site::Site;

/// A directory with a page, next to a file that must not be served.
struct Pages(PathBuf);

impl Pages {
    fn make(name: &str) -> Self {
        let parent = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let pages = parent.join("pages");
        let _ = fs::remove_dir_all(&parent);
        for folder in ["sub", "bare", ".git", ".well-known/acme-challenge"] {
            fs::create_dir_all(pages.join(folder)).unwrap();
        }
        fs::write(parent.join("secret.txt"), "secret").unwrap();
        for (name, content) in [
            ("index.html", "<!doctype html>page"),
            ("player.js", "export {}"),
            ("player.mjs", "export {}"),
            ("player.wasm", "\0asm"),
            ("style.css", "a{}"),
            ("clip.flv", "0123456789"),
            ("notes.txt", "café"),
            ("segment.ts", "G"),
            ("list.m3u8", "#EXTM3U"),
            ("manifest.mpd", "<MPD/>"),
            ("picture.svg", "<svg/>"),
            ("font.woff2", "wOF2"),
            ("data.json", "{}"),
            ("old.fhv", "FLV"),
            ("clip.mp4", "0123456789"),
            ("unknown.xyzzy", "?"),
            ("UPPER.WASM", "\0asm"),
            ("a b%c.txt", "odd name"),
            ("empty.txt", ""),
            ("sub/index.html", "sub page"),
            ("sub/page.html", "another page"),
            ("bare/page.html", "no index"),
            (".git/config", "hidden"),
            (".env", "hidden"),
            ("sub/.hidden.html", "hidden"),
            (".well-known/acme-challenge/token", "proof"),
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
        ("/old.fhv", "video/x-flv"),
        ("/clip.mp4", "video/mp4"),
        ("/segment.ts", "video/mp2t"),
        ("/list.m3u8", "application/vnd.apple.mpegurl"),
        ("/manifest.mpd", "application/dash+xml"),
        ("/picture.svg", "image/svg+xml"),
        ("/font.woff2", "font/woff2"),
        ("/data.json", "application/json"),
        ("/notes.txt", "text/plain; charset=utf-8"),
        ("/unknown.xyzzy", "application/octet-stream"),
        ("/UPPER.WASM", "application/wasm"),
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
async fn parts_are_right_or_the_whole_or_refused() {
    let site = Pages::make("parts").serve().await;
    for (range, status, body, content_range) in [
        ("bytes=2-4", 206, "234", Some("bytes 2-4/10")),
        ("BYTES=2-4", 206, "234", Some("bytes 2-4/10")),
        ("bytes=7-", 206, "789", Some("bytes 7-9/10")),
        ("bytes=-3", 206, "789", Some("bytes 7-9/10")),
        ("bytes=-30", 206, "0123456789", Some("bytes 0-9/10")),
        ("bytes=5-99", 206, "56789", Some("bytes 5-9/10")),
        ("bytes=0-0", 206, "0", Some("bytes 0-0/10")),
        ("bytes=10-", 416, "", Some("bytes */10")),
        ("bytes=20-30", 416, "", Some("bytes */10")),
        ("bytes=5-2", 416, "", Some("bytes */10")),
        ("bytes=-0", 416, "", Some("bytes */10")),
        ("bytes=x", 416, "", Some("bytes */10")),
        // One part at a time; of several the whole is a right answer.
        ("bytes=0-1,4-5", 200, "0123456789", None),
        ("pages=2-4", 200, "0123456789", None),
    ] {
        let answer = ask(site.address, "GET /clip.flv", &format!("Range: {range}\r\n")).await;
        let got = (answer.head.status, answer.head.get("content-range"));
        assert_eq!(got, (status, content_range), "{range}");
        if status != 416 {
            assert_eq!(answer.body, body, "{range}");
            assert_eq!(answer.head.get("accept-ranges"), Some("bytes"));
        }
    }
    for range in ["bytes=0-", "bytes=-5"] {
        let of_nothing = ask(site.address, "GET /empty.txt", &format!("Range: {range}\r\n")).await;
        assert_eq!((of_nothing.head.status, of_nothing.head.get("content-range")), (200, None), "{range}");
    }
    let head = ask(site.address, "HEAD /clip.flv", "Range: bytes=2-4\r\n").await.head;
    assert_eq!((head.status, head.get("content-length")), (200, Some("10")), "ranges are for GET");
}

#[tokio::test]
async fn the_query_forms_of_a_range_are_understood() {
    let site = Pages::make("query").serve().await;
    for (target, status, body) in [
        ("/clip.flv?bstart=2&bend=4", 206, "234"),
        ("/clip.flv?bstart=7", 206, "789"),
        ("/clip.mp4?range=2-4", 206, "234"),
        ("/clip.mp4?bytes=7-", 206, "789"),
        ("/clip.mp4?bytes=abc", 200, "0123456789"),
        ("/clip.mp4?start=5", 200, "0123456789"),
    ] {
        let answer = ask(site.address, &format!("GET {target}"), "").await;
        assert_eq!((answer.head.status, answer.body.as_str()), (status, body), "{target}");
    }
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again_and_parts_of_it_are_not_mixed() {
    let pages = Pages::make("conditions");
    let site = pages.serve().await;
    let head = ask(site.address, "HEAD /clip.flv", "").await.head;
    assert_eq!((head.status, head.get("content-length")), (200, Some("10")));
    let (tag, date) = (head.get("etag").unwrap(), head.get("last-modified").unwrap());
    let part = "Range: bytes=2-4\r\n";
    for (headers, status) in [
        (format!("If-None-Match: {tag}\r\n"), 304),
        (format!("If-None-Match: \"other\", W/{tag}\r\n"), 304),
        ("If-None-Match: *\r\n".to_owned(), 304),
        ("If-None-Match: \"other\"\r\n".to_owned(), 200),
        (format!("If-Modified-Since: {date}\r\n"), 304),
        ("If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n".to_owned(), 200),
        (format!("If-None-Match: \"other\"\r\nIf-Modified-Since: {date}\r\n"), 200),
        ("If-Match: \"other\"\r\n".to_owned(), 412),
        (format!("If-Match: {tag}\r\n"), 200),
        (format!("{part}If-Range: {tag}\r\n"), 206),
        (format!("{part}If-Range: {date}\r\n"), 206),
        (format!("{part}If-Range: \"other\"\r\n"), 200),
        (format!("{part}If-Range: W/{tag}\r\n"), 200),
        ("Range: bytes=20-\r\nIf-Range: \"other\"\r\n".to_owned(), 200),
    ] {
        assert_eq!(ask(site.address, "GET /clip.flv", &headers).await.head.status, status, "{headers}");
    }
    fs::write(pages.0.join("clip.flv"), "another, longer").unwrap();
    let answer = ask(site.address, "GET /clip.flv", &format!("If-None-Match: {tag}\r\n")).await;
    assert_eq!((answer.head.status, answer.body.as_str()), (200, "another, longer"));
    assert_ne!(answer.head.get("etag"), Some(tag));
}

#[tokio::test]
async fn a_compressed_variant_is_another_representation() {
    let pages = Pages::make("compressed");
    fs::write(pages.0.join("player.wasm.br"), "squeezed").unwrap();
    let site = pages.serve().await;
    let plain = ask(site.address, "GET /player.wasm", "").await;
    let squeezed = ask(site.address, "GET /player.wasm", "Accept-Encoding: gzip, br\r\n").await;
    assert_eq!(squeezed.body, "squeezed");
    assert_eq!(squeezed.head.get("content-encoding"), Some("br"));
    assert_eq!(squeezed.head.get("content-type"), Some("application/wasm"));
    assert_eq!((plain.body.as_str(), plain.head.get("content-encoding")), ("\0asm", None));
    assert_eq!(plain.head.get("vary"), Some("accept-encoding"));
    assert_ne!(plain.head.get("etag"), squeezed.head.get("etag"));
}

#[tokio::test]
async fn a_directory_shows_its_index_under_a_path_that_ends_in_a_slash() {
    let site = Pages::make("folders").serve().await;
    for (target, status, location) in [
        ("/sub/", 200, None),
        ("/sub", 307, Some("/sub/")),
        ("/sub?a=b&c", 307, Some("/sub/?a=b&c")),
        // Not the host `sub`.
        ("//sub", 307, Some("/sub/")),
        ("//sub///page.html", 200, None),
        ("/bare/", 404, None),
        ("/clip.flv/", 404, None),
        ("/clip.flv/x", 404, None),
        ("/a%20b%25c.txt", 200, None),
        ("/A%20b%25c.txt", 404, None),
    ] {
        let head = ask(site.address, &format!("GET {target}"), "").await.head;
        assert_eq!((head.status, head.get("location")), (status, location), "{target}");
    }
}

#[tokio::test]
async fn only_reading_is_allowed() {
    let site = Pages::make("methods").serve().await;
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let head = ask(site.address, &format!("{method} /clip.flv"), "").await.head;
        assert_eq!((head.status, head.get("allow")), (405, Some("GET,HEAD")), "{method}");
    }
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
        "/sub/%2e%2e/%2e%2e/secret.txt",
        "/./../secret.txt",
        "/%00",
        "/clip.flv%00.txt",
        "/clip.flv?vhost=../..&start=5%00",
        "/%2Fetc%2Fpasswd",
        "//etc/passwd",
        "/c:/secret.txt",
        "/.git/config",
        "/%2egit/config",
        "/.env",
        "/sub/.hidden.html",
    ] {
        let answer = ask(site.address, &format!("GET {target}"), "").await;
        assert!(matches!(answer.head.status, 400 | 404), "{target}: {}", answer.head.status);
        assert!(!answer.body.contains("secret") && !answer.body.contains("hidden"), "{target}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn symbolic_links_are_followed_and_what_is_no_file_is_not_waited_for() {
    let pages = Pages::make("links");
    std::os::unix::fs::symlink(pages.0.join("../secret.txt"), pages.0.join("linked.txt")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(pages.0.join("pipe.flv")).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo");
    let site = pages.serve().await;
    assert_eq!(ask(site.address, "GET /linked.txt", "").await.body, "secret");
    assert_eq!(ask(site.address, "GET /pipe.flv", "").await.head.status, 404);
    assert_eq!(ask(site.address, "GET /pipe.flv?start=5", "").await.head.status, 404);
}

#[tokio::test]
async fn what_proves_a_host_to_its_certificate_authority_is_served() {
    let site = Pages::make("proof").serve().await;
    assert_eq!(ask(site.address, "GET /.well-known/acme-challenge/token", "").await.body, "proof");
}

#[tokio::test]
async fn a_file_that_grows_meanwhile_is_sent_as_long_as_it_was() {
    let pages = Pages::make("growing");
    let path = pages.0.join("growing.bin");
    // More than sockets hold, so that the answer is under way when the file grows.
    fs::write(&path, vec![b'a'; 16 << 20]).unwrap();
    let site = pages.serve().await;
    let mut client = Client::connect(site.address).await;
    client.request("GET /growing.bin", "").await;
    let head = client.head().await;
    assert_eq!(head.get("content-length"), Some("16777216"));
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(&[b'b'; 1000]).unwrap();
    let mut body = vec![0; 16 << 20];
    client.stream.read_exact(&mut body).await.unwrap();
    assert!(body.iter().all(|&byte| byte == b'a'));
    // The next answer on the connection begins where it must.
    client.request("GET /clip.flv", "").await;
    assert_eq!(client.answer(false).await.body, "0123456789");
}

#[tokio::test]
async fn a_vhost_has_files_of_its_own_under_its_own_mount() {
    let (main, other) = (Pages::make("main"), Pages::make("other"));
    fs::write(other.0.join("only.txt"), "of the other").unwrap();
    let site = Site::start(|settings| {
        settings.config.http_server.dir.clone_from(&main.0);
        let mut vhost = Vhost { name: "other.example".to_owned(), ..Vhost::default() };
        vhost.http_static =
            HttpStatic { enabled: true, mount: "[vhost]/files".to_owned(), dir: other.0.clone() };
        settings.config.vhosts.push(Arc::new(vhost));
    })
    .await;
    for (target, status, location) in [
        ("/files/only.txt?vhost=other.example", 200, None),
        ("/files/sub/?vhost=other.example", 200, None),
        ("/files/sub?vhost=other.example", 307, Some("/files/sub/?vhost=other.example")),
        ("/files?vhost=other.example", 307, Some("/files/?vhost=other.example")),
        ("/files/?domain=other.example", 200, None),
        ("/files/../only.txt?vhost=other.example", 404, None),
        ("/only.txt?vhost=other.example", 404, None),
        ("/files/only.txt", 404, None),
        // Outside of its mount a vhost shows what the server shows.
        ("/clip.flv?vhost=other.example", 200, None),
    ] {
        let head = ask(site.address, &format!("GET {target}"), "").await.head;
        assert_eq!((head.status, head.get("location")), (status, location), "{target}");
    }
}

#[tokio::test]
async fn without_crossdomain_other_pages_may_not_read_files() {
    let pages = Pages::make("crossdomain");
    let site = Site::start(|settings| {
        settings.config.http_server.dir.clone_from(&pages.0);
        settings.config.http_server.crossdomain = false;
    })
    .await;
    assert!(!ask(site.address, "GET /clip.flv", "").await.head.has_cors());
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
async fn a_live_stream_goes_before_a_file_of_its_name_and_a_file_before_no_stream() {
    let pages = Pages::make("precedence");
    fs::create_dir_all(pages.0.join("live")).unwrap();
    fs::write(pages.0.join("live/cam.flv"), "a file").unwrap();
    let site = pages.serve().await;
    let answer = ask(site.address, "GET /live/cam.flv", "").await;
    assert_eq!((answer.head.status, answer.body.as_str()), (200, "a file"));
    assert_eq!(ask(site.address, "GET /live/other.flv", "").await.head.status, 404);
    let publisher = site.publish("cam").await;
    let head = ask(site.address, "HEAD /live/cam.flv", "").await.head;
    assert_eq!((head.status, head.get("content-length")), (200, None), "the stream");
    drop(publisher);
}

#[cfg(unix)]
#[tokio::test]
async fn names_that_lead_nowhere_are_not_there() {
    use std::os::unix::fs::symlink;

    let pages = Pages::make("nowhere");
    symlink("loop.flv", pages.0.join("loop.flv")).unwrap();
    symlink("there.html", pages.0.join("back.html")).unwrap();
    symlink("back.html", pages.0.join("there.html")).unwrap();
    symlink("round", pages.0.join("round")).unwrap();
    symlink("none", pages.0.join("dangling.flv")).unwrap();
    let site = pages.serve().await;
    let long_path = vec!["a".repeat(200); 25].join("/");
    for target in [
        "/loop.flv",
        "/loop.flv?start=5",
        "/loop.flv?start=5s",
        "/live/loop.flv",
        "/back.html",
        "/round/",
        "/round/index.html",
        "/dangling.flv",
        "/clip.flv/a",
        "/clip.flv/",
        "/index.html/index.html",
        &format!("/{}", "a".repeat(300)),
        &format!("/{long_path}"),
        "/a%00b",
    ] {
        for method in ["GET", "HEAD"] {
            let answer = ask(site.address, &format!("{method} {target}"), "").await;
            assert!(matches!(answer.head.status, 404 | 400), "{method} {target}: {}", answer.head.status);
        }
    }
    assert_eq!(ask(site.address, "GET /loop.flv", "").await.body, "no such stream or file\n");
}
