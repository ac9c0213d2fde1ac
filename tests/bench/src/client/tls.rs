//! HTTPS viewers: HTTP/1.1 over TLS.
//!
//! No socket here: what came from it goes in, what has to be sent comes out.

mod head;
mod session;

pub(crate) use head::Head;
pub(crate) use session::{Session, Tls};

/// Why a secure viewer cannot go on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum SecureError {
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    #[error("HTTP/2: {0}")]
    Http2(#[from] super::http2::FramingError),
    #[error("the server does not speak {0} over TLS")]
    AnotherProtocol(&'static str),
    #[error("the stream was refused: {0}")]
    Refused(String),
}

/// The protocol's name in the handshake (RFC 7301).
const PROTOCOL: &str = "http/1.1";

/// What all viewers over HTTPS share.
pub(crate) fn shared() -> Tls {
    Tls::new(PROTOCOL)
}

/// One viewer's connection.
#[derive(Debug)]
pub(crate) struct Https {
    session: Session,
    head: Head,
    plain: Vec<u8>,
}

impl Https {
    /// Starts a connection that sends `request`, a whole request head, once it is secure.
    ///
    /// # Errors
    /// As rustls does.
    pub(crate) fn new(tls: &Tls, request: &[u8]) -> Result<Self, SecureError> {
        let mut session = tls.session()?;
        session.send(request);
        Ok(Self { session, head: Head::default(), plain: Vec::new() })
    }

    /// Appends to `bytes` what has to be sent to the server.
    pub(crate) fn outgoing(&mut self, bytes: &mut Vec<u8>) {
        self.session.outgoing(bytes);
    }

    /// Takes what came from the socket; hands to `body` what follows the head of the answer, decrypted, and whether
    /// that is still in chunks.
    ///
    /// # Errors
    /// When the server speaks something else, or refuses the stream.
    pub(crate) fn receive(
        &mut self,
        bytes: &[u8],
        mut body: impl FnMut(&[u8], bool),
    ) -> Result<(), SecureError> {
        self.plain.clear();
        self.session.receive(bytes, &mut self.plain)?;
        if self.plain.is_empty() {
            return Ok(());
        }
        if !self.session.speaks(PROTOCOL.as_bytes()) {
            return Err(SecureError::AnotherProtocol(PROTOCOL));
        }
        let rest = self.head.receive(&self.plain)?;
        if !rest.is_empty() {
            body(rest, self.head.is_chunked());
        }
        Ok(())
    }

    /// Whether the stream has begun: from here on, what comes may be thrown away undecrypted.
    pub(crate) fn has_begun(&self) -> bool {
        self.head.is_complete()
    }
}
