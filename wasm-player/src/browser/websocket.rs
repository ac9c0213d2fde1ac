//! WebSocket-FLV: binary messages whose payloads, one after the other, are the FLV byte stream.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::connection::{ConnectionEvent, ConnectionSink, RequestOptions};
use super::event_listener::EventListener;
use super::fetch::FetchConnection;
use crate::connection_end::ConnectionEnd;
use crate::stream_url::over_http;
use crate::vod::Answer;

/// One WebSocket; dropping it closes it.
pub(crate) struct WebSocketConnection {
    socket: WebSocket,
    _listeners: [EventListener; 3],
    _opening: Rc<RefCell<Opening>>,
}

/// What is between the request and the first byte.
enum Opening {
    Asked {
        url: String,
        options: RequestOptions,
    },
    Opened,
    /// It was refused, and HTTP, which tells with what status, is asked.
    Refused {
        _inquiry: FetchConnection,
    },
}

impl WebSocketConnection {
    /// Starts to connect.
    ///
    /// # Errors
    /// What the browser threw, as for `ws:` on a page that came by `https:`.
    pub(crate) fn open(url: &str, options: &RequestOptions, sink: ConnectionSink) -> Result<Self, JsValue> {
        let socket = WebSocket::new(url)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let opening = Rc::new(RefCell::new(Opening::Asked { url: url.into(), options: options.clone() }));
        let (opened, arrived, ended) = (sink.clone(), sink.clone(), sink);
        let (at_open, at_close) = (opening.clone(), opening.clone());
        let listeners = [
            EventListener::new(&socket, "open", move |_| {
                at_open.replace(Opening::Opened);
                opened(ConnectionEvent::Opened(Answer::default()));
            })?,
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
                let end = ConnectionEnd::of_websocket_code(event.code(), event.reason());
                let inquiry = inquire(&at_close.borrow(), &end, &ended);
                match inquiry {
                    Some(inquiry) => drop(at_close.replace(Opening::Refused { _inquiry: inquiry })),
                    None => ended(ConnectionEvent::Ended(end)),
                }
            })?,
        ];
        Ok(Self { socket, _listeners: listeners, _opening: opening })
    }
}

/// Asks over HTTP why there is no WebSocket, which browsers keep from scripts; nothing where it had opened.
fn inquire(opening: &Opening, end: &ConnectionEnd, sink: &ConnectionSink) -> Option<FetchConnection> {
    let Opening::Asked { url, options } = opening else { return None };
    let (end, sink) = (end.clone(), sink.clone());
    let answer: ConnectionSink = Rc::new(move |event: ConnectionEvent<'_>| {
        let end = match event {
            ConnectionEvent::Opened(_) => ConnectionEnd::NoWebSocket,
            // Where HTTP does not get through either, nothing more is known.
            ConnectionEvent::Ended(ConnectionEnd::Network(_)) => end.clone(),
            ConnectionEvent::Ended(of_http) => of_http,
            ConnectionEvent::Bytes(_) => return,
        };
        sink(ConnectionEvent::Ended(end));
    });
    FetchConnection::open(&over_http(url)?, options, 0, answer).ok()
}

impl Drop for WebSocketConnection {
    fn drop(&mut self) {
        let _ = self.socket.close();
    }
}
