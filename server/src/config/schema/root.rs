//! The keys outside of vhosts.

use super::{Default, Key, Kind};
use crate::config::model::{Config, LogLevel, LogTank};
use crate::config::value::Unit;

/// The RTMP chunk header's message length has 24 bits, and no chunk is longer than its message.
const MAX_CHUNK: u64 = 0xff_ffff;
const HOUR_IN_MS: u64 = 3_600_000;

pub(super) const KEYS: &[Key<Config>] = &[
    Key {
        path: "listen",
        also: &["rtmp.listen"],
        kind: Kind::Endpoints(|config, endpoints| config.rtmp.listen = endpoints),
        default: Default::Needed("1935"),
        doc: "Where encoders connect by RTMP. Without an address it is every IPv4 address; [::]:1935 is every IPv6 \
              address. Nothing starts without this key.",
    },
    Key {
        path: "chunk_size",
        also: &["rtmp.chunk_size"],
        kind: Kind::Count(1..=MAX_CHUNK, "bytes", |config, bytes| config.rtmp.chunk_size = bytes as u32),
        default: Default::Value("60000"),
        doc: "The size of the RTMP chunks that flvgate sends. Most peers take no more than 65536.",
    },
    Key {
        path: "max_connections",
        also: &[],
        kind: Kind::Count(1..=1_000_000, "connections", |config, most| {
            config.max_connections = most as usize
        }),
        default: Default::Value("1000"),
        doc: "TCP connections at once, encoders and viewers together. One more is refused: over HTTP with a 503, over \
              RTMP by closing it. The limit on open files must be higher; flvgate raises its own as far as it may.",
    },
    Key {
        path: "daemon",
        also: &[],
        kind: Kind::AlwaysOff(
            "flvgate always stays in the foreground; leave the background to systemd or docker",
        ),
        default: Default::Value("off"),
        doc: "Read for the sake of SRS's files. flvgate always stays in the foreground.",
    },
    Key {
        path: "pid",
        also: &[],
        kind: Kind::Path(|config, path| config.pid = Some(path)),
        default: Default::Unset("./objs/flvgate.pid"),
        doc: "A file for the process id. It is removed at the end. Without this key there is none.",
    },
    Key {
        path: "srs_log_tank",
        also: &[],
        kind: Kind::Choice(&[
            ("console", |config| config.log.tank = LogTank::Console),
            ("file", |config| config.log.tank = LogTank::File),
        ]),
        default: Default::Value("console"),
        doc: "Where logs go: to standard error, or to srs_log_file. SRS's own default is file.",
    },
    Key {
        path: "srs_log_level",
        also: &[],
        kind: Kind::Choice(&[
            ("verbose", |config| config.log.level = LogLevel::Verbose),
            ("info", |config| config.log.level = LogLevel::Info),
            ("trace", |config| config.log.level = LogLevel::Trace),
            ("warn", |config| config.log.level = LogLevel::Warn),
            ("error", |config| config.log.level = LogLevel::Error),
        ]),
        default: Default::Value("trace"),
        doc: "The least severe level that is logged, in SRS's older names: verbose and info are for debugging, trace \
              is one line for each thing that happens.",
    },
    Key {
        path: "srs_log_level_v2",
        also: &[],
        kind: Kind::Choice(&[
            ("trace", |config| config.log.level = LogLevel::Verbose),
            ("debug", |config| config.log.level = LogLevel::Info),
            ("info", |config| config.log.level = LogLevel::Trace),
            ("warn", |config| config.log.level = LogLevel::Warn),
            ("error", |config| config.log.level = LogLevel::Error),
        ]),
        default: Default::Unset("info"),
        doc: "The same in the usual names. It wins over srs_log_level.",
    },
    Key {
        path: "srs_log_file",
        also: &[],
        kind: Kind::Path(|config, path| config.log.file = path),
        default: Default::Value("./objs/srs.log"),
        doc: "The log file, when srs_log_tank is file. It is appended to; SIGUSR1 opens it again, for logrotate.",
    },
    Key {
        path: "rtmp.max_message_size",
        also: &[],
        kind: Kind::Count(1024..=MAX_CHUNK, "bytes", |config, bytes| {
            config.rtmp.limits.message_size = bytes as usize;
        }),
        default: Default::Value("16777215"),
        doc: "The longest RTMP message an encoder may send. A keyframe is one message.",
    },
    Key {
        path: "rtmp.max_chunk_streams",
        also: &[],
        kind: Kind::Count(4..=65_597, "chunk streams", |config, most| {
            config.rtmp.limits.chunk_streams = most as usize;
        }),
        default: Default::Value("64"),
        doc: "RTMP chunk streams that an encoder may have in use at once. Real ones use fewer than ten.",
    },
    Key {
        path: "rtmp.max_amf_depth",
        also: &[],
        kind: Kind::Count(1..=128, "levels", |config, most| config.rtmp.limits.amf_depth = most as usize),
        default: Default::Value("32"),
        doc: "Objects and arrays inside each other in an AMF command or in metadata.",
    },
    Key {
        path: "rtmp.max_amf_size",
        also: &[],
        kind: Kind::Count(1024..=MAX_CHUNK, "bytes", |config, bytes| {
            config.rtmp.limits.amf_size = bytes as usize;
        }),
        default: Default::Value("65536"),
        doc: "The longest AMF command or metadata message.",
    },
    Key {
        path: "rtmp.handshake_timeout",
        also: &[],
        kind: Kind::Time(100..=HOUR_IN_MS, Unit::Milliseconds, |config, time| {
            config.rtmp.limits.handshake_timeout = time;
        }),
        default: Default::Value("10000"),
        doc: "How long an encoder may take from connecting to the end of the RTMP handshake, in milliseconds.",
    },
    Key {
        path: "rtmp.idle_timeout",
        also: &[],
        kind: Kind::Time(100..=HOUR_IN_MS, Unit::Milliseconds, |config, time| {
            config.rtmp.limits.idle_timeout = time;
        }),
        default: Default::Value("30000"),
        doc: "How long an RTMP connection may stay without publishing or sending anything, in milliseconds. Once it \
              publishes, firstpkt_timeout and normal_timeout of its vhost count.",
    },
    Key {
        path: "http_server.enabled",
        also: &[],
        kind: Kind::Switch(|config, on| config.http_server.enabled = on),
        default: Default::Value("off"),
        doc: "Whether to serve HTTP at all: the streams, the API and the files in dir.",
    },
    Key {
        path: "http_server.listen",
        also: &[],
        kind: Kind::Endpoints(|config, endpoints| config.http_server.listen = endpoints),
        default: Default::Value("8080"),
        doc: "Where browsers and players connect.",
    },
    Key {
        path: "http_server.dir",
        also: &[],
        kind: Kind::Path(|config, path| config.http_server.dir = path),
        default: Default::Value("./objs/nginx/html"),
        doc: "The directory of files, such as the demo page, that are served where no stream is mounted.",
    },
    Key {
        path: "http_server.crossdomain",
        also: &[],
        kind: Kind::Switch(|config, on| config.http_server.crossdomain = on),
        default: Default::Value("on"),
        doc: "Whether pages of other origins may play the streams (CORS headers).",
    },
    Key {
        path: "http_server.header_timeout",
        also: &[],
        kind: Kind::Time(100..=HOUR_IN_MS, Unit::Milliseconds, |config, time| {
            config.http_server.http.header_timeout = time;
        }),
        default: Default::Value("15000"),
        doc: "How long a client may take to send the head of a request, in milliseconds, from connecting or from the \
              end of the last request.",
    },
    Key {
        path: "http_server.send_timeout",
        also: &[],
        kind: Kind::Time(100..=HOUR_IN_MS, Unit::Milliseconds, |config, time| {
            config.http_server.http.send_timeout = time;
        }),
        default: Default::Value("30000"),
        doc: "A client that takes no byte for so many milliseconds is disconnected.",
    },
    Key {
        path: "http_server.ws_ping_interval",
        also: &[],
        kind: Kind::Time(100..=HOUR_IN_MS, Unit::Milliseconds, |config, time| {
            config.http_server.http.ws_ping_interval = time;
        }),
        default: Default::Value("20000"),
        doc: "How often a WebSocket viewer is pinged, in milliseconds, to keep proxies from closing the connection.",
    },
];
