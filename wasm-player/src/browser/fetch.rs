//! HTTP-FLV: an endless response, read chunk by chunk as it arrives.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::{Cell, RefCell};

use js_sys::{Function, Number, Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, Headers, ReadableStreamDefaultReader, RequestCache, RequestInit, Response};

use super::connection::{ConnectionEvent, ConnectionSink, RequestOptions};
use super::object::{error_text, property};
use crate::connection_end::ConnectionEnd;
use crate::vod::Answer;

#[wasm_bindgen]
extern "C" {
    /// The one of the page or of the worker.
    fn fetch(url: &str, init: &RequestInit) -> Promise;
}

/// One `fetch`; dropping it aborts the request, whatever it is waiting for.
pub(crate) struct FetchConnection {
    abort: AbortController,
    control: Rc<Control>,
}

/// What the reading loop heeds between two chunks.
#[derive(Default)]
struct Control {
    dropped: Cell<bool>,
    paused: Cell<bool>,
    /// Ends the pause.
    go_on: RefCell<Option<Function>>,
}

impl FetchConnection {
    /// Sends the request, for the bytes from `from` on.
    ///
    /// # Errors
    /// What the browser threw.
    pub(crate) fn open(
        url: &str,
        options: &RequestOptions,
        from: u64,
        sink: ConnectionSink,
    ) -> Result<Self, JsValue> {
        let abort = AbortController::new()?;
        let init = RequestInit::new();
        init.set_signal(Some(&abort.signal()));
        init.set_cache(RequestCache::NoStore);
        init.set_credentials(options.credentials);
        if from > 0 {
            let headers = match &options.headers {
                Some(headers) => Headers::new_with_record_from_str_to_str(headers.unchecked_ref())?,
                None => Headers::new()?,
            };
            // The number by JavaScript: Rust's formatting is larger than all of this file.
            let from: String = Number::from(from as f64).to_string_with_radix(10)?.into();
            headers.set("Range", &["bytes=", &from, "-"].concat())?;
            init.set_headers(&headers);
        } else if let Some(headers) = &options.headers {
            init.set_headers(headers);
        }
        let response = JsFuture::from(fetch(url, &init));
        let control = Rc::new(Control::default());
        let own = control.clone();
        spawn_local(async move {
            let end = read(response, &sink, &own).await;
            if !own.dropped.get() {
                sink(ConnectionEvent::Ended(end));
            }
        });
        Ok(Self { abort, control })
    }

    /// Stops reading, or goes on.
    pub(crate) fn pause(&self, paused: bool) {
        self.control.paused.set(paused);
        if !paused && let Some(go_on) = self.control.go_on.take() {
            let _ = go_on.call0(&JsValue::NULL);
        }
    }
}

impl Drop for FetchConnection {
    fn drop(&mut self) {
        self.control.dropped.set(true);
        self.pause(false);
        self.abort.abort();
    }
}

async fn read(response: JsFuture, sink: &ConnectionSink, control: &Control) -> ConnectionEnd {
    let gone = &control.dropped;
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
    sink(ConnectionEvent::Opened(answer_of(&response)));
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
        if control.paused.get() {
            let until = Promise::new(&mut |go_on, _| {
                control.go_on.replace(Some(go_on));
            });
            let _ = JsFuture::from(until).await;
        }
    }
    ConnectionEnd::Ended
}

/// The number at the end of a header's value; none where there is another character.
fn last_number(text: &str) -> Option<u64> {
    text.bytes().fold(None, |number, byte| match byte {
        b'0'..=b'9' => Some(number.unwrap_or(0_u64).wrapping_mul(10).wrapping_add(u64::from(byte - b'0'))),
        _ => None,
    })
}

fn answer_of(response: &Response) -> Answer {
    let header = |name| response.headers().get(name).ok().flatten();
    let is_part = response.status() == 206;
    let length = if is_part {
        // `bytes FIRST-LAST/LENGTH`, where a page of another origin may read it.
        header("content-range")
    } else {
        header("content-length")
    };
    let length = length.as_deref().and_then(last_number);
    let refuses_ranges = header("accept-ranges").is_some_and(|unit| unit == "none");
    Answer { length, is_part, refuses_ranges }
}
