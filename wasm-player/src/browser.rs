//! What only a browser has: connections, `MediaSource`, timers, events. No decisions are made here.

pub(crate) mod autoplay;
pub(crate) mod connection;
pub(crate) mod event_listener;
pub(crate) mod fetch;
pub(crate) mod media_source;
pub(crate) mod object;
pub(crate) mod page;
pub(crate) mod source_buffer_queue;
pub(crate) mod websocket;

#[cfg(test)]
mod tests;
