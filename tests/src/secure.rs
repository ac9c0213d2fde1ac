//! TLS clients that trust everybody, and see what they are shown.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme, SupportedProtocolVersion,
    version,
};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Connects to `host` as `name`, speaking `protocol` (`h2` or `http/1.1`).
///
/// # Panics
/// When there is no TLS connection, or another protocol is chosen.
pub async fn connect(host: &str, name: &str, protocol: &str) -> TlsStream<TcpStream> {
    let stream = try_connect(host, name, protocol).await.expect("the server speaks TLS");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
    stream
}

/// The same, for whom it may fail.
///
/// # Errors
/// As the handshake does.
///
/// # Panics
/// When `host` does not listen.
pub async fn try_connect(host: &str, name: &str, protocol: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let socket = TcpStream::connect(host).await.expect("the server listens");
    let name = ServerName::try_from(name.to_owned()).expect("a test's name is one");
    let config = client_config(&[&version::TLS13, &version::TLS12], protocol);
    TlsConnector::from(Arc::new(config)).connect(name, socket).await
}

/// What a client speaks; everybody is trusted.
///
/// # Panics
/// Never: the versions are supported.
#[must_use]
pub fn client_config(versions: &[&'static SupportedProtocolVersion], protocol: &str) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .expect("ring supports both versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(TrustEverybody(provider)))
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    config
}

/// The certificate that the server showed, in DER.
///
/// # Panics
/// When it showed none.
#[must_use]
pub fn shown_certificate(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    stream.get_ref().1.peer_certificates().expect("a server shows a certificate")[0].to_vec()
}

/// The version that was agreed on.
#[must_use]
pub fn version_of(stream: &TlsStream<TcpStream>) -> Option<ProtocolVersion> {
    stream.get_ref().1.protocol_version()
}

/// One HTTP/2 connection, for many requests.
#[derive(Clone, Debug)]
pub struct Http2 {
    host: String,
    sender: http2::SendRequest<Empty<Bytes>>,
}

impl Http2 {
    /// Connects to `host`.
    ///
    /// # Panics
    /// When it does not speak HTTP/2.
    pub async fn connect(host: &str) -> Self {
        let stream = connect(host, "localhost", "h2").await;
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            // As browsers do: one stream that is not read must not hold what the others need.
            .initial_stream_window_size(256 * 1024)
            .initial_connection_window_size(64 * 1024 * 1024)
            .handshake(TokioIo::new(stream))
            .await
            .expect("the server speaks HTTP/2");
        tokio::spawn(connection);
        Self { host: host.to_owned(), sender }
    }

    /// Asks for `path`.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn get(&mut self, path: &str) -> Response<Incoming> {
        self.request(Request::get(format!("https://{}{path}", self.host))).await
    }

    /// Sends a request without a body.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn request(&mut self, request: http::request::Builder) -> Response<Incoming> {
        self.sender.ready().await.expect("the connection holds");
        let request = request.body(Empty::new()).expect("a test's request is one");
        self.sender.send_request(request).await.expect("the server answers")
    }
}

/// A WebSocket over TLS, opened by `Upgrade`.
#[derive(Debug)]
pub struct SecureWebSocket(WebSocketStream<TlsStream<TcpStream>>);

impl SecureWebSocket {
    /// Opens `wss://host/path`.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn open(host: &str, path: &str) -> Self {
        let stream = connect(host, "localhost", "http/1.1").await;
        let opened = tokio_tungstenite::client_async(format!("wss://{host}{path}"), stream).await;
        Self(opened.expect("a WebSocket is accepted").0)
    }

    /// The next bytes of the stream; `None` at its end.
    ///
    /// # Panics
    /// When the connection breaks.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            match self.0.next().await?.expect("the WebSocket holds") {
                Message::Binary(data) => return Some(data),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}

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
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
