//! Certificates are replaced while people watch.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use flvgate::config::{Identity, Vhost};
use flvgate_tests::certificate::{self, KeyKind, der};
use flvgate_tests::ffmpeg::{self, Clip};
use flvgate_tests::secure::{self, Http2, SecureWebSocket};
use flvgate_tests::server::{PATIENCE, TestServer};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use tokio::time::{sleep, timeout};

/// The bytes that each viewer has got; a viewer whose stream ends or breaks panics until `over`.
#[derive(Debug, Default)]
struct Audience {
    bytes: Vec<Arc<AtomicU64>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    over: Arc<AtomicBool>,
}

/// What a viewer is.
enum Source {
    Http(hyper::body::Incoming),
    WebSocket(Box<SecureWebSocket>),
}

impl Source {
    /// How many bytes came; `None` at the end.
    async fn next(&mut self) -> Option<usize> {
        match self {
            Self::Http(body) => {
                let frame = body.frame().await?.ok()?;
                Some(frame.into_data().map_or(0, |data| data.len()))
            }
            Self::WebSocket(socket) => socket.next().await.map(|data| data.len()),
        }
    }
}

impl Audience {
    fn add(&mut self, mut source: Source) {
        let bytes = Arc::new(AtomicU64::new(0));
        let (counted, over) = (bytes.clone(), self.over.clone());
        self.bytes.push(bytes);
        self.tasks.push(tokio::spawn(async move {
            while let Some(length) = source.next().await {
                counted.fetch_add(length as u64, Ordering::Relaxed);
            }
            assert!(over.load(Ordering::Relaxed), "a viewer was dropped");
        }));
    }

    fn seen(&self) -> Vec<u64> {
        self.bytes.iter().map(|bytes| bytes.load(Ordering::Relaxed)).collect()
    }

    /// Waits until each has got `more` bytes than now.
    async fn watch_on(&self, more: u64) {
        let before = self.seen();
        let all = async {
            while self.seen().iter().zip(&before).any(|(now, before)| now - before < more) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        if timeout(PATIENCE, all).await.is_err() {
            panic!("some get nothing: {before:?}, then {:?}", self.seen());
        }
        assert!(!self.tasks.iter().any(tokio::task::JoinHandle::is_finished), "nobody is dropped");
    }

    async fn leave(self) {
        self.over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.abort();
            if let Err(error) = task.await {
                assert!(error.is_cancelled(), "{error}");
            }
        }
    }
}

async fn over_http1(host: &str, path: &str) -> Source {
    let stream = secure::connect(host, "localhost", "http/1.1").await;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("it speaks HTTP/1.1");
    tokio::spawn(connection);
    let request = hyper::Request::get(path).header("host", host);
    let request = request.body(http_body_util::Empty::<bytes::Bytes>::new()).expect("it is a request");
    let response = sender.send_request(request).await.expect("the server answers");
    assert_eq!(response.status(), 200);
    Source::Http(response.into_body())
}

/// Fifty: over HTTP/1.1, over WebSocket, and ten each over two HTTP/2 connections.
async fn fifty(host: &str, path: &str) -> Audience {
    let mut audience = Audience::default();
    for _ in 0..15 {
        audience.add(over_http1(host, path).await);
        audience.add(Source::WebSocket(Box::new(SecureWebSocket::open(host, path).await)));
    }
    for _ in 0..2 {
        let mut connection = Http2::connect(host).await;
        for _ in 0..10 {
            let response = connection.get(path).await;
            assert_eq!(response.status(), 200);
            audience.add(Source::Http(response.into_body()));
        }
    }
    audience
}

/// The certificate that a newcomer is shown.
async fn shown(host: &str) -> Vec<u8> {
    shown_for(host, "localhost").await
}

/// The certificate that a newcomer is shown who asks for the vhost `name`.
async fn shown_for(host: &str, name: &str) -> Vec<u8> {
    secure::shown_certificate(&secure::connect(host, name, "h2").await)
}

async fn wait_until_shown(host: &str, name: &str, wanted: &Identity) {
    let wanted = der(&wanted.cert);
    let changed = async {
        while shown_for(host, name).await != wanted {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, changed).await.expect("newcomers get the new certificate");
}

#[tokio::test]
async fn certificates_are_swapped_under_fifty_viewers_and_none_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let source = Clip { seconds: 60, ..Clip::default() }.make(directory.path()).await;
    let live = certificate::make(directory.path(), "live", KeyKind::Rsa).await;
    let next = certificate::make(directory.path(), "next", KeyKind::EcdsaP256).await;
    let witness = certificate::make(directory.path(), "witness", KeyKind::EcdsaP256).await;
    let fresh = certificate::make(directory.path(), "fresh", KeyKind::EcdsaP256).await;
    let old = der(&live.cert);
    let server = TestServer::start_https(|config| {
        config.http_server.https.identity = live.clone();
        let identity = Some(witness.clone());
        config.vhosts.push(Arc::new(Vhost { name: "witness".into(), identity, ..Vhost::default() }));
    })
    .await;
    let _publisher = ffmpeg::publish(&source, &server.publish_url("clip"));
    server.wait_until_live("clip").await;
    let host = server.https_host();
    let audience = fifty(&host, "/live/clip.flv").await;
    server.wait_for("clip", "fifty viewers", |status| status["flvgate"]["viewers"] == 50).await;
    audience.watch_on(10_000).await;
    assert_eq!(shown(&host).await, old);

    // The key alone does not fit yet: what was in force stays. Another vhost's files, which change later and fit, tell
    // when the files have been looked at.
    fs::copy(&next.key, &live.key).unwrap();
    fs::rename(&fresh.key, &witness.key).unwrap();
    fs::rename(&fresh.cert, &witness.cert).unwrap();
    wait_until_shown(&host, "witness", &witness).await;
    assert_eq!(shown(&host).await, old);
    fs::rename(&next.cert, &live.cert).unwrap();
    wait_until_shown(&host, "localhost", &live).await;
    assert_ne!(der(&live.cert), old);
    audience.watch_on(30_000).await;
    audience.leave().await;
    server.shutdown().await;
}

#[tokio::test]
async fn a_reload_brings_other_certificates_or_leaves_all_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let source = Clip { seconds: 60, ..Clip::default() }.make(directory.path()).await;
    let other = certificate::make(directory.path(), "other", KeyKind::EcdsaP256).await;
    let mut server = TestServer::start_https(|_| {}).await;
    let _publisher = ffmpeg::publish(&source, &server.publish_url("clip"));
    server.wait_until_live("clip").await;
    let host = server.https_host();
    let mut audience = Audience::default();
    audience.add(over_http1(&host, "/live/clip.flv").await);
    let first = shown(&host).await;

    let missing = directory.path().join("missing.key");
    let refused = server.try_reload(|config| config.http_server.https.identity.key = missing);
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("missing.key"), "{error}");
    assert_eq!(shown(&host).await, first);

    let identity = other.clone();
    server.reload(|config| config.http_server.https.identity = identity);
    assert_eq!(shown(&host).await, der(&other.cert));
    audience.watch_on(10_000).await;
    audience.leave().await;
    server.shutdown().await;
}
