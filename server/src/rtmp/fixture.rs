//! For tests: a server on loopback with a real hub, and a viewer of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flvgate_media::flv::{Demuxer, Event, TagKind, TagType};
use flvgate_media::format::Format;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::config::{Config, TimeJitter, Vhost};
use crate::connections::Connections;
use crate::hub::{Hub, StreamKey, Viewer};
use crate::settings::{self, Settings, SettingsUpdate};
use crate::shutdown::{self, ShutdownTrigger};

/// How long a test waits for something that must happen before it calls it a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) hub: Arc<Hub>,
    pub(crate) settings: Settings,
    pub(crate) update: SettingsUpdate,
    pub(crate) trigger: ShutdownTrigger,
    pub(crate) task: JoinHandle<()>,
}

/// A tag that a viewer got: type, timestamp, body.
pub(crate) type Seen = (TagType, u32, Vec<u8>);

pub(crate) struct Watcher {
    viewer: Viewer,
    demuxer: Demuxer,
    seen: Vec<Seen>,
}

/// Resolves as `future` does, or fails the test.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("this happens soon")
}

/// A vhost that leaves timestamps alone, and forgets a stream as soon as its publisher has gone.
pub(crate) fn plain_vhost() -> Vhost {
    let mut vhost = Vhost::default();
    vhost.play.time_jitter = TimeJitter::Off;
    vhost.publish.grace_timeout = Duration::ZERO;
    vhost.http_remux.guess_timeout = Duration::from_millis(10);
    vhost
}

impl TestServer {
    pub(crate) async fn start(vhost: Vhost) -> Self {
        Self::start_with(Config { vhosts: vec![Arc::new(vhost)], ..Config::default() }).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into(), config).await
    }

    pub(crate) async fn start_at(address: SocketAddr, config: Config) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let hub = Hub::new();
        let (trigger, shutdown) = shutdown::channel();
        let (update, settings) = settings::channel(Arc::new(config));
        let connections = Connections::new(settings.clone());
        let retired = shutdown.clone();
        let served =
            super::serve(Arc::new(listener), settings.clone(), hub.clone(), connections, retired, shutdown);
        let task = tokio::spawn(served);
        Self { address, hub, settings, update, trigger, task }
    }

    pub(crate) fn url(&self, stream: &str) -> String {
        format!("rtmp://{}/live/{stream}", self.address)
    }

    /// A viewer of `stream`, as soon as that is published.
    pub(crate) async fn watch(&self, stream: &str) -> Watcher {
        self.watch_in("__defaultVhost__", stream).await
    }

    /// A viewer of `stream` of a vhost, as soon as that is published.
    pub(crate) async fn watch_in(&self, vhost: &str, stream: &str) -> Watcher {
        let key = StreamKey { vhost: vhost.into(), app: "live".into(), stream: stream.into() };
        let viewer = soon(self.hub.view(&key, Format::Flv, PATIENCE)).await.expect("the stream is published");
        Watcher { viewer, demuxer: Demuxer::new(), seen: Vec::new() }
    }
}

impl Watcher {
    /// Every tag from the start on, once there are `count` frames of audio or video among them.
    pub(crate) async fn frames(&mut self, count: usize) -> Vec<Seen> {
        let is_frame =
            |(tag_type, _, body): &&Seen| TagKind::parse(*tag_type, body).is_ok_and(|kind| is_coded(&kind));
        while self.seen.iter().filter(is_frame).count() < count {
            let mut batch: Vec<Bytes> = Vec::new();
            soon(self.viewer.next(&mut batch)).await.expect("the stream goes on");
            for parcel in batch {
                let seen = &mut self.seen;
                let note = |event: Event<'_>| {
                    if let Event::Tag(tag) = event {
                        seen.push((tag.tag_type, tag.timestamp, tag.body.to_vec()));
                    }
                };
                self.demuxer.push(&parcel, note).unwrap();
            }
        }
        self.seen.clone()
    }

    /// Waits for the end of the stream.
    pub(crate) async fn ended(mut self) {
        while soon(self.viewer.next(&mut Vec::new())).await.is_ok() {}
    }
}

const fn is_coded(kind: &TagKind) -> bool {
    !matches!(kind, TagKind::Script) && !kind.is_sequence_header()
}
