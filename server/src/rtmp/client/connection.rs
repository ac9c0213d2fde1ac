//! The driver of a [`PublishSession`]: its socket, and how long a server may take for anything.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use flvgate_media::flv::TagType;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep_until, timeout};

use crate::hub::Route;

use super::{ClientError, PublishSession, PublishUrl};

/// How long finding the server's address, connecting to it, and agreeing with it may take, each.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the server may take no byte.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the server may take to close when all is sent.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes taken from the socket at once.
const READ_SIZE: usize = 16 * 1024;

/// A connection that publishes one stream to a server.
#[derive(Debug)]
pub struct PublishConnection {
    socket: TcpStream,
    session: PublishSession,
    input: Vec<u8>,
    /// What the session has to send, of which the first `sent` bytes are out.
    output: Vec<u8>,
    sent: usize,
    /// When the server last took a byte, or was first asked to.
    progress: Instant,
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
            socket,
            session: PublishSession::forward(url, route, seed),
            input: vec![0; READ_SIZE],
            output: Vec::new(),
            sent: 0,
            progress: Instant::now(),
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
    /// When the server refuses, takes no byte for 30 seconds, or is gone.
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
            self.socket.shutdown().await.map_err(ConnectionError::Socket)?;
            loop {
                self.turn().await?;
            }
        };
        // Everything is sent, or cannot be: how the server closes is its own affair.
        let _: Result<Result<(), ConnectionError>, _> = timeout(CLOSE_TIMEOUT, goodbye).await;
    }

    /// Reads or writes once.
    async fn turn(&mut self) -> Result<(), ConnectionError> {
        let pending = self.has_output();
        let deadline = self.progress + SEND_TIMEOUT;
        let (mut reader, mut writer) = self.socket.split();
        tokio::select! {
            size = reader.read(&mut self.input) => match size.map_err(ConnectionError::Socket)? {
                0 => Err(ConnectionError::Closed),
                size => Ok(self.session.handle_input(&self.input[..size])?),
            },
            size = writer.write(&self.output[self.sent..]), if pending => match size {
                Ok(size) => {
                    self.sent += size;
                    self.progress = Instant::now();
                    Ok(())
                }
                Err(error) => Err(self.refusal_or(error)),
            },
            () = sleep_until(deadline), if pending => Err(ConnectionError::TimedOut("to take what is sent")),
        }
    }

    /// Whether there is something to send. Takes over what the session has, when the last of it is out.
    fn has_output(&mut self) -> bool {
        if self.sent == self.output.len() {
            self.output = self.session.take_output();
            self.sent = 0;
            self.progress = Instant::now();
        }
        !self.output.is_empty()
    }

    /// A server that has refused us resets what we still send; its reason may have come in before that.
    fn refusal_or(&mut self, error: io::Error) -> ConnectionError {
        if let Ok(size @ 1..) = self.socket.try_read(&mut self.input)
            && let Err(refusal) = self.session.handle_input(&self.input[..size])
        {
            return refusal.into();
        }
        ConnectionError::Socket(error)
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
