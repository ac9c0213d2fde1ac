//! Live over HTTP: a response whose body lasts as long as the stream.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flvgate_media::format::Format;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode, Version};

use super::Delivery;
use super::fan_out::{Guest, Manner, handed};
use super::handover::{Handover, Sequel};
use super::mount::Mounted;
use super::refusal::Refusal;
use super::visit::{Caller, Visit};
use crate::hub::{Asker, Route, ViewError, Viewer};

/// Tells nginx, and what behaves like it, to pass the body on as it comes.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// GET: the stream itself, at once or when it comes within `stream_wait`.
///
/// Over HTTP/1 the stream itself goes by the `handover`.
pub(super) async fn respond(
    delivery: &Delivery,
    mounted: Mounted,
    caller: Caller,
    version: Version,
    handover: Option<Handover>,
) -> Response {
    let wait = mounted.vhost.http_remux.stream_wait;
    let watch = caller.connection().watch();
    let joined = tokio::select! {
        biased;
        joined = join(delivery, &mounted, wait) => joined,
        // It may be there to hear that there is no such stream, but it waits no more.
        () = watch.peer_ended() => Err(ViewError::NotLive(mounted.key.clone())),
    };
    let viewer = match joined {
        Ok(viewer) => viewer,
        Err(error) => return refuse(&error),
    };
    watch.stream();
    let visit = Visit::open(delivery, caller, &mounted, "http");
    visit.join(&viewer);
    let Some(handover) = handover else {
        let (carrier, body) = handed();
        let carrier = Box::new(carrier);
        delivery.fan_out.seat(Guest { carrier, viewer, visit, manner: Manner::Bare });
        return with_live_headers(mounted.format, Body::new(body));
    };
    let chunked = version != Version::HTTP_10;
    handover.leave(Sequel::Body { viewer, visit, _watch: watch, chunked });
    let mut response = with_live_headers(mounted.format, Body::new(handover.prologue()));
    // There is nothing to be had on a connection whose stream is over.
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// HEAD: what GET would answer now, without the body.
pub(super) async fn describe(delivery: &Delivery, mounted: &Mounted) -> Response {
    match join(delivery, mounted, Duration::ZERO).await {
        // Of unknown length like the stream, so that the head is GET's own.
        Ok(_) => with_live_headers(mounted.format, Body::from_stream(stream::pending::<io::Result<Bytes>>())),
        Err(error) => refuse(&error),
    }
}

/// Joins the stream that a request names, unless a reload has taken the mount away while it waited.
pub(super) async fn join(
    delivery: &Delivery,
    mounted: &Mounted,
    wait: Duration,
) -> Result<Viewer, ViewError> {
    let Mounted { key, vhost, format, query } = mounted;
    let viewer = if vhost.cluster.is_edge() {
        let asker = Asker { query: query.clone(), route: Route::default() };
        delivery.hub.request(key, *format, wait, asker).await?
    } else {
        delivery.hub.view(key, *format, wait).await?
    };
    let config = delivery.settings.current();
    let mut vhosts = config.vhosts.iter();
    if vhosts.any(|vhost| vhost.name == mounted.key.vhost && vhost.delivers(mounted.format)) {
        Ok(viewer)
    } else {
        Err(ViewError::NotLive(mounted.key.clone()))
    }
}

fn refuse(error: &ViewError) -> Response {
    let status = match error {
        error if error.is_busy() => StatusCode::SERVICE_UNAVAILABLE,
        ViewError::NotLive(_) | ViewError::Absent(..) => StatusCode::NOT_FOUND,
        ViewError::Unsuitable(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ViewError::Shutdown => StatusCode::SERVICE_UNAVAILABLE,
    };
    Refusal::new(status, error.to_string()).into_response()
}

fn with_live_headers(format: Format, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response
}
