//! The HTTP API.

use std::fmt;
use std::net::SocketAddr;

use super::Https;

/// The HTTP API (`http_api { }`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpApi {
    /// Whether to serve it (`enabled`).
    pub enabled: bool,
    /// Where (`listen`). When it is `http_server`'s address too, both are served there.
    pub listen: Vec<SocketAddr>,
    /// Whether answers carry CORS headers (`crossdomain`).
    pub crossdomain: bool,
    /// The API with TLS.
    pub https: Https,
    /// Who may use it; `None` asks nobody (`auth { enabled username password }`).
    pub auth: Option<Credentials>,
    /// Whether `/api/v1/raw` answers (`raw_api { enabled }`).
    pub raw_api: bool,
    /// Whether `/api/v1/raw?rpc=reload` reloads (`raw_api { allow_reload }`).
    pub allow_reload: bool,
}

/// A user name and a password of HTTP's Basic scheme (RFC 7617).
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

impl Default for HttpApi {
    fn default() -> Self {
        Self {
            enabled: false,
            listen: vec![SocketAddr::from(([0, 0, 0, 0], 1985))],
            crossdomain: true,
            https: Https::off(1990),
            auth: None,
            raw_api: false,
            allow_reload: false,
        }
    }
}

impl fmt::Debug for Credentials {
    /// Without the password, which must not get into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}
