//! HTTP/2 (RFC 9113): many requests on one connection, so that a page may have more players than six.
//!
//! hyper speaks the protocol. What is here bounds what a peer may cost, and ends a stream that takes nothing while the
//! others on its connection do: the socket cannot see that.

mod all_streams;
mod body;
mod serving;
mod stalls;
mod timeouts;
mod tunnel;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::future::Either;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::connection::Connection;
use super::cors;
use crate::shutdown::Shutdown;
use body::StreamBody;
use serving::Serving;
use stalls::{Opened, Streams};

pub(super) use all_streams::AllStreams;
pub(super) use tunnel::Tunnel;

/// Requests at once on one connection; browsers have no more than a hundred.
const MAX_STREAMS: u32 = 128;

/// All names and values of one request's head, in bytes (SETTINGS_MAX_HEADER_LIST_SIZE).
const MAX_HEADER_LIST: u32 = 32 * 1024;

/// What a client may send unasked, per request and per connection, in bytes: requests here have no large bodies.
const RECEIVE_WINDOW: u32 = 64 * 1024;

/// What is held of one stream that its client has no window for, in bytes; at most one frame more.
const SEND_BUFFER: usize = 64 * 1024;

/// The largest DATA frame sent, in bytes: with its header it fills one TLS record (RFC 8446 section 5.1).
pub(super) const DATA_LEN: usize = 16 * 1024 - 9;

/// Streams that a client may have reset before we have looked at them; one more ends the connection, because opening
/// streams to reset them at once is an attack (CVE-2023-44487).
const MAX_RESETS_UNSEEN: usize = 32;

/// Streams that we may have to reset on one connection for what its client did wrong.
const MAX_RESETS_BY_US: usize = 128;

/// How long what has been said may take to get to a client that is thrown out.
const GOODBYE: Duration = Duration::from_millis(100);

/// How often a client is asked whether it is there.
const PING_INTERVAL: Duration = Duration::from_secs(20);

/// How long its answer may take. What a slow client has not taken yet goes before the question; a client that takes
/// nothing at all is found sooner by its socket.
const PING_TIMEOUT: Duration = Duration::from_secs(60);

/// What a connection is served with.
#[derive(Debug)]
pub(super) struct Limits {
    /// The streams of all connections.
    pub(super) streams: Arc<AllStreams>,
    /// Whether pages of every origin may read that a stream is refused.
    pub(super) cors: bool,
    /// A connection without any stream for so long is ended.
    pub(super) idle_timeout: Duration,
    /// A stream that takes no byte for so long is ended.
    pub(super) send_timeout: Duration,
    /// How long a connection may take to end when the server stops.
    pub(super) shutdown_patience: Duration,
}

/// Serves one connection until its peer or the server ends it.
pub(super) async fn serve<IO>(
    stream: IO,
    connection: Arc<Connection>,
    router: Router,
    limits: Limits,
    shutdown: &Shutdown,
) -> hyper::Result<()>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (streams, mut opened) = Streams::new(connection, limits.streams, limits.send_timeout);
    let mut thrown_out = opened.clone();
    let newcomers = streams.newcomers();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let stream = stalls::current();
            if stream.is_refused() {
                return Ok(refusal(limits.cors).map(|body| StreamBody::new(body, stream)));
            }
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(stream.connection().clone());
            let response = router.oneshot(request).await?;
            Ok::<_, std::convert::Infallible>(response.map(|body| StreamBody::new(body, stream)))
        }
    });
    let served = http2::Builder::new(streams)
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST)
        .initial_stream_window_size(RECEIVE_WINDOW)
        .initial_connection_window_size(RECEIVE_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(MAX_RESETS_UNSEEN)
        .max_local_error_reset_streams(MAX_RESETS_BY_US)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .enable_connect_protocol()
        .serve_connection(TokioIo::new(stream), service);
    let served = pin!(served);
    let mut serving = Serving::new(served, newcomers);
    let occasion = async {
        tokio::select! {
            () = shutdown.requested() => limits.shutdown_patience,
            // Nothing is expected of it any more.
            Ok(_) = thrown_out.wait_for(|opened| opened.resets_too_often) => GOODBYE,
            // The ends of bodies may still be on their way to a slow client.
            used = idle(&mut opened, limits.idle_timeout) => {
                if used { limits.send_timeout } else { limits.shutdown_patience }
            }
        }
    };
    let patience = match serving.until(occasion).await {
        Either::Left(ended) => return ended,
        Either::Right(patience) => patience,
    };
    serving.connection().graceful_shutdown();
    let too_late = async {
        tokio::select! {
            () = sleep(patience) => {}
            () = async { shutdown.requested().await; sleep(limits.shutdown_patience).await } => {}
        }
    };
    match serving.until(too_late).await {
        Either::Left(ended) => ended,
        Either::Right(()) => Ok(()),
    }
}

/// The answer to a request that is one too many: a head alone, which no window can keep back.
fn refusal(cors: bool) -> http::Response<Body> {
    let mut response = http::Response::new(Body::empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    if cors {
        cors::open(response.headers_mut());
    }
    response
}

/// Resolves when no stream has been open for `limit`; says whether there has been any before.
async fn idle(opened: &mut watch::Receiver<Opened>, limit: Duration) -> bool {
    loop {
        // The sender lives as long as the connection, and nothing is left to wait for without it.
        let Ok(seen) = opened.wait_for(|opened| opened.now == 0).await.map(|opened| *opened) else {
            return true;
        };
        // Not "until one is open": one that comes and goes between two looks counts too.
        if timeout(limit, opened.wait_for(|opened| opened.ever != seen.ever)).await.is_err() {
            return seen.ever > 0;
        }
    }
}
