//! Containers and codecs of live video, shared by the server and the browser player.
//!
//! ```text
//!   bytes in                 facts, parsed once                bytes out
//!   flv::Demuxer  ---->  flv::Tag { timestamp, kind, .. }  ---->  flv::Muxer
//!                                |                                fmp4::{init_segment, fragment}
//!                                +--> codec::{avc, hevc, av1, aac, ..}    format::Muxer over flv, ts and es
//! ```
//!
//! Nothing here does I/O, reads a clock or starts a thread: everything runs the same natively and on wasm32.
//! A peer's bytes never panic: every parser returns [`Error`], which says what was expected and what came.

// Not the standard library: its panics' texts would be a third of what the browser downloads.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod amf0;
pub mod bits;
pub mod codec;
mod error;
pub mod es;
pub mod flv;
pub mod fmp4;
pub mod format;
pub mod ts;

pub use error::{Error, Result, decimal};
