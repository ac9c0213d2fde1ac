//! How many connections there may be, which a reload may change.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::settings::Settings;
use crate::shutdown::Shutdown;

/// Lets `connections`, which has so many `permits`, one for each connection that there may be, follow `max_connections`
/// until `shutdown`.
///
/// Nobody is disconnected for a lower limit: permits go as connections end, and no new one is taken until enough have gone.
pub(super) async fn follow(
    connections: Arc<Semaphore>,
    mut permits: usize,
    mut settings: Settings,
    shutdown: Shutdown,
) {
    loop {
        let wanted = settings.current().max_connections;
        if permits < wanted {
            connections.add_permits(wanted - permits);
            permits = wanted;
        }
        tokio::select! {
            () = shutdown.requested() => return,
            () = settings.changed() => {}
            Ok(permit) = connections.acquire(), if permits > wanted => {
                permit.forget();
                permits -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::{settings, shutdown};

    fn config(max_connections: usize) -> Arc<Config> {
        Arc::new(Config { max_connections, ..Config::default() })
    }

    #[tokio::test(start_paused = true)]
    async fn a_lower_limit_waits_for_connections_to_end_and_a_higher_one_counts_at_once() {
        let (update, settings) = settings::channel(config(5));
        let connections = Arc::new(Semaphore::new(5));
        let (trigger, shutdown) = shutdown::channel();
        let following = tokio::spawn(follow(connections.clone(), 5, settings, shutdown));
        let settle = || tokio::time::sleep(std::time::Duration::from_millis(1));
        let mut taken: Vec<_> = (0..4).map(|_| connections.clone().try_acquire_owned().unwrap()).collect();

        update.replace(config(2));
        settle().await;
        assert!(connections.try_acquire().is_err());
        taken.truncate(2);
        settle().await;
        assert!(connections.try_acquire().is_err());
        taken.truncate(1);
        settle().await;
        assert_eq!(connections.available_permits(), 1);

        update.replace(config(4));
        settle().await;
        assert_eq!(connections.available_permits(), 3);
        trigger.shutdown();
        following.await.unwrap();
    }
}
