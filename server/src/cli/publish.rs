//! `flvgate publish`: a file to a server, in real time.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use flvgate::config::Log;
use flvgate::publish::PublishOptions;
use tokio::runtime::Runtime;

use super::terminal;
use crate::log;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The FLV file
    file: PathBuf,

    /// Where to: rtmp://host[:port]/app/stream
    url: String,

    /// Start again at the end, for ever
    #[arg(long = "loop")]
    looped: bool,

    /// The first timestamp, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    start_timestamp: u64,
}

/// Publishes until the file ends, or for ever.
pub(super) fn publish(arguments: Arguments) -> ExitCode {
    let Arguments { file, url, looped, start_timestamp } = arguments;
    let options = PublishOptions { file, url, looped, start_timestamp, realtime: true };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::say(format_args!("flvgate publish: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: PublishOptions) -> Result<(), Box<dyn std::error::Error>> {
    log::start(&Log::default())?;
    Runtime::new()?.block_on(flvgate::publish::publish(options))?;
    Ok(())
}
