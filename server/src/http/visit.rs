//! One viewer's visit, in the log and the counters.

use std::sync::Arc;
use std::time::Instant;

use super::client_address::Client;
use super::departure::{Departure, Departures};
use crate::hub::StreamKey;

/// One viewer's visit, from its request to its end; logs both, and counts the end.
#[derive(Debug)]
pub(super) struct Visit {
    key: StreamKey,
    transport: &'static str,
    client: Client,
    departures: Arc<Departures>,
    started: Instant,
    bytes: u64,
    departure: Option<Departure>,
}

impl Visit {
    /// Opens a visit to `key` over `transport`, such as `http-flv`.
    pub(super) fn open(
        key: StreamKey,
        transport: &'static str,
        client: Client,
        departures: Arc<Departures>,
    ) -> Self {
        tracing::debug!(stream = %key, transport, client = %client.ip, peer = %client.connection.peer(), "viewer comes");
        Self { key, transport, client, departures, started: Instant::now(), bytes: 0, departure: None }
    }

    /// Notes that `bytes` of the stream were handed to the connection.
    pub(super) const fn add_bytes(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// Notes why the visit is about to end; without it, the client left.
    pub(super) const fn end(&mut self, departure: Departure) {
        self.departure = Some(departure);
    }

    /// Whether the viewer is being cut off because its socket took no byte for too long.
    pub(super) fn is_stalled(&self) -> bool {
        self.client.connection.is_stalled()
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        // A response's body is only dropped when its connection fails: what failed, the connection knows.
        let without_reason = if self.is_stalled() { Departure::Stalled } else { Departure::ClientLeft };
        let departure = self.departure.unwrap_or(without_reason);
        self.departures.add(departure);
        tracing::info!(
            stream = %self.key,
            transport = self.transport,
            client = %self.client.ip,
            peer = %self.client.connection.peer(),
            bytes = self.bytes,
            seconds = self.started.elapsed().as_secs_f32(),
            reason = departure.name(),
            "viewer leaves"
        );
    }
}
