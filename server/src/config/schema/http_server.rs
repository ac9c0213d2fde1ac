//! `http_server { }`.

use super::{ConfigDraft, Default, HOUR_IN_MS, Key, Kind};
use crate::config::value::Unit;

pub(super) const KEYS: &[Key<ConfigDraft>] = &[
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
        doc: "A client that takes no byte for so many milliseconds is disconnected. Over RTMP a byte may wait for so long, \
              whatever else the client takes meanwhile.",
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
    Key {
        path: "http_server.max_streams",
        also: &[],
        kind: Kind::Count(1..=1_000_000, "streams", |config, most| {
            config.http_server.http.max_streams = most as usize;
        }),
        default: Default::Value("4096"),
        doc: "Requests over HTTP/2 at once, of all connections together, without the first 8 of each connection: each viewer \
              and each file is one. One more is refused with a 503.",
    },
    Key {
        path: "http_server.trusted_proxies",
        also: &[],
        kind: Kind::Networks(|config, networks| config.http_server.trusted_proxies = networks),
        default: Default::Unset("127.0.0.1 10.0.0.0/8"),
        doc: "Proxies whose word about a client's address is believed: Forwarded, X-Forwarded-For, X-Real-IP and the \
              PROXY protocol. Without this key nobody's is.",
    },
    Key {
        path: "http_server.proxy_protocol",
        also: &[],
        kind: Kind::Switch(|config, on| config.http_server.proxy_protocol = on),
        default: Default::Value("off"),
        doc: "Whether every connection that comes from a trusted proxy begins with a PROXY protocol header, version \
              1 or 2.",
    },
    Key {
        path: "http_server.https.enabled",
        also: &[],
        kind: Kind::Switch(|config, on| config.http_server.https.enabled = on),
        default: Default::Value("off"),
        doc: "Whether to serve the streams, the files and WebSocket over TLS besides, with HTTP/2 for who asks for \
              it.",
    },
    Key {
        path: "http_server.https.listen",
        also: &[],
        kind: Kind::Endpoints(|config, endpoints| config.http_server.https.listen = endpoints),
        default: Default::Value("8088"),
        doc: "Where browsers and players connect with TLS.",
    },
    Key {
        path: "http_server.https.key",
        also: &[],
        kind: Kind::Path(|config, path| config.http_server.https.identity.key = path),
        default: Default::Value("./conf/server.key"),
        doc: "The private key, RSA or ECDSA, in PEM.",
    },
    Key {
        path: "http_server.https.cert",
        also: &[],
        kind: Kind::Path(|config, path| config.http_server.https.identity.cert = path),
        default: Default::Value("./conf/server.crt"),
        doc: "The certificate in PEM, followed by those that signed it. A vhost may have a certificate of its own.",
    },
];
