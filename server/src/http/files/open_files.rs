//! Files that answers are read from: few of them are open, and fewer are read at once, however many clients wait for theirs.
//!
//! A client can ask for hundreds of files over one connection, and then take nothing of them. Its answers hold no
//! descriptor meanwhile: those that were not read for longest are closed, and opened again when they are.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

/// Files that answers leave open between two reads; one is read with its own descriptor besides.
pub const MOST_OPEN: usize = 256;

/// What may be asked of the file system at once; more requests wait. Each has a thread.
const AT_ONCE: usize = 64;

/// The files that answers are read from.
#[derive(Debug)]
pub(in crate::http) struct OpenFiles {
    open: Mutex<Recent<Arc<File>>>,
    places: Arc<Semaphore>,
}

/// One file to read from, which may be open or not. Clones are the same one.
#[derive(Clone, Debug)]
pub(in crate::http) struct FileHandle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: u64,
    path: PathBuf,
    identity: Identity,
    files: Arc<OpenFiles>,
}

/// What makes a file the one that it was: another one may come in its place, under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg(unix)]
struct Identity {
    device: u64,
    inode: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg(not(unix))]
struct Identity {
    created: Option<std::time::SystemTime>,
}

impl Default for OpenFiles {
    fn default() -> Self {
        Self { open: Mutex::new(Recent::new(MOST_OPEN)), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl OpenFiles {
    /// Does what may wait for the disk.
    ///
    /// # Errors
    /// As `work` does.
    pub(in crate::http) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        // It is never closed.
        let place = self.places.clone().acquire_owned().await.map_err(io::Error::other)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work, which goes on when whoever waits for it has gone.
            let _place = place;
            work()
        });
        done.await.map_err(io::Error::other)?
    }

    /// The file at `path`, which `metadata` is of; it is opened when it is read.
    pub(in crate::http) fn handle(self: &Arc<Self>, path: &Path, metadata: &Metadata) -> FileHandle {
        let id = self.lock().number();
        let identity = Identity::of(metadata);
        FileHandle(Arc::new(Inner { id, path: path.to_owned(), identity, files: self.clone() }))
    }

    fn lock(&self) -> MutexGuard<'_, Recent<Arc<File>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FileHandle {
    /// Up to `length` bytes from `position` on; fewer at the end of the file only.
    ///
    /// # Errors
    /// Those of the file system, and when another file has come in its place meanwhile.
    pub(in crate::http) async fn read(self, position: u64, length: usize) -> io::Result<Vec<u8>> {
        let Self(inner) = self;
        let files = inner.files.clone();
        let reading = move || {
            let kept = inner.files.lock().take(inner.id);
            let file = kept.map_or_else(|| inner.open().map(Arc::new), Ok)?;
            let mut bytes = vec![0; length];
            let read = read_at(&file, &mut bytes, position)?;
            bytes.truncate(read);
            inner.files.lock().put(inner.id, file);
            Ok(bytes)
        };
        files.run(reading).await
    }

    /// Opens it, for one who reads it in another way; waits for the disk.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(in crate::http) fn open(&self) -> io::Result<File> {
        self.0.open()
    }

    /// Lets answers read from `file`, which is this one.
    pub(in crate::http) fn keep(&self, file: File) {
        self.0.files.lock().put(self.0.id, Arc::new(file));
    }
}

impl Inner {
    fn open(&self) -> io::Result<File> {
        let file = File::open(&self.path)?;
        if Identity::of(&file.metadata()?) == self.identity {
            Ok(file)
        } else {
            Err(io::Error::other("another file has come in the place of the one that is being sent"))
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.files.lock().take(self.id);
    }
}

impl Identity {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    #[cfg(not(unix))]
    fn of(metadata: &Metadata) -> Self {
        Self { created: metadata.created().ok() }
    }
}

/// Fills `bytes` from `position` on, as far as the file goes.
fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match read_some(file, &mut bytes[filled..], position + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_some(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, position)
}

#[cfg(not(unix))]
fn read_some(mut file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    use std::io::{Read, Seek, SeekFrom};
    // A handle is read by one at a time.
    file.seek(SeekFrom::Start(position))?;
    file.read(bytes)
}

/// Things by number, up to so many: one more, and the one that was used longest ago goes.
#[derive(Debug)]
struct Recent<T> {
    most: usize,
    things: HashMap<u64, (u64, T)>,
    by_turn: BTreeMap<u64, u64>,
    next: u64,
}

impl<T> Recent<T> {
    fn new(most: usize) -> Self {
        Self { most, things: HashMap::new(), by_turn: BTreeMap::new(), next: 0 }
    }

    /// A number that none has had.
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn take(&mut self, id: u64) -> Option<T> {
        let (turn, thing) = self.things.remove(&id)?;
        self.by_turn.remove(&turn);
        Some(thing)
    }

    fn put(&mut self, id: u64, thing: T) {
        self.take(id);
        let turn = self.number();
        self.things.insert(id, (turn, thing));
        self.by_turn.insert(turn, id);
        if self.things.len() > self.most
            && let Some((_, oldest)) = self.by_turn.pop_first()
        {
            self.things.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
