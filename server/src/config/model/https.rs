//! TLS.

use std::net::SocketAddr;
use std::path::PathBuf;

/// A listener with TLS (`https { }` of `http_server` and of `http_api`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Https {
    /// Whether to listen with TLS (`enabled`).
    pub enabled: bool,
    /// Where browsers connect (`listen`). Port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// What a client gets that names no vhost with a certificate of its own.
    pub identity: Identity,
}

/// A private key and its certificate chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The private key, PEM (`key`).
    pub key: PathBuf,
    /// The certificate and what signed it, PEM (`cert`).
    pub cert: PathBuf,
}

impl Https {
    /// Off, on `port` of every IPv4 address.
    #[must_use]
    pub fn off(port: u16) -> Self {
        Self {
            enabled: false,
            listen: vec![SocketAddr::from(([0, 0, 0, 0], port))],
            identity: Identity::default(),
        }
    }
}

impl Default for Identity {
    fn default() -> Self {
        Self { key: PathBuf::from("./conf/server.key"), cert: PathBuf::from("./conf/server.crt") }
    }
}
