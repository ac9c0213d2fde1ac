//! HTTPS, HTTP/2 and WebSocket over TLS, with the clients that people have.

#[path = "https/clients.rs"]
mod clients;
