//! RTMP: publishers in, tags to the hub, and from it to players; and the publisher's own side, for `flvgate publish` and
//! for forwarding.
//!
//! ```text
//!   bytes -> handshake -> chunk -> message -> command
//!                                        \--> flv::Tag            pure: session (server side), client
//!   socket <-> session <-> hub                                    drivers: server, client
//! ```
//!
//! Specification: Adobe's Real Time Messaging Protocol 1.0, 2012 ("RTMP 1.0").

pub mod address;
pub mod chunk;
pub mod client;
pub mod command;
mod error;
#[cfg(test)]
pub(crate) mod fixture;
pub mod handshake;
mod link;
pub mod message;
pub mod outbox;
mod server;
pub mod session;
mod socket;
mod tags;

pub use error::Error;
pub use server::serve;
