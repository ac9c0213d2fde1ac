//! One stream's way from its origins: plays it at one of them, and at the next one when that fails.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use flvgate_media::flv::Tag;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, info, warn};

use super::origins::{Origins, jittered};
use crate::config::{Cluster, Vhost};
use crate::forward::{Destination, DestinationError};
use crate::hub::clients::{ClientInfo, Kick, Role};
use crate::hub::{Absence, Asker, Hub, PublishError, Publisher, PublisherInfo, StreamKey};
use crate::names::PublicUrl;
use crate::rtmp::client::{ClientError, ConnectionError, PlayConnection, PublishUrl};
use crate::settings::Settings;
use crate::shutdown::Shutdown;

/// How long a stream without viewers is still pulled: players reconnect, and pages are loaded again.
const LINGER: Duration = Duration::from_secs(10);

/// How long an origin that does not have the stream is not asked for it again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// One stream that is wanted.
pub(super) struct Pull {
    key: StreamKey,
    asker: Asker,
    settings: Settings,
    hub: Arc<Hub>,
    origins: Arc<Origins>,
}

/// What has come of asking an origin.
struct Asked {
    absence: Absence,
    /// When it may be asked for this stream again.
    again: Instant,
}

/// Why an origin's time is over.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Origin(#[from] DestinationError),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error("it has sent neither audio nor video")]
    Silent,
    #[error("the stream has come through too many servers")]
    TooFar,
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("the operator has disconnected it")]
    Kicked,
    /// Behind a time in which it has sent the stream.
    #[error("{0}")]
    Lost(ConnectionError),
}

impl Pull {
    pub(super) const fn new(
        key: StreamKey,
        asker: Asker,
        settings: Settings,
        hub: Arc<Hub>,
        origins: Arc<Origins>,
    ) -> Self {
        Self { key, asker, settings, hub, origins }
    }

    /// Pulls until nobody wants the stream any more, somebody publishes it here, or `stop`.
    pub(super) async fn run(self, stop: Shutdown) {
        tokio::select! {
            () = self.pull() => {}
            () = stop.requested() => {}
        }
    }

    async fn pull(&self) {
        let mut asked: HashMap<String, Asked> = HashMap::new();
        let mut worst: Option<String> = None;
        while self.is_wanted() {
            let Some(vhost) = self.vhost() else { return };
            asked.retain(|origin, _| vhost.cluster.origins.contains(origin));
            let order = self.origins.order(&vhost.cluster.origins, worst.as_deref());
            let mut has_broken = false;
            for origin in order {
                if self.resting(&asked, &origin) {
                    continue;
                }
                let Err(failure) = self.attempt(&vhost, &origin).await else { return };
                if failure.is_about_us() {
                    return info!(stream = %self.key, reason = %failure, "pull given up");
                }
                self.note(&mut asked, &origin, &failure);
                has_broken = failure.had_stream();
                worst = Some(origin);
                if has_broken || !self.is_wanted() {
                    break;
                }
            }
            if !has_broken {
                self.tell(&asked);
                sleep_until(self.next_time(&asked)).await;
            }
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

    fn resting(&self, asked: &HashMap<String, Asked>, origin: &str) -> bool {
        let now = Instant::now();
        self.origins.rests_until(origin, now).is_some()
            || asked.get(origin).is_some_and(|asked| asked.again > now)
    }

    /// When there is an origin to try again.
    fn next_time(&self, asked: &HashMap<String, Asked>) -> Instant {
        let now = Instant::now();
        let times = asked
            .iter()
            .map(|(origin, asked)| asked.again.max(self.origins.rests_until(origin, now).unwrap_or(now)));
        // One that has not been asked rests by another stream's failure.
        times.min().unwrap_or(now + ASK_AGAIN).min(now + 10 * ASK_AGAIN).max(now + ASK_AGAIN / 4)
    }

    /// Remembers what has come of asking `origin`.
    fn note(&self, asked: &mut HashMap<String, Asked>, origin: &str, failure: &Failure) {
        let now = Instant::now();
        let absence = if failure.is_of_origin() { Absence::Unreachable } else { Absence::NotFound };
        if absence == Absence::Unreachable {
            self.origins.note_failure(origin, now);
        }
        // A stream that is nowhere is told of once, not every second.
        let is_new = !asked.contains_key(origin) || failure.had_stream();
        if !is_new {
            debug!(stream = %self.key, origin, reason = %failure, "pull failed again");
        } else if absence == Absence::NotFound && !failure.had_stream() {
            // Anybody can ask for what is nowhere.
            info!(stream = %self.key, origin, reason = %failure, "the origin does not have it");
        } else {
            warn!(stream = %self.key, origin, reason = %failure, "pull failed");
        }
        asked.insert(origin.to_owned(), Asked { absence, again: now + jittered(ASK_AGAIN) });
    }

    /// Tells those who wait, when every origin has been asked.
    fn tell(&self, asked: &HashMap<String, Asked>) {
        let found_none = asked.values().any(|asked| asked.absence == Absence::NotFound);
        let absence = if found_none { Absence::NotFound } else { Absence::Unreachable };
        self.hub.note_absence(&self.key, absence);
    }

    /// One connection, from its beginning to its end. `Ok` when the stream is not wanted any more.
    async fn attempt(&self, vhost: &Arc<Vhost>, origin: &str) -> Result<(), Failure> {
        let url = upstream_url(&vhost.cluster, origin, &self.key, &self.asker.query)?;
        let asked_by = self.hub.onward(&self.key, &self.asker.route).ok_or(Failure::TooFar)?;
        let tc_url = PublicUrl::of(&url.tc_url());
        let mut connection = PlayConnection::open(url, &asked_by).await?;
        // A server that does not know the stream may agree to play it all the same.
        let first = match connection.next_tag().await {
            Err(ConnectionError::TimedOut(_)) => return Err(Failure::Silent),
            tag => tag?,
        };
        let address = connection.address().unwrap_or((Ipv4Addr::UNSPECIFIED, 0).into());
        let client_id = self.hub.clients().new_id();
        let info = PublisherInfo {
            client_id: client_id.clone(),
            tc_url: tc_url.clone(),
            address: address.to_string(),
            asked_vhost: self.key.vhost.clone(),
            query: self.asker.query.clone(),
            route: connection.route().clone(),
            is_pull: true,
        };
        if self.hub.publication(&self.key).is_some() {
            return Err(PublishError::Busy(self.key.clone()).into());
        }
        let publisher = self.hub.publish(self.key.clone(), vhost.clone(), info).await?;
        self.origins.note_success(origin);
        info!(name: "session", stream = %self.key, origin, address = %address, client = client_id, "pull started");
        let client = self.client_info(address, tc_url);
        let pulled = self.deliver(&mut connection, publisher, first, client_id, client).await;
        connection.finish().await;
        if pulled.is_ok() {
            info!(name: "session", stream = %self.key, origin, "pull ended");
        }
        pulled
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

impl Failure {
    /// Whether the origin cannot be relied on for other streams either.
    const fn is_of_origin(&self) -> bool {
        match self {
            Self::Connection(error) | Self::Lost(error) => match error {
                ConnectionError::Client(ClientError::Protocol(_)) => true,
                ConnectionError::Client(_) => false,
                // It is silent about this stream.
                ConnectionError::TimedOut(_) => !matches!(self, Self::Lost(_)),
                ConnectionError::Connect { .. } | ConnectionError::Closed | ConnectionError::Socket(_) => {
                    true
                }
            },
            Self::Origin(_) => true,
            Self::Silent | Self::TooFar | Self::Publish(_) | Self::Kicked => false,
        }
    }

    /// Whether there were viewers of the stream, who are to get it from the next origin at once.
    const fn had_stream(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Kicked)
    }

    /// Whether no origin can help.
    const fn is_about_us(&self) -> bool {
        match self {
            Self::Publish(PublishError::Loop(_)) => false,
            Self::Publish(_) => true,
            _ => false,
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
