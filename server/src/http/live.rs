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
use tokio::time::Instant;

use super::Delivery;
use super::connection::Watch;
use super::departure::Departure;
use super::handover::{Handover, Sequel};
use super::mount::Mounted;
use super::refusal::Refusal;
use super::visit::{Caller, Visit};
use crate::hub::{Asker, End, Route, ViewError, Viewer};

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
        return with_live_headers(mounted.format, body(viewer, visit, watch));
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

struct Feed {
    viewer: Viewer,
    visit: Visit,
    batch: Vec<Bytes>,
    /// How many parcels of `batch` have been given already.
    given: usize,
    _watch: Watch,
}

/// Over HTTP/2: the viewer's parcels, each a piece of its own.
fn body(viewer: Viewer, visit: Visit, watch: Watch) -> Body {
    let feed = Feed { viewer, visit, batch: Vec::new(), given: 0, _watch: watch };
    Body::from_stream(stream::try_unfold(feed, async |mut feed| {
        let parcel = feed.next().await?;
        io::Result::Ok(parcel.map(|parcel| (parcel, feed)))
    }))
}

impl Feed {
    /// The next parcel; `None` ends the body properly, an error breaks it off.
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.given == self.batch.len() {
            self.batch.clear();
            self.given = 0;
            // Who is kicked is cut off with the stream that this is the body of.
            if let Err(end) = self.viewer.next(&mut self.batch).await {
                self.visit.end(Departure::from(end));
                return match end {
                    End::StreamEnded | End::Unsuitable(_) | End::Withdrawn | End::Shutdown => Ok(None),
                    // A proper end would say that the stream is over, and would have to wait for a full socket.
                    End::TooSlow => Err(io::Error::new(io::ErrorKind::TimedOut, "the viewer is too slow")),
                };
            }
        }
        let Some(parcel) = self.batch.get_mut(self.given).map(std::mem::take) else { return Ok(None) };
        self.given += 1;
        self.visit.add_bytes(parcel.len(), Instant::now());
        Ok(Some(parcel))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if self.visit.is_stalled() {
            self.viewer.note_stalled();
        }
    }
}
