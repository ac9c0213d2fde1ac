//! TLS 1.2 and 1.3: which certificate a client gets, and the handshake.
//!
//! ```text
//!   identity files -> identity -> names -> resolver -> rustls     swapped as a whole when files or configuration change
//! ```

mod certificate;
mod files;
mod handshake;
mod identity;
mod names;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::ServerSessionMemoryCache;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::TlsAcceptor;

use super::Entrance;
use crate::config::{Config, DEFAULT_VHOST, Identity};
use crate::shutdown::Shutdown;
use files::IdentityFiles;
use names::{Names, Resolver};

pub(super) use handshake::handshake;
pub use identity::IdentityError;

/// How often files are looked at. Looking sees whatever replaces a file: a rename, a flipped symbolic link far up the
/// path, a network file system; notifications miss some of those.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Sessions of clients without tickets that can be resumed.
const SESSIONS: usize = 4096;

/// Checks that `identity`'s files are there, are PEM, and belong together.
///
/// # Errors
/// [`IdentityError`] says which file is wrong, and how.
pub fn check_identity(identity: &Identity) -> Result<(), IdentityError> {
    identity::load(identity).map(drop)
}

/// The certificates of a server. Clones share them.
#[derive(Clone, Debug)]
pub struct Certificates {
    store: Arc<Mutex<IdentityFiles>>,
    streams: Side,
    api: Side,
}

/// The certificates of one configuration, loaded and not yet in force.
#[derive(Debug)]
pub struct LoadedCertificates(IdentityFiles);

/// What listeners of one kind share. It outlives certificates, and with it do the sessions that can be resumed.
#[derive(Clone, Debug)]
struct Side {
    resolver: Arc<Resolver>,
    config: Arc<ServerConfig>,
}

impl Certificates {
    /// Loads every certificate that `config` needs.
    ///
    /// # Errors
    /// [`IdentityError`] is about the first one that cannot be used.
    pub fn load(config: &Config) -> Result<Self, IdentityError> {
        let certificates = Self {
            store: Arc::new(Mutex::new(IdentityFiles::default())),
            streams: Side::new().map_err(IdentityError::Tls)?,
            api: Side::new().map_err(IdentityError::Tls)?,
        };
        let loaded = certificates.prepare(config)?;
        certificates.replace(loaded);
        Ok(certificates)
    }

    /// Loads what `config` needs besides what is loaded already; nothing changes yet.
    ///
    /// # Errors
    /// [`IdentityError`] is about the first certificate that cannot be used.
    pub fn prepare(&self, config: &Config) -> Result<LoadedCertificates, IdentityError> {
        IdentityFiles::load(Wanted::of(config)).map(LoadedCertificates)
    }

    /// Puts certificates in force for handshakes to come.
    pub fn replace(&self, LoadedCertificates(files): LoadedCertificates) {
        let mut store = self.store();
        *store = files;
        self.publish(&store);
    }

    /// Takes over certificates whose files change, until `shutdown`.
    pub(super) async fn watch(self, shutdown: Shutdown) {
        let mut looks = interval(LOOK_INTERVAL);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.requested() => return,
                _ = looks.tick() => {}
            }
            if self.store().is_empty() {
                continue;
            }
            let certificates = self.clone();
            // Files may be on a network: no other task may wait for them. A panic there is not ours to repeat.
            let _ = spawn_blocking(move || certificates.look()).await;
        }
    }

    /// Who speaks TLS for `entrance`.
    pub(super) fn acceptor(&self, entrance: Entrance) -> TlsAcceptor {
        let side = if entrance.streams { &self.streams } else { &self.api };
        TlsAcceptor::from(side.config.clone())
    }

    /// Looks at the files, without the lock: a disk that does not answer must not hold up a reload, behind which signals
    /// wait. What a reload has put in force meanwhile stays.
    fn look(&self) {
        self.look_with(IdentityFiles::refresh);
    }

    fn look_with(&self, refresh: impl FnOnce(&mut IdentityFiles) -> bool) {
        let mut looked = self.store().clone();
        let changed = refresh(&mut looked);
        let mut store = self.store();
        if !store.is_of_one_load(&looked) {
            return;
        }
        *store = looked;
        if changed {
            self.publish(&store);
        }
    }

    fn store(&self) -> MutexGuard<'_, IdentityFiles> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, files: &IdentityFiles) {
        let wanted = files.wanted();
        let names = |default: Option<&Identity>| {
            let named = wanted
                .named
                .iter()
                .filter_map(|(name, identity)| Some((name.clone(), files.certified_key(identity)?)));
            Names::new(default.and_then(|identity| files.certified_key(identity)), named)
        };
        self.streams.resolver.replace(names(wanted.streams.as_ref()));
        self.api.resolver.replace(names(wanted.api.as_ref()));
    }
}

impl Side {
    fn new() -> Result<Self, rustls::Error> {
        let resolver = Arc::new(Resolver::default());
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(resolver.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.ticketer = ring::Ticketer::new()?;
        config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
        Ok(Self { resolver, config: Arc::new(config) })
    }
}

/// Which identities a configuration needs.
#[derive(Clone, Debug, Default)]
struct Wanted {
    /// For clients of the streams' listener that name no vhost with an identity.
    streams: Option<Identity>,
    /// The same for the API's listener.
    api: Option<Identity>,
    /// Vhosts by name.
    named: Vec<(String, Identity)>,
}

impl Wanted {
    fn of(config: &Config) -> Self {
        let (server, api) = (&config.http_server, &config.http_api);
        let streams = server.enabled && server.https.enabled;
        let api_over_tls = api.enabled && api.https.enabled;
        if !streams && !api_over_tls {
            return Self::default();
        }
        let of_vhosts = config.vhosts.iter().filter(|vhost| vhost.enabled);
        let of_vhosts = of_vhosts.filter_map(|vhost| Some((vhost.name.clone(), vhost.identity.clone()?)));
        let (unnamed, named): (Vec<_>, Vec<_>) = of_vhosts.partition(|(name, _)| name == DEFAULT_VHOST);
        // The default vhost serves those that name no other, so its certificate is theirs.
        let unnamed = unnamed.into_iter().next().map(|(_, identity)| identity);
        Self {
            streams: streams.then(|| unnamed.unwrap_or_else(|| server.https.identity.clone())),
            api: api_over_tls.then(|| api.https.identity.clone()),
            named,
        }
    }

    fn identities(&self) -> impl Iterator<Item = &Identity> {
        let named = self.named.iter().map(|(_, identity)| identity);
        self.streams.iter().chain(&self.api).chain(named)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn a_look_at_files_that_hangs_holds_no_reload_up_and_undoes_none() {
        let certificates = Certificates::load(&Config::default()).unwrap();
        let (answer, disk) = mpsc::channel::<()>();
        let (looking, looks) = mpsc::channel();
        let look = thread::spawn({
            let certificates = certificates.clone();
            move || {
                certificates.look_with(|_| {
                    looking.send(()).unwrap();
                    disk.recv().is_ok()
                });
            }
        });
        looks.recv().unwrap();
        let loaded = certificates.prepare(&Config::default()).unwrap();
        let load = loaded.0.clone();
        certificates.replace(loaded);
        answer.send(()).unwrap();
        look.join().unwrap();
        assert!(certificates.store().is_of_one_load(&load));
    }
}
