//! A configuration while its keys are read one by one: what only several of them together make is kept beside it.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};

use crate::config::model::{Config, Credentials, Identity, Vhost};
use crate::names::host_name;

/// What is outside of vhosts.
#[derive(Debug)]
pub(in crate::config) struct ConfigDraft {
    config: Config,
    /// `http_api { auth { enabled } }`.
    pub(super) auth: bool,
    /// `http_api { auth { username password } }`.
    pub(super) credentials: Credentials,
    /// `http_api { https { listen } }`, where it is set.
    pub(super) https_api_listen: Option<Vec<SocketAddr>>,
}

/// A vhost.
#[derive(Debug, Default)]
pub(in crate::config) struct VhostDraft {
    vhost: Vhost,
    /// `https { enabled }`.
    pub(super) https: bool,
    /// `https { key cert }`.
    pub(super) identity: Identity,
}

impl ConfigDraft {
    /// What was read, all in all.
    pub(in crate::config) fn finish(self) -> Config {
        let Self { mut config, auth, credentials, https_api_listen } = self;
        config.http_api.auth = auth.then_some(credentials);
        if let Some(listen) = https_api_listen {
            config.http_api.https.listen = listen;
        } else if config.http_api.listen == config.http_server.listen {
            // As SRS does: who has the API on the port of the streams wants the same with TLS.
            config.http_api.https.listen.clone_from(&config.http_server.https.listen);
        }
        config
    }
}

impl VhostDraft {
    /// What was read, all in all, for the vhost `name`.
    pub(in crate::config) fn finish(self, name: &str) -> Vhost {
        let Self { mut vhost, https, identity } = self;
        vhost.identity = https.then_some(identity);
        vhost.name = host_name(name);
        vhost
    }
}

impl Default for ConfigDraft {
    fn default() -> Self {
        let credentials = Credentials { username: String::new(), password: String::new() };
        Self { config: Config::default(), auth: false, credentials, https_api_listen: None }
    }
}

impl Deref for ConfigDraft {
    type Target = Config;

    fn deref(&self) -> &Config {
        &self.config
    }
}

impl DerefMut for ConfigDraft {
    fn deref_mut(&mut self) -> &mut Config {
        &mut self.config
    }
}

impl Deref for VhostDraft {
    type Target = Vhost;

    fn deref(&self) -> &Vhost {
        &self.vhost
    }
}

impl DerefMut for VhostDraft {
    fn deref_mut(&mut self) -> &mut Vhost {
        &mut self.vhost
    }
}
