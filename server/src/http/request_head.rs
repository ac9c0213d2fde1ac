//! What the head of a request must be before anything looks for what it names (RFC 9112 section 3).

use axum::extract::Request;
use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Method, StatusCode, Version};

use super::refusal::Refusal;

/// The longest path, in bytes. No file system has a longer one, and no stream a name of that length.
const MAX_PATH: usize = 8192;

/// The most that names and values of all headers may have together, in bytes. The connection's reader has a bound too,
/// but how far it lets itself be surprised depends on how the bytes come.
const MAX_HEADERS: usize = 64 * 1024;

/// Why a request is refused whatever it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadHead {
    /// Neither a path nor a URL; or `*`, which is for OPTIONS only.
    #[error("the request's target must be a path that begins with \"/\", or a whole URL")]
    Target,
    /// More than [`MAX_PATH`].
    #[error("the path has more than {MAX_PATH} bytes")]
    LongPath,
    /// More than [`MAX_HEADERS`].
    #[error("the headers have more than {MAX_HEADERS} bytes")]
    LongHeaders,
    /// HTTP/1.1 without `Host`.
    #[error("a request of HTTP/1.1 needs the header Host")]
    NoHost,
    /// Two of them: who is in front of us may have looked at the other one.
    #[error("the request has more than one header Host")]
    TwoHosts,
    /// Not `name` or `name:port`.
    #[error("the header Host is no host name or address with an optional port")]
    Host,
}

/// Judges the target and the `Host` of `request`.
pub(super) fn check(request: &Request) -> Result<(), BadHead> {
    let path = request.uri().path();
    let named = match *request.method() {
        // Its target is what it wants to connect to; nothing here does that, which the router says.
        Method::CONNECT => true,
        Method::OPTIONS if path == "*" => true,
        _ => path.starts_with('/'),
    };
    if !named {
        return Err(BadHead::Target);
    }
    if path.len() > MAX_PATH {
        return Err(BadHead::LongPath);
    }
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    if headers.sum::<usize>() > MAX_HEADERS {
        return Err(BadHead::LongHeaders);
    }
    check_host(request.version(), request.headers())
}

fn check_host(version: Version, headers: &HeaderMap) -> Result<(), BadHead> {
    let mut hosts = headers.get_all(HOST).iter();
    let Some(host) = hosts.next() else {
        return if version == Version::HTTP_11 { Err(BadHead::NoHost) } else { Ok(()) };
    };
    if hosts.next().is_some() {
        return Err(BadHead::TwoHosts);
    }
    let host = host.to_str().map_err(|_| BadHead::Host)?;
    // RFC 9112 section 3.2: it is empty when the target has no authority.
    if host.is_empty() || is_host(host) { Ok(()) } else { Err(BadHead::Host) }
}

fn is_host(text: &str) -> bool {
    let end_of_name = text.find(']').map_or_else(|| text.find(':').unwrap_or(text.len()), |at| at + 1);
    let port_fits = match text[end_of_name..].strip_prefix(':') {
        Some(port) => port.is_empty() || port.parse::<u16>().is_ok(),
        None => end_of_name == text.len(),
    };
    end_of_name > 0 && port_fits && !text.contains('@') && text.parse::<Authority>().is_ok()
}

impl From<BadHead> for Refusal {
    fn from(bad: BadHead) -> Self {
        let status = match bad {
            BadHead::LongPath => StatusCode::URI_TOO_LONG,
            BadHead::LongHeaders => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, bad.to_string())
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn checked(method: &str, target: &str, version: Version, hosts: &[&str]) -> Result<(), BadHead> {
        let mut request = Request::builder().method(method).uri(target).version(version);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        check(&request.body(Body::empty()).unwrap())
    }

    #[test]
    fn a_target_is_a_path_or_a_url() {
        for (method, target) in
            [("GET", "/"), ("GET", "http://a/b"), ("GET", "http://a"), ("OPTIONS", "*"), ("CONNECT", "a:1")]
        {
            assert_eq!(checked(method, target, Version::HTTP_10, &[]), Ok(()), "{method} {target}");
        }
        for target in ["*", "a:1", "a"] {
            assert_eq!(checked("GET", target, Version::HTTP_10, &[]), Err(BadHead::Target), "{target}");
        }
        let long = "/a".repeat(MAX_PATH / 2);
        assert_eq!(checked("GET", &long, Version::HTTP_10, &[]), Ok(()));
        assert_eq!(checked("GET", &format!("{long}/"), Version::HTTP_10, &[]), Err(BadHead::LongPath));
    }

    #[test]
    fn http_1_1_alone_needs_a_host() {
        assert_eq!(checked("GET", "/", Version::HTTP_11, &[]), Err(BadHead::NoHost));
        for version in [Version::HTTP_10, Version::HTTP_2] {
            assert_eq!(checked("GET", "/", version, &[]), Ok(()));
            assert_eq!(checked("GET", "/", version, &["a", "a"]), Err(BadHead::TwoHosts));
        }
    }

    #[test]
    fn headers_have_a_bound_in_all() {
        let request = |length| {
            let value = "x".repeat(length / 2);
            let request =
                Request::builder().version(Version::HTTP_10).header("a", &value).header("b", &value);
            request.body(Body::empty()).unwrap()
        };
        assert_eq!(check(&request(MAX_HEADERS - 2)), Ok(()));
        assert_eq!(check(&request(MAX_HEADERS)), Err(BadHead::LongHeaders));
    }

    #[test]
    fn a_host_is_a_name_or_an_address_and_a_port() {
        for host in ["", "a", "a.b.", "a_b-c", "a:", "a:80", "1.2.3.4:80", "[::1]", "[::1]:80"] {
            assert_eq!(checked("GET", "/", Version::HTTP_11, &[host]), Ok(()), "{host}");
        }
        for host in [
            "a b",
            "a/b",
            "a@b",
            "a:b",
            "a:65536",
            "a:80:80",
            "[::1",
            "::1]",
            "[::1]x:80",
            "a?b",
            "\u{e9}",
            ":80",
        ] {
            assert_eq!(checked("GET", "/", Version::HTTP_11, &[host]), Err(BadHead::Host), "{host}");
        }
    }
}
