//! Keys and certificates in the forms that they come in, and the errors about those that cannot be used.

use std::path::Path;
use std::sync::Arc;

use flvgate::Server;
use flvgate::config::Identity;
use flvgate::http::check_identity;
use flvgate_tests::certificate::{self, KeyKind, make_chain, openssl};
use flvgate_tests::process;
use flvgate_tests::secure;
use flvgate_tests::server::{self, TestServer};

#[tokio::test]
async fn keys_are_read_in_every_pem_form() {
    let directory = tempfile::tempdir().unwrap();
    for kind in [KeyKind::Rsa, KeyKind::EcdsaP256, KeyKind::EcdsaP384] {
        let Identity { key, cert } = certificate::make(directory.path(), "localhost", kind).await;
        let old_form = directory.path().join("old.key");
        let (from, to) = (key.display().to_string(), old_form.display().to_string());
        openssl(&["pkey", "-in", &from, "-traditional", "-out", &to]).await;
        let text = std::fs::read_to_string(&old_form).unwrap();
        let header = if kind == KeyKind::Rsa { "BEGIN RSA PRIVATE KEY" } else { "BEGIN EC PRIVATE KEY" };
        assert!(text.contains(header), "{kind:?}: {text}");
        check_identity(&Identity { key: old_form, cert }).unwrap();
    }
}

#[tokio::test]
async fn ec_parameters_before_the_key_do_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("ec.key");
    let cert = directory.path().join("ec.crt");
    let (key_text, cert_text) = (key.display().to_string(), cert.display().to_string());
    openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-out", &key_text]).await;
    assert!(std::fs::read_to_string(&key).unwrap().starts_with("-----BEGIN EC PARAMETERS"));
    openssl(&["req", "-x509", "-key", &key_text, "-subj", "/CN=localhost", "-out", &cert_text]).await;
    check_identity(&Identity { key, cert }).unwrap();
}

#[tokio::test]
async fn a_certificate_of_x509_version_1_as_srs_ships_it_is_served() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    let (key, request, cert) = (path("server.key"), path("server.csr"), path("server.crt"));
    openssl(&["genrsa", "-out", &key, "2048"]).await;
    openssl(&["req", "-new", "-key", &key, "-subj", "/C=CN/O=Me/CN=ossrs.net", "-out", &request]).await;
    openssl(&["x509", "-req", "-in", &request, "-signkey", &key, "-days", "30", "-out", &cert]).await;
    assert!(openssl(&["x509", "-in", &cert, "-noout", "-text"]).await.contains("Version: 1 (0x0)"));
    let identity = Identity { key: key.into(), cert: cert.into() };
    let server = TestServer::start_https(|config| config.http_server.https.identity = identity.clone()).await;
    let url = format!("https://{}/api/v1/versions", server.https_host());
    for version in ["--tlsv1.2", "--tlsv1.3"] {
        let maximum = if version == "--tlsv1.2" { "1.2" } else { "1.3" };
        let arguments = ["-sS", "--fail", "-k", version, "--tls-max", maximum, "-o", "/dev/null", &url];
        process::run_clean("curl", &arguments).await;
    }
    server.shutdown().await;
    // Still a pair, or none.
    let other = certificate::make(directory.path(), "other", KeyKind::Rsa).await;
    let error = check_identity(&Identity { key: other.key, cert: identity.cert }).unwrap_err();
    assert!(error.to_string().contains("does not belong to the certificate"), "{error}");
}

#[tokio::test]
async fn a_chain_is_shown_whole_and_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let chain = make_chain(directory.path()).await;
    let server = TestServer::start_https(|config| config.http_server.https.identity = chain.identity).await;
    let url = format!("https://{}/api/v1/versions", server.https_host());
    let root = chain.root.display().to_string();
    // The client trusts the root only: without the intermediate certificate it could not.
    process::run_clean("curl", &["-sS", "--fail", "--cacert", &root, "-o", "/dev/null", &url]).await;
    server.shutdown().await;
}

#[tokio::test]
async fn openssl_resumes_sessions() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestServer::start_https(|_| {}).await;
    let host = server.https_host();
    for (version, says) in [("-tls1_2", "Reused, TLSv1.2"), ("-tls1_3", "Reused, TLSv1.3")] {
        let session = directory.path().join("session").display().to_string();
        let first = s_client(&host, &[version, "-sess_out", &session]).await;
        assert!(first.contains("New, TLSv1."), "{first}");
        let second = s_client(&host, &[version, "-sess_in", &session]).await;
        assert!(second.contains(says), "{version}: {second}");
    }
    // Without tickets, TLS 1.2 resumes by session ids.
    let session = directory.path().join("session").display().to_string();
    s_client(&host, &["-tls1_2", "-no_ticket", "-sess_out", &session]).await;
    let second = s_client(&host, &["-tls1_2", "-no_ticket", "-sess_in", &session]).await;
    assert!(second.contains("Reused, TLSv1.2"), "{second}");
    server.shutdown().await;
}

/// Makes a request by `openssl s_client`, and returns all that it says.
async fn s_client(host: &str, arguments: &[&str]) -> String {
    let request = "GET /api/v1/versions HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n";
    let script = format!(
        "printf '{request}' | openssl s_client -connect {host} -ign_eof {} 2>&1",
        arguments.join(" ")
    );
    let output = process::run("sh", &["-c", &script]).await;
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn old_versions_are_refused() {
    let server = TestServer::start_https(|_| {}).await;
    let said = s_client(&server.https_host(), &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]).await;
    assert!(said.contains(" alert ") && said.contains("Cipher is (NONE)"), "{said}");
    server.shutdown().await;
}

/// What is said when a server is to start with these files.
fn refusal(identity: &Identity, directory: &Path) -> String {
    let mut config = server::config(|_| {});
    config.http_server.https.enabled = true;
    config.http_server.https.listen = config.http_server.listen.clone();
    config.http_server.https.identity = identity.clone();
    let error = Server::start(&Arc::new(config)).map(drop).unwrap_err().to_string();
    assert_eq!(check_identity(identity).unwrap_err().to_string(), error);
    error.replace(&format!("{}/", directory.display()), "")
}

#[tokio::test]
async fn nothing_starts_with_files_that_cannot_be_used() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let one = certificate::make(directory, "one", KeyKind::Rsa).await;
    let two = certificate::make(directory, "two", KeyKind::EcdsaP256).await;
    let mixed = Identity { key: one.key.clone(), cert: two.cert.clone() };
    assert_eq!(
        refusal(&mixed, directory),
        "the private key one.key does not belong to the certificate two.crt"
    );
    let missing = Identity { cert: directory.join("missing.crt"), ..one };
    assert!(refusal(&missing, directory).starts_with("cannot read the certificate missing.crt"));
    let confused = Identity { key: two.cert, cert: two.key };
    assert!(refusal(&confused, directory).starts_with("two.crt has no private key in PEM"));
}

#[tokio::test]
async fn the_api_over_tls_has_a_certificate_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let identity = certificate::make(directory.path(), "api", KeyKind::EcdsaP256).await;
    let shown = certificate::der(&identity.cert);
    let server = TestServer::start_https(|config| {
        config.http_api.enabled = true;
        config.http_api.listen = config.http_server.listen.clone();
        config.http_api.https.enabled = true;
        config.http_api.https.listen = config.http_server.listen.clone();
        config.http_api.https.identity = identity;
    })
    .await;
    let api = secure::connect(&server.https_api_host(), "localhost", "h2").await;
    assert_eq!(secure::shown_certificate(&api), shown);
    let streams = secure::connect(&server.https_host(), "localhost", "h2").await;
    assert_ne!(secure::shown_certificate(&streams), shown);
    drop((api, streams));
    server.shutdown().await;
}
