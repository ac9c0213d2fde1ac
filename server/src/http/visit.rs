//! One viewer's visit: in the registry of clients, in the log and in the counters.

use std::sync::Arc;

use axum::extract::Request;
use http::header::REFERER;
use tokio::time::Instant;

use super::Delivery;
use super::client_address::Client;
use super::connection::Connection;
use super::departure::{Departure, Departures};
use super::mount::Mounted;
use super::requested_vhost::requested_vhost;
use crate::hub::Viewer;
use crate::hub::clients::{ClientInfo, Kick, Registration, Role};
use crate::names::PublicUrl;

/// Who asks for a stream, as far as the request tells.
#[derive(Debug)]
pub(super) struct Caller {
    client: Client,
    page_url: PublicUrl,
    /// The name that the client has for the vhost.
    host: String,
}

/// One viewer's visit, from its request to its end; registers and logs it, and counts the end.
#[derive(Debug)]
pub(super) struct Visit {
    registration: Registration,
    transport: &'static str,
    client: Client,
    departures: Arc<Departures>,
    departure: Option<Departure>,
}

impl Caller {
    pub(super) fn of(request: &Request, client: Client) -> Self {
        let page_url = request.headers().get(REFERER).map(|url| String::from_utf8_lossy(url.as_bytes()));
        Self {
            page_url: PublicUrl::of(&page_url.unwrap_or_default()),
            host: requested_vhost(request.uri(), request.headers()).name,
            client,
        }
    }

    /// What the request came by.
    pub(super) const fn connection(&self) -> &Arc<Connection> {
        &self.client.connection
    }
}

impl Visit {
    /// Opens a visit over `transport`, such as `websocket`.
    pub(super) fn open(
        delivery: &Delivery,
        caller: Caller,
        mounted: &Mounted,
        transport: &'static str,
    ) -> Self {
        let Caller { client, page_url, host } = caller;
        // Over HTTP/2 that is one stream: a connection that other requests share stays when the viewer is kicked.
        let kick = client.connection.kick().clone();
        let clients = delivery.hub.clients();
        let info = ClientInfo {
            role: Role::Viewer { transport, format: mounted.format },
            ip: client.ip,
            page_url,
            swf_url: PublicUrl::default(),
            tc_url: PublicUrl::of(&format!("rtmp://{host}/{}", mounted.key.app)),
            key: mounted.key.clone().into(),
        };
        let registration = clients.register(clients.new_id(), info, kick);
        tracing::debug!(
            name: "session",
            client = registration.client().id(),
            stream = %mounted.key,
            transport,
            format = mounted.format.name(),
            ip = %client.ip,
            peer = %client.connection.peer(),
            "viewer comes"
        );
        Self { registration, transport, client, departures: delivery.departures.clone(), departure: None }
    }

    /// Notes that the viewer has joined its stream.
    pub(super) fn join(&self, viewer: &Viewer) {
        self.registration.note_joined(viewer.progress());
    }

    /// Notes that `bytes` of the stream were handed to the connection by about `now`.
    pub(super) fn add_bytes(&self, bytes: usize, now: Instant) {
        self.registration.client().traffic().add_sent_by(bytes as u64, now);
    }

    /// Notes why the visit is about to end; without it, the client left.
    pub(super) const fn end(&mut self, departure: Departure) {
        self.departure = Some(departure);
    }

    /// Whether the viewer is being cut off because its socket took no byte for too long.
    pub(super) fn is_stalled(&self) -> bool {
        self.client.connection.is_stalled()
    }

    /// What tells the viewer to go.
    pub(super) fn kick(&self) -> &Kick {
        self.client.connection.kick()
    }

    /// Resolves when the viewer is kicked.
    pub(super) async fn kicked(&self) {
        self.registration.kicked().await;
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        // A response's body is only dropped when its connection ends: why it does, the connection knows.
        let without_reason = if self.registration.is_kicked() {
            Departure::Kicked
        } else if self.is_stalled() {
            Departure::Stalled
        } else {
            Departure::ClientLeft
        };
        let departure = self.departure.unwrap_or(without_reason);
        self.departures.add(departure);
        let client = self.registration.client();
        tracing::info!(
            name: "session",
            client = client.id(),
            stream = %client.info().key,
            transport = self.transport,
            ip = %self.client.ip,
            peer = %self.client.connection.peer(),
            bytes = client.traffic().sent_bytes(),
            seconds = client.alive().as_secs_f32(),
            reason = departure.name(),
            "viewer leaves"
        );
    }
}
