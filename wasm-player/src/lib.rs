//! Plays live FLV in a browser: FLV in, fMP4 for Media Source Extensions out.
//!
//! [`pipeline`], [`latency`] and [`backoff`] are pure: bytes, times and decisions, the same natively and in the
//! browser. What needs a browser lives in `browser` and `player`, which exist on wasm32 only.

pub mod backoff;
pub mod connection_end;
pub mod latency;
pub mod pipeline;
pub mod recovery;
pub mod statistics;
pub mod stream_url;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod player;

#[cfg(target_arch = "wasm32")]
pub use player::Player;

/// Makes a panic readable in the browser's console; only where it is debugged, for the texts are large.
#[cfg(all(target_arch = "wasm32", debug_assertions))]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| web_sys::console::error_1(&panic.to_string().into())));
}
