//! `cluster { }`.

use super::{Default, Key, Kind, VhostDraft};
use crate::config::model::ClusterMode;

pub(super) const KEYS: &[Key<VhostDraft>] = &[
    Key {
        path: "vhost.cluster.mode",
        also: &["vhost.mode"],
        kind: Kind::Choice(&[
            ("local", |vhost| vhost.cluster.mode = ClusterMode::Local),
            ("remote", |vhost| vhost.cluster.mode = ClusterMode::Remote),
        ]),
        default: Default::Value("local"),
        doc: "Where the streams come from: 'local', this server is their origin; or 'remote', this server is an edge, \
              which pulls each stream from an origin while somebody watches it here, and sends what is published here \
              on to an origin.",
    },
    Key {
        path: "vhost.cluster.origin",
        also: &["vhost.origin"],
        kind: Kind::Words("HOST[:PORT]", |vhost, words| vhost.cluster.origins = words),
        default: Default::Unset("127.0.0.1:19350 localhost:19350"),
        doc: "The origins of an edge, RTMP servers: when one fails, the next one takes its place.",
    },
    Key {
        path: "vhost.cluster.vhost",
        also: &["vhost.vhost"],
        kind: Kind::Text("a vhost of the origins", |vhost, name| vhost.cluster.vhost = name),
        default: Default::Value("[vhost]"),
        doc: "The vhost to ask the origins for; [vhost] stands for the name of this one.",
    },
    Key {
        path: "vhost.cluster.max_pulls",
        also: &[],
        kind: Kind::Count(1..=1_000_000, "streams", |vhost, most| vhost.cluster.max_pulls = most as usize),
        default: Default::Value("1000"),
        doc: "How many streams an edge pulls or asks for at the same time. Who wants one more gets a 503.",
    },
];
