//! What a stream's URL says of its transport.

use alloc::string::String;

/// How a stream is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// HTTP-FLV.
    Http,
    /// WebSocket-FLV.
    WebSocket,
}

impl Transport {
    /// The transport of an absolute URL; one that is relative is fetched as the page was, over HTTP.
    ///
    /// # Errors
    /// The scheme, when it is none that streams are fetched over: no later attempt would get any farther.
    pub fn of(url: &str) -> Result<Self, &str> {
        let Some(scheme) = scheme_of(url.trim()) else { return Ok(Self::Http) };
        let is = |name: &str| scheme.eq_ignore_ascii_case(name);
        if is("http") || is("https") {
            Ok(Self::Http)
        } else if is("ws") || is("wss") {
            Ok(Self::WebSocket)
        } else {
            Err(scheme)
        }
    }
}

/// The same place over HTTP; none for a URL that is no WebSocket's.
pub fn over_http(url: &str) -> Option<String> {
    let url = url.trim();
    let tail = url.get(2..).filter(|_| Transport::of(url) == Ok(Transport::WebSocket))?;
    Some(["http", tail].concat())
}

/// The scheme of an absolute URL (RFC 3986, section 3.1).
fn scheme_of(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let starts_well = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.');
    (starts_well && scheme.chars().all(is_name)).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_scheme_chooses_the_transport() {
        assert_eq!(Transport::of("http://host/live/a.flv"), Ok(Transport::Http));
        assert_eq!(Transport::of("HTTPS://host/live/a.flv"), Ok(Transport::Http));
        assert_eq!(Transport::of("ws://host/live/a.flv"), Ok(Transport::WebSocket));
        assert_eq!(Transport::of(" Wss://host/live/a.flv"), Ok(Transport::WebSocket));
    }

    #[test]
    fn a_relative_url_is_fetched_over_http() {
        for url in ["/live/a.flv", "live/a.flv", "ws", "//host:8080/live/a.flv", "?at=12:30", "live/a:b.flv"]
        {
            assert_eq!(Transport::of(url), Ok(Transport::Http), "{url}");
        }
    }

    #[test]
    fn a_websocket_has_a_place_over_http() {
        assert_eq!(over_http(" ws://host/a.flv").as_deref(), Some("http://host/a.flv"));
        assert_eq!(over_http("WSS://host/a.flv").as_deref(), Some("httpS://host/a.flv"));
        assert_eq!(over_http("http://host/a.flv"), None);
        assert_eq!(over_http(""), None);
    }

    #[test]
    fn other_schemes_are_refused_by_name() {
        assert_eq!(Transport::of("rtmp://host/live/a"), Err("rtmp"));
        assert_eq!(Transport::of("blob:http://host/1"), Err("blob"));
    }
}
