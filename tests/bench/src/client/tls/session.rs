//! A TLS connection without its socket: bytes of the server in, plain bytes out.

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::cipher_suite::{
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS13_AES_128_GCM_SHA256,
    TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};

/// What all viewers of one protocol share.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Tls {
    /// Viewers that speak `protocol` (`h2` or `http/1.1`), offer ciphers as browsers do, and trust everybody.
    ///
    /// Each makes a full handshake, as viewers do who come for the first time.
    ///
    /// # Panics
    /// Never: the versions and the name are right.
    pub(crate) fn new(protocol: &str) -> Self {
        let provider = Arc::new(CryptoProvider {
            cipher_suites: vec![
                TLS13_AES_128_GCM_SHA256,
                TLS13_CHACHA20_POLY1305_SHA256,
                TLS13_AES_256_GCM_SHA384,
                TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            ],
            ..ring::default_provider()
        });
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("ring supports the default versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(TrustEverybody(provider)))
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        config.resumption = Resumption::disabled();
        let name = ServerName::try_from("localhost").expect("the name is one");
        Self { config: Arc::new(config), name }
    }

    /// Starts one connection.
    ///
    /// # Errors
    /// As rustls does; see [`Session::receive`].
    pub(crate) fn session(&self) -> Result<Session, Error> {
        ClientConnection::new(Arc::clone(&self.config), self.name.clone())
            .map(|connection| Session { connection })
    }
}

/// One connection's state.
#[derive(Debug)]
pub(crate) struct Session {
    connection: ClientConnection,
}

impl Session {
    /// Takes bytes of the server, and appends to `plain` what they say.
    ///
    /// # Errors
    /// When the server does not speak TLS, or agrees to nothing that was offered; there is no going on after that.
    pub(crate) fn receive(&mut self, mut bytes: &[u8], plain: &mut Vec<u8>) -> Result<(), Error> {
        while !bytes.is_empty() {
            // Reading from memory does not fail; a full buffer is emptied by processing it.
            let taken =
                self.connection.read_tls(&mut bytes).map_err(|error| Error::General(error.to_string()))?;
            let state = self.connection.process_new_packets()?;
            let wanted = state.plaintext_bytes_to_read();
            let start = plain.len();
            plain.resize(start + wanted, 0);
            // It has just said that it has as many bytes.
            if self.connection.reader().read_exact(&mut plain[start..]).is_err() {
                plain.truncate(start);
            }
            if taken == 0 {
                // The server has closed the connection properly: what follows is of nobody.
                break;
            }
        }
        Ok(())
    }

    /// Encrypts `plain`, as soon as the handshake is through.
    pub(crate) fn send(&mut self, plain: &[u8]) {
        // Writing into memory does not fail; requests are far below the limit of what is kept during a handshake.
        let _ = self.connection.writer().write_all(plain);
    }

    /// Appends to `bytes` what has to be sent to the server.
    pub(crate) fn outgoing(&mut self, bytes: &mut Vec<u8>) {
        while self.connection.wants_write() {
            // Writing into memory does not fail.
            if self.connection.write_tls(bytes).is_err() {
                return;
            }
        }
    }

    /// Whether the server has chosen `protocol`; a server that knows no protocols is taken to speak HTTP/1.1.
    pub(crate) fn speaks(&self, protocol: &[u8]) -> bool {
        self.connection.alpn_protocol().map_or(protocol == b"http/1.1", |chosen| chosen == protocol)
    }
}

/// Checks nothing, not even signatures: the load is to cost the server, not the load generator.
#[derive(Debug)]
struct TrustEverybody(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustEverybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
