//! WebSocket-FLV: binary messages whose payloads, one after the other, are the FLV byte stream.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::connection::{ConnectionEvent, ConnectionSink};
use super::event_listener::EventListener;
use crate::connection_end::ConnectionEnd;
use crate::vod::Answer;

/// One WebSocket; dropping it closes it.
pub(crate) struct WebSocketConnection {
    socket: WebSocket,
    _listeners: [EventListener; 3],
}

impl WebSocketConnection {
    /// Starts to connect.
    ///
    /// # Errors
    /// What the browser threw, as for `ws:` on a page that came by `https:`.
    pub(crate) fn open(url: &str, sink: ConnectionSink) -> Result<Self, JsValue> {
        let socket = WebSocket::new(url)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (opened, arrived, ended) = (sink.clone(), sink.clone(), sink);
        let listeners = [
            EventListener::new(&socket, "open", move |_| opened(ConnectionEvent::Opened(Answer::default())))?,
            EventListener::new(&socket, "message", move |event| {
                let data = event.unchecked_ref::<MessageEvent>().data();
                // A text message is none of the stream's.
                if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
                    arrived(ConnectionEvent::Bytes(&Uint8Array::new(buffer)));
                }
            })?,
            // An error is always followed by a close, which knows more.
            EventListener::new(&socket, "close", move |event| {
                let event = event.unchecked_ref::<CloseEvent>();
                ended(ConnectionEvent::Ended(ConnectionEnd::of_websocket_code(event.code(), event.reason())));
            })?,
        ];
        Ok(Self { socket, _listeners: listeners })
    }
}

impl Drop for WebSocketConnection {
    fn drop(&mut self) {
        let _ = self.socket.close();
    }
}
