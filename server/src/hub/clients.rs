//! Everyone who is connected to a stream: who, since when, with how much traffic, and the means to make them go.

mod kick;
mod traffic;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use flvgate_media::format::Format;
use tokio::time::Instant;

use super::{Progress, StreamKey};
use crate::names::PublicUrl;

pub use kick::Kick;
pub use traffic::{Traffic, TrafficRates};

/// Everyone who is connected to a stream of a hub.
#[derive(Debug, Default)]
pub struct Clients {
    present: Mutex<Present>,
    /// Makes ids that a client of the last run of the server does not have, and that nobody can guess.
    ids: RandomState,
}

#[derive(Debug, Default)]
struct Present {
    /// How many ids there have been.
    ids: u64,
    /// How many have registered.
    arrivals: u64,
    by_id: HashMap<Arc<str>, Arc<Client>>,
    /// Each stream's name once, for all who are here because of it, and how many those are.
    keys: HashMap<Arc<StreamKey>, usize>,
    /// What those who have left had sent and got, for each vhost.
    left: HashMap<String, Bytes>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bytes {
    received: u64,
    sent: u64,
}

/// The traffic of a vhost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VhostTraffic {
    /// Who is there now.
    pub clients: u64,
    /// Bytes that came from clients, those who have left included.
    pub received_bytes: u64,
    /// Bytes that went to clients, those who have left included.
    pub sent_bytes: u64,
    /// How fast bytes come and go now.
    pub rates: TrafficRates,
}

/// What a client has told of itself when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientInfo {
    /// The stream that it publishes or plays, which need not be live yet.
    pub key: Arc<StreamKey>,
    /// What it does with it.
    pub role: Role,
    /// Where it is.
    pub ip: IpAddr,
    /// The page that it is in, from RTMP's `pageUrl` or HTTP's `Referer`; empty when it has not told.
    pub page_url: PublicUrl,
    /// The Flash program that it is, from RTMP's `swfUrl`; empty when it has not told.
    pub swf_url: PublicUrl,
    /// Where it connected: RTMP's `tcUrl`, or what that would have been for an HTTP viewer.
    pub tc_url: PublicUrl,
}

/// What a client does with its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It publishes.
    Publisher(Encoder),
    /// It is an origin that this edge pulls the stream from.
    Origin,
    /// It plays.
    Viewer {
        /// How it is delivered to, such as `http` or `websocket`.
        transport: &'static str,
        /// What it gets.
        format: Format,
    },
}

/// What kind of RTMP publisher it is, by the commands that it sends before `publish`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoder {
    /// `releaseStream` and `FCPublish`, as Flash Media Live Encoder and nearly all others since.
    #[default]
    Fmle,
    /// `createStream`, then `publish`, as Flash itself.
    Flash,
    /// `createStream`, then `FCPublish`, as Haivision's.
    Haivision,
}

/// One who is connected to a stream.
#[derive(Debug)]
pub struct Client {
    id: Arc<str>,
    /// Counts arrivals: whoever came later has a greater number.
    number: u64,
    info: ClientInfo,
    since: Instant,
    traffic: Traffic,
    progress: OnceLock<Arc<Progress>>,
    kick: Kick,
}

/// A client's presence, which ends when this is dropped.
#[derive(Debug)]
pub struct Registration {
    clients: Arc<Clients>,
    client: Arc<Client>,
}

impl Clients {
    /// An id that no client has had in this run of the server.
    #[must_use]
    pub fn new_id(&self) -> String {
        let mut present = self.lock();
        present.ids += 1;
        format!("{:016x}", self.ids.hash_one(present.ids))
    }

    /// Registers a client under `id`, which is from [`new_id`](Self::new_id), until the registration is dropped.
    ///
    /// `kick` is what [`Clients::kick`] pulls: whoever serves the client has a clone of it, and looks.
    #[must_use]
    pub fn register(self: &Arc<Self>, id: String, mut info: ClientInfo, kick: Kick) -> Registration {
        let id: Arc<str> = id.into();
        let mut present = self.lock();
        present.arrivals += 1;
        info.key = present.share(info.key);
        let client = Arc::new(Client {
            id: id.clone(),
            number: present.arrivals,
            info,
            since: Instant::now(),
            traffic: Traffic::default(),
            progress: OnceLock::new(),
            kick,
        });
        present.by_id.insert(id, client.clone());
        Registration { clients: self.clone(), client }
    }

    /// Everyone, in the order of arrival.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Client>> {
        let mut clients: Vec<_> = self.lock().by_id.values().cloned().collect();
        clients.sort_unstable_by_key(|client| client.number);
        clients
    }

    /// The client with `id`, if it is there.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Arc<Client>> {
        self.lock().by_id.get(id).cloned()
    }

    /// The traffic of the vhost `name`.
    #[must_use]
    pub fn of_vhost(&self, name: &str) -> VhostTraffic {
        let present = self.lock();
        let left = present.left.get(name).copied().unwrap_or_default();
        let mut all =
            VhostTraffic { received_bytes: left.received, sent_bytes: left.sent, ..VhostTraffic::default() };
        for client in present.by_id.values().filter(|client| client.info.key.vhost == name) {
            let rates = client.traffic.rates();
            all.clients += 1;
            all.received_bytes += client.traffic.received_bytes();
            all.sent_bytes += client.traffic.sent_bytes();
            all.rates.received += rates.received;
            all.rates.sent += rates.sent;
        }
        all
    }

    /// Bytes that have come from all clients and gone to them, those who have left included.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        let present = self.lock();
        let left = present.left.values().map(|bytes| (bytes.received, bytes.sent));
        let here = present.by_id.values().map(|client| &client.traffic);
        let here = here.map(|traffic| (traffic.received_bytes(), traffic.sent_bytes()));
        left.chain(here).fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }

    /// Makes the client with `id` go, at once and whatever it is doing. Returns whether there is one.
    pub fn kick(&self, id: &str) -> bool {
        let client = self.find(id);
        if let Some(client) = &client {
            client.kick.kick();
        }
        client.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Present {
    /// The name that is equal to `key` and that others have already, or that itself, for one more client.
    fn share(&mut self, key: Arc<StreamKey>) -> Arc<StreamKey> {
        let shared = self.keys.get_key_value(&key).map_or(key, |(known, _)| known.clone());
        *self.keys.entry(shared.clone()).or_default() += 1;
        shared
    }

    /// A client of `key` leaves. Who lists clients holds their names a little longer, so references say nothing here.
    fn unshare(&mut self, key: &Arc<StreamKey>) {
        let Some(clients) = self.keys.get_mut(key) else { return };
        *clients -= 1;
        if *clients == 0 {
            self.keys.remove(key);
        }
    }
}

impl Client {
    /// Unique in this run of the server.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it has told of itself.
    #[must_use]
    pub const fn info(&self) -> &ClientInfo {
        &self.info
    }

    /// How long it has been here.
    #[must_use]
    pub fn alive(&self) -> Duration {
        self.since.elapsed()
    }

    /// The bytes that came from it, and went to it.
    #[must_use]
    pub const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// How it fares as a viewer; `None` for a publisher, and while it waits for its stream.
    #[must_use]
    pub fn progress(&self) -> Option<&Progress> {
        self.progress.get().map(Arc::as_ref)
    }
}

impl Registration {
    /// Who has registered.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Notes that the client has joined its stream, and where to see how it fares.
    pub fn note_joined(&self, progress: Arc<Progress>) {
        // One visit joins once.
        let _ = self.client.progress.set(progress);
    }

    /// Whether the client has to go.
    #[must_use]
    pub fn is_kicked(&self) -> bool {
        self.client.kick.is_kicked()
    }

    /// Resolves when the client has to go; never, when it never has to.
    pub async fn kicked(&self) {
        self.client.kick.kicked().await;
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut present = self.clients.lock();
        present.by_id.remove(&self.client.id);
        let key = &self.client.info.key;
        present.unshare(key);
        let left = present.left.entry(key.vhost.clone()).or_default();
        left.received += self.client.traffic.received_bytes();
        left.sent += self.client.traffic.sent_bytes();
    }
}

#[cfg(test)]
mod tests;
