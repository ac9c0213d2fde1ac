//! nginx with Debian's RTMP module: a real server that takes a stream in and passes it on as it does.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::binary::free_port;
use crate::proxy::found;
use crate::server::PATIENCE;

/// It takes streams of the application `live`; it is killed when the handle is dropped.
#[derive(Debug)]
pub struct NginxRtmp {
    _child: Child,
    _directory: TempDir,
    port: u16,
}

impl NginxRtmp {
    /// Starts it on loopback; with `push_to`, a host and port, it publishes there what is published to it.
    ///
    /// # Panics
    /// When it is not installed, or does not listen in time.
    pub async fn start(push_to: Option<&str>) -> Self {
        let directory = tempfile::tempdir().expect("there is room for a configuration");
        let port = free_port();
        let configuration = directory.path().join("nginx.conf");
        std::fs::write(&configuration, text(directory.path(), port, push_to))
            .expect("there is room for a configuration");
        let log = std::fs::File::create(directory.path().join("log")).expect("there is room for a log");
        let mut command = Command::new(found("nginx"));
        command.arg("-p").arg("/usr/lib/nginx").arg("-e").arg("stderr").arg("-c").arg(&configuration);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("nginx must be installed (`npm test` does that): {error}");
        });
        let listening = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, listening).await.is_err() {
            let log = std::fs::read_to_string(directory.path().join("log")).unwrap_or_default();
            panic!("nginx listens: {log}");
        }
        Self { _child: child, _directory: directory, port }
    }

    /// Host and port.
    #[must_use]
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where to publish `stream`.
    #[must_use]
    pub fn publish_url(&self, stream: &str) -> String {
        format!("rtmp://{}/live/{stream}", self.host())
    }
}

fn text(directory: &Path, port: u16, push_to: Option<&str>) -> String {
    let push = push_to.map(|host| format!("push rtmp://{host}/live;")).unwrap_or_default();
    let pid = directory.join("nginx.pid");
    format!(
        "load_module modules/ngx_rtmp_module.so;
        daemon off; master_process off; pid {pid}; error_log stderr warn; events {{ }}
        rtmp {{ access_log off; server {{ listen 127.0.0.1:{port}; application live {{ live on; {push} }} }} }}\n",
        pid = pid.display()
    )
}
