//! A whole server in the test's process.

use std::sync::Arc;
use std::time::Duration;

use flvgate::config::{Config, Vhost};
use flvgate::{Server, StartError};
use serde_json::Value;
use tempfile::TempDir;

use crate::certificate::{self, KeyKind};
use crate::viewer;

/// How long a test waits for something that must happen before it calls it a failure.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A server on ports of the system's choice, on loopback.
#[derive(Debug)]
pub struct TestServer {
    server: Server,
    /// Where the certificate is that was made for it.
    _directory: Option<TempDir>,
}

impl TestServer {
    /// A server with one default vhost that delivers over HTTP, after `adjust`.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn start(adjust: impl FnOnce(&mut Vhost)) -> Self {
        Self::start_configured(&Arc::new(config(adjust)))
    }

    /// The same with HTTPS besides, and a certificate made for it, after `adjust`.
    ///
    /// # Panics
    /// When there is no free port, or openssl is not installed.
    pub async fn start_https(adjust: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().expect("there is room for a certificate");
        let mut config = config(|_| {});
        config.http_server.https.enabled = true;
        config.http_server.https.listen = config.http_server.listen.clone();
        config.http_server.https.identity =
            certificate::make(directory.path(), "localhost", KeyKind::EcdsaP256).await;
        adjust(&mut config);
        let started = Self::start_configured(&Arc::new(config));
        Self { _directory: Some(directory), ..started }
    }

    /// A server as `config` says.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start_configured(config: &Arc<Config>) -> Self {
        let server = Server::start(config).expect("loopback has free ports");
        Self { server, _directory: None }
    }

    /// Puts the configuration in force with what `adjust` changes.
    ///
    /// # Panics
    /// When a new address cannot be listened on.
    pub fn reload(&mut self, adjust: impl FnOnce(&mut Config)) {
        self.try_reload(adjust).expect("the addresses are free");
    }

    /// The same, for a reload that may be refused.
    ///
    /// # Errors
    /// As the server's reload does.
    pub fn try_reload(&mut self, adjust: impl FnOnce(&mut Config)) -> Result<(), StartError> {
        let mut config = (*self.server.settings().current()).clone();
        adjust(&mut config);
        self.server.reload(&Arc::new(config))
    }

    /// Where to publish `stream`.
    #[must_use]
    pub fn publish_url(&self, stream: &str) -> String {
        format!("rtmp://{}/live/{stream}", self.server.rtmp_addresses()[0])
    }

    /// Host and port of the HTTP listener.
    #[must_use]
    pub fn http_host(&self) -> String {
        self.server.http_addresses()[0].to_string()
    }

    /// Host and port of the API's listener, when it has one of its own.
    #[must_use]
    pub fn api_host(&self) -> String {
        self.server.api_addresses()[0].to_string()
    }

    /// Host and port of the HTTPS listener.
    #[must_use]
    pub fn https_host(&self) -> String {
        self.server.https_addresses()[0].to_string()
    }

    /// Host and port of the API's HTTPS listener.
    #[must_use]
    pub fn https_api_host(&self) -> String {
        self.server.https_api_addresses()[0].to_string()
    }

    /// Where to play `stream` over HTTP.
    #[must_use]
    pub fn http_url(&self, stream: &str) -> String {
        format!("http://{}/live/{stream}.flv", self.http_host())
    }

    /// Where to play `stream` over WebSocket.
    #[must_use]
    pub fn websocket_url(&self, stream: &str) -> String {
        format!("ws://{}/live/{stream}.flv", self.http_host())
    }

    /// What the API says of `stream`, if it lists it.
    pub async fn stream_status(&self, stream: &str) -> Option<Value> {
        stream_status(&self.http_host(), stream).await
    }

    /// Waits until the API's status of `stream` is as `wanted` says.
    ///
    /// # Panics
    /// When that does not happen in time.
    pub async fn wait_for(&self, stream: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        wait_for(&self.http_host(), stream, what, wanted).await
    }

    /// Waits until `stream` has a publisher, and video has come.
    pub async fn wait_until_live(&self, stream: &str) {
        wait_until_live(&self.http_host(), stream).await;
    }

    /// Stops the server, and waits until all is quiet.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

/// What [`TestServer::start`] starts.
#[must_use]
pub fn config(adjust: impl FnOnce(&mut Vhost)) -> Config {
    let mut vhost = Vhost::default();
    vhost.http_remux.enabled = true;
    adjust(&mut vhost);
    let mut config = Config { max_connections: 10_000, vhosts: vec![Arc::new(vhost)], ..Config::default() };
    let any_port = ([127, 0, 0, 1], 0).into();
    config.rtmp.listen = vec![any_port];
    config.http_server.enabled = true;
    config.http_server.listen = vec![any_port];
    config
}

/// What the API at `host` says of `stream`, if it lists it.
pub async fn stream_status(host: &str, stream: &str) -> Option<Value> {
    streams(host).await["streams"].as_array()?.iter().find(|listed| listed["name"] == stream).cloned()
}

/// The API's whole answer about streams at `host`.
///
/// # Panics
/// When the answer is not JSON.
pub async fn streams(host: &str) -> Value {
    let body = viewer::get(&format!("http://{host}/api/v1/streams")).await.body;
    serde_json::from_slice(&body).expect("the API answers with JSON")
}

/// Waits until the status of `stream` at `host` is as `wanted` says.
///
/// # Panics
/// When that does not happen in time.
pub async fn wait_for(host: &str, stream: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut last = None;
    let waiting = async {
        loop {
            last = stream_status(host, stream).await;
            if let Some(status) = last.as_ref().filter(|status| wanted(status)) {
                return status.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(status) => status,
        Err(_) => panic!("{stream}: {what} did not happen; the last status was {last:?}"),
    }
}

/// Waits until `stream` at `host` has a publisher, and video has come.
pub async fn wait_until_live(host: &str, stream: &str) {
    wait_for(host, stream, "going live", |status| {
        status["publish"]["active"] == true && status["frames"].as_u64() > Some(0)
    })
    .await;
}
