//! HTTP delivery.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::Https;

/// HTTP delivery (`http_server { }`).
#[derive(Clone, Debug, PartialEq)]
pub struct HttpServer {
    /// Whether to serve HTTP at all (`enabled`).
    pub enabled: bool,
    /// Where browsers connect (`listen`). Port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// Static files (`dir`).
    pub dir: PathBuf,
    /// Whether answers carry CORS headers (`crossdomain`).
    pub crossdomain: bool,
    /// HTTP with TLS.
    pub https: Https,
    /// Whose word about a client's address is believed (`trusted_proxies`, ours): peers that may send `Forwarded`,
    /// `X-Forwarded-For` and the PROXY protocol.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether connections of trusted proxies begin with a PROXY protocol header (`proxy_protocol`, ours).
    pub proxy_protocol: bool,
    /// Keys of ours.
    pub http: Http,
}

impl Default for HttpServer {
    fn default() -> Self {
        Self {
            enabled: false,
            listen: vec![SocketAddr::from(([0, 0, 0, 0], 8080))],
            dir: PathBuf::from("./objs/nginx/html"),
            crossdomain: true,
            https: Https::off(8088),
            trusted_proxies: Vec::new(),
            proxy_protocol: false,
            http: Http::default(),
        }
    }
}

/// What an HTTP peer may cost (`http_server { }`, keys of ours).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Http {
    /// From accept, or the end of the last request, to the end of the next request's head (`header_timeout`).
    pub header_timeout: Duration,
    /// A socket that takes no byte for so long is closed (`send_timeout`).
    pub send_timeout: Duration,
    /// How often a WebSocket viewer is pinged (`ws_ping_interval`).
    pub ws_ping_interval: Duration,
    /// HTTP/2 streams at once, of all connections together (`max_streams`); some of each connection do not count.
    pub max_streams: usize,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(15),
            send_timeout: Duration::from_secs(30),
            ws_ping_interval: Duration::from_secs(20),
            max_streams: 4096,
        }
    }
}
