//! An HTTP listener with a hub behind it, and tags to publish.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flvgate::config::{Config, Vhost};
use flvgate::connections::Connections;
use flvgate::http::{Certificates, Entrance, Http};
use flvgate::hub::{Hub, Publisher, PublisherInfo, StreamKey, StreamStatus};
use flvgate::settings::SettingsUpdate;
use flvgate::shutdown::{self, ShutdownTrigger};
use flvgate_media::flv::{Tag, TagType};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// How long a test waits for something that must happen before it calls it a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A listener on loopback, its hub, and what stops them.
pub(crate) struct Site {
    pub(crate) hub: Arc<Hub>,
    pub(crate) address: SocketAddr,
    pub(crate) vhost: Arc<Vhost>,
    update: SettingsUpdate,
    pub(crate) http: Http,
    trigger: ShutdownTrigger,
    serving: JoinHandle<()>,
}

/// The configuration that a test may change: the whole, and its one vhost.
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) vhost: Vhost,
    /// What is to be had at the listener.
    pub(crate) entrance: Entrance,
}

impl Site {
    /// Serves the default vhost, whose streams end at once when their publisher goes.
    pub(crate) async fn start(adjust: impl FnOnce(&mut Settings)) -> Self {
        let (config, vhost, mut entrance) = Settings::adjusted(adjust);
        entrance.tls = config.http_server.https.enabled;
        let certificates = Certificates::load(&config).unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let hub = Hub::new();
        let (trigger, shutdown) = shutdown::channel();
        let (update, settings) = flvgate::settings::channel(Arc::new(config));
        let connections = Connections::new(settings.clone());
        let retired = shutdown.clone();
        let http = Http::new(settings, hub.clone(), connections, shutdown).with_certificates(certificates);
        let serving = tokio::spawn(http.clone().serve(Arc::new(listener), entrance, retired));
        Self { hub, address, vhost, http, update, trigger, serving }
    }

    /// Puts another configuration in force.
    pub(crate) fn reload(&self, adjust: impl FnOnce(&mut Settings)) {
        self.update.replace(Arc::new(Settings::adjusted(adjust).0));
    }

    /// Begins to publish `live/NAME` with both sequence headers and a keyframe.
    pub(crate) async fn publish(&self, name: &str) -> Publisher {
        let publisher = self.publish_silent(name).await;
        publisher.push(video_header());
        publisher.push(audio_header());
        publisher.push(keyframe(0, 100));
        publisher
    }

    /// Begins to publish `live/NAME`, without any tag.
    pub(crate) async fn publish_silent(&self, name: &str) -> Publisher {
        let info = PublisherInfo { client_id: "vid-1".into(), ..PublisherInfo::default() };
        self.hub.publish(self.key(name), self.vhost.clone(), info).await.unwrap()
    }

    pub(crate) fn key(&self, name: &str) -> StreamKey {
        StreamKey { vhost: self.vhost.name.clone(), app: "live".into(), stream: name.into() }
    }

    /// Waits until `live/NAME` has `count` viewers.
    pub(crate) async fn wait_for_viewers(&self, name: &str, count: u64) {
        let key = self.key(name);
        let of_stream = |status: &StreamStatus| status.key == key && status.viewers == count;
        let reached = async {
            while !self.hub.streams().iter().any(of_stream) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("{count} viewers of {name}"));
    }

    /// Asks everything to end, as the server does; returns what is awaited until all has.
    pub(crate) fn shut_down(self) -> JoinHandle<()> {
        self.trigger.shutdown();
        self.hub.shutdown();
        self.serving
    }
}

impl Settings {
    fn adjusted(adjust: impl FnOnce(&mut Self)) -> (Config, Arc<Vhost>, Entrance) {
        let entrance = Entrance { tls: false, streams: true, api: false };
        let mut settings = Self { config: Config::default(), vhost: Vhost::default(), entrance };
        settings.vhost.http_remux.enabled = true;
        settings.vhost.publish.grace_timeout = Duration::ZERO;
        settings.config.http_server.dir = PathBuf::from("no such directory");
        adjust(&mut settings);
        let Self { mut config, vhost, entrance } = settings;
        let vhost = Arc::new(vhost);
        config.vhosts.push(vhost.clone());
        (config, vhost, entrance)
    }
}

/// An AVC sequence header: 1280x720, High@3.1.
pub(crate) fn video_header() -> Tag {
    let sps = [
        0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10,
        0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
    ];
    let pps = [0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0];
    let body = [
        &[0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, sps.len() as u8][..],
        &sps,
        &[1, 0, pps.len() as u8],
        &pps,
    ]
    .concat();
    tag(TagType::Video, 0, body)
}

/// An AAC sequence header: LC, 44.1 kHz, stereo.
pub(crate) fn audio_header() -> Tag {
    tag(TagType::Audio, 0, vec![0xaf, 0, 0x12, 0x10])
}

/// A keyframe with `size` bytes of no meaning.
pub(crate) fn keyframe(timestamp: u64, size: usize) -> Tag {
    tag(TagType::Video, timestamp, [vec![0x17, 1, 0, 0, 0], vec![0x65; size]].concat())
}

/// A frame that needs the keyframe before it.
pub(crate) fn inter_frame(timestamp: u64, size: usize) -> Tag {
    tag(TagType::Video, timestamp, [vec![0x27, 1, 0, 0, 0], vec![0x41; size]].concat())
}

/// An audio frame with `size` bytes of no meaning.
pub(crate) fn audio_frame(timestamp: u64, size: usize) -> Tag {
    tag(TagType::Audio, timestamp, [vec![0xaf, 1], vec![0x21; size]].concat())
}

fn tag(tag_type: TagType, timestamp: u64, body: Vec<u8>) -> Tag {
    Tag::parse(tag_type, timestamp, Bytes::from(body)).unwrap()
}
