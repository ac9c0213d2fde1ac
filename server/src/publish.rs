//! Publishes an FLV file over RTMP, in real time: `flvgate publish FILE.flv rtmp://host/app/stream`.

mod source;
mod timeline;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tracing::info;

use crate::hub::Route;
use crate::rtmp::client::{ConnectionError, PublishConnection, PublishUrl, UrlError};
use source::FlvSource;

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
    /// The server cannot be reached, does not take the stream, or the connection broke.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
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

    let mut connection = PublishConnection::open(url, Route::default()).await?;
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
            connection.until(sleep_until(due)).await?;
        }
        // RTMP's timestamps are these modulo 2^32.
        #[allow(clippy::cast_possible_truncation)]
        connection.queue_tag(tag.tag_type, tag.timestamp as u32, &tag.payload);
        connection.flush().await?;
        next = source.next().await?;
    }
    connection.finish().await;
    Ok(())
}

#[cfg(test)]
mod tests;
