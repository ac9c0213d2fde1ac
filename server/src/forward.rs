//! Publishes streams again, to other servers or to another vhost of this one (`forward { }`), and from an edge to one of
//! its origins (`cluster { }`).
//!
//! ```text
//!   hub: a publication --+--> relay to destination 1 --RTMP--> server, or this one
//!                        +--> relay to destination 2
//! ```
//!
//! One supervisor keeps a relay for each destination of each stream that is published. A relay is a viewer of the hub:
//! it begins with sequence headers and the cached GOP, holds no queue of its own, and one that cannot follow skips to
//! the newest keyframe as any viewer does.

mod destination;
mod ledger;
mod relay;

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::{Id, JoinError, JoinSet};
use tracing::error;

use crate::config::Config;
use crate::hub::{Hub, StreamKey};
use crate::settings::Settings;
use crate::shutdown::{self, Shutdown, ShutdownTrigger};
use relay::{Relay, Verdict};

pub use destination::{Destination, DestinationError};
pub use ledger::{ForwardState, ForwardStatus, Ledger};

/// A stream, and one of the destinations of its vhost, as configured.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Job {
    key: StreamKey,
    /// Of an edge all its origins, with spaces between: one of them gets the stream.
    destination: String,
    /// What the stream's vhost is called there.
    vhost: String,
}

/// What has become of a job.
enum Progress {
    /// The relay in the task of this id works on it, until `_stop` is dropped.
    Running { id: Id, _stop: ShutdownTrigger },
    /// It can come to nothing while this client publishes.
    Hopeless { client_id: String },
}

/// Forwards what is published in `hub` by the rules of `settings`, until `shutdown`.
pub async fn run(settings: Settings, hub: Arc<Hub>, ledger: Arc<Ledger>, shutdown: Shutdown) {
    run_with(settings, hub, ledger, shutdown, Relay::run).await;
}

/// The same with relays that are `run` in another way.
async fn run_with<F>(
    mut settings: Settings,
    hub: Arc<Hub>,
    ledger: Arc<Ledger>,
    shutdown: Shutdown,
    run: impl Fn(Relay, Shutdown) -> F,
) where
    F: Future<Output = Verdict> + Send + 'static,
{
    let mut arrivals = hub.arrivals();
    let mut jobs = HashMap::new();
    let mut relays = JoinSet::new();
    loop {
        arrivals.mark_unchanged();
        reconcile(&settings, &hub, &ledger, &mut jobs, |relay, stop, job| {
            let work = run(relay, stop);
            relays.spawn(async move { (job, work.await) }).id()
        });
        tokio::select! {
            // The hub, which is held here, holds the sender: an error cannot come.
            _ = arrivals.changed() => {}
            // What could not work may work now.
            () = settings.changed() => jobs.retain(|_, progress| matches!(progress, Progress::Running { .. })),
            Some(ended) = relays.join_next_with_id() => match ended {
                Ok((id, (job, verdict))) => close(&mut jobs, job, id, verdict),
                Err(error) => close_broken(&hub, &mut jobs, &error),
            },
            () = shutdown.requested() => break,
        }
    }
    // Without their triggers, the relays say goodbye and end.
    drop(jobs);
    while relays.join_next().await.is_some() {}
}

/// Notes what has come of a relay, unless the job has another one by now.
fn close(jobs: &mut HashMap<Job, Progress>, job: Job, id: Id, verdict: Verdict) {
    if !matches!(jobs.get(&job), Some(Progress::Running { id: current, .. }) if *current == id) {
        return;
    }
    match verdict {
        Verdict::Over => drop(jobs.remove(&job)),
        Verdict::Hopeless { client_id } => drop(jobs.insert(job, Progress::Hopeless { client_id })),
    }
}

/// A relay has panicked, and may do so again: its job waits for another publisher, or a reload.
fn close_broken(hub: &Hub, jobs: &mut HashMap<Job, Progress>, error: &JoinError) {
    error!(%error, "forward ended by a bug");
    let is_its = |progress: &Progress| matches!(progress, Progress::Running { id, .. } if *id == error.id());
    let Some(job) = jobs.iter().find(|(_, progress)| is_its(progress)).map(|(job, _)| job.clone()) else {
        return;
    };
    let publisher = hub.publication(&job.key);
    let verdict =
        publisher.map_or(Verdict::Over, |publisher| Verdict::Hopeless { client_id: publisher.client_id });
    close(jobs, job, error.id(), verdict);
}

/// Ends the relays that are not wanted any more, and has those `spawn`ed that are.
fn reconcile(
    settings: &Settings,
    hub: &Arc<Hub>,
    ledger: &Arc<Ledger>,
    jobs: &mut HashMap<Job, Progress>,
    mut spawn: impl FnMut(Relay, Shutdown, Job) -> Id,
) {
    let config = settings.current();
    jobs.retain(|job, _| wanted(&config, &job.key).contains(job));
    if !config.vhosts.iter().any(|vhost| vhost.forward.enabled || vhost.cluster.is_edge()) {
        return;
    }
    for (key, publisher) in hub.publications() {
        for job in wanted(&config, &key) {
            // An origin has what comes from one.
            if publisher.is_pull && job.is_upward(&config) {
                jobs.remove(&job);
                continue;
            }
            match jobs.get(&job) {
                Some(Progress::Running { .. }) => continue,
                Some(Progress::Hopeless { client_id }) if *client_id == publisher.client_id => continue,
                Some(Progress::Hopeless { .. }) | None => {}
            }
            let (trigger, stop) = shutdown::channel();
            let relay = Relay::new(&job, hub.clone(), ledger.clone());
            let id = spawn(relay, stop, job.clone());
            jobs.insert(job, Progress::Running { id, _stop: trigger });
        }
    }
}

/// Where `key` goes when it is published.
fn wanted(config: &Config, key: &StreamKey) -> Vec<Job> {
    let Some(vhost) = config.vhosts.iter().find(|vhost| vhost.name == key.vhost && vhost.enabled) else {
        return Vec::new();
    };
    let job = |destination, vhost: &str| Job { key: key.clone(), destination, vhost: vhost.to_owned() };
    let mut jobs = Vec::new();
    if vhost.forward.enabled {
        jobs.extend(vhost.forward.destinations.iter().map(|to| job(to.clone(), &key.vhost)));
    }
    if vhost.cluster.is_edge() {
        jobs.push(job(vhost.cluster.origins.join(" "), &vhost.cluster.upstream_vhost(&key.vhost)));
    }
    jobs
}

impl Job {
    /// Whether it takes the stream of an edge to an origin.
    fn is_upward(&self, config: &Config) -> bool {
        let mut vhosts = config.vhosts.iter().filter(|vhost| vhost.name == self.key.vhost);
        vhosts.any(|vhost| vhost.cluster.is_edge() && vhost.cluster.origins.join(" ") == self.destination)
    }
}

#[cfg(test)]
mod tests;
