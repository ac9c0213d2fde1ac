//! Requests that change something, and that a page of somebody else may have made.
//!
//! A browser inside a network asks whatever any page names, and adds the passwords that it remembers. What only tells can
//! be guarded by CORS; what changes something must not be done at all. Programs, such as curl, are asked by their users
//! alone.

use std::net::IpAddr;

use axum::response::{IntoResponse, Response};
use http::header::{HOST, ORIGIN, REFERER, USER_AGENT};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};

use crate::config::{Config, DEFAULT_VHOST};
use crate::http::refusal::Refusal;

/// Whether a page of the same origin asks (Fetch Metadata, section 2.4). Browsers send it to hosts that they trust: over
/// HTTPS, and to themselves.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a request that changes something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CrossSite {
    /// A page of another origin, or one that a browser does not name.
    #[error(
        "a browser asks for this, and does not say that a page of this server does: only such a page, or a program, may. \
         Behind a proxy, pass on the header Host"
    )]
    Page,
    /// A name that anybody may have pointed here.
    #[error(
        "a page may ask for this by the server's address, by localhost or by a vhost's name; by other names when http_api \
         has a password (auth)"
    )]
    Name,
}

/// Judges a request for `uri` that changes something.
pub(super) fn check(uri: &Uri, headers: &HeaderMap, config: &Config) -> Result<(), CrossSite> {
    let text = |name| headers.get(name).map(HeaderValue::to_str).transpose().unwrap_or(Some(""));
    let (site, origin, page) = (text(SEC_FETCH_SITE), text(ORIGIN), text(REFERER));
    // Every browser calls itself so, and no page can change that without being asked about first.
    let is_browser = text(USER_AGENT).is_some_and(|agent| agent.starts_with("Mozilla/"));
    if !is_browser && site.or(origin).or(page).is_none() {
        return Ok(());
    }
    let host = uri.authority().map(Authority::as_str).or(text(HOST)).unwrap_or_default();
    let is_own = match (site, origin, page) {
        // None: somebody has typed the URL.
        (Some(site), ..) => matches!(site, "same-origin" | "none"),
        (None, Some(page), _) | (None, None, Some(page)) => is_of(page, host),
        (None, None, None) => false,
    };
    if !is_own {
        return Err(CrossSite::Page);
    }
    // A name of somebody else's may come to mean this server while the page is open (DNS rebinding); it is then the page's
    // own origin. A password that was told to another name is not sent by it.
    if config.http_api.auth.is_none() && !is_ours(host, config) { Err(CrossSite::Name) } else { Ok(()) }
}

/// Whether `page`, an origin or a URL, is of `host`, a name with or without a port.
fn is_of(page: &str, host: &str) -> bool {
    let Ok(page) = page.parse::<Uri>() else { return false };
    let Some(authority) = page.authority() else { return false };
    let default = if page.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    let parts = |authority: &Authority| {
        (authority.host().to_ascii_lowercase(), authority.port_u16().unwrap_or(default))
    };
    host.parse().is_ok_and(|host| parts(&host) == parts(authority))
}

/// Whether nobody else can have pointed the name of `host` here.
fn is_ours(host: &str, config: &Config) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().to_ascii_lowercase();
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(&name);
    address.parse::<IpAddr>().is_ok()
        || name == "localhost"
        || name.ends_with(".localhost")
        || config
            .vhosts
            .iter()
            .any(|vhost| vhost.name != DEFAULT_VHOST && vhost.name.eq_ignore_ascii_case(&name))
}

impl IntoResponse for CrossSite {
    fn into_response(self) -> Response {
        Refusal::new(StatusCode::FORBIDDEN, self.to_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Credentials, Vhost};

    const BROWSER: (&str, &str) =
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0");

    fn judged(headers: &[(&str, &str)], password: bool) -> Result<(), CrossSite> {
        let mut config = Config::default();
        config.vhosts.push(Arc::new(Vhost { name: "live.example".to_owned(), ..Vhost::default() }));
        config.http_api.auth =
            password.then(|| Credentials { username: "admin".to_owned(), password: "secret".to_owned() });
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        check(&"/api/v1/clients/a".parse().unwrap(), &headers.collect(), &config)
    }

    #[test]
    fn programs_are_let_through_by_every_name() {
        for host in ["10.0.0.1:1985", "anything.example:1985", ""] {
            assert_eq!(
                judged(&[("host", host), ("user-agent", "curl/8.5.0"), ("accept", "*/*")], false),
                Ok(())
            );
            assert_eq!(judged(&[("host", host)], false), Ok(()));
        }
    }

    #[test]
    fn pages_of_this_server_are_let_through() {
        for own in [
            &[("sec-fetch-site", "same-origin")][..],
            &[("sec-fetch-site", "none")],
            &[("origin", "http://10.0.0.1:1985")],
            &[("referer", "http://10.0.0.1:1985/console/?a=b")],
            &[("origin", "http://10.0.0.1:1985"), ("sec-fetch-site", "same-origin")],
        ] {
            assert_eq!(
                judged(&[&[("host", "10.0.0.1:1985"), BROWSER], own].concat(), false),
                Ok(()),
                "{own:?}"
            );
        }
        for (host, origin) in [
            ("localhost:1985", "http://localhost:1985"),
            ("[::1]:1985", "http://[::1]:1985"),
            ("live.example", "https://live.example"),
            ("Live.Example:443", "https://live.example"),
            ("live.example", "http://live.example:80"),
        ] {
            assert_eq!(judged(&[("host", host), ("origin", origin), BROWSER], false), Ok(()), "{host}");
        }
    }

    #[test]
    fn pages_of_others_are_not_whatever_they_hide() {
        for foreign in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), ("origin", "http://10.0.0.1:1985")],
            &[("origin", "http://evil.example")],
            &[("origin", "http://10.0.0.1")],
            &[("origin", "https://10.0.0.1:1986")],
            &[("origin", "http://10.0.0.1:1985.evil.example")],
            &[("origin", "null")],
            &[("origin", "null"), ("referer", "http://10.0.0.1:1985/")],
            &[("referer", "http://evil.example/?http://10.0.0.1:1985/")],
            &[("referer", "http://10.0.0.1:1985@evil.example/")],
            // An image of a page that asks for no referrer, over plain HTTP.
            &[],
        ] {
            for password in [false, true] {
                let headers = [&[("host", "10.0.0.1:1985"), BROWSER], foreign].concat();
                assert_eq!(judged(&headers, password), Err(CrossSite::Page), "{foreign:?}");
            }
        }
        // Whatever it calls itself.
        assert_eq!(judged(&[("host", "a"), ("origin", "http://evil.example")], false), Err(CrossSite::Page));
    }

    #[test]
    fn a_name_that_was_pointed_here_is_not_let_through_without_a_password() {
        let rebound = [("host", "evil.example:1985"), ("origin", "http://evil.example:1985"), BROWSER];
        assert_eq!(judged(&rebound, false), Err(CrossSite::Name));
        assert_eq!(judged(&rebound, true), Ok(()));
        let rebound = [("host", "evil.example:1985"), ("sec-fetch-site", "same-origin"), BROWSER];
        assert_eq!(judged(&rebound, false), Err(CrossSite::Name));
    }
}
