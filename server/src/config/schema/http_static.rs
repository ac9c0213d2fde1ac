//! `http_static { }`.

use super::{Default, Key, Kind, VhostDraft};

pub(super) const KEYS: &[Key<VhostDraft>] = &[
    Key {
        path: "vhost.http_static.enabled",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.http_static.enabled = on),
        default: Default::Value("off"),
        doc: "Whether the vhost has files of its own, besides those of http_server.",
    },
    Key {
        path: "vhost.http_static.mount",
        also: &[],
        kind: Kind::Text("[vhost]/ and a path, or a path", |vhost, text| vhost.http_static.mount = text),
        default: Default::Value("[vhost]/"),
        doc: "Under which URLs they are. With [vhost] in front it is for the hosts of this vhost, without it for any \
              host.",
    },
    Key {
        path: "vhost.http_static.dir",
        also: &[],
        kind: Kind::Path(|vhost, path| vhost.http_static.dir = path),
        default: Default::Value("./objs/nginx/html"),
        doc: "The directory that they are in.",
    },
];
