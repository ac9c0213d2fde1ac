//! Other servers, from their registries: the same measurement on the same machine in the same hour.

mod install;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::server::free_addresses;

/// How long a server may take until it accepts connections.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// A server that can be installed and measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Peer {
    /// <https://crates.io/crates/xiu>
    Xiu,
    /// <https://www.npmjs.com/package/node-media-server>
    NodeMediaServer,
}

/// Why a peer cannot be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PeerError {
    #[error("{program} cannot be run: {error}")]
    CannotRun { program: String, error: io::Error },
    #[error("\"{command}\" failed ({status}); its output is in {}", log.display())]
    InstallFailed { command: String, status: ExitStatus, log: PathBuf },
    #[error("{path}: {error}", path = path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("no free port: {0}")]
    NoPort(io::Error),
    #[error("{name} ended ({status}) before it listened; its output is in {}", log.display())]
    Ended { name: &'static str, status: ExitStatus, log: PathBuf },
    #[error("{name} does not listen after {START_TIMEOUT:?}; its output is in {}", log.display())]
    DoesNotListen { name: &'static str, log: PathBuf },
}

/// A peer that runs, with its defaults, until this is dropped.
#[derive(Debug)]
pub(crate) struct RunningPeer {
    child: Child,
    http: SocketAddr,
    rtmp: SocketAddr,
}

impl Peer {
    /// The name that its registry has it under.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Xiu => "xiu",
            Self::NodeMediaServer => "node-media-server",
        }
    }

    /// Installs the peer into `directory/NAME`, unless it is there, and starts it on ports that are free.
    ///
    /// Both take a bind address, or listen on every address, as they please; all load comes over the loopback.
    ///
    /// # Errors
    /// When it cannot be installed or does not start; the message names the file with its output.
    pub(crate) fn start(self, directory: &Path) -> Result<RunningPeer, PeerError> {
        let home = directory.join(self.name());
        create(&home)?;
        let program = match self {
            Self::Xiu => install::xiu(&home)?,
            Self::NodeMediaServer => install::node_media_server(&home)?,
        };
        // Both at once, so that they differ.
        let [http, rtmp] = free_addresses().map_err(PeerError::NoPort)?;
        let mut command = match self {
            Self::Xiu => xiu(&program, http, rtmp),
            Self::NodeMediaServer => node_media_server(&program, &home, http, rtmp)?,
        };
        let log = home.join("output.log");
        let mut child = spawn(&mut command, &home, &log)?;
        let listening = self.wait_until_it_listens(&mut child, [http, rtmp], &log);
        let running = RunningPeer { child, http, rtmp };
        listening.map(|()| running)
    }

    fn wait_until_it_listens(
        self,
        child: &mut Child,
        addresses: [SocketAddr; 2],
        log: &Path,
    ) -> Result<(), PeerError> {
        let (name, log) = (self.name(), log.to_owned());
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Ok(Some(status)) = child.try_wait() {
                return Err(PeerError::Ended { name, status, log });
            }
            if addresses.iter().all(|address| TcpStream::connect(address).is_ok()) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(PeerError::DoesNotListen { name, log });
            }
            sleep(Duration::from_millis(50));
        }
    }
}

impl RunningPeer {
    /// Where it plays: `/live/STREAM.flv`.
    pub(crate) fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where it is published to: `/live/STREAM`.
    pub(crate) fn rtmp(&self) -> SocketAddr {
        self.rtmp
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for RunningPeer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn xiu(program: &Path, http: SocketAddr, rtmp: SocketAddr) -> Command {
    let mut command = Command::new(program);
    let ports = [http.port().to_string(), rtmp.port().to_string()];
    command.args(["--httpflv", &ports[0], "--rtmp", &ports[1], "--log", "error"]);
    command
}

fn node_media_server(
    program: &Path,
    home: &Path,
    http: SocketAddr,
    rtmp: SocketAddr,
) -> Result<Command, PeerError> {
    // It writes secrets of its own into the file, and keeps its history where it is told: all in its own directory.
    let path = home.join("config.json");
    let configuration = serde_json::json!({
        "bind": "127.0.0.1",
        "rtmp": { "port": rtmp.port() },
        "http": { "port": http.port() },
        "auth": { "play": false, "publish": false },
        "notify": { "url": "" },
        "store": { "path": home.join("data") },
        "record": { "auto": false, "path": home.join("record") },
    });
    fs::write(&path, configuration.to_string()).map_err(file_error(&path))?;
    let mut command = Command::new("node");
    command.args([program.as_os_str(), OsStr::new("--config"), path.as_os_str(), OsStr::new("--no-admin")]);
    Ok(command)
}

fn spawn(command: &mut Command, home: &Path, log: &Path) -> Result<Child, PeerError> {
    let file = File::create(log).map_err(file_error(log))?;
    let errors = file.try_clone().map_err(file_error(log))?;
    command.current_dir(home).stdin(Stdio::null()).stdout(file).stderr(errors);
    command.spawn().map_err(|error| PeerError::CannotRun {
        program: command.get_program().to_string_lossy().into_owned(),
        error,
    })
}

fn create(directory: &Path) -> Result<(), PeerError> {
    fs::create_dir_all(directory).map_err(file_error(directory))
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> PeerError {
    let path = path.to_owned();
    |error| PeerError::File { path, error }
}
