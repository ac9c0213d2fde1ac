//! The `flvgate` program itself, in a process of its own.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command as BlockingCommand;

use tokio::net::TcpSocket;
use tokio::process::Child;

use crate::process;
use crate::server::PATIENCE;

/// A running `flvgate`; it is killed when the handle is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    rtmp_port: u16,
    http_port: u16,
}

impl Program {
    /// Starts the program with `vhost`, the inside of the default vhost's block, and `http_server`, the inside of that
    /// block, after listen and enabled. The configuration file is kept in `directory`.
    ///
    /// # Panics
    /// When it does not build or does not listen.
    pub async fn start(directory: &Path, http_server: &str, vhost: &str) -> Self {
        Self::start_with(directory, "", http_server, vhost).await
    }

    /// The same with `root`, more directives outside of all blocks.
    ///
    /// # Panics
    /// When it does not build or does not listen.
    pub async fn start_with(directory: &Path, root: &str, http_server: &str, vhost: &str) -> Self {
        let (rtmp_port, http_port) = (free_port(), free_port());
        let text = format!(
            "listen 127.0.0.1:{rtmp_port};\nmax_connections 10000;\ndaemon off;\nsrs_log_tank console;\n{root}\n\
             http_server {{\n enabled on;\n listen 127.0.0.1:{http_port};\n {http_server}\n}}\n\
             vhost __defaultVhost__ {{\n {vhost}\n}}\n"
        );
        let path = directory.join("flvgate.conf");
        std::fs::write(&path, text).expect("there is room for a configuration");
        let path = path.display().to_string();
        let program = build();
        let child = process::start(&program.display().to_string(), &["-c", &path]);
        let started = Self { child, rtmp_port, http_port };
        let listening = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", http_port)).await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, listening).await.expect("flvgate listens");
        started
    }

    /// Where to publish `stream`.
    #[must_use]
    pub fn publish_url(&self, stream: &str) -> String {
        format!("rtmp://127.0.0.1:{}/live/{stream}", self.rtmp_port)
    }

    /// Starts another process with the same configuration, and so the same ports, which `reuseport` must allow; returns
    /// when both listen.
    ///
    /// # Panics
    /// When it does not listen.
    pub async fn start_another(&self, directory: &Path) -> Self {
        let path = directory.join("flvgate.conf").display().to_string();
        let child = process::start(&build().display().to_string(), &["-c", &path]);
        let listening = async {
            while listeners(self.http_port) < 2 || listeners(self.rtmp_port) < 2 {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, listening).await.expect("both processes listen");
        Self { child, rtmp_port: self.rtmp_port, http_port: self.http_port }
    }

    /// Starts another process with the same configuration, which must give up; returns what it says.
    ///
    /// # Panics
    /// When it starts.
    pub async fn refused_another(&self, directory: &Path) -> String {
        let path = directory.join("flvgate.conf").display().to_string();
        let output = process::run(&build().display().to_string(), &["-c", &path]).await;
        assert!(!output.status.success(), "a second process cannot start");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// The process id.
    ///
    /// # Panics
    /// When the process has ended.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id().expect("flvgate runs")
    }

    /// Kills it, and waits until it is gone.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("flvgate can be killed");
    }

    /// Host and port of the HTTP listener.
    #[must_use]
    pub fn http_host(&self) -> String {
        format!("127.0.0.1:{}", self.http_port)
    }

    /// Makes it read its configuration again, from `flvgate.conf` in the directory that it was started with.
    ///
    /// # Panics
    /// When the process has ended.
    pub fn hang_up(&self) {
        let id = self.child.id().expect("flvgate runs").to_string();
        let sent = BlockingCommand::new("kill").args(["-s", "HUP", &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "flvgate runs");
    }

    /// How many file descriptors the process has open.
    ///
    /// # Panics
    /// When the process has ended.
    #[must_use]
    pub fn open_files(&self) -> usize {
        let id = self.child.id().expect("flvgate runs");
        std::fs::read_dir(format!("/proc/{id}/fd")).expect("the system has /proc").count()
    }

    /// Memory that the process has in RAM, in KiB.
    ///
    /// # Panics
    /// When the process has ended.
    #[must_use]
    pub fn resident_kib(&self) -> u64 {
        let id = self.child.id().expect("flvgate runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("the system has /proc");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("/proc tells VmRSS");
        line.trim().trim_end_matches(" kB").parse().expect("VmRSS is a number")
    }
}

/// How many sockets listen on `port` of an IPv4 address.
fn listeners(port: u16) -> usize {
    const LISTEN: &str = "0A";
    let sockets = std::fs::read_to_string("/proc/net/tcp").expect("the system has /proc");
    let is_one = |line: &&str| {
        let mut fields = line.split_whitespace().skip(1);
        let local = fields.next().unwrap_or_default();
        local.ends_with(&format!(":{port:04X}")) && fields.nth(1) == Some(LISTEN)
    };
    sockets.lines().filter(is_one).count()
}

/// A port that nobody listens on, for a program that a test starts. Until this process ends it is held by a socket that is
/// bound and does not listen: the system then gives the port to nobody who asks for any, and still to a listener that names
/// it and has set `SO_REUSEADDR` (socket(7)), as servers do.
///
/// # Panics
/// When loopback has no port left.
#[must_use]
pub fn free_port() -> u16 {
    let holder = TcpSocket::new_v4().expect("there is a socket left");
    holder.set_reuseaddr(true).expect("every system has it");
    holder.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("loopback has free ports");
    let port = holder.local_addr().expect("a bound socket has an address").port();
    std::mem::forget(holder);
    port
}

/// Builds the program, which cargo does only for the tests of its own package, and says where it is.
fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let built = BlockingCommand::new(cargo)
        .args(["build", "--quiet", "--locked", "-p", "flvgate", "--bin", "flvgate"])
        .current_dir(root)
        .status();
    assert!(built.is_ok_and(|status| status.success()), "flvgate builds");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    target.join("debug/flvgate")
}
