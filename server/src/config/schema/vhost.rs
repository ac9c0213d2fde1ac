//! `vhost { }`, outside of its blocks.

use super::{Default, Key, Kind, MAX_CHUNK, VhostDraft};

pub(super) const KEYS: &[Key<VhostDraft>] = &[
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
        kind: Kind::Count(1..=MAX_CHUNK, "bytes", |vhost, bytes| vhost.chunk_size = Some(bytes as u32)),
        default: Default::Unset("60000"),
        doc: "The size of the RTMP chunks that flvgate sends in this vhost. Without this key it is the one outside.",
    },
    Key {
        path: "vhost.min_latency",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.min_latency = on),
        default: Default::Value("off"),
        doc: "Whether every frame is sent by itself, at once, whatever mw_latency says. Without it, audio waits for \
              the video that it is written with: at 25 frames a second that spares each viewer \
              nearly two writes of three.",
    },
    Key {
        path: "vhost.tcp_nodelay",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.tcp_nodelay = on),
        default: Default::Value("on"),
        doc: "Whether TCP sends small packets to viewers without waiting for more (TCP_NODELAY). SRS's default is \
              off.",
    },
];
