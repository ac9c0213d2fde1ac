//! A file as it was when a request came: its length stays, whatever is appended meanwhile.

use std::fmt;
use std::fs;
use std::future::Future;
use std::io::{self, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tokio::task::JoinHandle;
use tower_http::services::fs::{Backend, File, Metadata};

use super::open_files::{FileHandle, OpenFiles};

type Pinned<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Files of the file system. What is neither a file nor a directory does not exist: to open a FIFO would wait for its
/// writer.
#[derive(Clone, Debug)]
pub(in crate::http) struct Disk(pub(super) Arc<OpenFiles>);

/// What HTTP must know of a file.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Facts {
    is_dir: bool,
    len: u64,
    modified: Option<SystemTime>,
}

/// Some bytes, and a file from some place on.
pub(in crate::http) struct Opened {
    prefix: Bytes,
    file: FileHandle,
    /// Where in the file the part begins that follows `prefix`.
    from: u64,
    /// Where the next read is from, counted from the start of `prefix`.
    position: u64,
    facts: Facts,
    reading: Option<Reading>,
    /// What was read, and has not been taken yet.
    read: Bytes,
}

/// A read that goes on by itself. A body that has been asked for a piece is not asked again before its client takes that, and
/// a read that waited meanwhile for its place among all would keep the place when its turn had come.
#[derive(Debug)]
struct Reading(JoinHandle<io::Result<Vec<u8>>>);

impl Reading {
    fn start(file: FileHandle, position: u64, length: usize) -> Self {
        Self(tokio::spawn(file.read(position, length)))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Facts {
    /// Of a file of `len` bytes.
    pub(in crate::http) const fn of_file(len: u64, modified: Option<SystemTime>) -> Self {
        Self { is_dir: false, len, modified }
    }
}

impl From<fs::Metadata> for Facts {
    fn from(metadata: fs::Metadata) -> Self {
        Self { is_dir: metadata.is_dir(), len: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl Opened {
    /// `prefix`, then `file` from the byte `from` on. `facts` are of the whole.
    pub(in crate::http) const fn new(prefix: Bytes, file: FileHandle, from: u64, facts: Facts) -> Self {
        Self { prefix, file, from, position: 0, facts, reading: None, read: Bytes::new() }
    }

    /// Reads `length` bytes at `position` of the file, if nothing is there that was read before.
    fn poll_file(&mut self, context: &mut Context<'_>, position: u64, length: usize) -> Poll<io::Result<()>> {
        if !self.read.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let reading = self.reading.get_or_insert_with(|| Reading::start(self.file.clone(), position, length));
        let read = ready!(Pin::new(&mut reading.0).poll(context))
            .unwrap_or_else(|error| Err(io::Error::other(error)));
        self.reading = None;
        self.read = read?.into();
        Poll::Ready(Ok(()))
    }
}

impl Backend for Disk {
    type File = Opened;
    type Metadata = Facts;
    type OpenFuture = Pinned<'static, Opened>;
    type MetadataFuture = Pinned<'static, Facts>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        let Self(files) = self.clone();
        Box::pin(async move {
            let opening = files.clone();
            let open = move || {
                let metadata = fs::metadata(&path)?;
                served(&metadata)?;
                let handle = opening.handle(&path, &metadata);
                let file = handle.open()?;
                let facts = file.metadata()?.into();
                handle.keep(file);
                Ok(Opened::new(Bytes::new(), handle, 0, facts))
            };
            files.run(open).await
        })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        let Self(files) = self.clone();
        Box::pin(async move {
            let look = move || {
                let metadata = fs::metadata(&path)?;
                served(&metadata)?;
                Ok(metadata.into())
            };
            files.run(look).await
        })
    }
}

fn served(metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.is_file() || metadata.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("file", &self.file)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
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
                let in_file = this.from + this.position.saturating_sub(this.prefix.len() as u64);
                ready!(this.poll_file(context, in_file, room))?;
                let now = this.read.len().min(room);
                out.put_slice(&this.read.split_to(now));
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
        self.reading = None;
        self.read.clear();
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
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
