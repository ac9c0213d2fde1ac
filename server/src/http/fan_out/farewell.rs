//! The proper end of a body that has lasted as long as its stream.

use std::io::{self, IoSlice};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use super::{Carrier, Framing, MAX_SLICES, Outbox};
use crate::http::departure::Departure;
use crate::http::server::SHUTDOWN_PATIENCE;
use crate::http::websocket::Parting;
use crate::shutdown::Shutdown;

/// How long a viewer may take to close after the body's end.
const LINGER: Duration = Duration::from_secs(1);

/// Whether the body ends properly. Otherwise it is broken off, which says that it is not all there was.
pub(super) const fn is_due(parting: &Parting) -> bool {
    match parting {
        Parting::Unsuitable(_) => true,
        Parting::Ours(departure) => {
            matches!(
                departure,
                Departure::StreamEnded
                    | Departure::TracksChanged
                    | Departure::Withdrawn
                    | Departure::Shutdown
            )
        }
        Parting::Breach(_) | Parting::Theirs(_) => false,
    }
}

/// Writes what is on its way, and the end.
pub(super) async fn end(
    mut carrier: Box<dyn Carrier>,
    mut outbox: Outbox,
    framing: Framing,
    shutdown: Shutdown,
) {
    if framing == Framing::Chunked {
        outbox.push_last_chunk();
    }
    let ending = async {
        drain(&mut carrier, &mut outbox).await?;
        carrier.shutdown().await?;
        // To close with unread bytes is a reset, which may overtake the end.
        let _ = timeout(LINGER, async {
            while carrier.read(&mut [0; 64]).await? > 0 {}
            io::Result::Ok(())
        })
        .await;
        io::Result::Ok(())
    };
    let patience = async {
        shutdown.requested().await;
        sleep(SHUTDOWN_PATIENCE).await;
    };
    tokio::select! {
        // There is nobody to tell of an error.
        _ = ending => {}
        () = patience => {}
    }
}

async fn drain(carrier: &mut Box<dyn Carrier>, outbox: &mut Outbox) -> io::Result<()> {
    while !outbox.is_empty() {
        let count = {
            let mut slices = [IoSlice::new(&[]); MAX_SLICES];
            let filled = outbox.fill(&mut slices);
            carrier.write_vectored(&slices[..filled]).await?
        };
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        outbox.advance(count);
    }
    carrier.flush().await
}
