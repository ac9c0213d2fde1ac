//! Where addresses are listened on, and which keys say so.

use std::net::SocketAddr;

use super::model::Config;

/// A key that says where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// `listen`: RTMP.
    Rtmp,
    /// `http_server { listen }`.
    Http,
    /// `http_server { https { listen } }`.
    Https,
    /// `http_api { listen }`.
    Api,
    /// `http_api { https { listen } }`.
    HttpsApi,
}

impl Listen {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rtmp, Self::Http, Self::Https, Self::Api, Self::HttpsApi];

    /// The key, with dots between its blocks.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Rtmp => "listen",
            Self::Http => "http_server.listen",
            Self::Https => "http_server.https.listen",
            Self::Api => "http_api.listen",
            Self::HttpsApi => "http_api.https.listen",
        }
    }

    /// What it says, when it has an effect.
    pub(super) fn addresses(self, config: &Config) -> &[SocketAddr] {
        let (server, api) = (&config.http_server, &config.http_api);
        let (wanted, addresses) = match self {
            Self::Rtmp => (true, &config.rtmp.listen),
            Self::Http => (server.enabled, &server.listen),
            Self::Https => (server.enabled && server.https.enabled, &server.https.listen),
            Self::Api => (api.enabled, &api.listen),
            Self::HttpsApi => (api.enabled && api.https.enabled, &api.https.listen),
        };
        if wanted { addresses } else { &[] }
    }

    /// Whether both may be at one address: the streams and the API, with TLS or without.
    pub(super) fn shares_with(self, other: Self) -> bool {
        let pairs = [(Self::Http, Self::Api), (Self::Https, Self::HttpsApi)];
        pairs.contains(&(self, other)) || pairs.contains(&(other, self))
    }
}

/// Where each [`Listen`] was set, in words: a key with its file and line, a variable, or its default.
#[derive(Clone, Debug)]
pub struct ListenOrigins(pub(super) [String; 5]);

impl ListenOrigins {
    /// Where `listen` was set.
    #[must_use]
    pub fn origin(&self, listen: Listen) -> &str {
        &self.0[listen as usize]
    }
}
