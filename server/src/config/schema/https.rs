//! `https { }` of a vhost: a certificate of its own.

use super::{Default, Key, Kind, VhostDraft};

pub(super) const KEYS: &[Key<VhostDraft>] = &[
    Key {
        path: "vhost.https.enabled",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.https = on),
        default: Default::Value("off"),
        doc: "Whether the vhost has a certificate of its own, for clients that ask for its name (SNI). Without one \
              they get that of http_server. SRS has no such block.",
    },
    Key {
        path: "vhost.https.key",
        also: &[],
        kind: Kind::Path(|vhost, path| vhost.identity.key = path),
        default: Default::Value("./conf/server.key"),
        doc: "The private key, RSA or ECDSA, in PEM.",
    },
    Key {
        path: "vhost.https.cert",
        also: &[],
        kind: Kind::Path(|vhost, path| vhost.identity.cert = path),
        default: Default::Value("./conf/server.crt"),
        doc: "The certificate in PEM, followed by those that signed it.",
    },
];
