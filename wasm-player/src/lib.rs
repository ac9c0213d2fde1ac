//! Plays live FLV in a browser: FLV in, fMP4 for Media Source Extensions out.
//!
//! [`pipeline`], [`latency`] and [`backoff`] are pure: bytes, times and decisions, the same natively and in the
//! browser. What needs a browser lives in `browser` and `player`, which exist on wasm32 only.

pub mod backoff;
pub mod latency;
pub mod pipeline;
