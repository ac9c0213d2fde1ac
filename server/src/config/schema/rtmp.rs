//! `rtmp { }`: what an encoder may cost.

use super::{ConfigDraft, Default, HOUR_IN_MS, Key, Kind, MAX_CHUNK};
use crate::config::value::Unit;

pub(super) const KEYS: &[Key<ConfigDraft>] = &[
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
];
