//! `play { }`.

use super::{Default, Key, Kind, VhostDraft};
use crate::config::model::TimeJitter;
use crate::config::value::Unit;

const GIB: u64 = 1024 * 1024 * 1024;

pub(super) const KEYS: &[Key<VhostDraft>] = &[
    Key {
        path: "vhost.play.gop_cache",
        also: &["vhost.gop_cache"],
        kind: Kind::Switch(|vhost, on| vhost.play.gop_cache = on),
        default: Default::Value("on"),
        doc: "Whether viewers start at the newest keyframe, which is in the past: the picture is there at once, and \
              as late as the keyframe is old. If off, they wait for the next keyframe.",
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
        doc: "Bytes of memory from a keyframe on that are kept for gop_cache, some 300 for each frame included. A \
              larger GOP is not kept.",
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
        doc: "How many bytes of memory a slow viewer may fall behind before it skips, some 300 for each frame \
              included. It also bounds what a stream keeps in memory.",
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
        doc: "For how many milliseconds at most frames are gathered before they are written, which saves system \
              calls and costs latency. 0 writes video when it comes, and audio with the video that comes next, but \
              40 ms later at most; without video, audio when it comes. It costs nothing while nothing comes. SRS's \
              default is 350.",
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
        doc: "How timestamps are mended. full: they start at 0 for each viewer over FLV and RTMP, jumps become small \
              steps, and a track whose timestamps stand still goes with the other. zero: they start at 0 for each \
              viewer. off: they stay as the publisher sends them. The distance between audio and video stays in any \
              case. mpegts.js and flv.js stop for ever where FLV's timestamps pass 2147483647 ms: 24.8 days of one \
              viewing, or, when off, of the publisher's clock.",
    },
    Key {
        path: "vhost.play.atc",
        also: &["vhost.atc"],
        kind: Kind::Switch(|vhost, on| {
            if on {
                vhost.play.time_jitter = TimeJitter::Off;
            }
        }),
        default: Default::Value("off"),
        doc: "Whether timestamps stay as the publisher sends them, whatever time_jitter says: its clock is the \
              stream's.",
    },
    Key {
        path: "vhost.play.reduce_sequence_header",
        also: &["vhost.reduce_sequence_header"],
        kind: Kind::Always(true, "a sequence header that repeats the last one is always left out"),
        default: Default::Value("on"),
        doc: "Read for the sake of SRS's files. A sequence header that repeats the last one is always left out.",
    },
];
