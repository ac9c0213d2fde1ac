//! The server that is measured: this project's, a peer, or one that runs already.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::peer::{Peer, PeerError, RunningPeer};

/// How long a server may take until it listens.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// Why there is no server to measure.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error("{program} cannot be started: {error}; `npm run bench` builds it", program = program.display())]
    CannotStart { program: PathBuf, error: io::Error },
    #[error("the server does not listen; it says:\n{0}")]
    DoesNotListen(String),
    #[error("no certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("{0} is no http:// URL of a host that can be found")]
    Url(String),
    #[error("this scenario needs a server that it starts itself")]
    OwnServerOnly,
}

/// What is measured: which program, or which process.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// This project's server.
    Own(PathBuf),
    /// Another, from its registry, kept in a directory.
    Peer(Peer, PathBuf),
    /// One that runs already, with one stream.
    Running { url: String, rtmp: String, pid: u32 },
}

/// A server that runs, until this is dropped, if it was started for it.
#[derive(Debug)]
pub(crate) enum Server {
    Own { child: Child, http: SocketAddr, https: SocketAddr, rtmp: SocketAddr, _directory: TempDir },
    Peer(RunningPeer),
    Running { http: SocketAddr, path: String, rtmp: String, pid: u32 },
}

impl Subject {
    /// Starts the server; this project's with the lines `vhost` in its vhost, and `threads` worker threads, if that is
    /// asked for.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn start(&self, vhost: &str, threads: Option<usize>) -> Result<Server, ServerError> {
        match self {
            Self::Own(program) => start(program, vhost, threads),
            _ if threads.is_some() || !vhost.is_empty() => Err(ServerError::OwnServerOnly),
            Self::Peer(peer, directory) => Ok(Server::Peer(peer.start(directory)?)),
            Self::Running { url, rtmp, pid } => {
                let wrong = || ServerError::Url(url.clone());
                let (host, path) =
                    url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).ok_or_else(wrong)?;
                let host = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
                let http = host.to_socket_addrs().ok().and_then(|mut all| all.next()).ok_or_else(wrong)?;
                Ok(Server::Running { http, path: format!("/{path}"), rtmp: rtmp.clone(), pid: *pid })
            }
        }
    }
}

impl Server {
    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        match self {
            Self::Own { child, .. } => child.id(),
            Self::Peer(peer) => peer.pid(),
            Self::Running { pid, .. } => *pid,
        }
    }

    /// Where it plays over plain HTTP.
    pub(crate) fn http(&self) -> SocketAddr {
        match self {
            Self::Own { http, .. } | Self::Running { http, .. } => *http,
            Self::Peer(peer) => peer.http(),
        }
    }

    /// Where it plays over TLS.
    ///
    /// # Errors
    /// When it is not known to.
    pub(crate) fn https(&self) -> Result<SocketAddr, ServerError> {
        match self {
            Self::Own { https, .. } => Ok(*https),
            _ => Err(ServerError::OwnServerOnly),
        }
    }

    /// Where stream `number` is published.
    pub(crate) fn rtmp(&self, number: usize) -> String {
        match self {
            Self::Own { rtmp, .. } => format!("rtmp://{rtmp}/live/bench{number}"),
            Self::Peer(peer) => format!("rtmp://{}/live/bench{number}", peer.rtmp()),
            Self::Running { rtmp, .. } => rtmp.clone(),
        }
    }

    /// The path of stream `number` as a transport stream.
    pub(crate) fn transport_stream_path(&self, number: usize) -> String {
        format!("{}.ts", self.path(number).trim_end_matches(".flv"))
    }

    /// The path of stream `number`.
    pub(crate) fn path(&self, number: usize) -> String {
        match self {
            Self::Running { path, .. } => path.clone(),
            _ => format!("/live/bench{number}.flv"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Self::Own { child, .. } = self {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Ports that nobody listens on now, all different.
pub(crate) fn free_addresses<const N: usize>() -> io::Result<[SocketAddr; N]> {
    let listeners = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); N];
    for (address, listener) in addresses.iter_mut().zip(listeners) {
        *address = listener?.local_addr()?;
    }
    Ok(addresses)
}

fn start(program: &Path, vhost: &str, threads: Option<usize>) -> Result<Server, ServerError> {
    let cannot = |error| ServerError::CannotStart { program: program.to_owned(), error };
    let directory = tempfile::tempdir().map_err(cannot)?;
    let [http, https, rtmp] = free_addresses().map_err(cannot)?;
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let path = |name: &str| directory.path().join(name);
    let (key, cert, conf, log) =
        (path("server.key"), path("server.crt"), path("bench.conf"), path("server.log"));
    fs::write(&key, certificate.signing_key.serialize_pem()).map_err(cannot)?;
    fs::write(&cert, certificate.cert.pem()).map_err(cannot)?;
    fs::write(&conf, configuration(http, https, rtmp, [&key, &cert], vhost)).map_err(cannot)?;
    let output = File::create(&log).map_err(cannot)?;
    let errors = output.try_clone().map_err(cannot)?;
    let mut command = Command::new(program);
    command.arg("-c").arg(&conf).stdin(Stdio::null()).stdout(output).stderr(errors);
    if let Some(threads) = threads {
        command.env("TOKIO_WORKER_THREADS", threads.to_string());
    }
    let child = command.spawn().map_err(cannot)?;
    let server = Server::Own { child, http, https, rtmp, _directory: directory };
    let deadline = Instant::now() + START_TIMEOUT;
    while ![http, https, rtmp].iter().all(|address| TcpStream::connect(address).is_ok()) {
        if Instant::now() > deadline {
            return Err(ServerError::DoesNotListen(fs::read_to_string(&log).unwrap_or_default()));
        }
        sleep(Duration::from_millis(10));
    }
    Ok(server)
}

/// Defaults, but for where it listens and how many it lets in.
fn configuration(
    http: SocketAddr,
    https: SocketAddr,
    rtmp: SocketAddr,
    [key, cert]: [&Path; 2],
    vhost: &str,
) -> String {
    format!(
        "listen {rtmp};\nmax_connections 20000;\ndaemon off;\nsrs_log_tank console;\n\
         http_server {{\n enabled on;\n listen {http};\n\
         https {{\n enabled on;\n listen {https};\n key {};\n cert {};\n }}\n}}\n\
         vhost __defaultVhost__ {{\n http_remux {{\n enabled on;\n \
         mount [vhost]/[app]/[stream].flv [vhost]/[app]/[stream].ts;\n }}\n{vhost}\n}}\n",
        key.display(),
        cert.display()
    )
}
