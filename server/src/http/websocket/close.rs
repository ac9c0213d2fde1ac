//! The words and numbers of a WebSocket's end (RFC 6455 section 7.4); the table is in the parent module.

use bytes::{BufMut, Bytes, BytesMut};

use super::frame_reader::ProtocolError;
use crate::http::departure::Departure;

/// What ends a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parting {
    /// We end it, for a reason the client can be told, if it still listens.
    Ours(Departure),
    /// The client broke the protocol.
    Breach(ProtocolError),
    /// The client sent a close frame with this code.
    Theirs(Option<u16>),
}

impl Parting {
    /// For the log and the counters.
    pub(super) const fn departure(&self) -> Departure {
        match self {
            Self::Ours(departure) => *departure,
            Self::Breach(_) => Departure::ProtocolError,
            Self::Theirs(_) => Departure::ClientLeft,
        }
    }

    /// The payload of our close frame; `None` when nobody is there to read it.
    pub(super) fn close_payload(&self) -> Option<Bytes> {
        let (code, reason) = match self {
            Self::Breach(ProtocolError(breach)) => (1002, *breach),
            // An echo; without a code in it, one without a code.
            Self::Theirs(None) => return Some(Bytes::new()),
            Self::Theirs(Some(code)) => (*code, ""),
            Self::Ours(departure) => match departure {
                Departure::StreamEnded => (1000, "stream ended"),
                Departure::Shutdown => (1001, "server is stopping"),
                Departure::ProtocolError => (1002, ""),
                Departure::Denied => (4403, "not allowed"),
                Departure::NotFound => (4404, "stream not found"),
                Departure::TooSlow => (4408, "too slow"),
                Departure::ClientLeft | Departure::Stalled | Departure::Silent => return None,
            },
        };
        let mut payload = BytesMut::with_capacity(2 + reason.len());
        payload.put_u16(code);
        payload.put_slice(reason.as_bytes());
        Some(payload.freeze())
    }
}
