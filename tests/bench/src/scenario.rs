//! What is measured, and against what.

mod formats;
mod hot;
mod restart;
mod soak;
mod stalled;
mod storm;
mod streams;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use crate::client::{Join, Protocol};
use crate::clip::{Clip, ClipError};
use crate::floor::Floor;
use crate::measure::{Crowd, Figures};
use crate::publisher::{Publisher, PublisherError};
use crate::report::Run;
use crate::server::{Server, ServerError, Subject};

/// Viewers that read what they get, in a crowd.
const SAMPLED: usize = 20;
/// How often a server sends that sends once a video frame.
const FRAME: Duration = Duration::from_millis(40);
/// A stream is live for so long before anybody joins, so that the newest pictures are there to start with.
const WARM_UP: Duration = Duration::from_millis(2500);

/// A scenario's name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Scenario {
    /// One stream, more and more viewers
    Hot,
    /// HTTP-FLV against WebSocket-FLV and HTTP-TS; what `min_latency` and `mw_latency` cost
    Formats,
    /// HTTP against HTTPS against HTTP/2
    Tls,
    /// Many viewers join within a second
    Storm,
    /// One viewer in twenty reads nothing
    Stalled,
    /// The publisher goes, and another comes
    Restart,
    /// Many streams against one; two worker threads against one
    Streams,
    /// Viewers come and go for an hour: does memory grow, do sockets stay? Not among those that run unasked
    Soak,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Publisher(#[from] PublisherError),
    #[error(transparent)]
    Clip(#[from] ClipError),
    #[error("{0}")]
    System(#[from] io::Error),
}

/// What all scenarios share.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) subject: Subject,
    pub(crate) clip_path: PathBuf,
    pub(crate) clip: Arc<Clip>,
    /// How long each measurement takes.
    pub(crate) duration: Duration,
    /// Numbers of viewers, if they are not to be the scenario's own.
    pub(crate) viewers: Option<usize>,
    /// How long viewers come and go.
    pub(crate) soak: Duration,
    /// Whether to leave out what takes long.
    pub(crate) quick: bool,
}

impl Scenario {
    /// Runs it once.
    ///
    /// # Errors
    /// When a server, the publisher or the system fails; viewers that are lost are a result.
    pub(crate) fn run(self, bench: &Bench) -> Result<Run, BenchError> {
        match self {
            Self::Hot => hot::run(bench),
            Self::Formats => formats::run(bench),
            Self::Tls => tls::run(bench),
            Self::Storm => storm::run(bench),
            Self::Stalled => stalled::run(bench),
            Self::Restart => restart::run(bench),
            Self::Streams => streams::run(bench),
            Self::Soak => soak::run(bench),
        }
    }
}

impl Bench {
    /// Starts the server, and publishes `streams` streams to it.
    fn live(&self, streams: usize, threads: Option<usize>) -> Result<(Server, Publisher), BenchError> {
        self.live_by("", streams, threads)
    }

    /// The same with more lines in the server's vhost.
    fn live_by(
        &self,
        vhost: &str,
        streams: usize,
        threads: Option<usize>,
    ) -> Result<(Server, Publisher), BenchError> {
        let server = self.subject.start(vhost, threads)?;
        let urls: Vec<String> = (0..streams).map(|number| server.rtmp(number)).collect();
        let publisher = Publisher::start(&self.clip, &urls)?;
        sleep(WARM_UP);
        Ok((server, publisher))
    }

    /// Measures viewers of a fresh server with one stream.
    fn crowd(
        &self,
        name: &str,
        protocol: Protocol,
        viewers: usize,
        a_connection: usize,
    ) -> Result<Figures, BenchError> {
        let (server, publisher) = self.live(1, None)?;
        let is_plain = matches!(protocol, Protocol::Http | Protocol::WebSocket);
        let address = if is_plain { server.http() } else { server.https()? };
        let joins = joins(address, protocol, viewers / a_connection, &vec![server.path(0); a_connection], 0);
        let name = format!("{name}, {viewers}");
        let (pid, publisher, duration) = (server.pid(), Some(&publisher), self.duration);
        Ok(Crowd { name, pid, publisher, joins, duration }.measure()?)
    }

    /// Measures the floor.
    fn floor(&self, viewers: usize, interval: Duration) -> Result<Figures, BenchError> {
        self.floor_by("floor", viewers, interval, false)
    }

    /// Measures the floor when it encrypts all that it sends.
    fn encrypting_floor(&self, viewers: usize, interval: Duration) -> Result<Figures, BenchError> {
        self.floor_by("floor that encrypts", viewers, interval, true)
    }

    fn floor_by(
        &self,
        name: &str,
        viewers: usize,
        interval: Duration,
        encrypts: bool,
    ) -> Result<Figures, BenchError> {
        let floor = Floor::start(&self.clip_path, interval, encrypts)?;
        let joins = (0..viewers).map(|_| Join {
            server: floor.address(),
            protocol: Protocol::Http,
            paths: vec!["/".into()],
            sampled: false,
            asleep: false,
            group: 0,
        });
        let name = format!("{name}, every {} ms, {viewers}", interval.as_millis());
        let crowd = Crowd {
            name,
            pid: floor.pid(),
            publisher: None,
            joins: joins.collect(),
            duration: self.duration,
        };
        Ok(crowd.measure()?)
    }
}

/// `connections` connections with `paths` on each, some of which are sampled, evenly among the others.
fn joins(
    server: SocketAddr,
    protocol: Protocol,
    connections: usize,
    paths: &[String],
    group: u8,
) -> Vec<Join> {
    let every = (connections / SAMPLED).max(1);
    (0..connections)
        .map(|index| {
            let sampled = index % every == 0;
            Join { server, protocol, paths: paths.to_vec(), sampled, asleep: false, group }
        })
        .collect()
}
