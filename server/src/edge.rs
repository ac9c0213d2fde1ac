//! Pulls what viewers of an edge want from its origins (`cluster { mode remote }`).
//!
//! ```text
//!   viewer -> hub: a stream is wanted -> pull --RTMP play--> origin 1, or when that fails origin 2
//!                    ^ published ---------'
//! ```
//!
//! One supervisor keeps a pull for each stream that is wanted. A pull publishes into the hub as an encoder does, so the
//! hub's grace period and timeline carry the viewers over from one origin to another.

mod origins;
mod pull;

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::JoinSet;
use tracing::error;

use crate::config::Config;
use crate::hub::{Hub, StreamKey};
use crate::settings::Settings;
use crate::shutdown::{self, Shutdown, ShutdownTrigger};
use origins::Origins;
use pull::Pull;

/// Pulls what is wanted from `hub` by the rules of `settings`, until `shutdown`.
pub(crate) async fn run(mut settings: Settings, hub: Arc<Hub>, shutdown: Shutdown) {
    let mut wishes = hub.wishes();
    let origins = Arc::<Origins>::default();
    let mut running: HashMap<StreamKey, (u64, ShutdownTrigger)> = HashMap::new();
    let mut number = 0;
    let mut pulls = JoinSet::new();
    loop {
        wishes.mark_unchanged();
        let config = settings.current();
        // Without its trigger, a pull ends.
        running.retain(|key, _| is_edge(&config, &key.vhost));
        for (key, asker) in hub.wanted() {
            // One who waits for a stream that is here already waits for its codecs.
            let is_here = hub.publication(&key).is_some();
            if running.contains_key(&key) || is_here || !is_edge(&config, &key.vhost) {
                continue;
            }
            let (trigger, stop) = shutdown::channel();
            number += 1;
            running.insert(key.clone(), (number, trigger));
            let pull = Pull::new(key.clone(), asker, settings.clone(), hub.clone(), origins.clone());
            pulls.spawn(async move {
                pull.run(stop).await;
                (key, number)
            });
        }
        tokio::select! {
            // The hub, which is held here, holds the sender: an error cannot come.
            _ = wishes.changed() => {}
            () = settings.changed() => {
                let config = settings.current();
                origins.keep(|origin| {
                    config.vhosts.iter().any(|vhost| vhost.cluster.origins.iter().any(|known| known == origin))
                });
            }
            Some(ended) = pulls.join_next() => match ended {
                // There may be another one of the key by now.
                Ok((key, ended)) if running.get(&key).is_some_and(|(number, _)| *number == ended) => {
                    drop(running.remove(&key));
                }
                Ok(_) => {}
                Err(error) => error!(%error, "a pull ended by a bug"),
            },
            () = shutdown.requested() => break,
        }
    }
    drop(running);
    while pulls.join_next().await.is_some() {}
}

/// Whether the vhost `name` gets its streams from origins.
fn is_edge(config: &Config, name: &str) -> bool {
    config.vhosts.iter().any(|vhost| vhost.name == name && vhost.enabled && vhost.cluster.is_edge())
}
