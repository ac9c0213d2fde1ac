//! Who may connect: how many at once, how many from one address, and what viewers leave to publishers and the API.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::config::Config;
use crate::settings::Settings;

/// The least part of `max_connections` that viewers have, whatever is reserved: three quarters.
const MOST_RESERVED: usize = 4;

/// The part of the reserve that is the API's own: a quarter, and one at least where there are two.
const API_PART: usize = 4;

/// Every TCP connection of the process, with the limits of the configuration in force.
///
/// A limit that a reload lowers disconnects nobody: it is looked at when somebody comes.
pub struct Connections {
    settings: Settings,
    open: watch::Sender<usize>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open: usize,
    /// Of those, the ones that came for the API.
    api: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// What a connection comes for, as far as its listener tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To view streams, or for files.
    View,
    /// Over RTMP. Who then plays there is a viewer like others: see [`Place::may_view`].
    Rtmp,
    /// For the API.
    Api,
    /// To view, or for the API: both are to be had there.
    ViewOrApi,
}

/// Why a connection is one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMany {
    /// `max_connections`, less what is reserved for others.
    #[error("max_connections is reached")]
    All,
    /// `max_connections_per_address`.
    #[error("max_connections_per_address is reached")]
    OfAddress,
}

/// One connection's place among all; it is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    connections: Arc<Connections>,
    is_api: bool,
    /// Whether there was no room for a viewer, but for the API.
    is_api_only: bool,
    address: Option<IpAddr>,
}

/// How many there may be.
#[derive(Clone, Copy, Debug)]
struct Limits {
    all: usize,
    /// Out of `all`, what viewers cannot have.
    reserved: usize,
    /// Out of `reserved`, what only the API can have.
    api: usize,
}

impl Limits {
    fn of(config: &Config) -> Self {
        let all = config.max_connections;
        let reserved = config.reserved_connections.min(all / MOST_RESERVED);
        Self { all, reserved, api: (reserved / API_PART).max(usize::from(reserved > 1)) }
    }

    const fn viewers(self) -> usize {
        self.all - self.reserved
    }

    /// Whether there is room for the API when there is none for viewers.
    const fn has_room_for_api(self, state: &State) -> bool {
        state.open < self.all && state.api < self.api
    }
}

impl Connections {
    /// None yet; the limits are those of `settings`.
    #[must_use]
    pub fn new(settings: Settings) -> Arc<Self> {
        Arc::new(Self { settings, open: watch::Sender::new(0), state: Mutex::default() })
    }

    /// How many there are.
    #[must_use]
    pub fn open(&self) -> usize {
        *self.open.borrow()
    }

    /// Resolves when there is none.
    pub async fn none_left(&self) {
        // The sender is here: an error cannot come.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// A place for a connection that comes for `purpose`.
    ///
    /// # Errors
    /// [`TooMany::All`] when there is none.
    pub fn admit(self: &Arc<Self>, purpose: Purpose) -> Result<Place, TooMany> {
        let limits = Limits::of(&self.settings.current());
        let mut state = self.lock();
        let is_for_viewers = state.open < limits.viewers();
        let is_admitted = match purpose {
            Purpose::View => is_for_viewers,
            Purpose::Rtmp => state.open < limits.all - limits.api,
            Purpose::Api | Purpose::ViewOrApi => is_for_viewers || limits.has_room_for_api(&state),
        };
        if !is_admitted {
            return Err(TooMany::All);
        }
        let is_api_only = purpose == Purpose::ViewOrApi && !is_for_viewers;
        let is_api = is_api_only || purpose == Purpose::Api;
        state.open += 1;
        state.api += usize::from(is_api);
        self.open.send_replace(state.open);
        Ok(Place { connections: self.clone(), is_api, is_api_only, address: None })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Notes whose connection it is. A trusted proxy's own address is nobody's in particular, and does not count.
    ///
    /// # Errors
    /// [`TooMany::OfAddress`] when `address` has as many already as it may.
    pub fn belongs_to(&mut self, address: IpAddr) -> Result<(), TooMany> {
        let config = self.connections.settings.current();
        let address = address.to_canonical();
        if config.http_server.trusted_proxies.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        let subscriber = subscriber(address);
        let mut state = self.connections.lock();
        let count = state.by_address.entry(subscriber).or_default();
        if config.max_connections_per_address.is_some_and(|most| *count >= most) {
            return Err(TooMany::OfAddress);
        }
        *count += 1;
        self.address = Some(subscriber);
        Ok(())
    }

    /// Whether a connection that has come over RTMP may be a viewer's, of whom there may be fewer than of connections.
    #[must_use]
    pub fn may_view(&self) -> bool {
        let limits = Limits::of(&self.connections.settings.current());
        self.connections.lock().open <= limits.viewers()
    }

    /// Whether it is for the API alone: viewers have all their places.
    #[must_use]
    pub const fn is_api_only(&self) -> bool {
        self.is_api_only
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.connections.lock();
        state.open -= 1;
        state.api -= usize::from(self.is_api);
        if let Some(address) = self.address
            && let Entry::Occupied(mut count) = state.by_address.entry(address)
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        self.connections.open.send_replace(state.open);
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("open", &self.open()).finish_non_exhaustive()
    }
}

/// Whom an address stands for: one of IPv6 for its network of 64 bits, all of which one subscriber has (RFC 6177).
fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests;
