//! Publishes an FLV file over RTMP, in real time: `flvgate publish FILE.flv rtmp://host/app/stream`.

mod source;
mod timeline;

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::info;

use crate::rtmp::client::{ClientError, PublishSession, PublishUrl, UrlError};
use source::{FlvSource, SourceTag};

/// How long the server may take to be connected to, and to agree.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the server may take no byte.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the server may take to close when all is sent.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// What to publish, where, and how.
#[derive(Clone, Debug)]
pub struct PublishOptions {
    /// The FLV file.
    pub file: PathBuf,
    /// `rtmp://host[:port]/app/stream[?query]`.
    pub url: String,
    /// Start again at the end, for ever; the timestamps go on.
    pub looped: bool,
    /// The first tag's timestamp in milliseconds; sent modulo 2^32, as RTMP has it.
    pub start_timestamp: u64,
    /// Send each tag when its time has come; otherwise as fast as the server takes them.
    pub realtime: bool,
}

/// Why a file is not published, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The URL is none.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The file cannot be opened or read.
    #[error("cannot read {file}: {source}")]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not FLV, or stops being it.
    #[error("{file} is not FLV at byte {offset}: {source}")]
    NotFlv {
        /// The file.
        file: PathBuf,
        /// Where the structure begins that is wrong.
        offset: u64,
        /// What is wrong.
        source: flvgate_media::Error,
    },
    /// There is nothing to play in the file.
    #[error("{file} has no audio and no video in it")]
    NoMedia {
        /// The file.
        file: PathBuf,
    },
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

/// Publishes a file, to its end or for ever.
///
/// # Errors
/// [`PublishError`] tells what the file, the server or the network did. The file's first tag is read before the server
/// is connected to.
pub async fn publish(options: PublishOptions) -> Result<(), PublishError> {
    let url: PublishUrl = options.url.parse()?;
    let mut source = FlvSource::open(&options.file, options.looped, options.start_timestamp).await?;
    let first = source.next().await?;

    let mut connection = Connection::open(url).await?;
    info!(
        file = %options.file.display(),
        url = options.url,
        looped = options.looped,
        "publishing"
    );

    // Real time starts when the server is ready.
    let pace = options.realtime.then(|| (Instant::now(), options.start_timestamp));
    let mut next = first;
    while let Some(tag) = next {
        if let Some((start, zero)) = pace {
            let due = start + Duration::from_millis(tag.timestamp.saturating_sub(zero));
            connection.listen_until(due).await?;
        }
        connection.send_tag(&tag).await?;
        next = source.next().await?;
    }
    connection.finish().await
}

/// The socket, and what is said on it.
struct Connection {
    socket: TcpStream,
    session: PublishSession,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects, and talks until the server takes tags.
    async fn open(url: PublishUrl) -> Result<Self, PublishError> {
        let address = (url.host.clone(), url.port);
        let connected = match timeout(CONNECT_TIMEOUT, TcpStream::connect(&address)).await {
            Ok(connected) => connected,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        let socket =
            connected.and_then(|socket| socket.set_nodelay(true).map(|()| socket)).map_err(|source| {
                PublishError::Connect { address: format!("{}:{}", url.host, url.port), source }
            })?;
        let seed = RandomState::new().hash_one(url.port);
        let mut connection =
            Self { socket, session: PublishSession::new(url, seed), buffer: vec![0; 16 * 1024] };
        let agreement = async {
            while !connection.session.is_publishing() {
                connection.flush().await?;
                let size = connection.socket.read(&mut connection.buffer).await;
                connection.take(size)?;
            }
            Ok(())
        };
        match timeout(CONNECT_TIMEOUT, agreement).await {
            Ok(agreed) => agreed.map(|()| connection),
            Err(_) => Err(PublishError::TimedOut("to agree")),
        }
    }

    /// Answers what the server says until `due`.
    async fn listen_until(&mut self, due: Instant) -> Result<(), PublishError> {
        loop {
            tokio::select! {
                biased;
                () = sleep_until(due) => return Ok(()),
                size = self.socket.read(&mut self.buffer) => self.take(size)?,
            }
            self.flush().await?;
        }
    }

    /// Sends one tag, and answers what the server has said meanwhile.
    async fn send_tag(&mut self, tag: &SourceTag) -> Result<(), PublishError> {
        match self.socket.try_read(&mut self.buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            size => self.take(size)?,
        }
        // RTMP's timestamps are these modulo 2^32.
        #[allow(clippy::cast_possible_truncation)]
        self.session.send_tag(tag.tag_type, tag.timestamp as u32, &tag.payload);
        self.flush().await
    }

    /// Says goodbye, and waits until the server has read it.
    async fn finish(mut self) -> Result<(), PublishError> {
        self.session.finish();
        self.flush().await?;
        let goodbye = async {
            self.socket.shutdown().await?;
            while self.socket.read(&mut self.buffer).await? > 0 {}
            io::Result::Ok(())
        };
        // Everything is sent: how the server closes is its own affair.
        let _ = timeout(CLOSE_TIMEOUT, goodbye).await;
        Ok(())
    }

    fn take(&mut self, size: io::Result<usize>) -> Result<(), PublishError> {
        match size.map_err(PublishError::Socket)? {
            0 => Err(PublishError::Closed),
            size => Ok(self.session.handle_input(&self.buffer[..size])?),
        }
    }

    async fn flush(&mut self) -> Result<(), PublishError> {
        let output = self.session.take_output();
        if output.is_empty() {
            return Ok(());
        }
        match timeout(SEND_TIMEOUT, self.socket.write_all(&output)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.refusal_or(error)),
            Err(_) => Err(PublishError::TimedOut("to take what is sent")),
        }
    }

    /// A server that has refused us resets what we still send; its reason may have come in before that.
    fn refusal_or(&mut self, error: io::Error) -> PublishError {
        if let Ok(size @ 1..) = self.socket.try_read(&mut self.buffer)
            && let Err(refusal) = self.session.handle_input(&self.buffer[..size])
        {
            return refusal.into();
        }
        PublishError::Socket(error)
    }
}

#[cfg(test)]
mod tests;
