//! Real reverse proxies in front of the real server, configured as `docs/proxies` says.

mod addresses;
mod delay;
mod ends;
mod frames;
mod secure;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flvgate::Server;
use flvgate::config::{Config, Https, Identity, Vhost};
use flvgate_media::flv::{Demuxer, TagType};
use flvgate_tests::capture::{Capture, CapturedTag};
use flvgate_tests::certificate::{self, KeyKind};
use flvgate_tests::proxy::{Proxy, ProxyKind};
use flvgate_tests::publisher::Publisher;
use flvgate_tests::server::{PATIENCE, wait_for};
use flvgate_tests::viewer::Viewer;
use futures_util::{Stream, StreamExt, stream};
use tempfile::TempDir;
use tokio::time::timeout;

/// The path of the stream.
const PATH: &str = "/live/cam.flv";

/// A server, a stream, and a proxy before it.
struct Setting {
    directory: TempDir,
    server: Server,
    publisher: Publisher,
    proxy: Proxy,
}

/// Who watches the stream, tag by tag.
struct Watcher {
    bytes: Pin<Box<dyn Stream<Item = Bytes> + Send>>,
    demuxer: Demuxer,
    capture: Capture,
    tags: VecDeque<CapturedTag>,
}

impl Setting {
    /// Streams end at once when their publisher goes, and 127.0.0.1, where the proxies are, is trusted.
    async fn start(kind: ProxyKind, adjust: impl FnOnce(&mut Config, &mut Vhost)) -> Self {
        let directory = tempfile::tempdir().expect("there is room for a test's files");
        let mut config = Config::default();
        let mut vhost = Vhost::default();
        vhost.http_remux.enabled = true;
        vhost.http_remux.stream_wait = PATIENCE;
        vhost.publish.grace_timeout = Duration::ZERO;
        let any_port = ([127, 0, 0, 1], 0).into();
        config.rtmp.listen = vec![any_port];
        config.http_server.enabled = true;
        config.http_server.listen = vec![any_port];
        config.http_server.https = Https {
            enabled: true,
            listen: vec![any_port],
            identity: certificate::make(directory.path(), "live.example.com", KeyKind::EcdsaP256).await,
        };
        join_key_and_certificate(&config.http_server.https.identity);
        config.http_server.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
        adjust(&mut config, &mut vhost);
        config.vhosts = vec![Arc::new(vhost)];
        let server = Server::start(&Arc::new(config)).expect("loopback has free ports");
        let publisher = Publisher::connect(&format!("rtmp://{}/live/cam", server.rtmp_addresses()[0])).await;
        let upstream = server.http_addresses()[0].to_string();
        let proxy = Proxy::start(kind, &upstream, directory.path()).await;
        Self { directory, server, publisher, proxy }
    }

    /// Host and port of the server itself.
    fn direct(&self) -> String {
        self.server.http_addresses()[0].to_string()
    }

    async fn wait_for_viewers(&self, count: usize) {
        wait_for(&self.direct(), "cam", &format!("{count} viewers"), |status| {
            status["flvgate"]["viewers"].as_u64() == Some(count as u64)
        })
        .await;
    }
}

impl Watcher {
    /// Joins at `url`: `http:` or `ws:`.
    async fn join(url: &str) -> Self {
        let viewer = timeout(PATIENCE, Viewer::join(url)).await.expect("the proxy answers");
        Self::of(stream::unfold(viewer, async |mut viewer| Some((viewer.next().await?, viewer))))
    }

    fn of(bytes: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        Self {
            bytes: Box::pin(bytes),
            demuxer: Demuxer::new(),
            capture: Capture::default(),
            tags: VecDeque::new(),
        }
    }

    /// The next tag, when it has come whole; `None` at the end.
    async fn next(&mut self) -> Option<CapturedTag> {
        while self.tags.is_empty() {
            let bytes = timeout(PATIENCE, self.bytes.next()).await.expect("something comes")?;
            let Self { demuxer, capture, .. } = self;
            demuxer.push(&bytes, |event| capture.note(event)).expect("what viewers get is FLV");
            self.tags.extend(self.capture.tags.drain(..));
        }
        self.tags.pop_front()
    }

    /// Passes tags over up to the video frame of `timestamp`, and returns its body.
    async fn frame_of(&mut self, timestamp: u32) -> Vec<u8> {
        loop {
            let tag = self.next().await.expect("the stream goes on");
            let is_frame = tag.tag_type == TagType::Video && !tag.kind.is_sequence_header();
            if is_frame && tag.timestamp == timestamp {
                return tag.body;
            }
            assert!(tag.timestamp <= timestamp, "{} ms comes before {timestamp} ms", tag.timestamp);
        }
    }
}

/// Writes what HAProxy wants: both in one file, whose name ends in `.pem`.
fn join_key_and_certificate(identity: &Identity) {
    let both =
        [&identity.cert, &identity.key].map(|path| std::fs::read_to_string(path).expect("openssl wrote it"));
    std::fs::write(identity.cert.with_extension("pem"), both.concat())
        .expect("there is room for a certificate");
}
