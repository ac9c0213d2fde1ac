//! The keys of a vhost.

use super::{Default, Key, Kind};
use crate::config::model::{SecondPublisher, TimeJitter, Vhost};
use crate::config::value::Unit;

const HOUR_IN_MS: u64 = 3_600_000;
const GIB: u64 = 1024 * 1024 * 1024;

pub(super) const KEYS: &[Key<Vhost>] = &[
    Key {
        path: "vhost.enabled",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.enabled = on),
        default: Default::Value("on"),
        doc: "Whether the vhost is served. A disabled one refuses encoders and viewers.",
    },
    Key {
        path: "vhost.chunk_size",
        also: &[],
        kind: Kind::Count(1..=0xff_ffff, "bytes", |vhost, bytes| vhost.chunk_size = Some(bytes as u32)),
        default: Default::Unset("60000"),
        doc: "The size of the RTMP chunks that flvgate sends in this vhost. Without this key it is the one outside.",
    },
    Key {
        path: "vhost.min_latency",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.min_latency = on),
        default: Default::Value("off"),
        doc: "Whether every frame is sent by itself, at once, whatever mw_latency says.",
    },
    Key {
        path: "vhost.tcp_nodelay",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.tcp_nodelay = on),
        default: Default::Value("on"),
        doc: "Whether TCP sends small packets to viewers without waiting for more (TCP_NODELAY). SRS's default is off.",
    },
    Key {
        path: "vhost.http_remux.enabled",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.http_remux.enabled = on),
        default: Default::Value("off"),
        doc: "Whether the vhost's streams are delivered by HTTP-FLV and WebSocket-FLV.",
    },
    Key {
        path: "vhost.http_remux.mount",
        also: &[],
        kind: Kind::Mount(|vhost, mount| vhost.http_remux.mounts = vec![mount]),
        default: Default::Value("[vhost]/[app]/[stream].flv"),
        doc: "The URLs of the streams. Begins with [vhost]/ for this vhost's hosts, with / for any host, or with one host's name; has [app] \
              as one part of the path and [stream] in the last one; ends with .flv. The default gives \
              http://HOST:8080/live/livestream.flv.",
    },
    Key {
        path: "vhost.http_remux.guess_has_av",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.http_remux.guess_has_av = on),
        default: Default::Value("on"),
        doc: "Whether the FLV header's audio and video flags tell what the stream has. If off, they are has_audio and \
              has_video.",
    },
    Key {
        path: "vhost.http_remux.guess_timeout",
        also: &[],
        kind: Kind::Time(0..=HOUR_IN_MS, Unit::Milliseconds, |vhost, time| {
            vhost.http_remux.guess_timeout = time
        }),
        default: Default::Value("1000"),
        doc: "How many milliseconds after a publisher's first frame a viewer may wait for a second track to show up.",
    },
    Key {
        path: "vhost.http_remux.has_audio",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.http_remux.has_audio = on),
        default: Default::Value("on"),
        doc: "The FLV header's audio flag when guess_has_av is off.",
    },
    Key {
        path: "vhost.http_remux.has_video",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.http_remux.has_video = on),
        default: Default::Value("on"),
        doc: "The FLV header's video flag when guess_has_av is off.",
    },
    Key {
        path: "vhost.http_remux.drop_if_not_match",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.http_remux.drop_if_not_match = on),
        default: Default::Value("on"),
        doc: "Whether audio is dropped when the header's audio flag is not set, and video when its flag is not.",
    },
    Key {
        path: "vhost.http_remux.stream_wait",
        also: &[],
        kind: Kind::Time(0..=3600, Unit::Seconds, |vhost, time| vhost.http_remux.stream_wait = time),
        default: Default::Value("0"),
        doc: "How many seconds, also 0.5, a viewer of a stream that is not live waits for its publisher before it gets \
              a 404. 0 is a 404 at once.",
    },
    Key {
        path: "vhost.play.gop_cache",
        also: &["vhost.gop_cache"],
        kind: Kind::Switch(|vhost, on| vhost.play.gop_cache = on),
        default: Default::Value("on"),
        doc: "Whether viewers start at the newest keyframe, which is in the past: the picture is there at once, and as \
              late as the keyframe is old. If off, they wait for the next keyframe.",
    },
    Key {
        path: "vhost.play.gop_cache_max_frames",
        also: &["vhost.gop_cache_max_frames"],
        kind: Kind::Count(1..=1_000_000, "frames", |vhost, most| {
            vhost.play.gop_cache_max_frames = most as usize;
        }),
        default: Default::Value("2500"),
        doc: "Frames from a keyframe on, audio and video together, that are kept for gop_cache. A longer GOP is not \
              kept.",
    },
    Key {
        path: "vhost.play.gop_cache_max_bytes",
        also: &[],
        kind: Kind::Count(1024..=GIB, "bytes", |vhost, bytes| {
            vhost.play.gop_cache_max_bytes = bytes as usize
        }),
        default: Default::Value("33554432"),
        doc: "Bytes from a keyframe on that are kept for gop_cache. A larger GOP is not kept.",
    },
    Key {
        path: "vhost.play.queue_length",
        also: &["vhost.queue_length"],
        kind: Kind::Time(1..=3600, Unit::Seconds, |vhost, time| vhost.play.queue_length = time),
        default: Default::Value("30"),
        doc: "How many seconds of media a slow viewer may fall behind before it skips to the newest keyframe.",
    },
    Key {
        path: "vhost.play.queue_max_bytes",
        also: &[],
        kind: Kind::Count(1024..=4 * GIB, "bytes", |vhost, bytes| {
            vhost.play.queue_max_bytes = bytes as usize
        }),
        default: Default::Value("67108864"),
        doc: "How many bytes a slow viewer may fall behind before it skips. It also bounds what a stream keeps in \
              memory.",
    },
    Key {
        path: "vhost.play.queue_max_skips",
        also: &[],
        kind: Kind::Count(0..=1_000_000, "skips", |vhost, most| vhost.play.queue_max_skips = most as u32),
        default: Default::Value("3"),
        doc: "How often in a row a slow viewer may skip without catching up before it is disconnected.",
    },
    Key {
        path: "vhost.play.mw_latency",
        also: &["vhost.mw_latency"],
        kind: Kind::Time(0..=60_000, Unit::Milliseconds, |vhost, time| vhost.play.mw_latency = time),
        default: Default::Value("0"),
        doc: "For how many milliseconds at most frames are gathered before they are written, which saves system calls \
              and costs latency. 0 writes each when it comes, and costs nothing while none comes. SRS's default is 350.",
    },
    Key {
        path: "vhost.play.time_jitter",
        also: &["vhost.time_jitter"],
        kind: Kind::Choice(&[
            ("full", |vhost| vhost.play.time_jitter = TimeJitter::Full),
            ("zero", |vhost| vhost.play.time_jitter = TimeJitter::Zero),
            ("off", |vhost| vhost.play.time_jitter = TimeJitter::Off),
        ]),
        default: Default::Value("full"),
        doc: "How timestamps are mended. full: they start at 0, and jumps become small steps. zero: they start at 0. \
              off: they stay as the publisher sends them.",
    },
    Key {
        path: "vhost.publish.firstpkt_timeout",
        also: &["vhost.publish_1stpkt_timeout"],
        kind: Kind::Time(100..=HOUR_IN_MS, Unit::Milliseconds, |vhost, time| {
            vhost.publish.firstpkt_timeout = time;
        }),
        default: Default::Value("20000"),
        doc: "How many milliseconds a publisher may take to send its first audio or video.",
    },
    Key {
        path: "vhost.publish.normal_timeout",
        also: &["vhost.publish_normal_timeout"],
        kind: Kind::Time(100..=HOUR_IN_MS, Unit::Milliseconds, |vhost, time| {
            vhost.publish.normal_timeout = time
        }),
        default: Default::Value("5000"),
        doc: "For how many milliseconds a publisher may be silent after that before it is disconnected.",
    },
    Key {
        path: "vhost.publish.grace_timeout",
        also: &[],
        kind: Kind::Time(0..=HOUR_IN_MS, Unit::Milliseconds, |vhost, time| {
            vhost.publish.grace_timeout = time
        }),
        default: Default::Value("10000"),
        doc: "For how many milliseconds viewers stay when the publisher has gone, for it to come back. 0 disconnects \
              them at once.",
    },
    Key {
        path: "vhost.publish.second_publisher",
        also: &[],
        kind: Kind::Choice(&[
            ("reject", |vhost| vhost.publish.second_publisher = SecondPublisher::Reject),
            ("replace", |vhost| vhost.publish.second_publisher = SecondPublisher::Replace),
        ]),
        default: Default::Value("reject"),
        doc: "What happens to one who publishes a stream that is being published. reject: the newcomer is refused. \
              replace: it takes over, and the first one is disconnected.",
    },
];
