//! What the operator asked for: SRS's configuration grammar, read into one typed [`Config`].
//!
//! ```text
//!   bytes --lexer--> words --parser--> directives --read (schema, environment)--> Config --check--> Loaded
//!                                                                                        \--> Report
//! ```

mod changes;
mod check;
mod environment;
mod full;
mod lexer;
mod listens;
mod load;
mod model;
mod mount;
mod older;
mod parser;
mod read;
mod report;
mod schema;
mod source;
mod suggest;
mod tree;
mod unserved;
mod value;

pub use environment::Environment;
pub use full::full_conf;
pub use listens::{Listen, ListenOrigins};
pub use load::{Loaded, load, load_environment, parse};
pub use model::{
    Action, Cluster, ClusterMode, Config, Credentials, Forward, Http, HttpApi, HttpRemux, HttpServer,
    HttpStatic, Https, Identity, LateTrack, Log, LogLevel, LogTank, MountTemplate, Play, Process, Publish,
    Refer, Rtmp, RtmpLimits, SecondPublisher, Security, SecurityRule, TimeJitter, Vhost,
};
pub use parser::Include;
pub use report::{Report, Severity};

/// The vhost that serves every name that no other vhost has.
pub const DEFAULT_VHOST: &str = "__defaultVhost__";

#[cfg(test)]
mod tests;
