//! What the page may set. The defaults live here and nowhere else.

use wasm_bindgen::JsValue;
use web_sys::RequestCredentials;

use crate::browser::connection::RequestOptions;
use crate::browser::object::property;

const BACK_BUFFER: f64 = 15.0;
const CONNECT_TIMEOUT: f64 = 10.0;
const IDLE_TIMEOUT: f64 = 10.0;

/// The player's options; times in seconds.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Play as soon as something is there.
    pub(crate) autoplay: bool,
    /// Come back after a connection ended.
    pub(crate) reconnect: bool,
    /// How far behind the live edge to play; chosen by the tracks if not given.
    pub(crate) latency_target: Option<f64>,
    /// How much of the past stays buffered.
    pub(crate) back_buffer: f64,
    /// How long the server may take to answer.
    pub(crate) connect_timeout: f64,
    /// How long a connection may stay silent.
    pub(crate) idle_timeout: f64,
    /// Whether it is a live stream; told by the server's answer if not given.
    pub(crate) live: Option<bool>,
    /// How requests are sent.
    pub(crate) request: RequestOptions,
}

impl Options {
    /// Reads a plain object; what is missing or of another type is the default.
    pub(crate) fn of(object: &JsValue) -> Self {
        let flag =
            |name, default| property(object, name).and_then(|value| value.as_bool()).unwrap_or(default);
        let seconds =
            |name| property(object, name).and_then(|value| value.as_f64()).filter(|&value| value > 0.0);
        Self {
            autoplay: flag("autoplay", false),
            reconnect: flag("reconnect", true),
            latency_target: seconds("latencyTarget"),
            back_buffer: seconds("backBuffer").unwrap_or(BACK_BUFFER),
            connect_timeout: seconds("connectTimeout").unwrap_or(CONNECT_TIMEOUT),
            idle_timeout: seconds("idleTimeout").unwrap_or(IDLE_TIMEOUT),
            live: property(object, "live").and_then(|value| value.as_bool()),
            request: RequestOptions {
                credentials: property(object, "credentials")
                    .and_then(|value| RequestCredentials::from_js_value(&value))
                    .unwrap_or(RequestCredentials::SameOrigin),
                headers: property(object, "headers"),
            },
        }
    }
}
