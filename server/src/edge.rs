//! Pulls what viewers of an edge want from its origins (`cluster { mode remote }`).
//!
//! ```text
//!   viewer -> hub: a stream is wanted -> pull --RTMP play--> origin 1, or when that fails origin 2
//!                    ^ published ---------'
//! ```
//!
//! One supervisor keeps a pull for each stream that is wanted. A pull publishes into the hub as an encoder does, so the
//! hub's grace period and timeline carry the viewers over from one origin to another.
//!
//! Anybody can want what is nowhere. So there are `max_pulls` pulls at most, of which [`MOST_ASKING`] may be asking an
//! origin, and what no origin has is not asked for again for a moment.

mod missing;
mod origins;
mod pull;
mod turns;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tracing::error;

use crate::config::{Config, Vhost};
use crate::hub::{Absence, Hub, StreamKey};
use crate::settings::Settings;
use crate::shutdown::{self, Shutdown, ShutdownTrigger};
use missing::Missing;
use origins::Origins;
use pull::Pull;

/// Connections to origins on which no audio or video has come yet, of all streams together.
const MOST_ASKING: usize = 64;

/// How long the supervisor sleeps at most while something is wanted that is known to be missing.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);

/// What pulls share.
pub(crate) struct Shared {
    origins: Origins,
    missing: Missing,
    /// Who may ask an origin now.
    asking: Semaphore,
}

/// The pulls of all streams.
struct Supervisor {
    hub: Arc<Hub>,
    settings: Settings,
    shared: Arc<Shared>,
    running: HashMap<StreamKey, (Id, ShutdownTrigger)>,
    pulls: JoinSet<StreamKey>,
}

/// Pulls what is wanted from `hub` by the rules of `settings`, until `shutdown`.
pub(crate) async fn run(settings: Settings, hub: Arc<Hub>, shutdown: Shutdown) {
    run_with(settings, hub, shutdown, |pull, stop| pull.run(stop)).await;
}

/// The same with pulls that are `run` in another way.
async fn run_with<F>(
    mut settings: Settings,
    hub: Arc<Hub>,
    shutdown: Shutdown,
    run: impl Fn(Pull, Shutdown) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut wishes = hub.wishes();
    let mut supervisor = Supervisor::new(settings.clone(), hub);
    loop {
        wishes.mark_unchanged();
        let look_again = supervisor.reconcile(&run);
        tokio::select! {
            // The hub, which is held here, holds the sender: an error cannot come.
            _ = wishes.changed() => {}
            () = settings.changed() => supervisor.forget_origins(),
            Some(ended) = supervisor.pulls.join_next_with_id() => supervisor.close(ended),
            () = sleep_until(look_again) => {}
            () = shutdown.requested() => break,
        }
    }
    drop(supervisor.running);
    while supervisor.pulls.join_next().await.is_some() {}
}

impl Supervisor {
    fn new(settings: Settings, hub: Arc<Hub>) -> Self {
        let asking = Semaphore::new(MOST_ASKING);
        let shared = Shared { origins: Origins::default(), missing: Missing::default(), asking };
        let (running, pulls) = (HashMap::new(), JoinSet::new());
        Self { hub, settings, shared: Arc::new(shared), running, pulls }
    }

    /// Ends the pulls that are not wanted any more, and starts those that are. Returns when to look again.
    fn reconcile<F>(&mut self, run: impl Fn(Pull, Shutdown) -> F) -> Instant
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let config = self.settings.current();
        let now = Instant::now();
        let mut look_again = now + LONGEST_SLEEP;
        // Without its trigger, a pull ends.
        self.running.retain(|key, _| edge(&config, &key.vhost).is_some());
        let mut running: HashMap<String, usize> = HashMap::new();
        self.running.keys().for_each(|key| *running.entry(key.vhost.clone()).or_default() += 1);
        for key in self.hub.wanted() {
            // One who waits for a stream that is here already waits for its codecs.
            let is_here = self.hub.publication(&key).is_some();
            let Some(vhost) = edge(&config, &key.vhost).filter(|_| !is_here) else { continue };
            if self.running.contains_key(&key) {
                continue;
            }
            if let Some(until) = self.known_missing(&key, now) {
                look_again = look_again.min(until);
                continue;
            }
            let pulls = running.entry(key.vhost.clone()).or_default();
            if *pulls >= vhost.cluster.max_pulls {
                let askers = self.hub.askers(&key);
                askers.iter().for_each(|asker| self.hub.note_absence(&key, asker, Absence::Busy));
                continue;
            }
            *pulls += 1;
            let (trigger, stop) = shutdown::channel();
            let pull = Pull::new(key.clone(), self.settings.clone(), self.hub.clone(), self.shared.clone());
            let (work, pulled) = (run(pull, stop), key.clone());
            let id = self.pulls.spawn(async move {
                work.await;
                pulled
            });
            self.running.insert(key, (id.id(), trigger));
        }
        look_again
    }

    /// Tells those who ask for what no origin has had a moment ago; until when it is believed, when that is all of them.
    fn known_missing(&self, key: &StreamKey, now: Instant) -> Option<Instant> {
        let askers = self.hub.askers(key);
        let known = askers.iter().map(|asker| self.shared.missing.until(key, asker, now));
        let until = known.collect::<Option<Vec<_>>>()?.into_iter().min();
        askers.iter().for_each(|asker| self.hub.note_absence(key, asker, Absence::NotFound));
        until
    }

    /// A pull has ended, as it should or by a panic.
    fn close(&mut self, ended: Result<(Id, StreamKey), JoinError>) {
        let id = match ended {
            Ok((id, _)) => id,
            Err(error) => {
                error!(%error, "a pull ended by a bug");
                // What has made it panic may do so again: not at once.
                let key = self.running.iter().find(|(_, (id, _))| *id == error.id()).map(|(key, _)| key);
                for (key, asker) in key
                    .into_iter()
                    .flat_map(|key| self.hub.askers(key).into_iter().map(move |asker| (key, asker)))
                {
                    self.shared.missing.note(key, &asker, Instant::now());
                }
                error.id()
            }
        };
        // There may be another one of the key by now.
        self.running.retain(|_, (running, _)| *running != id);
    }

    /// Forgets what is known of origins that nobody has any more.
    fn forget_origins(&self) {
        let config = self.settings.current();
        let is_known = |origin: &str| {
            config.vhosts.iter().any(|vhost| vhost.cluster.origins.iter().any(|known| known == origin))
        };
        self.shared.origins.keep(is_known);
    }
}

/// The vhost `name`, if it gets its streams from origins.
fn edge<'a>(config: &'a Config, name: &str) -> Option<&'a Arc<Vhost>> {
    config.vhosts.iter().find(|vhost| vhost.name == name && vhost.enabled && vhost.cluster.is_edge())
}

#[cfg(test)]
mod tests;
