//! The file that tells others the process id.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file with this process's id; dropping it removes the file.
#[derive(Debug)]
pub(super) struct PidFile(PathBuf);

impl PidFile {
    /// Writes the file, and the directory that it is in.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn write(path: &Path) -> io::Result<Self> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, content())?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Another process that was started with the same configuration may have taken the file over.
        if fs::read_to_string(&self.0).is_ok_and(|found| found == content()) {
            let _ = fs::remove_file(&self.0);
        }
    }
}

fn content() -> String {
    format!("{}\n", std::process::id())
}
