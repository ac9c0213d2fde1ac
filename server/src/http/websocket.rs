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
//! | 1008 | `too much input`        | the client sends on and on; its stream needs none of that     |
//! | 4205 | `tracks changed`        | the header lacks a track that there is now (`late_track end`) |
//! | 4403 | `not allowed`           | `security` or `refer` denies it                               |
//! | 4404 | `stream not found`      | the stream is not live, and did not become so in `stream_wait` |
//! | 4404 | `no longer served`      | a reload has taken the mount away                             |
//! | 4503 | `too many streams`      | the edge asks its origins for as many streams as it may       |
//! | 4408 | `too slow`              | the viewer fell behind too far, too often                     |
//! | 4410 | `kicked`                | the operator disconnected the viewer by the API               |
//! | 4415 | both codecs' names      | the mount's format cannot carry the stream, or no longer      |
//! | none | the connection is cut   | the socket took no byte for `send_timeout`                    |
//! | none | the connection is cut   | no answer to two pings, `ws_ping_interval` apart              |
//!
//! 4205, 4403, 4404, 4408, 4410, 4415 and 4503 are of the range for private use (section 7.4.2); they echo HTTP's 205,
//! 403, 404, 408, 410, 415 and 503.

mod close;
mod frame_reader;
mod handshake;
mod link;
mod speech;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderValue, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::connection::Connection;
use super::departure::Departure;
use super::fan_out::{Carrier, Guest, Manner};
use super::handover::{Handover, Sequel};
use super::http2::Tunnel;
use super::mount::Mounted;
use super::refusal::Refusal;
use super::socket::Socket;
use super::visit::{Caller, Visit};
use super::{Delivery, live};
use crate::hub::Viewer;
use handshake::HandshakeError;
use link::Link;

pub(super) use close::Parting;
pub(super) use frame_reader::{MAX_CONTROL_PAYLOAD, opcode};
pub(super) use handshake::is_wanted;
pub(super) use link::broken;
pub(super) use speech::Speech;

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
    let connection = caller.connection().clone();
    let begin = || {
        let visit = Visit::open(delivery, caller, &mounted, "websocket");
        Viewing { delivery: delivery.clone(), mounted, admitted, visit }
    };
    if let Some(handover) = request.extensions().get::<Handover>() {
        handover.leave(Sequel::WebSocket(begin()));
    } else if is_tunnel && let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() {
        tokio::spawn(tunnel(begin(), upgrade, connection));
    } else {
        return Refusal::new(StatusCode::BAD_REQUEST, "this connection cannot be upgraded").into_response();
    }

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
#[derive(Debug)]
pub(super) struct Viewing {
    delivery: Arc<Delivery>,
    mounted: Mounted,
    admitted: bool,
    visit: Visit,
}

/// Serves the stream of an extended CONNECT, on whose connection there are others.
async fn tunnel(viewing: Viewing, upgrade: OnUpgrade, stream: Arc<Connection>) {
    // An error means that the connection broke before the answer was out: the visit ends as "client left".
    let Ok(upgraded) = upgrade.await else { return };
    let limits = viewing.delivery.settings.current().http_server.http;
    let socket = Socket::new(Tunnel::new(TokioIo::new(upgraded)), stream.clone(), limits.send_timeout);
    let speech = Speech::new(limits.ws_ping_interval).over(stream);
    converse(viewing, Link::new(Box::new(socket), speech, Bytes::new())).await;
}

/// Serves what a connection carries after its handshake, and after what its client has `said` behind that; returns when
/// the stream goes on without this.
pub(super) async fn serve(viewing: Viewing, carrier: Box<dyn Carrier>, said: Bytes) {
    let speech = Speech::new(viewing.delivery.settings.current().http_server.http.ws_ping_interval);
    converse(viewing, Link::new(carrier, speech, said)).await;
}

/// Finds the viewer a seat, or says why there is none.
async fn converse(viewing: Viewing, mut link: Link<Box<dyn Carrier>>) {
    let Viewing { delivery, mounted, admitted, mut visit } = viewing;
    let joined = tokio::select! {
        joined = join(&delivery, &mounted, admitted, &mut link) => joined,
        () = delivery.shutdown.requested() => Err(Parting::Ours(Departure::Shutdown)),
        () = visit.kicked() => Err(Parting::Ours(Departure::Kicked)),
    };
    let (link, parting) = match joined {
        Ok(viewer) => match link.into_parts().await {
            Ok((carrier, speech)) => {
                visit.join(&viewer);
                let manner = Manner::WebSocket(speech);
                return delivery.fan_out.seat(Guest { carrier, viewer, visit, manner });
            }
            Err(ended) => ended,
        },
        Err(parting) => (link, parting),
    };
    visit.end(parting.departure());
    // The visit is over, however long the goodbye takes.
    drop(visit);
    link.close(&parting).await;
}

/// Joins the stream, and serves the client meanwhile.
async fn join(
    delivery: &Delivery,
    mounted: &Mounted,
    admitted: bool,
    link: &mut Link<Box<dyn Carrier>>,
) -> Result<Viewer, Parting> {
    if !admitted {
        return Err(Parting::Ours(Departure::Denied));
    }
    let wait = mounted.vhost.http_remux.stream_wait;
    link.until(live::join(delivery, mounted, wait)).await?.map_err(Parting::from)
}
