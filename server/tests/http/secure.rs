//! A site that speaks TLS, and TLS clients that see what it shows.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flvgate::config::Identity;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::site::{Settings, Site};

/// A site over TLS, and the directory of its certificates.
pub(crate) struct SecureSite {
    pub(crate) site: Site,
    directory: TempDir,
}

impl SecureSite {
    /// Serves as [`Site`] does, over TLS with a certificate for `localhost`.
    pub(crate) async fn start(adjust: impl FnOnce(&mut Settings, &Path)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let identity = make(directory.path(), "localhost");
        let site = Site::start(|settings| {
            settings.config.http_server.enabled = true;
            settings.config.http_server.https.enabled = true;
            settings.config.http_server.https.identity = identity;
            adjust(settings, directory.path());
        });
        Self { site: site.await, directory }
    }

    /// The certificate that was made for `name`.
    pub(crate) fn certificate(&self, name: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(path(self.directory.path(), name, "crt")).unwrap()
    }

    /// Connects as one who asks for `name`, trusts the certificate that was made for `expected`, and speaks `protocol`.
    pub(crate) async fn connect_as(
        &self,
        name: &str,
        expected: &str,
        protocol: &str,
    ) -> io::Result<TlsStream<TcpStream>> {
        let config = self.client_config(expected, &[&version::TLS13, &version::TLS12], protocol);
        let socket = TcpStream::connect(self.site.address).await.unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, socket).await
    }

    /// Connects to `localhost`, and speaks `protocol`.
    pub(crate) async fn connect(&self, protocol: &str) -> TlsStream<TcpStream> {
        self.connect_over(TcpStream::connect(self.site.address).await.unwrap(), protocol).await
    }

    /// The same over a connection that is there.
    pub(crate) async fn connect_over<IO: AsyncRead + AsyncWrite + Unpin>(
        &self,
        io: IO,
        protocol: &str,
    ) -> TlsStream<IO> {
        let config = self.client_config("localhost", &[&version::TLS13], protocol);
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, io).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
        stream
    }

    /// A client of some versions that trusts the certificate that was made for `trusted`.
    pub(crate) fn client_config(
        &self,
        trusted: &str,
        versions: &[&'static SupportedProtocolVersion],
        protocol: &str,
    ) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate(trusted)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        config
    }
}

/// Makes a key and a certificate for `name`, `NAME.key` and `NAME.crt`.
pub(crate) fn make(directory: &Path, name: &str) -> Identity {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned(), "localhost".to_owned()]).unwrap();
    let identity = Identity { key: path(directory, name, "key"), cert: path(directory, name, "crt") };
    fs::write(&identity.key, made.signing_key.serialize_pem()).unwrap();
    fs::write(&identity.cert, made.cert.pem()).unwrap();
    identity
}

fn path(directory: &Path, name: &str, extension: &str) -> PathBuf {
    directory.join(format!("{name}.{extension}"))
}
