//! One stream's way from its origins: plays it at one of them, and at the next one when that fails.

mod failure;

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use flvgate_media::flv::Tag;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::{debug, info, warn};

use super::Shared;
use super::turns::Turns;
use crate::config::{Cluster, Vhost};
use crate::forward::{Destination, DestinationError};
use crate::hub::clients::{ClientInfo, Kick, Role};
use crate::hub::{Absence, Asker, Hub, PublishError, Publisher, PublisherInfo, StreamKey};
use crate::names::PublicUrl;
use crate::rtmp::client::{ConnectionError, PlayConnection, PublishUrl};
use crate::settings::Settings;
use crate::shutdown::Shutdown;
use failure::Failure;

/// How long a stream without viewers is still pulled: players reconnect, and pages are loaded again.
const LINGER: Duration = Duration::from_secs(10);

/// How often a stream that is missing is looked for, about.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// How long an origin may be asked on behalf of one while another one waits who has not been tried; twice as long with
/// each time, for origins that are slow.
const FIRST_TURN: Duration = Duration::from_secs(1);

/// How long a stream waits for its turn to ask an origin at all.
const ASKING_TIMEOUT: Duration = Duration::from_secs(1);

/// One stream that is wanted.
pub(super) struct Pull {
    key: StreamKey,
    settings: Settings,
    hub: Arc<Hub>,
    shared: Arc<Shared>,
}

/// What a pull has learned.
#[derive(Default)]
struct Learned {
    turns: Turns,
    /// On whose behalf an origin has sent the stream; that one watches it now.
    admitted: Option<Asker>,
    /// Origins whose failure has been told in the log.
    told: HashSet<String>,
    /// The origin that has failed last.
    worst: Option<String>,
    /// How often one has given way to another.
    gave_way: u32,
}

/// What has come of a turn.
enum Turn {
    /// The stream may be asked for again.
    Again,
    /// It is not wanted any more, or nothing can come of it.
    Over,
}

impl Pull {
    pub(super) const fn new(key: StreamKey, settings: Settings, hub: Arc<Hub>, shared: Arc<Shared>) -> Self {
        Self { key, settings, hub, shared }
    }

    /// Pulls until nobody wants the stream any more, somebody publishes it here, or `stop`.
    pub(super) async fn run(self, stop: Shutdown) {
        tokio::select! {
            () = self.pull() => {}
            () = stop.requested() => {}
        }
    }

    async fn pull(&self) {
        let mut learned = Learned::default();
        while self.is_wanted() {
            let Some(vhost) = self.vhost() else { return };
            let now = Instant::now();
            let rests =
                vhost.cluster.origins.iter().map(|origin| self.shared.origins.rests_until(origin, now));
            let all_rest = rests.collect::<Option<Vec<_>>>().and_then(|rests| rests.into_iter().min());
            let askers = self.open_askers(&learned, now);
            if let Some(until) = all_rest {
                askers.iter().for_each(|asker| self.hub.note_absence(&self.key, asker, Absence::Unreachable));
                self.rest(until).await;
                continue;
            }
            let Some(asker) = learned.turns.next(&askers) else {
                self.rest(self.missing_until(&learned, now)).await;
                continue;
            };
            match self.take_turn(&vhost, &asker, &mut learned).await {
                Turn::Again => {}
                Turn::Over => return,
            }
        }
    }

    /// Asks one origin after the other on behalf of `asker`.
    async fn take_turn(&self, vhost: &Arc<Vhost>, asker: &Asker, learned: &mut Learned) -> Turn {
        let mut found_none = false;
        for origin in self.shared.origins.order(&vhost.cluster.origins, learned.worst.as_deref()) {
            if self.shared.origins.rests_until(&origin, Instant::now()).is_some() {
                continue;
            }
            let Err(failure) = self.attempt(vhost, &origin, asker, learned).await else { return Turn::Over };
            match failure {
                Failure::GaveWay => return Turn::Again,
                Failure::Busy => {
                    for asker in self.hub.askers(&self.key) {
                        self.hub.note_absence(&self.key, &asker, Absence::Busy);
                    }
                    return Turn::Over;
                }
                _ if failure.is_about_us() => {
                    info!(stream = %self.key, reason = %failure, "pull given up");
                    return Turn::Over;
                }
                _ => {}
            }
            self.note(learned, &origin, &failure);
            found_none |= !failure.is_of_origin();
            let has_broken = failure.had_stream();
            learned.worst = Some(origin);
            if has_broken {
                return Turn::Again;
            }
            if !self.is_wanted() {
                break;
            }
        }
        let absence = if found_none { Absence::NotFound } else { Absence::Unreachable };
        if found_none {
            self.shared.missing.note(&self.key, asker, Instant::now());
        }
        self.hub.note_absence(&self.key, asker, absence);
        Turn::Again
    }

    /// On whose behalf an origin may be asked now; tells the others that it has been.
    fn open_askers(&self, learned: &Learned, now: Instant) -> Vec<Asker> {
        let mut askers = self.hub.askers(&self.key);
        if let Some(admitted) = learned.admitted.as_ref().filter(|admitted| !askers.contains(admitted)) {
            askers.insert(0, admitted.clone());
        }
        askers.retain(|asker| {
            let is_missing = self.shared.missing.until(&self.key, asker, now).is_some();
            if is_missing {
                self.hub.note_absence(&self.key, asker, Absence::NotFound);
            }
            !is_missing
        });
        askers
    }

    /// Until when nobody's asking can come to anything.
    fn missing_until(&self, learned: &Learned, now: Instant) -> Instant {
        let askers = self.hub.askers(&self.key);
        let all = askers.iter().chain(&learned.admitted);
        let until = all.filter_map(|asker| self.shared.missing.until(&self.key, asker, now)).min();
        until.unwrap_or(now + ASK_AGAIN)
    }

    /// Waits until `until`, a little at least, or until others ask.
    async fn rest(&self, until: Instant) {
        let now = Instant::now();
        let until = until.min(now + 10 * ASK_AGAIN).max(now + ASK_AGAIN / 4);
        tokio::select! {
            () = sleep_until(until) => {}
            () = self.hub.asked_by_others(&self.key) => {}
        }
    }

    /// Whether the stream is to be brought here: somebody waits for it, or was watching it a moment ago.
    fn is_wanted(&self) -> bool {
        let is_waited_for = self.hub.is_wanted(&self.key) || self.hub.has(&self.key);
        is_waited_for && self.hub.publication(&self.key).is_none()
    }

    /// The rules in force; `None` when they do not make an edge any more.
    fn vhost(&self) -> Option<Arc<Vhost>> {
        let config = self.settings.current();
        let vhost = config.vhosts.iter().find(|vhost| vhost.name == self.key.vhost && vhost.enabled)?;
        vhost.cluster.is_edge().then(|| vhost.clone())
    }

    /// Remembers what has come of asking `origin`.
    fn note(&self, learned: &mut Learned, origin: &str, failure: &Failure) {
        if failure.is_of_origin() {
            self.shared.origins.note_failure(origin, Instant::now());
        }
        // A stream that is nowhere is told of once, not every second.
        let is_new = learned.told.insert(origin.to_owned()) || failure.had_stream();
        if !is_new {
            debug!(stream = %self.key, origin, reason = %failure, "pull failed again");
        } else if !failure.is_of_origin() && !failure.had_stream() {
            // Anybody can ask for what is nowhere.
            info!(stream = %self.key, origin, reason = %failure, "the origin does not have it");
        } else {
            warn!(stream = %self.key, origin, reason = %failure, "pull failed");
        }
    }

    /// One connection, from its beginning to its end. `Ok` when the stream is not wanted any more.
    async fn attempt(
        &self,
        vhost: &Arc<Vhost>,
        origin: &str,
        asker: &Asker,
        learned: &mut Learned,
    ) -> Result<(), Failure> {
        let url = upstream_url(&vhost.cluster, origin, &self.key, &asker.query)?;
        let tc_url = PublicUrl::of(&url.tc_url());
        let turn = FIRST_TURN * 2u32.pow(learned.gave_way.min(4));
        let (mut connection, first) = tokio::select! {
            asked = self.ask(url, asker) => asked?,
            () = self.another_waits(learned, turn) => {
                learned.gave_way += 1;
                return Err(Failure::GaveWay);
            }
        };
        let address = connection.address().unwrap_or((Ipv4Addr::UNSPECIFIED, 0).into());
        let client_id = self.hub.clients().new_id();
        let info = PublisherInfo {
            client_id: client_id.clone(),
            tc_url: tc_url.clone(),
            address: address.to_string(),
            asked_vhost: self.key.vhost.clone(),
            query: asker.query.clone(),
            route: connection.route().clone(),
            is_pull: true,
        };
        if self.hub.publication(&self.key).is_some() {
            return Err(PublishError::Busy(self.key.clone()).into());
        }
        let publisher = self.hub.publish(self.key.clone(), vhost.clone(), info).await?;
        self.shared.origins.note_success(origin);
        learned.admitted = Some(asker.clone());
        info!(stream = %self.key, origin, address = %address, client = client_id, "pull started");
        let client = self.client_info(address, tc_url);
        let pulled = self.deliver(&mut connection, publisher, first, client_id, client).await;
        connection.finish().await;
        if pulled.is_ok() {
            info!(stream = %self.key, origin, "pull ended");
        }
        pulled
    }

    /// Asks an origin for the stream, up to its first tag.
    async fn ask(&self, url: PublishUrl, asker: &Asker) -> Result<(PlayConnection, Tag), Failure> {
        let asked_by = self.hub.onward(&self.key, &asker.route).ok_or(Failure::TooFar)?;
        // Those who were watching the stream a moment ago are not sent away.
        let _asking = match timeout(ASKING_TIMEOUT, self.shared.asking.acquire()).await {
            Ok(asking) => asking,
            Err(_) if self.hub.has(&self.key) => self.shared.asking.acquire().await,
            Err(_) => return Err(Failure::Busy),
        };
        let mut connection = PlayConnection::open(url, &asked_by).await?;
        // A server that does not know the stream may agree to play it all the same.
        match connection.next_tag().await {
            Err(ConnectionError::TimedOut(_)) => Err(Failure::Silent),
            tag => Ok((connection, tag?)),
        }
    }

    /// Resolves when somebody waits who has not been tried, behind `turn`.
    async fn another_waits(&self, learned: &Learned, turn: Duration) {
        sleep(turn).await;
        while !learned.turns.has_untried(&self.open_askers(learned, Instant::now())) {
            self.hub.asked_by_others(&self.key).await;
        }
    }

    /// Publishes what comes, until it ends or is not wanted any more.
    async fn deliver(
        &self,
        connection: &mut PlayConnection,
        publisher: Publisher,
        first: Tag,
        client_id: String,
        client: ClientInfo,
    ) -> Result<(), Failure> {
        let registration = self.hub.clients().register(client_id, client, Kick::default());
        let traffic = registration.client().traffic();
        publisher.push(first);
        {
            let mut deserted = pin!(publisher.deserted(LINGER));
            loop {
                traffic.add_received(connection.take_received());
                tokio::select! {
                    tag = connection.next_tag() => publisher.push(tag.map_err(Failure::Lost)?),
                    () = &mut deserted => break,
                    () = publisher.cancelled() => return Ok(()),
                    () = registration.kicked() => return Err(Failure::Kicked),
                }
            }
        }
        // A viewer who came into its grace period would wait for nothing.
        publisher.finish();
        Ok(())
    }

    fn client_info(&self, address: SocketAddr, tc_url: PublicUrl) -> ClientInfo {
        ClientInfo {
            key: self.key.clone().into(),
            role: Role::Origin,
            ip: IpAddr::to_canonical(&address.ip()),
            page_url: PublicUrl::default(),
            swf_url: PublicUrl::default(),
            tc_url,
        }
    }
}

/// Where the stream `key` is at `origin`, asked for with `query`.
fn upstream_url(
    cluster: &Cluster,
    origin: &str,
    key: &StreamKey,
    query: &str,
) -> Result<PublishUrl, DestinationError> {
    let vhost = cluster.upstream_vhost(&key.vhost);
    let key = StreamKey { vhost, ..key.clone() };
    let info = PublisherInfo { query: query.to_owned(), ..PublisherInfo::default() };
    Ok(Destination::address(origin)?.url_for(&key, &info))
}

#[cfg(test)]
mod tests;
