//! HTTP delivery from the outside: real sockets, the real hub, tags that the tests make.

// A test that did not get what it must have cannot go on.
#![allow(clippy::unwrap_used)]

mod access;
mod answers;
mod api;
mod client;
mod clients;
mod fan_out;
mod files;
mod formats;
mod hostile;
mod http2;
mod late_track;
mod limits;
mod live;
mod muxing;
mod records;
mod secure;
mod site;
mod talkers;
mod tls;
mod vod;
mod websocket;
