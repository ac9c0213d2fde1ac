//! What a configuration wants to be listened on.

use std::fmt;
use std::net::SocketAddr;

use crate::config::Config;
use crate::http::Entrance;

/// One address, and what is served there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) address: SocketAddr,
    pub(super) service: Service,
}

/// What is served at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// RTMP ingest.
    Rtmp,
    /// Streams, files or API over HTTP.
    Http(Entrance),
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rtmp => "RTMP",
            Self::Http(entrance) => match (entrance.tls, entrance.streams) {
                (false, true) => "HTTP",
                (true, true) => "HTTPS",
                (false, false) => "the HTTP API",
                (true, false) => "the HTTPS API",
            },
        })
    }
}

/// Every endpoint that `config` asks for. Streams and API on one address share it.
pub(super) fn endpoints(config: &Config) -> Vec<Endpoint> {
    let mut all: Vec<Endpoint> = Vec::new();
    let rtmp = config.rtmp.listen.iter().map(|&address| Endpoint { address, service: Service::Rtmp });
    all.extend(rtmp);
    let (server, api) = (&config.http_server, &config.http_api);
    let groups = [
        (server.enabled, &server.listen, Entrance { tls: false, streams: true, api: false }),
        (
            server.enabled && server.https.enabled,
            &server.https.listen,
            Entrance { tls: true, streams: true, api: false },
        ),
        (api.enabled, &api.listen, Entrance { tls: false, streams: false, api: true }),
        (
            api.enabled && api.https.enabled,
            &api.https.listen,
            Entrance { tls: true, streams: false, api: true },
        ),
    ];
    for (_, addresses, entrance) in groups.into_iter().filter(|(wanted, ..)| *wanted) {
        for &address in addresses {
            add(&mut all, address, entrance);
        }
    }
    all
}

/// For each endpoint that is `wanted` the index of the one that is `there` for it already, each of which is one's only:
/// endpoints on port 0 may look alike, and are different ports.
pub(super) fn kept(wanted: &[Endpoint], there: &[Endpoint]) -> Vec<Option<usize>> {
    let mut free: Vec<_> = there.iter().map(Some).collect();
    let keep = |wanted: &Endpoint| {
        let index = free.iter().position(|there| *there == Some(wanted))?;
        free[index] = None;
        Some(index)
    };
    wanted.iter().map(keep).collect()
}

/// Adds an entrance, to one that is there already when both are of one kind. Port 0 is always a port of its own.
fn add(all: &mut Vec<Endpoint>, address: SocketAddr, entrance: Entrance) {
    let shared = all.iter_mut().filter(|endpoint| endpoint.address == address && address.port() != 0);
    for endpoint in shared {
        if let Service::Http(there) = &mut endpoint.service
            && there.tls == entrance.tls
        {
            there.streams |= entrance.streams;
            there.api |= entrance.api;
            return;
        }
    }
    all.push(Endpoint { address, service: Service::Http(entrance) });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let mut config = Config::default();
        config.rtmp.listen = vec![([0, 0, 0, 0], 1935).into()];
        config.http_server.enabled = true;
        config.http_server.https.enabled = true;
        config.http_api.enabled = true;
        config.http_api.https.enabled = true;
        config
    }

    fn services(config: &Config) -> Vec<(u16, String)> {
        endpoints(config)
            .iter()
            .map(|endpoint| (endpoint.address.port(), endpoint.service.to_string()))
            .collect()
    }

    #[test]
    fn each_part_has_its_own_address() {
        let expected = [
            (1935, "RTMP"),
            (8080, "HTTP"),
            (8088, "HTTPS"),
            (1985, "the HTTP API"),
            (1990, "the HTTPS API"),
        ];
        assert_eq!(services(&config()), expected.map(|(port, name)| (port, name.to_owned())));
    }

    #[test]
    fn what_is_off_is_not_listened_on() {
        let mut config = config();
        config.http_server.enabled = false;
        config.http_api.https.enabled = false;
        let expected = [(1935, "RTMP"), (1985, "the HTTP API")];
        assert_eq!(services(&config), expected.map(|(port, name)| (port, name.to_owned())));
    }

    #[test]
    fn streams_and_api_share_an_address_of_one_kind() {
        let mut config = config();
        config.http_api.listen = config.http_server.listen.clone();
        config.http_api.https.listen = config.http_server.https.listen.clone();
        let both = |tls| Service::Http(Entrance { tls, streams: true, api: true });
        let found: Vec<_> = endpoints(&config).iter().map(|endpoint| endpoint.service).collect();
        assert_eq!(found, [Service::Rtmp, both(false), both(true)]);
    }
}
