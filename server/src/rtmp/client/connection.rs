//! The driver of a [`PublishSession`]: its socket, and how long a server may take for anything.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use flvgate_media::flv::TagType;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::hub::Route;
use crate::rtmp::socket::{Socket, SocketError, Turn};

use super::{ClientError, PublishSession, PublishUrl};

/// How long finding the server's address, connecting to it, and agreeing with it may take, each.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How old what is to be sent may get.
pub(super) const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the server may take to close when all is sent.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes taken from the socket at once.
const READ_SIZE: usize = 16 * 1024;

/// A connection that publishes one stream to a server.
#[derive(Debug)]
pub struct PublishConnection {
    socket: Socket,
    session: PublishSession,
    input: Vec<u8>,
}

/// Why a connection cannot be had, or is over.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// Nobody listens there.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Host and port.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The server does not take the stream, or does not speak RTMP.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server has closed the connection without a reason.
    #[error("the server closed the connection")]
    Closed,
    /// The server does not answer, or takes no bytes.
    #[error("waited too long for the server {0}")]
    TimedOut(&'static str),
    /// The connection broke.
    #[error("connection to the server: {0}")]
    Socket(io::Error),
}

impl PublishConnection {
    /// Connects, and talks until the server takes tags of a stream that has come by `route`.
    ///
    /// The host's addresses are tried in the resolver's order.
    ///
    /// # Errors
    /// When there is no such server, it refuses, or takes longer than 10 seconds for a step.
    pub async fn open(url: PublishUrl, route: Route) -> Result<Self, ConnectionError> {
        let socket = connect(&url, CONNECT_TIMEOUT)
            .await
            .map_err(|source| ConnectionError::Connect { address: authority(&url), source })?;
        let seed = RandomState::new().hash_one(url.port);
        let mut connection = Self {
            socket: Socket::new(socket),
            session: PublishSession::forward(url, route, seed),
            input: vec![0; READ_SIZE],
        };
        let agreement = async {
            while !connection.session.is_publishing() {
                connection.turn().await?;
            }
            Ok(())
        };
        match timeout(CONNECT_TIMEOUT, agreement).await {
            Ok(agreed) => agreed.map(|()| connection),
            Err(_) => Err(ConnectionError::TimedOut("to agree")),
        }
    }

    /// Puts one tag behind what is to be sent; `timestamp` is in milliseconds, and `payload` the tag's body.
    pub fn queue_tag(&mut self, tag_type: TagType, timestamp: u32, payload: &Bytes) {
        self.session.send_tag(tag_type, timestamp, payload);
    }

    /// Sends all that is queued, and answers what the server says meanwhile. Safe to cancel.
    ///
    /// # Errors
    /// When the server refuses, does not take a byte within 30 seconds, or is gone.
    pub async fn flush(&mut self) -> Result<(), ConnectionError> {
        while self.has_output() {
            self.turn().await?;
        }
        Ok(())
    }

    /// Waits for `future`, and serves the connection meanwhile. Safe to cancel.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub async fn until<F: Future>(&mut self, future: F) -> Result<F::Output, ConnectionError> {
        let mut future = pin!(future);
        loop {
            tokio::select! {
                biased;
                output = &mut future => return Ok(output),
                turned = self.turn() => turned?,
            }
        }
    }

    /// Says goodbye, and waits for up to 5 seconds until the server has read it.
    pub async fn finish(mut self) {
        self.session.finish();
        let goodbye = async {
            self.flush().await?;
            self.socket.finish().await.map_err(ConnectionError::Socket)?;
            self.socket.drain(&mut self.input).await.map_err(ConnectionError::Socket)
        };
        // Everything is sent, or cannot be: how the server closes is its own affair.
        let _: Result<Result<(), ConnectionError>, _> = timeout(CLOSE_TIMEOUT, goodbye).await;
    }

    /// Reads or writes once.
    async fn turn(&mut self) -> Result<(), ConnectionError> {
        self.socket.queue(self.session.take_output());
        match self.socket.turn(&mut self.input, true, SEND_TIMEOUT).await {
            Ok(Turn::Received(0)) => Err(ConnectionError::Closed),
            Ok(Turn::Received(size)) => Ok(self.session.handle_input(&self.input[..size])?),
            Ok(Turn::Sent(_)) => Ok(()),
            Err(SocketError::Write(error)) => Err(self.refusal_or(error)),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether there is something to send.
    fn has_output(&mut self) -> bool {
        self.socket.queue(self.session.take_output());
        self.socket.is_sending()
    }

    /// A server that has refused us resets what we still send; its reason may have come in before that.
    fn refusal_or(&mut self, error: io::Error) -> ConnectionError {
        if let Ok(size @ 1..) = self.socket.stream().try_read(&mut self.input)
            && let Err(refusal) = self.session.handle_input(&self.input[..size])
        {
            return refusal.into();
        }
        ConnectionError::Socket(error)
    }
}

impl From<SocketError> for ConnectionError {
    fn from(error: SocketError) -> Self {
        match error {
            SocketError::Read(error) | SocketError::Write(error) => Self::Socket(error),
            SocketError::Stalled => Self::TimedOut("to take what is sent"),
        }
    }
}

/// Finds the server's address and connects to it; each may take up to `patience`.
pub(super) async fn connect(url: &PublishUrl, patience: Duration) -> io::Result<TcpStream> {
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    let found = timeout(patience, lookup_host((url.host.as_str(), url.port))).await.map_err(late)??;
    let addresses: Vec<SocketAddr> = found.collect();
    let socket = timeout(patience, TcpStream::connect(&addresses[..])).await.map_err(late)??;
    socket.set_nodelay(true)?;
    Ok(socket)
}

pub(super) fn authority(url: &PublishUrl) -> String {
    let PublishUrl { host, port, .. } = url;
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
