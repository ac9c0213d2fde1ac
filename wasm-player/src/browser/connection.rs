//! A connection that brings bytes, over whichever transport the URL names.

use alloc::rc::Rc;
use alloc::string::String;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::RequestCredentials;

use super::fetch::FetchConnection;
use super::websocket::WebSocketConnection;
use crate::connection_end::ConnectionEnd;
use crate::stream_url::Transport;
use crate::vod::Answer;

/// What a connection tells; nothing after `Ended`, and nothing once it is dropped.
pub(crate) enum ConnectionEvent<'a> {
    /// The server accepted; what it says of the body.
    Opened(Answer),
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
    Fetch(FetchConnection),
    WebSocket { _connection: WebSocketConnection },
}

impl Connection {
    /// Starts to connect to an absolute or relative URL; `ws:` and `wss:` mean WebSocket. With `from`, which HTTP only has,
    /// asks for the bytes from there on.
    ///
    /// # Errors
    /// A scheme that streams are not fetched over, or what the browser threw, as for a malformed URL.
    pub(crate) fn open(
        url: &str,
        options: &RequestOptions,
        from: u64,
        sink: ConnectionSink,
    ) -> Result<Self, JsValue> {
        match Transport::of(url) {
            Ok(Transport::Http) => Ok(Self::Fetch(FetchConnection::open(url, options, from, sink)?)),
            Ok(Transport::WebSocket) => {
                Ok(Self::WebSocket { _connection: WebSocketConnection::open(url, options, sink)? })
            }
            Err(scheme) => {
                let mut message = String::from("expected an http:, https:, ws: or wss: URL, not ");
                message.push_str(scheme);
                message.push(':');
                Err(message.into())
            }
        }
    }

    /// Stops reading, which stops the server, or goes on. A WebSocket cannot be stopped.
    pub(crate) fn pause(&self, paused: bool) {
        if let Self::Fetch(connection) = self {
            connection.pause(paused);
        }
    }
}
