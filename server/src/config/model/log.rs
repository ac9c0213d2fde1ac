//! Logging.

use std::path::PathBuf;

/// Logging (`srs_log_tank`, `srs_log_level`, `srs_log_file`, `utc_time`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Where to.
    pub tank: LogTank,
    /// From which level on.
    pub level: LogLevel,
    /// The file, when the tank is [`LogTank::File`].
    pub file: PathBuf,
    /// Whether times are in UTC (`utc_time`); otherwise in the machine's time zone.
    pub utc_time: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            tank: LogTank::Console,
            level: LogLevel::Trace,
            file: PathBuf::from("./objs/srs.log"),
            utc_time: false,
        }
    }
}

/// Where logs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogTank {
    /// The file that `srs_log_file` names.
    File,
    /// Standard error.
    Console,
}

/// The least severe level that is logged; SRS's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogLevel {
    Verbose,
    Info,
    Trace,
    Warn,
    Error,
}
