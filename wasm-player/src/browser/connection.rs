//! A connection that brings bytes, over whichever transport the URL names.

use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::RequestCredentials;

use super::fetch::FetchConnection;
use super::websocket::WebSocketConnection;
use crate::connection_end::ConnectionEnd;

/// What a connection tells; nothing after `Ended`, and nothing once it is dropped.
pub(crate) enum ConnectionEvent<'a> {
    /// The server accepted.
    Opened,
    /// The next bytes; still the browser's, so that the one copy goes to where they are parsed.
    Bytes(&'a Uint8Array),
    /// It is over.
    Ended(ConnectionEnd),
}

/// Takes a connection's events.
pub(crate) type ConnectionSink = Rc<dyn Fn(ConnectionEvent<'_>)>;

/// How a request is sent.
#[derive(Clone, Debug)]
pub(crate) struct RequestOptions {
    /// Which credentials go with it (HTTP only; a WebSocket always sends its origin's cookies).
    pub(crate) credentials: RequestCredentials,
    /// More headers, a plain object or `Headers` (HTTP only; a page cannot set any on a WebSocket).
    pub(crate) headers: Option<JsValue>,
}

/// An open or opening connection; dropping it closes it at once, also when it is stalled.
pub(crate) enum Connection {
    Fetch { _connection: FetchConnection },
    WebSocket { _connection: WebSocketConnection },
}

impl Connection {
    /// Starts to connect to an absolute or relative URL; `ws:` and `wss:` mean WebSocket.
    ///
    /// # Errors
    /// What the browser threw, as for a malformed URL.
    pub(crate) fn open(url: &str, options: &RequestOptions, sink: ConnectionSink) -> Result<Self, JsValue> {
        if is_websocket(url) {
            Ok(Self::WebSocket { _connection: WebSocketConnection::open(url, sink)? })
        } else {
            Ok(Self::Fetch { _connection: FetchConnection::open(url, options, sink)? })
        }
    }
}

/// Whether a URL is played over a WebSocket.
pub(crate) fn is_websocket(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("ws") || scheme.eq_ignore_ascii_case("wss")
}
