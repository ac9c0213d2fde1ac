//! The page around the player: its clock, whether it is seen, whether it is left.
//!
//! A page tells its players, which may run in a worker, where there is none to ask.

use core::sync::atomic::{AtomicBool, Ordering};

use wasm_bindgen::prelude::wasm_bindgen;

use super::object::property;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn milliseconds() -> f64;
}

static IS_HIDDEN: AtomicBool = AtomicBool::new(false);

/// What happens to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageEvent {
    /// It went to the background, or came to the foreground.
    Turned,
    /// It is left; it may come back from the browser's back/forward cache.
    Left,
    /// It came back from that cache.
    Restored,
    /// The network is back.
    Online,
}

impl PageEvent {
    /// By the names that `web/src/page-events.ts` uses.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name {
            "turned" => Some(Self::Turned),
            "left" => Some(Self::Left),
            "restored" => Some(Self::Restored),
            "online" => Some(Self::Online),
            _ => None,
        }
    }
}

/// A monotonic clock, in seconds.
pub(crate) fn now() -> f64 {
    milliseconds() / 1000.0
}

/// Notes whether anybody can see the page.
pub(crate) fn set_hidden(hidden: bool) {
    IS_HIDDEN.store(hidden, Ordering::Relaxed);
}

/// Whether nobody can see the page.
pub(crate) fn is_hidden() -> bool {
    IS_HIDDEN.load(Ordering::Relaxed)
}

/// Whether a change of the playback rate empties the decoder, and at the start of playback may pause the element for good.
///
/// So it is in WebKit on GStreamer (WebKitGTK, WPE), which nothing but this tells from Safari.
pub(crate) fn rate_changes_disturb() -> bool {
    let navigator = property(&js_sys::global(), "navigator");
    let starts_with = |name, start| {
        let value = navigator.as_ref().and_then(|navigator| property(navigator, name));
        value.and_then(|value| value.as_string()).is_some_and(|value| value.starts_with(start))
    };
    starts_with("vendor", "Apple") && starts_with("platform", "Linux")
}
