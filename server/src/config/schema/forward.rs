//! `forward { }`.

use super::{Default, Key, Kind, VhostDraft};

pub(super) const KEYS: &[Key<VhostDraft>] = &[
    Key {
        path: "vhost.forward.enabled",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.forward.enabled = on),
        default: Default::Value("off"),
        doc: "Whether what is published is sent on to other RTMP servers, or to other vhosts of this one.",
    },
    Key {
        path: "vhost.forward.destination",
        also: &[],
        kind: Kind::Words("HOST[:PORT] or rtmp:// URLs", |vhost, words| vhost.forward.destinations = words),
        default: Default::Unset("127.0.0.1:19350"),
        doc: "Where to: host and port of RTMP servers, which get the same vhost, app and stream; or \
              rtmp://HOST[:PORT]/APP[/STREAM][?vhost=VHOST] with [vhost], [app] and [stream] in it, which SRS does \
              not know.",
    },
];
