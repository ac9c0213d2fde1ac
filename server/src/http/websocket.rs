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

use super::connection::Connection;
use super::departure::Departure;
use super::http2::Tunnel;
use super::mount::Mounted;
use super::refusal::Refusal;
use super::socket::Socket;
use super::visit::{Caller, Visit};
use super::{Delivery, live};
use handshake::HandshakeError;
use link::{Link, Parting};

pub(super) use handshake::is_wanted;

/// GET with `Upgrade: websocket`, or an extended CONNECT over HTTP/2: switches protocols, and serves the stream in the background.
pub(super) fn upgrade(
    delivery: &Arc<Delivery>,
    mounted: Mounted,
    caller: Caller,
    admitted: bool,
    mut request: Request,
) -> Response {
    let is_tunnel = handshake::is_tunnel(&request);
    let judge = if is_tunnel { handshake::accept_tunnel } else { handshake::accept };
    let accepted = match judge(request.headers()) {
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
    let tunnel = is_tunnel.then(|| caller.connection().clone());
    let visit = Visit::open(delivery, caller, &mounted, "websocket");
    let viewing = Viewing { delivery: delivery.clone(), mounted, admitted, visit };
    tokio::spawn(serve(viewing, upgrade, tunnel));

    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    if let Some(key) = accepted.key {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, key);
    }
    if let Some(protocol) = accepted.protocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    // Over HTTP/2 the success of an extended CONNECT is a 200.
    if !is_tunnel {
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    }
    response
}

/// A viewer that has been let in, or is to hear that it is not.
struct Viewing {
    delivery: Arc<Delivery>,
    mounted: Mounted,
    admitted: bool,
    visit: Visit,
}

/// `tunnel` is the stream of an extended CONNECT, on whose connection there are others.
async fn serve(viewing: Viewing, upgrade: OnUpgrade, tunnel: Option<Arc<Connection>>) {
    // An error means that the connection broke before the answer was out: the visit ends as "client left".
    let Ok(upgraded) = upgrade.await else { return };
    let upgraded = TokioIo::new(upgraded);
    let limits = viewing.delivery.settings.current().http_server.http;
    match tunnel {
        None => converse(viewing, Link::new(upgraded, limits.ws_ping_interval)).await,
        Some(stream) => {
            let socket = Socket::new(Tunnel::new(upgraded), stream.clone(), limits.send_timeout);
            converse(viewing, Link::new(socket, limits.ws_ping_interval)).await;
            // A client that did not take the goodbye in time would hold the stream for ever.
            stream.cut();
        }
    }
}

/// Sends the stream, then says why it ends.
async fn converse<IO: AsyncRead + AsyncWrite + Unpin>(viewing: Viewing, mut link: Link<IO>) {
    let Viewing { delivery, mounted, admitted, mut visit } = viewing;
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
    let mut viewer = match link.until(live::join(delivery, mounted, wait)).await {
        Ok(Ok(viewer)) => viewer,
        Ok(Err(error)) => return error.into(),
        Err(parting) => return parting,
    };
    visit.join(&viewer);
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
