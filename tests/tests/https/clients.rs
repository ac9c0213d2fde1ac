//! curl, openssl and ffmpeg as clients.

use std::path::Path;

use flvgate_tests::certificate::{self, KeyKind};
use flvgate_tests::ffmpeg::{self, Clip};
use flvgate_tests::process;
use flvgate_tests::server::TestServer;

/// What curl says of one request: the HTTP version, the status, and what else was asked for.
async fn curl(host: &str, trusted: &Path, arguments: &[&str]) -> String {
    let url = format!("https://{host}/api/v1/versions");
    let trusted = trusted.display().to_string();
    let usual = ["-sS", "--cacert", &trusted, "-o", "/dev/null", "-w", "%{http_version} %{http_code}"];
    let output = process::run("curl", &[&usual[..], arguments, &[&url]].concat()).await;
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "curl {arguments:?}: {complaints}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn curl_speaks_every_version_with_every_kind_of_key() {
    let directory = tempfile::tempdir().unwrap();
    for kind in [KeyKind::Rsa, KeyKind::EcdsaP256, KeyKind::EcdsaP384, KeyKind::Ed25519] {
        let identity = certificate::make(directory.path(), "localhost", kind).await;
        let trusted = identity.cert.clone();
        let server = TestServer::start_https(|config| config.http_server.https.identity = identity).await;
        let host = server.https_host();
        for tls in [&["--tls-max", "1.2"][..], &["--tlsv1.3"]] {
            for (http, expected) in [("--http1.1", "1.1 200"), ("--http2", "2 200")] {
                let said = curl(&host, &trusted, &[tls, &[http]].concat()).await;
                assert_eq!(said, expected, "{kind:?} {tls:?} {http}");
            }
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn ffmpeg_plays_over_https() {
    let directory = tempfile::tempdir().unwrap();
    let source = Clip::default().make(directory.path()).await;
    let server = TestServer::start_https(|_| {}).await;
    let _publisher = ffmpeg::publish(&source, &server.publish_url("clip"));
    server.wait_until_live("clip").await;
    let captured = directory.path().join("captured.flv");
    let url = format!("https://{}/live/clip.flv", server.https_host());
    let arguments = ["-v", "error", "-i", &url, "-t", "2", "-c", "copy", "-copyts"];
    let path = captured.display().to_string();
    process::run_clean("ffmpeg", &[&arguments[..], &[&path]].concat()).await;
    assert_eq!(ffmpeg::decode_complaints(&captured).await, "");
    server.shutdown().await;
}
