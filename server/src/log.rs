//! Logging as `srs_log_tank`, `srs_log_level` and `srs_log_file` ask.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use flvgate::config::{Log, LogLevel, LogTank};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{ChronoLocal, ChronoUtc, FormatTime};

/// Starts to log. The file, when there is one, is for [`LogFile::reopen`].
///
/// # Errors
/// Those of the file system.
pub(crate) fn start(log: &Log) -> io::Result<Option<Arc<LogFile>>> {
    // Other crates' details help nobody who debugs a stream.
    let level = level(log.level);
    let filter = EnvFilter::new(format!("warn,flvgate={level},flvgate_media={level}"));
    let format = tracing_subscriber::fmt().with_env_filter(filter).with_timer(Clock { utc: log.utc_time });
    match log.tank {
        LogTank::Console => {
            format.with_ansi(stderr().is_terminal()).with_writer(stderr).init();
            Ok(None)
        }
        LogTank::File => {
            let file = Arc::new(LogFile::open(&log.file)?);
            let writer = file.clone();
            format.with_ansi(false).with_writer(move || LogWriter(writer.clone())).init();
            Ok(Some(file))
        }
    }
}

/// Tells the time in UTC or in the machine's time zone, to the microsecond (RFC 3339).
#[derive(Debug)]
struct Clock {
    utc: bool,
}

impl FormatTime for Clock {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        if self.utc { ChronoUtc::rfc_3339().format_time(w) } else { ChronoLocal::rfc_3339().format_time(w) }
    }
}

/// SRS's names are one step off the usual ones: its `trace` is what everybody else calls info.
fn level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Verbose => "trace",
        LogLevel::Info => "debug",
        LogLevel::Trace => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    }
}

/// A log file that can be moved away and opened again under the same name.
#[derive(Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    file: Mutex<File>,
}

impl LogFile {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: Mutex::new(open(path)?) })
    }

    /// Goes on in a new file of the same name, after the old one was moved away.
    ///
    /// # Errors
    /// Those of the file system; then the old file stays in use.
    pub(crate) fn reopen(&self) -> io::Result<()> {
        let file = open(&self.path)?;
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = file;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// Writes one event.
struct LogWriter(Arc<LogFile>);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.file.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.file.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_moved_away_is_replaced_by_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/flvgate.log");
        let log = Arc::new(LogFile::open(&path).unwrap());
        let mut writer = LogWriter(log.clone());
        writer.write_all(b"one\n").unwrap();
        let moved = folder.path().join("flvgate.log.1");
        fs::rename(&path, &moved).unwrap();
        writer.write_all(b"two\n").unwrap();
        log.reopen().unwrap();
        writer.write_all(b"three\n").unwrap();
        assert_eq!(fs::read_to_string(moved).unwrap(), "one\ntwo\n");
        assert_eq!(fs::read_to_string(path).unwrap(), "three\n");
    }
}
