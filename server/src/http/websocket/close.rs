//! The words and numbers of a WebSocket's end (RFC 6455 section 7.4); the table is in the parent module.

use std::borrow::Cow;

use bytes::{BufMut, Bytes, BytesMut};

use super::frame_reader::ProtocolError;
use crate::http::departure::Departure;
use crate::hub::{End, Unsuitable, ViewError};

/// What ends a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Parting {
    /// We end it, for a reason the client can be told, if it still listens.
    Ours(Departure),
    /// The stream does not go into the mount's format.
    Unsuitable(Unsuitable),
    /// The client broke the protocol.
    Breach(ProtocolError),
    /// The client sent a close frame with this code.
    Theirs(Option<u16>),
}

impl Parting {
    /// For the log and the counters.
    pub(in super::super) const fn departure(&self) -> Departure {
        match self {
            Self::Ours(departure) => *departure,
            Self::Unsuitable(_) => Departure::Unsuitable,
            Self::Breach(_) => Departure::ProtocolError,
            Self::Theirs(_) => Departure::ClientLeft,
        }
    }

    /// The payload of our close frame; `None` when nobody is there to read it.
    pub(super) fn close_payload(&self) -> Option<Bytes> {
        let (code, reason) = match self {
            Self::Breach(ProtocolError(breach)) => (1002, Cow::from(*breach)),
            Self::Unsuitable(reason) => (4415, reason.to_string().into()),
            // An echo; without a code in it, one without a code.
            Self::Theirs(None) => return Some(Bytes::new()),
            Self::Theirs(Some(code)) => (*code, "".into()),
            Self::Ours(departure) => match departure {
                Departure::StreamEnded => (1000, "stream ended".into()),
                Departure::Shutdown => (1001, "server is stopping".into()),
                Departure::ProtocolError => (1002, "".into()),
                Departure::Flooding => (1008, "too much input".into()),
                Departure::TracksChanged => (4205, "tracks changed".into()),
                Departure::Denied => (4403, "not allowed".into()),
                Departure::NotFound => (4404, "stream not found".into()),
                Departure::Withdrawn => (4404, "no longer served".into()),
                Departure::TooSlow => (4408, "too slow".into()),
                Departure::Kicked => (4410, "kicked".into()),
                Departure::Unsuitable => (4415, "".into()),
                Departure::Busy => (4503, "too many streams".into()),
                Departure::ClientLeft | Departure::Stalled | Departure::Silent => return None,
            },
        };
        let mut payload = BytesMut::with_capacity(2 + reason.len());
        payload.put_u16(code);
        payload.put_slice(reason.as_bytes());
        Some(payload.freeze())
    }
}

impl From<End> for Parting {
    fn from(end: End) -> Self {
        match end {
            End::Unsuitable(reason) => Self::Unsuitable(reason),
            end => Self::Ours(end.into()),
        }
    }
}

impl From<ViewError> for Parting {
    fn from(error: ViewError) -> Self {
        match error {
            error if error.is_busy() => Self::Ours(Departure::Busy),
            ViewError::NotLive(_) | ViewError::Absent(..) => Self::Ours(Departure::NotFound),
            ViewError::Unsuitable(reason) => Self::Unsuitable(reason),
            ViewError::Shutdown => Self::Ours(Departure::Shutdown),
        }
    }
}
