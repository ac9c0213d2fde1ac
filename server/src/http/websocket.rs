//! Live over WebSocket (RFC 6455): the mount's byte stream, cut into binary messages.
//!
//! Clients treat the messages as one byte stream: their borders mean nothing. What a client sends is read for its
//! control frames only. The handshake always succeeds with 101, because a page cannot see any other status; what would
//! be an HTTP status is a close code instead:
//!
//! | code | reason                  | when                                                          |
//! |------|-------------------------|---------------------------------------------------------------|
//! | 1000 | `stream ended`          | the publisher has gone, and did not come back in time         |
//! | 1001 | `server is stopping`    | shutdown                                                      |
//! | 1002 | what was wrong          | the client broke RFC 6455                                     |
//! | 4403 | `not allowed`           | `security` or `refer` denies it                               |
//! | 4404 | `stream not found`      | the stream is not live, and did not become so in `stream_wait` |
//! | 4404 | `no longer served`      | a reload has taken the mount away                             |
//! | 4408 | `too slow`              | the viewer fell behind too far, too often                     |
//! | 4410 | `kicked`                | the operator disconnected the viewer by the API               |
//! | 4415 | both codecs' names      | the mount's format cannot carry the stream, or no longer      |
//! | none | the connection is cut   | the socket took no byte for `send_timeout`                    |
//! | none | the connection is cut   | no answer to two pings, `ws_ping_interval` apart              |
//!
//! 4403, 4404, 4408, 4410 and 4415 are of the range for private use (section 7.4.2); they echo HTTP's 403, 404, 408, 410
//! and 415.

mod close;
mod frame_reader;
mod handshake;
mod link;
mod outbox;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderValue, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Delivery;
use super::departure::Departure;
use super::mount::Mounted;
use super::refusal::Refusal;
use super::visit::{Caller, Visit};
use handshake::HandshakeError;
use link::{Link, Parting};

pub(super) use handshake::is_wanted;

/// GET with `Upgrade: websocket`: switches protocols, and serves the stream in the background.
pub(super) fn upgrade(
    delivery: &Arc<Delivery>,
    mounted: Mounted,
    caller: Caller,
    admitted: bool,
    mut request: Request,
) -> Response {
    let accepted = match handshake::accept(request.headers()) {
        Ok(accepted) => accepted,
        Err(error @ HandshakeError::Version) => {
            return Refusal::new(StatusCode::UPGRADE_REQUIRED, error.to_string())
                .with_header(SEC_WEBSOCKET_VERSION, handshake::VERSION)
                .into_response();
        }
        Err(error) => return Refusal::new(StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        return Refusal::new(StatusCode::BAD_REQUEST, "this connection cannot be upgraded").into_response();
    };
    let visit = Visit::open(delivery, caller, &mounted, "websocket");
    tokio::spawn(serve(delivery.clone(), mounted, admitted, upgrade, visit));

    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accepted.key);
    if let Some(protocol) = accepted.protocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response
}

async fn serve(
    delivery: Arc<Delivery>,
    mounted: Mounted,
    admitted: bool,
    upgrade: OnUpgrade,
    mut visit: Visit,
) {
    // An error means that the connection broke before the answer was out: the visit ends as "client left".
    let Ok(upgraded) = upgrade.await else { return };
    let mut link =
        Link::new(TokioIo::new(upgraded), delivery.settings.current().http_server.http.ws_ping_interval);
    let parting = tokio::select! {
        parting = deliver(&delivery, &mounted, admitted, &mut link, &visit) => parting,
        () = delivery.shutdown.requested() => Parting::Ours(Departure::Shutdown),
        () = visit.kicked() => Parting::Ours(Departure::Kicked),
    };
    visit.end(parting.departure());
    // The visit is over, however long the goodbye takes.
    drop(visit);
    link.close(&parting).await;
}

/// Sends the stream until something ends it.
async fn deliver<IO: AsyncRead + AsyncWrite + Unpin>(
    delivery: &Delivery,
    mounted: &Mounted,
    admitted: bool,
    link: &mut Link<IO>,
    visit: &Visit,
) -> Parting {
    if !admitted {
        return Parting::Ours(Departure::Denied);
    }
    let wait = mounted.vhost.http_remux.stream_wait;
    let joining = delivery.hub.view(&mounted.key, mounted.format, wait);
    let mut viewer = match link.until(joining).await {
        Ok(Ok(viewer)) => viewer,
        Ok(Err(error)) => return error.into(),
        Err(parting) => return parting,
    };
    let mut batch = Vec::new();
    loop {
        match link.until(viewer.next(&mut batch)).await {
            Ok(Ok(())) => {}
            Ok(Err(end)) => return end.into(),
            Err(parting) => return parting,
        }
        visit.add_bytes(batch.iter().map(bytes::Bytes::len).sum());
        link.send(&mut batch);
        if let Err(parting) = link.drain().await {
            if visit.is_stalled() {
                viewer.note_stalled();
            }
            return parting;
        }
    }
}
