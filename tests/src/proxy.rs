//! Real reverse proxies, with the configurations that `docs/proxies` gives.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::binary::free_port;
use crate::server::PATIENCE;

/// A proxy and the way it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    /// nginx as an HTTP proxy.
    Nginx,
    /// Caddy.
    Caddy,
    /// HAProxy as an HTTP proxy.
    Haproxy,
    /// nginx as a TCP proxy, with version 1 of the PROXY protocol.
    NginxStream,
    /// HAProxy as a TCP proxy, with version 2 of the PROXY protocol.
    HaproxyTcp,
}

/// A proxy on loopback; it is killed when the handle is dropped.
#[derive(Debug)]
pub struct Proxy {
    kind: ProxyKind,
    child: Child,
    http_port: u16,
    https_port: u16,
}

impl ProxyKind {
    /// Those that speak HTTP themselves.
    pub const HTTP: [Self; 3] = [Self::Nginx, Self::Caddy, Self::Haproxy];
    /// Those that tell by the PROXY protocol who the client is.
    pub const TCP: [Self; 2] = [Self::NginxStream, Self::HaproxyTcp];

    /// The file in `docs/proxies`.
    const fn file(self) -> &'static str {
        match self {
            Self::Nginx => "nginx.conf",
            Self::Caddy => "Caddyfile",
            Self::Haproxy => "haproxy.cfg",
            Self::NginxStream => "nginx-stream.conf",
            Self::HaproxyTcp => "haproxy-tcp.cfg",
        }
    }

    /// What the file says, and what a test needs instead.
    fn replacements(self, directory: &str, http_port: u16, https_port: u16) -> Vec<(&'static str, String)> {
        match self {
            Self::Nginx | Self::NginxStream => vec![
                ("listen 80;", format!("listen 127.0.0.1:{http_port};")),
                ("listen 443 ", format!("listen 127.0.0.1:{https_port} ")),
            ],
            Self::Caddy => vec![
                ("http://live.example.com", "http://127.0.0.1".to_owned()),
                ("https://live.example.com", "https://127.0.0.1".to_owned()),
            ],
            Self::Haproxy | Self::HaproxyTcp => vec![
                ("bind :80", format!("bind 127.0.0.1:{http_port}")),
                ("bind :443", format!("bind 127.0.0.1:{https_port}")),
            ],
        }
        .into_iter()
        .chain([("/etc/ssl/live.example.com", format!("{directory}/live.example.com"))])
        .collect()
    }

    /// What a machine has around the file, and the path of the whole.
    fn write(self, directory: &Path, text: &str, http_port: u16, https_port: u16) -> PathBuf {
        let shown = directory.display();
        let whole = match self {
            Self::Nginx | Self::NginxStream => {
                let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                    .map(|name| format!("{name}_temp_path {shown}/{name};\n"))
                    .concat();
                let around = format!(
                    "daemon off;\nmaster_process off;\npid {shown}/nginx.pid;\nerror_log stderr warn;\nevents {{ }}\n"
                );
                if self == Self::Nginx {
                    format!("{around}http {{\naccess_log off;\n{temporary}\n{text}\n}}\n")
                } else {
                    format!("load_module modules/ngx_stream_module.so;\n{around}{text}\n")
                }
            }
            Self::Caddy => format!(
                "{{\nadmin off\ndefault_bind 127.0.0.1\nhttp_port {http_port}\nhttps_port {https_port}\n}}\n{text}"
            ),
            Self::Haproxy | Self::HaproxyTcp => text.to_owned(),
        };
        let path = directory.join(self.file());
        std::fs::write(&path, whole).expect("there is room for a configuration");
        path
    }

    fn command(self, path: &Path, directory: &Path) -> Command {
        let mut command = match self {
            Self::Nginx | Self::NginxStream => {
                // It is in /usr/sbin, which is not on everybody's path.
                let mut command = Command::new(found("nginx"));
                command.arg("-p").arg("/usr/lib/nginx").arg("-e").arg("stderr").arg("-c").arg(path);
                command
            }
            Self::Caddy => {
                let mut command = Command::new(found("caddy"));
                command.args(["run", "--adapter", "caddyfile", "--config"]).arg(path);
                command.env("HOME", directory).env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME");
                command
            }
            Self::Haproxy | Self::HaproxyTcp => {
                let mut command = Command::new(found("haproxy"));
                command.args(["-db", "-f"]).arg(path);
                command
            }
        };
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        command
    }
}

impl Proxy {
    /// Starts a proxy in front of `upstream` (host and port), with the certificate that is in `directory` as
    /// `live.example.com.crt`, `.key` and `.pem` (both).
    ///
    /// # Panics
    /// When it is not installed, or does not take the configuration.
    pub async fn start(kind: ProxyKind, upstream: &str, directory: &Path) -> Self {
        let (http_port, https_port) = (free_port(), free_port());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace");
        let file = root.join("docs/proxies").join(kind.file());
        let mut text = std::fs::read_to_string(&file).expect("the snippet is there");
        let mut replacements = kind.replacements(&directory.display().to_string(), http_port, https_port);
        replacements.push(("127.0.0.1:8080", upstream.to_owned()));
        for (documented, here) in replacements {
            assert!(text.contains(documented), "{} has {documented}", file.display());
            text = text.replace(documented, &here);
        }
        let path = kind.write(directory, &text, http_port, https_port);
        let log = std::fs::File::create(directory.join("log")).expect("there is room for a log");
        let child = kind.command(&path, directory).stderr(log).spawn();
        let child = child.unwrap_or_else(|error| {
            panic!("{kind:?} must be installed (`npm test` does that): {error}");
        });
        let mut proxy = Self { kind, child, http_port, https_port };
        proxy.wait_until_listening(directory).await;
        proxy
    }

    async fn wait_until_listening(&mut self, directory: &Path) {
        let listening = async {
            for port in [self.http_port, self.https_port] {
                while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                    if self.child.try_wait().expect("a child can be waited for").is_some() {
                        return false;
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            true
        };
        if tokio::time::timeout(PATIENCE, listening).await != Ok(true) {
            let log = std::fs::read_to_string(directory.join("log")).unwrap_or_default();
            panic!("{:?} listens: {log}", self.kind);
        }
    }

    /// Host and port without TLS.
    #[must_use]
    pub fn http_host(&self) -> String {
        format!("127.0.0.1:{}", self.http_port)
    }

    /// Host and port with TLS.
    #[must_use]
    pub fn https_host(&self) -> String {
        format!("127.0.0.1:{}", self.https_port)
    }

    /// Kills it, and waits until it is gone.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("the proxy can be killed");
    }
}

/// Where Debian has servers, if `program` is there; else its name, to be looked for.
pub(crate) fn found(program: &str) -> PathBuf {
    let path = Path::new("/usr/sbin").join(program);
    if path.exists() { path } else { program.into() }
}
