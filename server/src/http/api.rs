//! The JSON API, in SRS's envelope and shapes, read-only.

mod codecs;
mod envelope;
mod raw;
mod reload;
mod streams;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::Uri;
use serde::Serialize;

use super::Delivery;
use super::requested_vhost::query_value;
use envelope::answer;
use streams::{Server, Stream};

pub use reload::ReloadRequest;
pub(super) use reload::Reloads;

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

/// Every endpoint.
pub(super) fn routes() -> Router<Arc<Delivery>> {
    Router::new()
        .route("/api/v1/versions", get(versions))
        .route("/api/v1/streams", get(streams))
        .route("/api/v1/streams/", get(streams))
        .route("/api/v1/raw", get(raw::raw))
}

/// `GET /api/v1/versions`
async fn versions() -> Response {
    let number = |text: &str| text.parse().unwrap_or_default();
    let data = Version {
        major: number(env!("CARGO_PKG_VERSION_MAJOR")),
        minor: number(env!("CARGO_PKG_VERSION_MINOR")),
        revision: number(env!("CARGO_PKG_VERSION_PATCH")),
        version: env!("CARGO_PKG_VERSION"),
    };
    answer(Versions { data })
}

/// `GET /api/v1/streams?start=&count=`: the streams that are live or may come back, oldest first; all, without a count.
async fn streams(State(delivery): State<Arc<Delivery>>, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let number = |name| query_value(query, name).and_then(|value| value.parse().ok());
    let (start, count) = (number("start").unwrap_or(0), number("count").unwrap_or(usize::MAX));

    let all = delivery.hub.streams();
    let flvgate = Server::of(&delivery, all.len());
    let site = delivery.site();
    let page = all.into_iter().skip(start).take(count);
    let streams = page.map(|status| Stream::of(status, &site.mounts)).collect();
    answer(Streams { streams, flvgate })
}
