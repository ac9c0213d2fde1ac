//! Who a request is really from, when proxies stand between.
//!
//! A header is believed from a trusted proxy only, and no further than the trust goes: addresses are read from the
//! right, where the nearest proxy wrote, to the first that is not a trusted proxy itself. What stands left of that one
//! anybody may have written.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use super::connection::Connection;
use crate::config::Config;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// Who sent a request: the connection that it came by, and whose it is. One connection of a proxy carries the requests
/// of many.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) connection: Arc<Connection>,
    /// What [`client_ip`] says.
    pub(super) ip: IpAddr,
}

/// The address of the client behind a request with `headers`: the connection's peer, unless that is one of
/// `http_server { trusted_proxies }` and says otherwise.
///
/// It says so in `X-Forwarded-For`, else in `Forwarded` (RFC 7239), else in `X-Real-IP`. The first goes first because
/// it is what proxies write unasked: one that does not know `Forwarded` passes on what its client made up. IPv4
/// addresses are never in their IPv6 form.
pub(super) fn client_ip(connection: &Connection, headers: &HeaderMap, config: &Config) -> IpAddr {
    let trusted = &config.http_server.trusted_proxies;
    let peer = connection.peer().ip().to_canonical();
    if !is_trusted(peer, trusted) {
        return peer;
    }
    walk(peer, list(headers, &X_FORWARDED_FOR).map(node), trusted)
        .or_else(|| walk(peer, list(headers, &FORWARDED).map(forwarded_for), trusted))
        .or_else(|| walk(peer, list(headers, &X_REAL_IP).map(node), trusted))
        .unwrap_or(peer)
}

/// Whether `address` is in one of the `trusted` networks.
pub(super) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// Goes from `nearest` over the addresses that proxies noted, the latest first, as far as they can be believed. `None`
/// when there is none; one that cannot be read leaves it at who wrote it.
fn walk(nearest: IpAddr, noted: impl Iterator<Item = Option<IpAddr>>, trusted: &[IpNet]) -> Option<IpAddr> {
    let mut believed = None;
    for address in noted {
        let Some(address) = address else { return Some(believed.unwrap_or(nearest)) };
        believed = Some(address);
        if !is_trusted(address, trusted) {
            break;
        }
    }
    believed
}

/// The elements of a list header, the last first, over all its lines.
fn list<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers.get_all(name).into_iter().rev().flat_map(|line| rsplit_unquoted(line.as_bytes(), b','))
}

/// The parts of `text` between separators outside of quotes, trimmed, the last first; without empty ones. One that is
/// no text is `?`.
///
/// It begins at the end, so that neither a quote which a client left open nor its garbage swallows what a proxy
/// appended. Escapes in quotes are not known: no address has one.
fn rsplit_unquoted(text: &[u8], separator: u8) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let parts = text.rsplit(move |&byte| {
        quoted ^= byte == b'"';
        byte == separator && !quoted
    });
    parts.map(|part| str::from_utf8(part).unwrap_or("?").trim()).filter(|part| !part.is_empty())
}

/// The address of `for=` in an element of `Forwarded` (RFC 7239 section 4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut pairs = rsplit_unquoted(element.as_bytes(), b';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    node(value.trim())
}

/// An address with or without port, quotes and brackets; not `unknown`, and no made-up name (RFC 7239 section 6).
fn node(text: &str) -> Option<IpAddr> {
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
    let address = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .or_else(|| in_brackets(text))
        .or_else(|| text.rsplit_once(':').filter(|(_, port)| is_made_up(port))?.0.parse().ok());
    address.as_ref().map(IpAddr::to_canonical)
}

/// `[IPv6]`, or `[IPv6]:_port`.
fn in_brackets(text: &str) -> Option<IpAddr> {
    let (address, rest) = text.strip_prefix('[')?.split_once(']')?;
    let rest_fits = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_made_up);
    address.parse().ok().filter(|_| rest_fits).map(IpAddr::V6)
}

/// Whether a port is one of those names that hide it (RFC 7239 section 6.3).
fn is_made_up(port: &str) -> bool {
    port.starts_with('_')
}

#[cfg(test)]
mod tests;
