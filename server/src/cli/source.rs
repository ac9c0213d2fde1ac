//! Where the configuration comes from, so that it can be read again.

use std::io;
use std::path::{Path, PathBuf};

use flvgate::config::{self, Environment, Loaded, Report};

/// Where the configuration comes from.
#[derive(Debug)]
pub(super) struct Source {
    /// The file; without one, the environment says everything.
    file: Option<PathBuf>,
    /// Where the process was started: what the file's name begins at, whatever `work_dir` says.
    start_dir: PathBuf,
    environment: Environment,
}

impl Source {
    /// The configuration in `file`, or in the environment alone, read by a process that is in its first directory.
    pub(super) fn new(file: Option<PathBuf>, environment: Environment) -> io::Result<Self> {
        Ok(Self { file, start_dir: std::env::current_dir()?, environment })
    }

    /// Reads it, again.
    pub(super) fn load(&self) -> Result<Loaded, Report> {
        match &self.file {
            Some(path) => config::load(&self.start_dir, path, &self.environment),
            None => config::load_environment(&self.environment),
        }
    }

    /// Its file, wherever the process is now.
    pub(super) fn path(&self) -> Option<PathBuf> {
        self.file.as_deref().map(|path| self.start_dir.join(path))
    }

    /// `path` as the process will see it in `work_dir`.
    pub(super) fn in_work_dir(&self, work_dir: &Path, path: &Path) -> PathBuf {
        self.start_dir.join(work_dir).join(path)
    }

    /// What to call it.
    pub(super) fn name(&self) -> String {
        match &self.file {
            Some(path) => format!("config file {}", path.display()),
            None => "the environment's configuration".to_owned(),
        }
    }
}
