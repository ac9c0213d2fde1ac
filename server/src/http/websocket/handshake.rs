//! The opening handshake, as far as it is not HTTP's (RFC 6455 section 4.2).

use axum::extract::Request;
use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use hyper::ext::Protocol;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The one version there is.
pub(super) const VERSION: &str = "13";

/// What the answer says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    /// `Sec-WebSocket-Accept`; `None` over HTTP/2, where the client cannot take another answer for this one.
    pub(super) key: Option<HeaderValue>,
    /// `Sec-WebSocket-Protocol`: the first that was offered. RFC 6455 would let the server choose none, but a browser
    /// that offered one fails the connection then (WebSockets standard, "establish a WebSocket connection").
    pub(super) protocol: Option<HeaderValue>,
}

/// What is wrong with a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HandshakeError {
    /// `Connection` does not name `Upgrade`.
    #[error("a WebSocket handshake needs the header \"Connection: Upgrade\"")]
    Connection,
    /// Another version, or none.
    #[error("a WebSocket handshake needs the header \"Sec-WebSocket-Version: 13\"")]
    Version,
    /// Not 16 bytes in base64, or more than one.
    #[error("a WebSocket handshake needs one Sec-WebSocket-Key of 16 bytes in base64")]
    Key,
}

/// Whether `request` asks for WebSocket: by `Upgrade`, which HTTP/1.0 cannot (RFC 9110 section 7.8), or over HTTP/2 by an
/// extended CONNECT (RFC 8441 section 4).
pub(in super::super) fn is_wanted(request: &Request) -> bool {
    match request.version() {
        Version::HTTP_11 => {
            request.method() == Method::GET && tokens(request.headers(), UPGRADE).any(is("websocket"))
        }
        Version::HTTP_2 => is_tunnel(request),
        _ => false,
    }
}

/// Whether `request` is an extended CONNECT for WebSocket.
pub(super) fn is_tunnel(request: &Request) -> bool {
    let protocol = request.extensions().get::<Protocol>();
    request.method() == Method::CONNECT && protocol.is_some_and(|protocol| protocol.as_str() == "websocket")
}

/// Judges an extended CONNECT that wants WebSocket: there is neither `Upgrade` nor a key (RFC 8441 section 5).
pub(super) fn accept_tunnel(headers: &HeaderMap) -> Result<Accepted, HandshakeError> {
    check_version(headers)?;
    Ok(Accepted { key: None, protocol: chosen_protocol(headers) })
}

/// Judges a request that wants WebSocket. Extensions are never accepted: media does not compress.
pub(super) fn accept(headers: &HeaderMap) -> Result<Accepted, HandshakeError> {
    if !tokens(headers, CONNECTION).any(is("upgrade")) {
        return Err(HandshakeError::Connection);
    }
    check_version(headers)?;
    let mut keys = headers.get_all(SEC_WEBSOCKET_KEY).iter().map(HeaderValue::as_bytes);
    let key = keys.next().unwrap_or_default();
    if keys.next().is_some() || !is_nonce(key) {
        return Err(HandshakeError::Key);
    }
    let key = HeaderValue::try_from(derive_accept_key(key)).map_err(|_| HandshakeError::Key)?;
    Ok(Accepted { key: Some(key), protocol: chosen_protocol(headers) })
}

fn check_version(headers: &HeaderMap) -> Result<(), HandshakeError> {
    match headers.get(SEC_WEBSOCKET_VERSION) {
        Some(version) if version == VERSION => Ok(()),
        _ => Err(HandshakeError::Version),
    }
}

fn chosen_protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let protocol = tokens(headers, SEC_WEBSOCKET_PROTOCOL).next();
    protocol.and_then(|name| HeaderValue::from_str(name).ok())
}

/// Whether `key` is base64 of 16 bytes: 22 digits and two pads.
fn is_nonce(key: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    matches!(key.split_last_chunk::<2>(), Some((digits, b"==")) if digits.len() == 22 && digits.iter().all(is_digit))
}

/// The parts of a list header, over all its lines.
fn tokens(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|token| !token.is_empty())
}

fn is(wanted: &str) -> impl Fn(&str) -> bool {
    move |token| token.eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(changes: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        for (name, value) in changes {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn the_example_of_rfc_6455_is_accepted() {
        let accepted = accept(&headers(&[])).unwrap();
        assert_eq!(accepted.key.unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(accepted.protocol, None);
    }

    #[test]
    fn the_first_offered_protocol_is_chosen() {
        let accepted = accept(&headers(&[("sec-websocket-protocol", "flv, other")])).unwrap();
        assert_eq!(accepted.protocol.unwrap(), "flv");
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = |name, value| accept(&headers(&[(name, value)])).unwrap_err();
        assert_eq!(error("connection", "keep-alive"), HandshakeError::Connection);
        assert_eq!(error("sec-websocket-version", "8"), HandshakeError::Version);
        for key in
            ["", "dGhlIHNhbXBsZSBub25jZQ", "c2hvcnQ=", "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25j!Q=="]
        {
            assert_eq!(error("sec-websocket-key", key), HandshakeError::Key, "{key}");
        }
    }
}
