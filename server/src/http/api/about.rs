//! What the server is: `versions`, `authors`, `features`, and the indexes of what can be asked.

use std::collections::BTreeMap;

use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::endpoint::{ENDPOINTS, VERSION_1};
use super::envelope::answer;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What `versions` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Versions {
    data: Version,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Version {
    major: u32,
    minor: u32,
    revision: u32,
    version: &'static str,
}

/// What `authors` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Authors {
    data: Authorship,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Authorship {
    license: &'static str,
    contributors: &'static str,
}

/// What `features` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Features {
    data: Build,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Build {
    /// How the server was built: nothing, as there is nothing to choose.
    options: &'static str,
    /// As above.
    options2: &'static str,
    /// What was built.
    build: &'static str,
    /// As above.
    build2: &'static str,
    /// SRS's features, and whether this server has them.
    features: BTreeMap<&'static str, bool>,
}

/// What an index answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Index {
    /// What can be asked under this URL, and what it tells.
    urls: BTreeMap<&'static str, &'static str>,
}

const FEATURES: [(&str, bool); 18] = [
    ("ssl", true),
    ("hls", false),
    ("hds", false),
    ("callback", false),
    ("api", true),
    ("httpd", true),
    ("dvr", false),
    ("transcode", false),
    ("ingest", false),
    ("stat", true),
    ("nginx", false),
    ("ffmpeg", false),
    ("stream_caster", false),
    ("caster", false),
    ("complex_send", true),
    ("tcp_nodelay", true),
    ("so_sendbuf", false),
    ("mr", false),
];

/// `GET /api/v1/versions`
pub(super) async fn versions() -> Response {
    let number = |text: &str| text.parse().unwrap_or_default();
    let data = Version {
        major: number(env!("CARGO_PKG_VERSION_MAJOR")),
        minor: number(env!("CARGO_PKG_VERSION_MINOR")),
        revision: number(env!("CARGO_PKG_VERSION_PATCH")),
        version: VERSION,
    };
    answer(Versions { data })
}

/// `GET /api/v1/authors`
pub(super) async fn authors() -> Response {
    let data = Authorship { license: env!("CARGO_PKG_LICENSE"), contributors: "the flvgate contributors" };
    answer(Authors { data })
}

/// `GET /api/v1/features`
pub(super) async fn features() -> Response {
    let build = concat!("flvgate ", env!("CARGO_PKG_VERSION"));
    let features = BTreeMap::from(FEATURES);
    answer(Features { data: Build { options: "", options2: "", build, build2: build, features } })
}

/// `GET /`, where nothing else is.
pub(super) async fn root() -> Response {
    answer(Index { urls: BTreeMap::from([("api", "the API")]) })
}

/// `GET /api/`
pub(super) async fn api() -> Response {
    answer(Index { urls: BTreeMap::from([("v1", "version 1 of the API")]) })
}

/// `GET /api/v1/`
pub(super) async fn v1() -> Response {
    let names = ENDPOINTS.iter().filter_map(|endpoint| {
        let name = endpoint.path.strip_prefix(VERSION_1)?;
        (!name.is_empty() && !name.contains('{')).then_some((name, endpoint.summary))
    });
    answer(Index { urls: names.collect() })
}
