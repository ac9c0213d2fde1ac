//! HTTP/2 viewers over TLS: one or more streams on a connection.
//!
//! No socket here: what came from it goes in, what has to be sent comes out.

mod frame;
mod framing;
mod hpack;
mod window;

pub(crate) use framing::{Event, FramingError};

use super::tls::{SecureError, Session, Tls};
use framing::Http2;

/// The protocol's name in the handshake (RFC 9113 section 3.2).
const PROTOCOL: &str = "h2";

/// What all viewers over HTTP/2 share.
pub(crate) fn shared() -> Tls {
    Tls::new(PROTOCOL)
}

/// One connection, with a viewer on each of its streams.
#[derive(Debug)]
pub(crate) struct Https2 {
    session: Session,
    http2: Http2,
    plain: Vec<u8>,
}

impl Https2 {
    /// Starts a connection that requests `paths` of `authority` once it is secure, a stream each.
    ///
    /// # Errors
    /// As rustls does.
    pub(crate) fn new<'a>(
        tls: &Tls,
        authority: &str,
        paths: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, SecureError> {
        let (mut session, mut http2) = (tls.session()?, Http2::new(authority, paths));
        session.send(&http2.outgoing());
        Ok(Self { session, http2, plain: Vec::new() })
    }

    /// Appends to `bytes` what has to be sent to the server.
    pub(crate) fn outgoing(&mut self, bytes: &mut Vec<u8>) {
        self.session.outgoing(bytes);
    }

    /// Takes what came from the socket; hands what came on each stream to `handle`.
    ///
    /// # Errors
    /// When the server speaks something else, or ends the connection.
    pub(crate) fn receive(
        &mut self,
        bytes: &[u8],
        handle: &mut impl FnMut(Event<'_>),
    ) -> Result<(), SecureError> {
        self.plain.clear();
        self.session.receive(bytes, &mut self.plain)?;
        if self.plain.is_empty() {
            return Ok(());
        }
        if !self.session.speaks(PROTOCOL.as_bytes()) {
            return Err(SecureError::AnotherProtocol(PROTOCOL));
        }
        self.http2.receive(&self.plain, handle)?;
        let answer = self.http2.outgoing();
        if !answer.is_empty() {
            self.session.send(&answer);
        }
        Ok(())
    }
}
