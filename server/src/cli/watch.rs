//! Whether the configuration file has changed (`inotify_auto_reload`).

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

/// How often the file is looked at. Looking also sees files that are replaced by symbolic links and on file systems of
/// containers, which inotify does not tell of.
const STEP: Duration = Duration::from_secs(1);

/// The file that the configuration came from.
#[derive(Debug)]
pub(super) struct Watch {
    file: Option<PathBuf>,
    known: Option<Look>,
}

/// What tells a file from the same file before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl Watch {
    /// Watches `file` from now on; without one, nothing ever changes.
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        let known = file.as_ref().and_then(|file| Look::of(&fs::metadata(file)));
        Self { file, known }
    }

    /// Resolves when the file is another one than at the last time, and has been for a moment: an editor may write it in
    /// pieces. Safe to cancel, and then the change is not forgotten.
    pub(super) async fn changed(&mut self) {
        loop {
            let before = self.look().await;
            sleep(STEP).await;
            let now = self.look().await;
            if now.is_some() && now == before && now != self.known {
                self.known = now;
                return;
            }
        }
    }

    /// Without waiting in this thread: signals are heard here, and the disk may not answer.
    async fn look(&self) -> Option<Look> {
        Look::of(&tokio::fs::metadata(self.file.as_ref()?).await)
    }
}

impl Look {
    fn of(metadata: &io::Result<fs::Metadata>) -> Option<Self> {
        let metadata = metadata.as_ref().ok()?;
        Some(Self { modified: metadata.modified().ok(), length: metadata.len(), inode: metadata.ino() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_changed_file_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.conf");
        fs::write(&path, "one").unwrap();
        let mut watch = Watch::new(Some(path.clone()));
        let minute = Duration::from_secs(60);
        assert!(tokio::time::timeout(minute, watch.changed()).await.is_err());
        fs::write(&path, "other").unwrap();
        tokio::time::timeout(minute, watch.changed()).await.unwrap();
        assert!(tokio::time::timeout(minute, watch.changed()).await.is_err());
        fs::remove_file(&path).unwrap();
        assert!(tokio::time::timeout(minute, watch.changed()).await.is_err());
    }
}
