//! Where logs go, and which.

use super::{ConfigDraft, Default, Key, Kind};
use crate::config::model::{LogLevel, LogTank};

pub(super) const KEYS: &[Key<ConfigDraft>] = &[
    Key {
        path: "srs_log_tank",
        also: &[],
        kind: Kind::Choice(&[
            ("console", |config| config.log.tank = LogTank::Console),
            ("file", |config| config.log.tank = LogTank::File),
        ]),
        default: Default::Value("console"),
        doc: "Where logs go: to standard error, or to srs_log_file. SRS's own default is file.",
    },
    Key {
        path: "srs_log_level",
        also: &[],
        kind: Kind::Choice(&[
            ("verbose", |config| config.log.level = LogLevel::Verbose),
            ("info", |config| config.log.level = LogLevel::Info),
            ("trace", |config| config.log.level = LogLevel::Trace),
            ("warn", |config| config.log.level = LogLevel::Warn),
            ("error", |config| config.log.level = LogLevel::Error),
        ]),
        default: Default::Value("trace"),
        doc: "The least severe level that is logged, in SRS's older names: verbose and info are for debugging, trace \
              is one line for each thing that happens.",
    },
    Key {
        path: "srs_log_level_v2",
        also: &[],
        kind: Kind::Choice(&[
            ("trace", |config| config.log.level = LogLevel::Verbose),
            ("debug", |config| config.log.level = LogLevel::Info),
            ("info", |config| config.log.level = LogLevel::Trace),
            ("warn", |config| config.log.level = LogLevel::Warn),
            ("error", |config| config.log.level = LogLevel::Error),
        ]),
        default: Default::Unset("info"),
        doc: "The same in the usual names. It wins over srs_log_level.",
    },
    Key {
        path: "srs_log_file",
        also: &[],
        kind: Kind::Path(|config, path| config.log.file = path),
        default: Default::Value("./objs/srs.log"),
        doc: "The log file, when srs_log_tank is file. It is appended to; SIGUSR1 opens it again, for logrotate.",
    },
    Key {
        path: "utc_time",
        also: &[],
        kind: Kind::Switch(|config, on| config.log.utc_time = on),
        default: Default::Value("off"),
        doc: "Whether the times in the log are in UTC. If off, they are in the time zone of the machine.",
    },
];
