//! What the operator asked for: SRS's configuration grammar, read into one typed [`Config`].

mod model;

pub use model::{
    Config, Http, HttpRemux, HttpServer, Log, LogLevel, LogTank, MountTemplate, Play, Publish, Rtmp,
    RtmpLimits, SecondPublisher, TimeJitter, Vhost,
};

/// The vhost that serves every name that no other vhost has.
pub const DEFAULT_VHOST: &str = "__defaultVhost__";
