//! The command, and a server that it has started.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::net::TcpSocket;

/// The command in `folder`, without the variables that the test was started with.
pub(crate) fn flvgate(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flvgate"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SRS_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

pub(crate) fn folder_with(name: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    folder
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A port that nobody listens on. Until the tests end it is held by a socket that is bound and does not listen: the system
/// then gives the port to nobody who asks for any, and still to a listener that names it and has set `SO_REUSEADDR`.
pub(crate) fn free_port() -> u16 {
    let holder = TcpSocket::new_v4().unwrap();
    holder.set_reuseaddr(true).unwrap();
    holder.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let port = holder.local_addr().unwrap().port();
    std::mem::forget(holder);
    port
}

/// A server whose log is read here; it does not outlive the test.
pub(crate) struct Running {
    pub(crate) child: Child,
    log: BufReader<ChildStderr>,
    /// What of the log was read.
    told: String,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log, told: String::new() }
    }

    /// The next line of its log.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        if self.log.read_line(&mut line).unwrap() == 0 {
            panic!("it ended: {:?}\n{}", self.child.wait(), self.told);
        }
        self.told.push_str(&line);
        line
    }

    /// `host:port` of RTMP, then of HTTP, when it listens.
    pub(crate) fn addresses(&mut self) -> [String; 2] {
        [(); 2].map(|()| {
            loop {
                if let Some((_, rest)) = self.line().split_once(" on 127.0.0.1:") {
                    break format!("127.0.0.1:{}", rest.split(':').next().unwrap());
                }
            }
        })
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Its exit code, and the rest of its log.
    pub(crate) fn end(&mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail when it has ended, as it should have.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns when the file has `text` in it; its writer gives no other sign.
pub(crate) fn wait_for(path: &Path, text: &str) {
    let start = Instant::now();
    while !fs::read_to_string(path).is_ok_and(|log| log.contains(text)) {
        assert!(start.elapsed() < Duration::from_secs(60), "no '{text}' in {}", path.display());
        std::thread::yield_now();
    }
}
