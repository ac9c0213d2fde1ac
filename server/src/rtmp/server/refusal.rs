//! What the log says of those who are turned away: one line for each, with client, names and reason. Names come without
//! their queries, which have tokens in them, and with control characters escaped.

use tracing::info;

use super::connection::{Connection, Phase};
use super::end::End;
use crate::rtmp::Error;
use crate::rtmp::session::Refused;

impl Connection {
    /// Tells of a client that its session has refused; the connection ends with it.
    pub(super) fn report_refused(&self, refused: &Refused) -> End {
        self.report(refused);
        End::Refused(refused.reason.clone())
    }

    /// Tells of a wish that a client cannot have; the connection may go on.
    pub(super) fn report(&self, refused: &Refused) {
        let Refused { call, app, stream, reason } = refused;
        let client = &self.client_id;
        info!(client, address = %self.address, app, stream, %reason, "{} refused", call.name());
    }

    /// Tells why a client goes that has not come to publish or to play. Publications and plays have lines of their own,
    /// and one who just hangs up is a port scanner or a health check.
    pub(super) fn report_end(&self, end: &End) {
        let (Phase::Handshake | Phase::Connecting, End::Protocol(_) | End::TimedOut(_)) = (&self.phase, end)
        else {
            return;
        };
        let (client, address) = (&self.client_id, self.address);
        match end {
            End::Protocol(Error::Foreign(foreign)) => {
                info!(client, %address, reason = %end, advice = foreign.advice(), "RTMP client refused");
            }
            _ => info!(client, %address, reason = %end, "RTMP client refused"),
        }
    }
}
