//! Why the hub says no, and why it stops.

use super::{Absence, StreamKey, Unsuitable};

/// Why a stream cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody publishes it already, and `second_publisher` is `reject`.
    #[error("{0} is being published already")]
    Busy(StreamKey),
    /// The publication has come back to where it was forwarded from.
    #[error("{0} has come round in a loop of forwards")]
    Loop(StreamKey),
    /// A reload has just taken the vhost away.
    #[error("there is no vhost {0} any more")]
    NoVhost(String),
    /// The server is stopping.
    #[error("the server is shutting down")]
    Shutdown,
}

/// Why a stream cannot be viewed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// Nobody publishes it, or nothing has come from its publisher yet.
    #[error("the stream {}/{} is not live", .0.app, .0.stream)]
    NotLive(StreamKey),
    /// It is not here, and does not come from elsewhere; see [`is_busy`](Self::is_busy).
    #[error("the stream {}/{} is not live: {}", .0.app, .0.stream, .1)]
    Absent(StreamKey, Absence),
    /// The format cannot carry what is published.
    #[error(transparent)]
    Unsuitable(#[from] Unsuitable),
    /// The server is stopping.
    #[error("the server is stopping")]
    Shutdown,
}

impl ViewError {
    /// Whether it is no matter of this stream: the server can bring no more streams here now.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Absent(_, Absence::Busy))
    }
}

/// Why a viewer gets no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The publisher has gone, and did not come back within the grace period.
    StreamEnded,
    /// What is published now does not go into the viewer's format any more.
    Unsuitable(Unsuitable),
    /// The stream has a track that the viewer's FLV header lacks (`late_track end`): a new body has it.
    TracksChanged,
    /// A reload has taken away the vhost, or its delivery in the viewer's format.
    Withdrawn,
    /// The viewer read too slowly for too long.
    TooSlow,
    /// The server is stopping.
    Shutdown,
}

impl End {
    /// Whether viewers do not even get what is there already.
    pub(super) const fn is_at_once(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Shutdown)
    }
}
