//! The end of the process: at once, or when the last connection has gone.

use std::time::Duration;

use flvgate::Server;
use flvgate::config::Process;
use tokio::time::sleep;
use tracing::{info, warn};

use super::signals::Signals;

/// How long connections get to end when the server is asked to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes no new connections, and returns when the last one has gone, or when a signal says that it takes too long.
pub(super) async fn drain(server: &mut Server, process: &Process, signals: &mut Signals) {
    let draining = async {
        info!(
            "stopping when the last connection has gone; new ones are taken for {:?}",
            process.grace_start_wait
        );
        sleep(process.grace_start_wait).await;
        server.retire();
        server.idle().await;
        info!("the last connection has gone");
        sleep(process.grace_final_wait).await;
    };
    tokio::select! {
        () = draining => {}
        _ = signals.stop() => warn!("not waiting for the last connection any more"),
    }
}

/// Ends every connection, for as long as that may take.
pub(super) async fn stop(server: Server, signals: &mut Signals) {
    info!("stopping");
    tokio::select! {
        () = server.shutdown() => info!("stopped"),
        () = sleep(STOP_TIMEOUT) => warn!("stopped; some connections took too long to end"),
        _ = signals.stop() => warn!("stopped at once"),
    }
}
