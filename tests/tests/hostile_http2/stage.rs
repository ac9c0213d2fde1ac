//! A server with files, a live stream and two viewers of it.

use std::time::Duration;

use flvgate_media::flv::{Demuxer, Event, Tag, TagType, file_header, write_tag};
use flvgate_tests::binary::{Program, free_port};
use flvgate_tests::certificate::{self, KeyKind};
use flvgate_tests::publisher::{Publisher, inter_frame, keyframe, sequence_header};
use flvgate_tests::secure::Http2;
use flvgate_tests::server::{self, PATIENCE};
use flvgate_tests::viewer::Viewer;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tempfile::TempDir;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{sleep, timeout};

/// While a case goes on, nothing may be published.
const VHOST: &str = "http_remux { enabled on; } publish { normal_timeout 60000; }";

/// Much more than any window here.
pub(crate) const BIG: usize = 4 << 20;

pub(crate) struct Stage {
    pub(crate) program: Program,
    /// Where TLS is spoken.
    pub(crate) host: String,
    publisher: Publisher,
    timestamp: u32,
    plain: Watcher<Viewer>,
    secure: Watcher<Incoming>,
    _directory: TempDir,
}

/// A viewer, and the newest timestamp that it has got.
struct Watcher<T> {
    body: T,
    demuxer: Demuxer,
    newest: u32,
}

impl Stage {
    /// Streams that take nothing are ended after a second and a half, connections that say nothing after two.
    pub(crate) async fn set() -> Self {
        Self::set_with("send_timeout 1500; header_timeout 2000;").await
    }

    pub(crate) async fn set_with(http_server: &str) -> Self {
        let directory = tempfile::tempdir().expect("there is room for files");
        let path = directory.path();
        let pages = path.join("pages");
        std::fs::create_dir(&pages).expect("there is room for files");
        for (name, content) in
            [("page.txt", &b"0123456789"[..]), ("big.bin", &vec![b'x'; BIG]), ("film.flv", &film())]
        {
            std::fs::write(pages.join(name), content).expect("there is room for files");
        }
        let identity = certificate::make(path, "localhost", KeyKind::EcdsaP256).await;
        let port = free_port();
        let http_server = format!(
            "dir {}; {http_server}\n https {{ enabled on; listen 127.0.0.1:{port}; key {}; cert {}; }}",
            pages.display(),
            identity.key.display(),
            identity.cert.display()
        );
        let program = Program::start(path, &http_server, VHOST).await;
        let publisher = Publisher::connect(&program.publish_url("cam")).await;
        server::wait_until_live(&program.http_host(), "cam").await;
        let host = format!("127.0.0.1:{port}");
        let plain = Viewer::join(&format!("http://{}/live/cam.flv", program.http_host())).await;
        let secure = Http2::connect(&host).await.get("/live/cam.flv").await.into_body();
        let (plain, secure) = (Watcher::new(plain), Watcher::new(secure));
        let mut stage = Self { program, host, publisher, timestamp: 0, plain, secure, _directory: directory };
        stage.check("set-up").await;
        stage
    }

    /// Publishes one more frame, which both viewers get.
    pub(crate) async fn check(&mut self, after: &str) {
        self.timestamp += 40;
        let frame = if self.timestamp.is_multiple_of(2000) { keyframe } else { inter_frame };
        self.publisher.push(self.timestamp, &frame(self.timestamp, 2000)).await;
        while self.plain.newest < self.timestamp {
            let bytes = timeout(PATIENCE, self.plain.body.next()).await.ok().flatten();
            self.plain
                .take(&bytes.unwrap_or_else(|| panic!("the viewer over HTTP/1.1 is served after: {after}")));
        }
        while self.secure.newest < self.timestamp {
            let frame = timeout(PATIENCE, self.secure.body.frame()).await.ok().flatten();
            let bytes = frame.and_then(Result::ok).and_then(|frame| frame.into_data().ok());
            self.secure
                .take(&bytes.unwrap_or_else(|| panic!("the viewer over HTTP/2 is served after: {after}")));
        }
    }

    /// Publishes while `abuse` goes on, as [`check`](Self::check) does, and says what it came to.
    pub(crate) async fn watch<T>(&mut self, what: &str, mut abuse: JoinHandle<T>) -> Result<T, JoinError> {
        loop {
            self.check(what).await;
            // As an encoder of 25 frames a second does.
            if let Ok(ended) = timeout(Duration::from_millis(40), &mut abuse).await {
                self.check(what).await;
                return ended;
            }
        }
    }

    /// Waits until the process has no more than `count` descriptors.
    pub(crate) async fn wait_for_files(&self, count: usize) {
        let flat = async {
            while self.program.open_files() > count {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = timeout(PATIENCE, flat).await;
        assert!(waited.is_ok(), "{} descriptors, {count} before", self.program.open_files());
    }
}

impl<T> Watcher<T> {
    fn new(body: T) -> Self {
        Self { body, demuxer: Demuxer::new(), newest: 0 }
    }

    fn take(&mut self, bytes: &[u8]) {
        let newest = &mut self.newest;
        let note = |event: Event<'_>| {
            if let Event::Tag(tag) = event {
                *newest = tag.timestamp;
            }
        };
        self.demuxer.push(bytes, note).expect("what viewers get is FLV");
    }
}

/// A recording of ten minutes with a keyframe every two seconds.
fn film() -> Vec<u8> {
    let mut bytes = file_header(false, true).to_vec();
    let mut push = |timestamp: u32, body| {
        let tag = Tag::parse(TagType::Video, timestamp.into(), body).expect("a test's tag is one");
        write_tag(&mut bytes, &tag);
    };
    push(0, sequence_header());
    for number in 0..600_u32 {
        let frame = if number % 2 == 0 { keyframe } else { inter_frame };
        push(number * 1000, frame(number, 4000));
    }
    bytes
}
