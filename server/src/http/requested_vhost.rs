//! The name of the vhost that a request asks for.

use http::header::HOST;
use http::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;

use crate::names::host_name;

/// Which vhost a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requested {
    /// Its name in the one spelling of [`host_name`]; empty when nothing names one.
    pub(super) name: String,
    /// Whether the query names it.
    pub(super) is_explicit: bool,
}

/// `?vhost=`, else `?domain=`, else the host of an absolute target, else the `Host` header.
///
/// An absolute target goes before the header because RFC 9112 section 3.2.2 says so.
pub(super) fn requested_vhost(uri: &Uri, headers: &HeaderMap) -> Requested {
    let query = uri.query().unwrap_or_default();
    if let Some(name) = query_value(query, "vhost").or_else(|| query_value(query, "domain")) {
        return Requested { name: host_name(&name), is_explicit: true };
    }
    let host = uri.host().or_else(|| headers.get(HOST)?.to_str().ok()).unwrap_or_default();
    Requested { name: host_name(host), is_explicit: false }
}

/// The first value of `name` that is not empty. Only `&` parts pairs, and only the first `=` of a pair parts it.
pub(super) fn query_value(query: &str, name: &str) -> Option<String> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested(target: &str, host: Option<&str>) -> String {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(HOST, host.parse().unwrap());
        }
        requested_vhost(&target.parse().unwrap(), &headers).name
    }

    #[test]
    fn the_query_goes_before_the_host() {
        assert_eq!(requested("/a/b.flv?vhost=v&domain=d", Some("h")), "v");
        assert_eq!(requested("/a/b.flv?domain=d", Some("h")), "d");
        assert_eq!(requested("/a/b.flv?vhost=", Some("h")), "h");
    }

    #[test]
    fn tokens_with_separators_do_not_hide_the_vhost() {
        for token in ["a=b", "a,b", "a==", "a;b", "=", ""] {
            assert_eq!(requested(&format!("/a?token={token}&vhost=v"), None), "v", "{token}");
        }
        assert_eq!(requested("/a?flag&vhost=v%2Ew", None), "v.w");
    }

    #[test]
    fn a_host_loses_its_port() {
        assert_eq!(requested("/a", Some("h.example:8080")), "h.example");
        assert_eq!(requested("/a", Some("H.Example.:8080")), "h.example");
        assert_eq!(requested("/a?vhost=V.Example:80", Some("h")), "v.example");
        assert_eq!(requested("/a", Some("[::1]:8080")), "::1");
        assert_eq!(requested("/a", Some("[::1]")), "::1");
        assert_eq!(requested("/a", None), "");
    }

    #[test]
    fn an_absolute_target_goes_before_the_host_header() {
        assert_eq!(requested("http://t.example:81/a", Some("h")), "t.example");
    }
}
