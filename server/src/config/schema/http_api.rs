//! `http_api { }`.

use super::{ConfigDraft, Default, Key, Kind};

pub(super) const KEYS: &[Key<ConfigDraft>] = &[
    Key {
        path: "http_api.enabled",
        also: &[],
        kind: Kind::Switch(|config, on| config.http_api.enabled = on),
        default: Default::Value("off"),
        doc: "Whether to serve the whole HTTP API. What streams are live is told at the port of http_server too.",
    },
    Key {
        path: "http_api.listen",
        also: &[],
        kind: Kind::Endpoints(|config, endpoints| config.http_api.listen = endpoints),
        default: Default::Value("1985"),
        doc: "Where the API is. It may be the address of http_server: then one port has both.",
    },
    Key {
        path: "http_api.crossdomain",
        also: &[],
        kind: Kind::Switch(|config, on| config.http_api.crossdomain = on),
        default: Default::Value("on"),
        doc: "Whether pages of other origins may read the API (CORS headers).",
    },
    Key {
        path: "http_api.https.enabled",
        also: &[],
        kind: Kind::Switch(|config, on| config.http_api.https.enabled = on),
        default: Default::Value("off"),
        doc: "Whether to serve the API over TLS besides.",
    },
    Key {
        path: "http_api.https.listen",
        also: &[],
        kind: Kind::Endpoints(|config, endpoints| config.https_api_listen = Some(endpoints)),
        default: Default::Unset("1990"),
        doc: "Where the API is with TLS. Without this key it is 1990, or the https address of http_server when the \
              two listen on one address without TLS.",
    },
    Key {
        path: "http_api.https.key",
        also: &[],
        kind: Kind::Path(|config, path| config.http_api.https.identity.key = path),
        default: Default::Value("./conf/server.key"),
        doc: "The private key, RSA or ECDSA, in PEM.",
    },
    Key {
        path: "http_api.https.cert",
        also: &[],
        kind: Kind::Path(|config, path| config.http_api.https.identity.cert = path),
        default: Default::Value("./conf/server.crt"),
        doc: "The certificate in PEM, followed by those that signed it.",
    },
    Key {
        path: "http_api.raw_api.enabled",
        also: &[],
        kind: Kind::Switch(|config, on| config.http_api.raw_api = on),
        default: Default::Value("off"),
        doc: "Whether /api/v1/raw answers.",
    },
    Key {
        path: "http_api.raw_api.allow_reload",
        also: &[],
        kind: Kind::Switch(|config, on| config.http_api.allow_reload = on),
        default: Default::Value("off"),
        doc: "Whether /api/v1/raw?rpc=reload reads the configuration again, as SIGHUP does.",
    },
    Key {
        path: "http_api.raw_api.allow_query",
        also: &[],
        kind: Kind::Always(false, "SRS has removed it, and flvgate does not have it"),
        default: Default::Value("off"),
        doc: "Read for the sake of SRS's files. SRS has removed what it allowed.",
    },
    Key {
        path: "http_api.raw_api.allow_update",
        also: &[],
        kind: Kind::Always(false, "SRS has removed it, and flvgate does not have it"),
        default: Default::Value("off"),
        doc: "Read for the sake of SRS's files. SRS has removed what it allowed.",
    },
    Key {
        path: "http_api.auth.enabled",
        also: &[],
        kind: Kind::Switch(|config, on| config.auth = on),
        default: Default::Value("off"),
        doc: "Whether the API asks for a name and a password (HTTP Basic authentication).",
    },
    Key {
        path: "http_api.auth.username",
        also: &[],
        kind: Kind::Text("a user name", |config, text| config.credentials.username = text),
        default: Default::Unset("admin"),
        doc: "The name. It has no colon.",
    },
    Key {
        path: "http_api.auth.password",
        also: &[],
        kind: Kind::Secret("a password", |config, text| config.credentials.password = text),
        default: Default::Unset("secret"),
        doc: "The password. It is never logged.",
    },
];
