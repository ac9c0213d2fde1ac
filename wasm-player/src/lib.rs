//! Plays live FLV in a browser: FLV in, fMP4 for Media Source Extensions out.
//!
//! [`pipeline`], [`latency`], [`vod`] and [`backoff`] are pure: bytes, times and decisions, the same natively and in the
//! browser. What needs a browser lives in `browser` and `player`, which exist on wasm32 only.

// Not the standard library: its panics' texts would be a third of what the browser downloads.
#![cfg_attr(all(target_arch = "wasm32", not(test)), no_std)]

extern crate alloc;

pub mod backoff;
pub mod connection_end;
pub mod latency;
pub mod pipeline;
pub mod publisher_clock;
pub mod recorder;
pub mod recovery;
pub mod statistics;
pub mod stream_url;
pub mod vod;

// Each module of tests names its tests so that they run natively, and on wasm32 in a page.
#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod player;
#[cfg(all(target_arch = "wasm32", feature = "remuxer"))]
mod remuxer;
#[cfg(all(target_arch = "wasm32", not(test), not(feature = "std")))]
mod runtime;

#[cfg(target_arch = "wasm32")]
pub use player::Player;
#[cfg(all(target_arch = "wasm32", feature = "remuxer"))]
pub use remuxer::Remuxer;
