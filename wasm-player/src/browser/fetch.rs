//! HTTP-FLV: an endless response, read chunk by chunk as it arrives.

use alloc::rc::Rc;
use core::cell::Cell;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, ReadableStreamDefaultReader, RequestCache, RequestInit, Response};

use super::connection::{ConnectionEvent, ConnectionSink, RequestOptions};
use super::object::{error_text, property};
use crate::connection_end::ConnectionEnd;

#[wasm_bindgen]
extern "C" {
    /// The one of the page or of the worker.
    fn fetch(url: &str, init: &RequestInit) -> js_sys::Promise;
}

/// One `fetch`; dropping it aborts the request, whatever it is waiting for.
pub(crate) struct FetchConnection {
    abort: AbortController,
    dropped: Rc<Cell<bool>>,
}

impl FetchConnection {
    /// Sends the request.
    ///
    /// # Errors
    /// What the browser threw.
    pub(crate) fn open(url: &str, options: &RequestOptions, sink: ConnectionSink) -> Result<Self, JsValue> {
        let abort = AbortController::new()?;
        let init = RequestInit::new();
        init.set_signal(Some(&abort.signal()));
        init.set_cache(RequestCache::NoStore);
        init.set_credentials(options.credentials);
        if let Some(headers) = &options.headers {
            init.set_headers(headers);
        }
        let response = JsFuture::from(fetch(url, &init));
        let dropped = Rc::new(Cell::new(false));
        let gone = dropped.clone();
        spawn_local(async move {
            let end = read(response, &sink, &gone).await;
            if !gone.get() {
                sink(ConnectionEvent::Ended(end));
            }
        });
        Ok(Self { abort, dropped })
    }
}

impl Drop for FetchConnection {
    fn drop(&mut self) {
        self.dropped.set(true);
        self.abort.abort();
    }
}

async fn read(response: JsFuture, sink: &ConnectionSink, gone: &Cell<bool>) -> ConnectionEnd {
    let failed = |error: JsValue| ConnectionEnd::Network(error_text(&error));
    let response: Response = match response.await {
        Ok(response) => response.unchecked_into(),
        Err(error) => return failed(error),
    };
    if gone.get() {
        return ConnectionEnd::Ended;
    }
    if let Some(end) = ConnectionEnd::of_http_status(response.status()) {
        return end;
    }
    let Some(body) = response.body() else { return ConnectionEnd::Ended };
    sink(ConnectionEvent::Opened);
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    while !gone.get() {
        let result = match JsFuture::from(reader.read()).await {
            Ok(result) => result,
            Err(error) => return failed(error),
        };
        if gone.get() {
            break;
        }
        match property(&result, "value") {
            Some(bytes) => sink(ConnectionEvent::Bytes(bytes.unchecked_ref::<Uint8Array>())),
            None => break,
        }
    }
    ConnectionEnd::Ended
}
