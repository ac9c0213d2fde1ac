//! Everything that can be asked of the API, in one table: routes, index and description come from it.

use std::sync::Arc;

use axum::routing::{MethodRouter, delete, get};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::clients::{self, Clients, OneClient};
use super::clusters::{self, Clusters};
use super::envelope::{Code, Envelope, Nothing};
use super::memory::{self, Meminfos};
use super::raw::{self, RawAnswer};
use super::streams::{self, OneStream, Streams};
use super::summaries::{self, Summaries};
use super::usage::{self, ProcessStats, Rusages, SystemStats};
use super::vhosts::{self, OneVhost, Vhosts};
use super::{about, openapi};
use crate::http::Delivery;

/// What the paths of the API's version 1 begin with.
pub(super) const VERSION_1: &str = "/api/v1/";

/// One thing that can be asked.
pub(super) struct Endpoint {
    pub(super) verb: Verb,
    /// `{id}` stands for one segment. A slash at the end makes no difference.
    pub(super) path: &'static str,
    /// What it tells, for the index and the description.
    pub(super) summary: &'static str,
    /// What its query may have.
    pub(super) query: &'static [Query],
    /// The schema of what it answers.
    pub(super) answer: fn(&mut SchemaGenerator) -> Schema,
    /// The codes of answers that tell what was wrong.
    pub(super) problems: &'static [Code],
    /// Whether it is served beside the streams, where `http_api` is not.
    pub(super) beside_streams: bool,
    pub(super) route: fn() -> MethodRouter<Arc<Delivery>>,
}

/// What is done by a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Delete,
}

/// One name of a query.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    pub(super) kind: QueryKind,
}

/// What values a query's name may have.
#[derive(Debug)]
pub(super) enum QueryKind {
    Number,
    Text,
    OneOf(&'static [&'static str]),
}

const PAGE: &[Query] = &[
    Query {
        name: "start",
        meaning: "How many entries to leave out, from the oldest on.",
        kind: QueryKind::Number,
    },
    Query {
        name: "count",
        meaning: "How many entries to show: 10 at least, and without it. Beside the streams, where http_api is not: \
                  as many as it says, and all without it.",
        kind: QueryKind::Number,
    },
];

const RPC: &[Query] = &[Query {
    name: "rpc",
    meaning: "raw: what this endpoint may do. reload: read the configuration again, and put it in force. \
              reload-fetch: what came of the newest reload.",
    kind: QueryKind::OneOf(&["raw", "reload", "reload-fetch"]),
}];

const STREAM: &[Query] = &[
    Query { name: "vhost", meaning: "The stream's vhost.", kind: QueryKind::Text },
    Query { name: "ip", meaning: "The client's address.", kind: QueryKind::Text },
    Query { name: "app", meaning: "The stream's app.", kind: QueryKind::Text },
    Query { name: "stream", meaning: "The stream's name.", kind: QueryKind::Text },
];

const fn endpoint<T: JsonSchema>(
    path: &'static str,
    summary: &'static str,
    route: fn() -> MethodRouter<Arc<Delivery>>,
) -> Endpoint {
    Endpoint {
        verb: Verb::Get,
        path,
        summary,
        query: &[],
        answer: |schemas| schemas.subschema_for::<Envelope<T>>(),
        problems: &[],
        beside_streams: false,
        route,
    }
}

/// Everything that can be asked.
pub(super) static ENDPOINTS: [Endpoint; 21] = [
    endpoint::<about::Index>("/api/", "The versions of the API.", || get(about::api)),
    endpoint::<about::Index>(VERSION_1, "What can be asked.", || get(about::v1)),
    Endpoint {
        beside_streams: true,
        ..endpoint::<about::Versions>("/api/v1/versions", "The server's version.", || get(about::versions))
    },
    endpoint::<Summaries>("/api/v1/summaries", "The process and the machine at a glance.", || {
        get(summaries::summaries)
    }),
    endpoint::<Rusages>("/api/v1/rusages", "What the process has used.", || get(usage::rusages)),
    endpoint::<ProcessStats>("/api/v1/self_proc_stats", "The process, as /proc/self/stat has it.", || {
        get(usage::process)
    }),
    endpoint::<SystemStats>("/api/v1/system_proc_stats", "The processors, as /proc/stat has them.", || {
        get(usage::system)
    }),
    endpoint::<Meminfos>("/api/v1/meminfos", "The machine's memory.", || get(memory::meminfos)),
    endpoint::<about::Authors>("/api/v1/authors", "Who made the server, and under which licence.", || {
        get(about::authors)
    }),
    endpoint::<about::Features>("/api/v1/features", "What the server can do.", || get(about::features)),
    endpoint::<Vhosts>("/api/v1/vhosts", "Every vhost of the configuration, with its traffic.", || {
        get(vhosts::list)
    })
    .paged(),
    endpoint::<OneVhost>("/api/v1/vhosts/{id}", "One vhost.", || get(vhosts::one))
        .with_problems(&[Code::VHOST_NOT_FOUND]),
    Endpoint {
        beside_streams: true,
        ..endpoint::<Streams>(
            "/api/v1/streams",
            "Every stream that is live or may come back, oldest first.",
            || get(streams::list),
        )
        .paged()
    },
    Endpoint {
        beside_streams: true,
        ..endpoint::<OneStream>("/api/v1/streams/{id}", "One stream.", || get(streams::one))
            .with_problems(&[Code::STREAM_NOT_FOUND])
    },
    endpoint::<Clients>("/api/v1/clients", "Every publisher and viewer, in the order of arrival.", || {
        get(clients::list)
    })
    .paged(),
    endpoint::<OneClient>("/api/v1/clients/{id}", "One client.", || get(clients::one))
        .with_problems(&[Code::CLIENT_NOT_FOUND]),
    Endpoint {
        verb: Verb::Delete,
        ..endpoint::<Nothing>("/api/v1/clients/{id}", "Disconnects the client at once.", || {
            delete(clients::kick)
        })
        .with_problems(&[Code::CLIENT_NOT_FOUND])
    },
    Endpoint {
        query: RPC,
        ..endpoint::<RawAnswer>("/api/v1/raw", "Reloads the configuration.", || get(raw::raw))
            .with_problems(&[Code::CONFIG_INVALID, Code::RAW_UNKNOWN, Code::RAW_DISABLED])
    },
    Endpoint {
        query: STREAM,
        ..endpoint::<Clusters>("/api/v1/clusters", "Which origin has a stream.", || get(clusters::clusters))
    },
    Endpoint {
        // A document of its own, not in an envelope.
        answer: |schemas| schemas.subschema_for::<openapi::Document>(),
        ..endpoint::<openapi::Document>(
            "/api/v1/openapi.json",
            "The description of all this, by OpenAPI 3.1.",
            || get(openapi::document),
        )
    },
    endpoint::<about::Index>("/", "Where the API is; not where the streams are, too.", || get(about::root)),
];

impl Endpoint {
    const fn paged(mut self) -> Self {
        self.query = PAGE;
        self
    }

    const fn with_problems(mut self, problems: &'static [Code]) -> Self {
        self.problems = problems;
        self
    }

    /// Whether `path` is one of its paths.
    fn has(&self, path: &str) -> bool {
        let (own, path) = (self.path.trim_end_matches('/'), path.strip_suffix('/').unwrap_or(path));
        let (mut own, mut path) = (own.split('/'), path.split('/'));
        loop {
            match (own.next(), path.next()) {
                (None, None) => return true,
                (Some("{id}"), Some(segment)) if !segment.is_empty() => {}
                (Some(expected), Some(segment)) if expected == segment => {}
                _ => return false,
            }
        }
    }
}

/// What can be asked of `path`, with what every URL takes; `None` when the API has no such path.
pub(in crate::http) fn allowed_methods(path: &str) -> Option<&'static str> {
    let here = || ENDPOINTS.iter().filter(|endpoint| endpoint.has(path));
    here().next()?;
    let deletes = here().any(|endpoint| endpoint.verb == Verb::Delete);
    Some(if deletes { "GET, HEAD, DELETE, OPTIONS" } else { "GET, HEAD, OPTIONS" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_what_can_be_asked_of_it() {
        let read = Some("GET, HEAD, OPTIONS");
        for path in ["/api/", "/api", "/api/v1/", "/api/v1", "/api/v1/clients", "/api/v1/clients/", "/"] {
            assert_eq!(allowed_methods(path), read, "{path}");
        }
        for path in ["/api/v1/clients/abc", "/api/v1/clients/abc/"] {
            assert_eq!(allowed_methods(path), Some("GET, HEAD, DELETE, OPTIONS"), "{path}");
        }
        assert_eq!(allowed_methods("/api/v1/streams/vid-1"), read);
        for path in
            ["/api/v1/clients//", "/api/v1/clients/a/b", "/api/v2", "/live/cam.flv", "/api/v1/x", "//"]
        {
            assert_eq!(allowed_methods(path), None, "{path}");
        }
    }

    #[test]
    fn no_two_endpoints_are_the_same() {
        for (index, one) in ENDPOINTS.iter().enumerate() {
            let same = |other: &&Endpoint| other.path == one.path && other.verb == one.verb;
            assert_eq!(ENDPOINTS[..index].iter().find(same).map(|other| other.path), None);
        }
    }
}
