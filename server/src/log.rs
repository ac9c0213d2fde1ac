//! Logging as `srs_log_tank`, `srs_log_level` and `srs_log_file` ask.
//!
//! Lines are written by a thread of its own. Whoever reads standard error may stop to, as a full disk may stop to take
//! more: that must cost lines, not viewers.
//!
//! Peers choose much of what is logged, and how often. Neither is up to who logs it: [`limit`] bounds the lines of a kind,
//! and [`line`](mod@line) escapes what is in them.

mod escape;
mod limit;
mod line;

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use flvgate::config::{Log, LogLevel, LogTank};
use tracing::{error, info};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::{Layered, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, reload};

pub(crate) use escape::escaped;
use limit::{Limited, Limits};
use line::Line;

/// Lines that may wait to be written; one more is lost.
const WAITING_LINES: usize = 10_000;

/// Formats events and writes them somewhere.
type Output = Box<dyn Layer<Registry> + Send + Sync>;

/// The log, which a reload may change.
pub(crate) struct Logging {
    output: reload::Handle<Output, Registry>,
    filter: reload::Handle<EnvFilter, Layered<reload::Layer<Output, Registry>, Registry>>,
    log: Log,
    file: Option<Arc<LogFile>>,
    limits: Arc<Limits>,
    /// Writes what waits when it is dropped.
    _writing: WorkerGuard,
}

/// Another log, whose file is open.
#[derive(Debug)]
pub(crate) struct Prepared {
    log: Log,
    file: Option<Arc<LogFile>>,
}

/// Starts to log.
///
/// # Errors
/// Those of the file system.
pub(crate) fn start(log: &Log) -> io::Result<Logging> {
    let Prepared { log, file } = Prepared::open(log)?;
    let (output, writing) = output(&log, file.as_ref());
    let (output, output_handle) = reload::Layer::new(output);
    let (filter, filter_handle) = reload::Layer::new(filter(&log));
    let limits = Arc::new(Limits::default());
    tracing_subscriber::registry().with(output).with(filter).with(Limited(limits.clone())).init();
    limits.summarize_in_background();
    Ok(Logging { output: output_handle, filter: filter_handle, log, file, limits, _writing: writing })
}

impl Drop for Logging {
    fn drop(&mut self) {
        self.limits.summarize();
    }
}

impl Logging {
    /// What makes ready to log as a configuration says, where the file system may be waited for; nothing is different until
    /// [`apply`](Self::apply).
    pub(crate) fn preparation(&self) -> impl FnOnce(&Log) -> io::Result<Prepared> + Send + 'static {
        let (old, file) = (self.log.clone(), self.file.clone());
        move |log| {
            if (old.tank, &old.file) == (log.tank, &log.file) {
                return Ok(Prepared { log: log.clone(), file });
            }
            Prepared::open(log)
        }
    }

    /// Goes on as was prepared.
    pub(crate) fn apply(&mut self, prepared: Prepared) {
        let Prepared { log, file } = prepared;
        if log == self.log {
            return;
        }
        // The subscriber is the process's, so that it is there as long as this.
        let (output, writing) = output(&log, file.as_ref());
        let _ = self.output.reload(output);
        let _ = self.filter.reload(filter(&log));
        (self.log, self.file, self._writing) = (log, file, writing);
    }

    /// Goes on in a new log file, if there is one, after the old one was moved away.
    pub(crate) fn reopen(&self) {
        let Some(file) = &self.file else { return };
        match file.reopen() {
            Ok(()) => info!("the log file was opened again"),
            Err(error) => error!("cannot open the log file again, and go on with the old one: {error}"),
        }
    }
}

impl Prepared {
    fn open(log: &Log) -> io::Result<Self> {
        let file = match log.tank {
            LogTank::Console => None,
            LogTank::File => Some(Arc::new(LogFile::open(&log.file)?)),
        };
        Ok(Self { log: log.clone(), file })
    }
}

fn output(log: &Log, file: Option<&Arc<LogFile>>) -> (Output, WorkerGuard) {
    let (writer, writing) = match file {
        None => in_background(stderr()),
        Some(file) => in_background(LogWriter(file.clone())),
    };
    let layer = tracing_subscriber::fmt::layer().event_format(Line { utc: log.utc_time }).with_writer(writer);
    (layer.with_ansi(file.is_none() && stderr().is_terminal()).boxed(), writing)
}

/// Writes to `writer` in a thread, and never waits for it.
fn in_background(writer: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING_LINES).finish(writer)
}

/// Other crates' details help nobody who debugs a stream.
fn filter(log: &Log) -> EnvFilter {
    let level = level(log.level);
    EnvFilter::new(format!("warn,flvgate={level},flvgate_media={level}"))
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
struct LogFile {
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
    fn reopen(&self) -> io::Result<()> {
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

    #[test]
    fn a_writer_that_takes_nothing_holds_nobody_up() {
        struct Stuck(std::sync::mpsc::Receiver<()>);
        impl Write for Stuck {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                // Until the test has written all.
                let _ = self.0.recv();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (stuck, receiver) = std::sync::mpsc::channel();
        let (mut writer, writing) = in_background(Stuck(receiver));
        for _ in 0..2 * WAITING_LINES {
            writer.write_all(b"a line\n").unwrap();
        }
        assert!(writer.error_counter().dropped_lines() >= WAITING_LINES / 2);
        drop(stuck);
        drop(writing);
    }
}
