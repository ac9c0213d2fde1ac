//! Live video into any web page: RTMP in; HTTP-FLV and WebSocket-FLV out.
//!
//! ```text
//!   rtmp  ------>  hub  ------>  http
//!   (publishers)   (fan-out)     (viewers)
//! ```
//!
//! `rtmp` and `http` never import each other; both know [`hub`]. See ARCHITECTURE.md.

mod accept;
pub mod access;
pub mod config;
pub mod connections;
mod edge;
pub mod forward;
pub mod http;
pub mod hub;
pub mod names;
pub mod publish;
pub mod rtmp;
mod server;
pub mod settings;
pub mod shutdown;

pub use http::ReloadRequest;
pub use server::{ListenError, Server, Service, StartError};
