//! HTTPS, HTTP/2 and WebSocket over TLS, with the clients that people have.

// A test that did not get what it must have cannot go on.
#![allow(clippy::unwrap_used)]

#[path = "https/clients.rs"]
mod clients;
#[path = "https/identities.rs"]
mod identities;
#[path = "https/swap.rs"]
mod swap;
