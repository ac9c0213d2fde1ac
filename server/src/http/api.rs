//! The JSON API, in SRS's envelope and shapes, read-only.

mod codecs;
mod envelope;
mod streams;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use http::{HeaderName, Uri};
use serde::Serialize;

use super::Delivery;
use super::requested_vhost::query_value;
use envelope::Envelope;
use streams::{Server, Stream};

/// Every answer is of this moment.
const NOT_STORED: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

#[derive(Debug, Serialize)]
struct Versions {
    data: Version,
}

#[derive(Debug, Serialize)]
struct Version {
    major: u32,
    minor: u32,
    revision: u32,
    version: &'static str,
}

#[derive(Debug, Serialize)]
struct Streams {
    streams: Vec<Stream>,
    flvgate: Server,
}

/// `GET /api/v1/versions`
pub(super) async fn versions() -> Response {
    let number = |text: &str| text.parse().unwrap_or_default();
    let data = Version {
        major: number(env!("CARGO_PKG_VERSION_MAJOR")),
        minor: number(env!("CARGO_PKG_VERSION_MINOR")),
        revision: number(env!("CARGO_PKG_VERSION_PATCH")),
        version: env!("CARGO_PKG_VERSION"),
    };
    (NOT_STORED, Json(Envelope::around(Versions { data }))).into_response()
}

/// `GET /api/v1/streams?start=&count=`: the streams that are live or may come back, oldest first; all, without a count.
pub(super) async fn streams(State(delivery): State<Arc<Delivery>>, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let number = |name| query_value(query, name).and_then(|value| value.parse().ok());
    let (start, count) = (number("start").unwrap_or(0), number("count").unwrap_or(usize::MAX));

    let all = delivery.hub.streams();
    let flvgate = Server::of(&delivery, all.len());
    let site = delivery.site();
    let page = all.into_iter().skip(start).take(count);
    let streams = page.map(|status| Stream::of(status, &site.mounts)).collect();
    (NOT_STORED, Json(Envelope::around(Streams { streams, flvgate }))).into_response()
}
