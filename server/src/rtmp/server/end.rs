use std::{fmt, io};

use crate::rtmp::Error;

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum End {
    ClosedByPeer,
    Socket(io::Error),
    Protocol(Error),
    TimedOut(&'static str),
    Refused(String),
    TakenOver,
    Kicked,
    /// It has had no viewer for too long.
    Unwatched,
    /// It takes what it plays too slowly.
    TooSlow,
    Shutdown,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosedByPeer => f.write_str("closed by the client"),
            Self::Socket(error) => write!(f, "{error}"),
            Self::Protocol(error) => write!(f, "{error}"),
            Self::TimedOut(what) => write!(f, "waited too long for {what}"),
            Self::Refused(reason) => f.write_str(reason),
            Self::TakenOver => f.write_str("another publisher has taken the stream over"),
            Self::Kicked => f.write_str("the operator has disconnected this client"),
            Self::Unwatched => {
                f.write_str("nobody has watched the stream for as long as kickoff_for_idle allows")
            }
            Self::TooSlow => f.write_str("the client takes the stream too slowly"),
            Self::Shutdown => f.write_str("the server is stopping"),
        }
    }
}
