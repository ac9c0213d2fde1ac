//! Requests that are old, wrong or meant to harm, as bytes on a socket; and the answers that they must get.
//!
//! A viewer watches throughout: after every case it must get the next frame.

mod bodies;
mod case;
mod connections;
mod half_closes;
mod heads;
mod methods;
mod paths;
mod ranges;
mod upgrades;

use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::time::Duration;

use flvgate::hub::Publisher;
use futures_util::FutureExt;
use tokio::io::AsyncWriteExt;

use crate::client::{Client, tags};
use crate::site::{Site, inter_frame};
use case::{Case, End, Expected, Step};

/// What lies at `/page.txt`.
const PAGE: &str = "0123456789";

/// A site with a file, a secret next to its directory, a live stream, and a viewer of it.
struct Stage {
    directory: PathBuf,
    site: Site,
    publisher: Publisher,
    watcher: Client,
    timestamp: u32,
}

impl Stage {
    /// `name` is the test's, for its directory.
    async fn set(name: &str) -> Self {
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hostile").join(name);
        let pages = directory.join("pages");
        fs::create_dir_all(&pages).unwrap();
        fs::write(directory.join("secret.txt"), "secret").unwrap();
        fs::write(pages.join("page.txt"), PAGE).unwrap();
        let site = Site::start(|settings| {
            settings.config.http_server.dir = pages;
            settings.config.http_server.http.header_timeout = Duration::from_secs(2);
        })
        .await;
        let publisher = site.publish("cam").await;
        let mut watcher = Client::connect(site.address).await;
        watcher.request("GET /live/cam.flv", "").await;
        assert_eq!(watcher.head().await.status, 200);
        let mut stage = Self { directory, site, publisher, watcher, timestamp: 0 };
        stage.check("set-up").await;
        stage
    }

    /// Plays every case, then sees whether the server is as it was.
    async fn play(mut self, cases: Vec<Case>) {
        let mut failed = Vec::new();
        for case in cases {
            // One wrong answer must not hide the next.
            if AssertUnwindSafe(self.perform(&case)).catch_unwind().await.is_err() {
                failed.push(case.name);
            }
            self.check(case.name).await;
        }
        assert!(failed.is_empty(), "{failed:#?}");
        self.site.wait_for_viewers("cam", 1).await;
    }

    async fn perform(&self, case: &Case) {
        let mut client = Client::connect(self.site.address).await;
        for step in &case.steps {
            match step {
                // The server may have hung up on a part of it already.
                Step::Send(bytes) => drop(client.stream.get_mut().write_all(bytes).await),
                Step::SendSlowly(bytes) => {
                    for byte in bytes {
                        client.send(&[*byte]).await;
                        tokio::task::yield_now().await;
                    }
                }
                Step::HalfClose => client.stream.get_mut().shutdown().await.unwrap(),
                Step::Expect(expected) => expect(case.name, expected, &mut client).await,
            }
        }
        match case.end {
            End::Open => {
                client.send(b"GET /page.txt HTTP/1.1\r\nHost: test\r\n\r\n").await;
                let next = client.answer(false).await;
                assert_eq!((next.head.status, next.body.as_str()), (200, PAGE), "{}: afterwards", case.name);
            }
            End::Closed => assert_eq!(client.rest().await, b"", "{}: at the end", case.name),
            End::Any => {}
        }
    }

    /// Publishes one more frame, which the watcher gets.
    async fn check(&mut self, after: &str) {
        self.timestamp += 40;
        self.publisher.push(inter_frame(self.timestamp.into(), 10));
        loop {
            let chunk = self.watcher.chunk().await;
            assert!(!chunk.is_empty(), "the watcher is still served after: {after}");
            // One tag a chunk, but for the first that has the FLV header.
            let tag = chunk.strip_prefix(b"FLV").map_or(&chunk[..], |rest| &rest[10..]);
            let whole = [b"FLV\x01\x05\0\0\0\x09\0\0\0\0", tag].concat();
            if tags(&whole).iter().any(|(_, timestamp)| *timestamp == self.timestamp) {
                return;
            }
        }
    }
}

/// Reads one answer, and compares it.
async fn expect(name: &str, expected: &Expected, client: &mut Client) {
    let head = client.head().await;
    assert_eq!(head.status, expected.status, "{name}: {head:?}");
    for (header, value) in &expected.headers {
        assert_eq!(head.get(header), *value, "{name}: {header}");
    }
    if !expected.is_hypers {
        assert!(head.has_cors(), "{name}: {head:?}");
        assert!(head.get("server").is_some(), "{name}: {head:?}");
    }
    let chunked = head.get("transfer-encoding") == Some("chunked");
    let length = head.get("content-length").map_or(0, |length| length.parse().unwrap());
    if expected.streams {
        let start = if chunked { client.chunk().await } else { client.bytes(3).await };
        assert!(start.starts_with(b"FLV"), "{name}: {start:?}");
        return;
    }
    if expected.to_head || matches!(head.status, 101 | 204 | 304) {
        return;
    }
    let body = if chunked { client.chunks().await } else { client.bytes(length).await };
    let body = String::from_utf8_lossy(&body);
    assert!(!body.contains("secret"), "{name}: {body}");
    if let Some(expected) = expected.body {
        assert_eq!(body, expected, "{name}");
    }
    if head.status >= 400 && !expected.is_hypers {
        assert!(body.ends_with('\n') && body.len() > 5, "{name}: says why: {body:?}");
    }
}
