use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::DEFAULT_VHOST;

/// Everything the operator asked for, valid by construction. `Config::default()` is what an empty file means.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// RTMP ingest.
    pub rtmp: Rtmp,
    /// HTTP delivery.
    pub http_server: HttpServer,
    /// TCP connections of all kinds at once (`max_connections`); one more is refused.
    pub max_connections: usize,
    /// Where the process id is written (`pid`); `None` writes none.
    pub pid: Option<PathBuf>,
    /// Logging.
    pub log: Log,
    /// Every vhost, in the file's order, disabled ones too.
    pub vhosts: Vec<Arc<Vhost>>,
}

/// RTMP ingest (`listen`, `chunk_size`, `rtmp { }`).
#[derive(Clone, Debug, PartialEq)]
pub struct Rtmp {
    /// Where encoders connect. Port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// The size of the chunks we send, in bytes, 1 to 16777215.
    pub chunk_size: u32,
    /// What a peer may cost.
    pub limits: RtmpLimits,
}

/// What an RTMP peer may cost before it is disconnected (`rtmp { }`, keys of ours).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtmpLimits {
    /// Bytes in one message (`max_message_size`), at most 16777215.
    pub message_size: usize,
    /// Chunk streams in use at once (`max_chunk_streams`).
    pub chunk_streams: usize,
    /// Nested AMF objects and arrays (`max_amf_depth`).
    pub amf_depth: usize,
    /// Bytes in an AMF command or data message (`max_amf_size`).
    pub amf_size: usize,
    /// From accept to the end of the handshake (`handshake_timeout`).
    pub handshake_timeout: Duration,
    /// From the handshake to `publish`, and between bytes of a connection that does not publish (`idle_timeout`).
    pub idle_timeout: Duration,
}

/// HTTP delivery (`http_server { }`).
#[derive(Clone, Debug, PartialEq)]
pub struct HttpServer {
    /// Whether to serve HTTP at all (`enabled`).
    pub enabled: bool,
    /// Where browsers connect (`listen`). Port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// Static files (`dir`).
    pub dir: PathBuf,
    /// Whether answers carry CORS headers (`crossdomain`).
    pub crossdomain: bool,
    /// Keys of ours.
    pub http: Http,
}

/// What an HTTP peer may cost (`http_server { }`, keys of ours).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Http {
    /// From accept, or the end of the last request, to the end of the next request's head (`header_timeout`).
    pub header_timeout: Duration,
    /// A socket that takes no byte for so long is closed (`send_timeout`).
    pub send_timeout: Duration,
    /// How often a WebSocket viewer is pinged (`ws_ping_interval`).
    pub ws_ping_interval: Duration,
}

/// Logging (`srs_log_tank`, `srs_log_level`, `srs_log_file`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Where to.
    pub tank: LogTank,
    /// From which level on.
    pub level: LogLevel,
    /// The file, when the tank is [`LogTank::File`].
    pub file: PathBuf,
}

/// Where logs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogTank {
    /// The file that `srs_log_file` names.
    File,
    /// Standard error.
    Console,
}

/// The least severe level that is logged; SRS's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogLevel {
    Verbose,
    Info,
    Trace,
    Warn,
    Error,
}

/// One `vhost NAME { }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Vhost {
    /// The name.
    pub name: String,
    /// Whether it is served (`enabled`).
    pub enabled: bool,
    /// Delivery over HTTP.
    pub http_remux: HttpRemux,
    /// What viewers get.
    pub play: Play,
    /// What publishers may do.
    pub publish: Publish,
    /// The size of the RTMP chunks we send in this vhost, in bytes (`chunk_size`); `None` takes [`Rtmp::chunk_size`].
    pub chunk_size: Option<u32>,
    /// Send every tag at once, gather nothing (`min_latency`).
    pub min_latency: bool,
    /// `TCP_NODELAY` on viewers' sockets (`tcp_nodelay`).
    pub tcp_nodelay: bool,
}

/// Delivery over HTTP (`http_remux { }`).
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRemux {
    /// Whether the vhost's streams are delivered over HTTP (`enabled`).
    pub enabled: bool,
    /// Which URLs (`mount`).
    pub mount: MountTemplate,
    /// Tell the FLV header's flags from the stream (`guess_has_av`); otherwise believe `has_audio` and `has_video`.
    pub guess_has_av: bool,
    /// How long after a publisher's first tag a viewer may wait for a second track to show (`guess_timeout`, ours).
    pub guess_timeout: Duration,
    /// The header's audio flag, when not guessed (`has_audio`).
    pub has_audio: bool,
    /// The header's video flag, when not guessed (`has_video`).
    pub has_video: bool,
    /// Drop tags of a kind that the header flags deny (`drop_if_not_match`).
    pub drop_if_not_match: bool,
    /// How long a request for a stream that is not live waits for its publisher (`stream_wait`, ours); zero: 404 at once.
    pub stream_wait: Duration,
}

/// A mount, such as `[vhost]/[app]/[stream].flv`: valid, with `[app]` and `[stream]` and a known extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountTemplate(pub String);

/// What viewers get (`play { }`).
#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    /// Start viewers at the newest keyframe, in the past (`gop_cache`).
    pub gop_cache: bool,
    /// Audio and video tags in the GOP cache; a longer GOP is not cached (`gop_cache_max_frames`).
    pub gop_cache_max_frames: usize,
    /// Bytes in the GOP cache; a larger GOP is not cached (`gop_cache_max_bytes`, ours).
    pub gop_cache_max_bytes: usize,
    /// How far behind, in media time, a viewer may fall before it skips to the newest keyframe (`queue_length`).
    pub queue_length: Duration,
    /// How far behind, in bytes, a viewer may fall before it skips (`queue_max_bytes`, ours).
    pub queue_max_bytes: usize,
    /// How often in a row a viewer may skip without catching up before it is disconnected (`queue_max_skips`, ours).
    pub queue_max_skips: u32,
    /// Gather tags for at most this long before a write (`mw_latency`); zero: write as soon as there is data.
    pub mw_latency: Duration,
    /// How a publisher's timestamps are mended (`time_jitter`).
    pub time_jitter: TimeJitter,
}

/// How a publisher's timestamps are mended (`time_jitter`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeJitter {
    /// Start at zero; replace jumps by a small step.
    Full,
    /// Start at zero; leave the rest.
    Zero,
    /// Leave all.
    Off,
}

/// What publishers may do (`publish { }`).
#[derive(Clone, Debug, PartialEq)]
pub struct Publish {
    /// From `publish` to the first audio or video (`firstpkt_timeout`).
    pub firstpkt_timeout: Duration,
    /// Between two messages after that (`normal_timeout`).
    pub normal_timeout: Duration,
    /// How long viewers stay when the publisher has gone, for it to come back (`grace_timeout`, ours).
    pub grace_timeout: Duration,
    /// What happens to one who publishes a stream that is being published (`second_publisher`, ours).
    pub second_publisher: SecondPublisher,
}

/// What happens to one who publishes a stream that is being published (`second_publisher`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondPublisher {
    /// The newcomer gets `NetStream.Publish.BadName`.
    Reject,
    /// The newcomer takes over; the first one is disconnected.
    Replace,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rtmp: Rtmp::default(),
            http_server: HttpServer::default(),
            max_connections: 1000,
            pid: None,
            log: Log::default(),
            vhosts: Vec::new(),
        }
    }
}

impl Default for Rtmp {
    fn default() -> Self {
        Self { listen: Vec::new(), chunk_size: 60_000, limits: RtmpLimits::default() }
    }
}

impl Default for RtmpLimits {
    fn default() -> Self {
        Self {
            message_size: 0xff_ffff,
            chunk_streams: 64,
            amf_depth: 32,
            amf_size: 64 * 1024,
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
        }
    }
}

impl Default for HttpServer {
    fn default() -> Self {
        Self {
            enabled: false,
            listen: vec![SocketAddr::from(([0, 0, 0, 0], 8080))],
            dir: PathBuf::from("./objs/nginx/html"),
            crossdomain: true,
            http: Http::default(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(15),
            send_timeout: Duration::from_secs(30),
            ws_ping_interval: Duration::from_secs(20),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { tank: LogTank::Console, level: LogLevel::Trace, file: PathBuf::from("./objs/srs.log") }
    }
}

impl Default for Vhost {
    fn default() -> Self {
        Self {
            name: DEFAULT_VHOST.to_owned(),
            enabled: true,
            http_remux: HttpRemux::default(),
            play: Play::default(),
            publish: Publish::default(),
            chunk_size: None,
            min_latency: false,
            tcp_nodelay: true,
        }
    }
}

impl Default for HttpRemux {
    fn default() -> Self {
        Self {
            enabled: false,
            mount: MountTemplate::default(),
            guess_has_av: true,
            guess_timeout: Duration::from_secs(1),
            has_audio: true,
            has_video: true,
            drop_if_not_match: true,
            stream_wait: Duration::ZERO,
        }
    }
}

impl Default for MountTemplate {
    fn default() -> Self {
        Self("[vhost]/[app]/[stream].flv".to_owned())
    }
}

impl Default for Play {
    fn default() -> Self {
        Self {
            gop_cache: true,
            gop_cache_max_frames: 2500,
            gop_cache_max_bytes: 32 * 1024 * 1024,
            queue_length: Duration::from_secs(30),
            queue_max_bytes: 64 * 1024 * 1024,
            queue_max_skips: 3,
            mw_latency: Duration::ZERO,
            time_jitter: TimeJitter::Full,
        }
    }
}

impl Default for Publish {
    fn default() -> Self {
        Self {
            firstpkt_timeout: Duration::from_secs(20),
            normal_timeout: Duration::from_secs(5),
            grace_timeout: Duration::from_secs(10),
            second_publisher: SecondPublisher::Reject,
        }
    }
}

impl Config {
    /// The vhost that serves `name`: the exact one, else [`DEFAULT_VHOST`]; `None` when it is missing or disabled.
    #[must_use]
    pub fn vhost(&self, name: &str) -> Option<&Arc<Vhost>> {
        let exact = |wanted: &str| self.vhosts.iter().find(|vhost| vhost.name == wanted);
        exact(name).or_else(|| exact(DEFAULT_VHOST)).filter(|vhost| vhost.enabled)
    }
}
