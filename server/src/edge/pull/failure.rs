//! Why a pull leaves an origin, and what that says of the origin.

use crate::forward::DestinationError;
use crate::hub::PublishError;
use crate::rtmp::client::{ClientError, ConnectionError};

/// Why an origin's time is over.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Origin(#[from] DestinationError),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error("it has sent neither audio nor video")]
    Silent,
    #[error("the stream has come through too many servers")]
    TooFar,
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("another viewer's token is tried")]
    GaveWay,
    #[error("too many streams are asked for")]
    Busy,
    #[error("the operator has disconnected it")]
    Kicked,
    /// Behind a time in which it has sent the stream.
    #[error("{0}")]
    Lost(ConnectionError),
}

impl Failure {
    /// Whether the origin cannot be relied on for other streams either.
    pub(super) const fn is_of_origin(&self) -> bool {
        match self {
            Self::Connection(error) | Self::Lost(error) => match error {
                ConnectionError::Client(ClientError::Protocol(_)) => true,
                ConnectionError::Client(_) => false,
                // It is silent about this stream.
                ConnectionError::TimedOut(_) => !matches!(self, Self::Lost(_)),
                ConnectionError::Connect { .. } | ConnectionError::Closed | ConnectionError::Socket(_) => {
                    true
                }
            },
            Self::Origin(_) => true,
            Self::Silent | Self::TooFar | Self::Publish(_) | Self::Kicked | Self::GaveWay | Self::Busy => {
                false
            }
        }
    }

    /// Whether there were viewers of the stream, who are to get it from the next origin at once.
    pub(super) const fn had_stream(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Kicked)
    }

    /// Whether no origin can help.
    pub(super) const fn is_about_us(&self) -> bool {
        match self {
            Self::Publish(PublishError::Loop(_)) => false,
            Self::Publish(_) => true,
            _ => false,
        }
    }
}
