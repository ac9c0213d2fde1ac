//! `refer { }`.

use super::{Default, Key, Kind, VhostDraft};

pub(super) const KEYS: &[Key<VhostDraft>] = &[
    Key {
        path: "vhost.refer.enabled",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.refer.enabled = on),
        default: Default::Value("off"),
        doc: "Whether the pages that streams are published from and played on are looked at: pageUrl in RTMP, \
              Referer in HTTP.",
    },
    Key {
        path: "vhost.refer.all",
        also: &[],
        kind: Kind::Words("host names", |vhost, words| vhost.refer.all = words),
        default: Default::Unset("example.com"),
        doc: "Hosts of pages that may do both, each with every host below it. Without this key any page may.",
    },
    Key {
        path: "vhost.refer.publish",
        also: &[],
        kind: Kind::Words("host names", |vhost, words| vhost.refer.publish = words),
        default: Default::Unset("example.com"),
        doc: "Hosts of pages that streams may be published from. Without this key any page may.",
    },
    Key {
        path: "vhost.refer.play",
        also: &[],
        kind: Kind::Words("host names", |vhost, words| vhost.refer.play = words),
        default: Default::Unset("example.com"),
        doc: "Hosts of pages that streams may be played on. Without this key any page may.",
    },
];
