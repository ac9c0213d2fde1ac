//! A file as it was when a request came: its length stays, whatever is appended meanwhile.

use std::future::Future;
use std::io::{self, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use bytes::Bytes;
use tokio::fs;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs::{Backend, File, Metadata};

type Pinned<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Files of the file system. What is neither a file nor a directory does not exist: to open a FIFO would wait for its
/// writer.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Disk;

/// What HTTP must know of a file.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Facts {
    is_dir: bool,
    len: u64,
    modified: Option<SystemTime>,
}

/// Some bytes, and a file from some place on.
#[derive(Debug)]
pub(in crate::http) struct Opened {
    prefix: Bytes,
    file: fs::File,
    /// Where in the file the part begins that follows `prefix`.
    from: u64,
    /// Where the next read is from, counted from the start of `prefix`.
    position: u64,
    facts: Facts,
}

impl Facts {
    /// Of a file of `len` bytes.
    pub(in crate::http) const fn of_file(len: u64, modified: Option<SystemTime>) -> Self {
        Self { is_dir: false, len, modified }
    }
}

impl From<std::fs::Metadata> for Facts {
    fn from(metadata: std::fs::Metadata) -> Self {
        Self { is_dir: metadata.is_dir(), len: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl Opened {
    /// `prefix`, then `file` from the byte `from` on, which is where the file's cursor is. `facts` are of the whole.
    pub(in crate::http) const fn new(prefix: Bytes, file: fs::File, from: u64, facts: Facts) -> Self {
        Self { prefix, file, from, position: 0, facts }
    }
}

impl Backend for Disk {
    type File = Opened;
    type Metadata = Facts;
    type OpenFuture = Pinned<'static, Opened>;
    type MetadataFuture = Pinned<'static, Facts>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        Box::pin(async move {
            served(&fs::metadata(&path).await?)?;
            let file = fs::File::open(&path).await?;
            let facts = file.metadata().await?.into();
            Ok(Opened::new(Bytes::new(), file, 0, facts))
        })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        Box::pin(async move {
            let metadata = fs::metadata(&path).await?;
            served(&metadata)?;
            Ok(metadata.into())
        })
    }
}

fn served(metadata: &std::fs::Metadata) -> io::Result<()> {
    if metadata.is_file() || metadata.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
}

impl AsyncRead for Opened {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let left = this.facts.len.saturating_sub(this.position);
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(out.remaining());
        if room == 0 {
            return Poll::Ready(Ok(()));
        }
        let prefix = usize::try_from(this.position).ok().and_then(|position| this.prefix.get(position..));
        let read = match prefix {
            Some(prefix) if !prefix.is_empty() => {
                let now = room.min(prefix.len());
                out.put_slice(&prefix[..now]);
                now
            }
            _ => {
                let mut part = ReadBuf::new(out.initialize_unfilled_to(room));
                ready!(Pin::new(&mut this.file).poll_read(context, &mut part))?;
                let now = part.filled().len();
                out.advance(now);
                now
            }
        };
        this.position += read as u64;
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Opened {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        let SeekFrom::Start(position) = position else {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "only seeks from the start are served"));
        };
        self.position = position;
        let in_file = self.from + position.saturating_sub(self.prefix.len() as u64);
        Pin::new(&mut self.file).start_seek(SeekFrom::Start(in_file))
    }

    fn poll_complete(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        ready!(Pin::new(&mut self.file).poll_complete(context))?;
        Poll::Ready(Ok(self.position))
    }
}

impl File for Opened {
    type Metadata = Facts;
    type MetadataFuture<'a> = std::future::Ready<io::Result<Facts>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        std::future::ready(Ok(self.facts))
    }
}

impl Metadata for Facts {
    fn is_dir(&self) -> bool {
        self.is_dir
    }

    fn modified(&self) -> io::Result<SystemTime> {
        self.modified.ok_or_else(|| io::ErrorKind::Unsupported.into())
    }

    fn len(&self) -> u64 {
        self.len
    }
}
