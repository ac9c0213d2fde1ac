//! The listener: accepts publishers and players, and runs a [`Session`](super::session::Session) for each.

mod connection;
mod end;
mod join;
mod player;
mod publication;
mod refusal;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinSet};
use tracing::{error, warn};

use crate::accept::Accept;
use crate::connections::{Connections, Purpose};
use crate::hub::Hub;
use crate::settings::Settings;
use crate::shutdown::Shutdown;
use connection::Connection;

/// Accepts publishers on `listener` until it is `retired` or the server stops by `shutdown`; returns when the last of them has gone.
///
/// `connections` has a place for each connection that there may be; without one, a newcomer is closed.
pub async fn serve(
    listener: Arc<TcpListener>,
    settings: Settings,
    hub: Arc<Hub>,
    connections: Arc<Connections>,
    retired: Shutdown,
    shutdown: Shutdown,
) {
    let mut tasks = JoinSet::new();
    let mut accept = Accept::new(listener, "RTMP", retired);
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.requested() => break,
            accepted = accept.next() => accepted,
            Some(ended) = tasks.join_next() => {
                report_panic(ended);
                continue;
            }
        };
        let Some((socket, address)) = accepted else { break };
        let place = connections.admit(Purpose::Rtmp).and_then(|mut place| {
            place.belongs_to(address.ip())?;
            Ok(place)
        });
        let place = match place {
            Ok(place) => place,
            Err(reason) => {
                warn!(%address, "RTMP connection closed: {reason}");
                continue;
            }
        };
        let connection =
            Connection::new(socket, address, place, settings.clone(), hub.clone(), shutdown.clone());
        tasks.spawn(connection.run());
    }
    drop(accept);
    while let Some(ended) = tasks.join_next().await {
        report_panic(ended);
    }
}

/// A panic is a bug of ours: it ends one connection, and must not go unseen.
fn report_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        error!(%error, "RTMP connection ended by a bug");
    }
}

#[cfg(test)]
mod tests;
