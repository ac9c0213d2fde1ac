//! Why viewers leave, and how many left for which reason.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::hub::End;

/// Why a viewer is no longer served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Departure {
    /// The viewer closed the connection, or it broke.
    ClientLeft,
    /// The stream was not live, and did not become so in time. Over WebSocket only: over HTTP that is a 404, no visit.
    NotFound,
    /// The edge asks for as many streams as it may. Over WebSocket only: over HTTP that is a 503, no visit.
    Busy,
    /// The viewer may not play here. Over WebSocket only: over HTTP that is a 403, no visit.
    Denied,
    /// The publisher has gone for good.
    StreamEnded,
    /// The stream's codecs do not go into the mount's format.
    Unsuitable,
    /// The stream has a track that the viewer's header lacks.
    TracksChanged,
    /// A reload has taken the mount away.
    Withdrawn,
    /// The viewer fell too far behind, too often.
    TooSlow,
    /// The viewer's socket took no byte for `send_timeout`.
    Stalled,
    /// A WebSocket viewer answered no ping.
    Silent,
    /// A WebSocket viewer sent more than its stream needs, for too long.
    Flooding,
    /// A WebSocket viewer broke RFC 6455.
    ProtocolError,
    /// The API was asked to disconnect the viewer.
    Kicked,
    /// The server is stopping.
    Shutdown,
}

/// How many viewers left for which reason.
#[derive(Debug, Default)]
pub(super) struct Departures([AtomicU64; Departure::ALL.len()]);

impl Departure {
    pub(super) const ALL: [Self; 15] = [
        Self::ClientLeft,
        Self::NotFound,
        Self::Busy,
        Self::Denied,
        Self::StreamEnded,
        Self::Unsuitable,
        Self::TracksChanged,
        Self::Withdrawn,
        Self::TooSlow,
        Self::Stalled,
        Self::Silent,
        Self::Flooding,
        Self::ProtocolError,
        Self::Kicked,
        Self::Shutdown,
    ];

    /// The name in the log and in the API.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ClientLeft => "client_left",
            Self::NotFound => "not_found",
            Self::Busy => "busy",
            Self::Denied => "denied",
            Self::StreamEnded => "stream_ended",
            Self::Unsuitable => "unsuitable",
            Self::TracksChanged => "tracks_changed",
            Self::Withdrawn => "withdrawn",
            Self::TooSlow => "too_slow",
            Self::Stalled => "stalled",
            Self::Silent => "silent",
            Self::Flooding => "flooding",
            Self::ProtocolError => "protocol_error",
            Self::Kicked => "kicked",
            Self::Shutdown => "shutdown",
        }
    }
}

impl From<End> for Departure {
    fn from(end: End) -> Self {
        match end {
            End::StreamEnded => Self::StreamEnded,
            End::Unsuitable(_) => Self::Unsuitable,
            End::TracksChanged => Self::TracksChanged,
            End::Withdrawn => Self::Withdrawn,
            End::TooSlow => Self::TooSlow,
            End::Shutdown => Self::Shutdown,
        }
    }
}

impl Departures {
    /// Counts one.
    pub(super) fn add(&self, departure: Departure) {
        self.0[departure as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Every reason with its count.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Departure, u64)> {
        Departure::ALL
            .into_iter()
            .map(|departure| (departure, self.0[departure as usize].load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_counted_under_its_own_name() {
        let departures = Departures::default();
        for (index, departure) in Departure::ALL.into_iter().enumerate() {
            (0..=index).for_each(|_| departures.add(departure));
        }
        let counts: Vec<_> = departures.counts().collect();
        for (index, departure) in Departure::ALL.into_iter().enumerate() {
            assert_eq!(counts[index], (departure, index as u64 + 1));
        }
    }
}
