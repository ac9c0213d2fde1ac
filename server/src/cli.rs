//! Arguments, and what each of them does.

mod open_files;
mod parent;
mod pid_file;
mod publish;
mod reload;
mod serve;
mod signals;
mod source;
mod stop;
mod terminal;
mod test;
mod watch;

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgAction, CommandFactory, Parser, Subcommand};
use flvgate::config::{Environment, Report, Severity};
use source::Source;
use watch::Watch;

/// What is started when no configuration is named.
const DEFAULT_FILE: &str = "conf/flvgate.conf";

const EXAMPLES: &str = "\
Examples:
  flvgate                                      start with conf/flvgate.conf
  flvgate -c conf/http.flv.live.conf           start with another configuration
  flvgate -t -c my.conf                        say what is wrong with my.conf, start nothing
  flvgate publish clip.flv rtmp://localhost/live/demo --loop
                                               publish a file to a server, for ever
  SRS_LISTEN=1935 SRS_HTTP_SERVER_ENABLED=on SRS_VHOST_HTTP_REMUX_ENABLED=on flvgate -e
                                               start without a file

Ports and URLs, as conf/flvgate.conf has them:
  1935  publish   rtmp://HOST:1935/live/STREAM
  8080  play      http://HOST:8080/live/STREAM.flv    (HTTP-FLV)
                  ws://HOST:8080/live/STREAM.flv      (WebSocket-FLV)
        watch     http://HOST:8080/                   (the page)

  ffmpeg -re -i FILE -c copy -f flv rtmp://localhost/live/livestream

Configuration: SRS's files work. conf/full.conf has every key; each can be set by an environment variable, such as
SRS_HTTP_SERVER_LISTEN=8080. SRS_CONFIG_FILE is like -c, SRS_ENV_ONLY=on like -e.

Signals: HUP reads the configuration again. TERM and INT stop cleanly, a second one at once; QUIT stops when the last
connection has gone. USR1 opens the log file again.";

/// Live video into any web page: RTMP in; HTTP-FLV and WebSocket-FLV out.
#[derive(Debug, Parser)]
#[command(name = "flvgate", version, disable_version_flag = true, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Arguments {
    /// The configuration file
    #[arg(short = 'c', long = "config", value_name = "FILE")]
    config: Option<PathBuf>,

    /// Test the configuration: print what is wrong with it, then exit with 0 if it can be started, else 1
    #[arg(short = 't', long = "test")]
    test: bool,

    /// Read no file: the defaults, one vhost for every host, and the SRS_* environment variables
    #[arg(short = 'e', long = "env", conflicts_with = "config")]
    environment_only: bool,

    /// Print the version
    #[arg(short = 'v', visible_short_alias = 'V', long = "version", action = ArgAction::Version)]
    version: Option<bool>,

    #[command(subcommand)]
    command: Option<Subcommands>,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Publish an FLV file over RTMP in real time, like an encoder
    Publish(publish::Arguments),
}

/// The whole command.
pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Subcommands::Publish(arguments)) = arguments.command {
        return publish::publish(arguments);
    }
    let environment = Environment::of_process();
    let Some(file) = file(&arguments, &environment) else {
        // A terminal that is gone cannot be told anything.
        let _ = Arguments::command().print_help();
        return ExitCode::SUCCESS;
    };
    let source = match Source::new(file, environment) {
        Ok(source) => source,
        Err(error) => {
            terminal::say(format_args!("flvgate: cannot tell the directory that it was started in: {error}"));
            return ExitCode::FAILURE;
        }
    };
    // Before the file is read: what is written meanwhile is a change.
    let watch = Watch::new(source.path());
    match source.load() {
        Ok(loaded) if arguments.test => test::test(&loaded, &source),
        Ok(loaded) => serve::serve(source, watch, loaded),
        Err(report) => refused(&report, &source),
    }
}

/// The configuration file, or `Some(None)` for the environment alone. `None` when nothing is named and there is no default
/// file: then help is better than an error.
fn file(arguments: &Arguments, environment: &Environment) -> Option<Option<PathBuf>> {
    if let Some(path) = &arguments.config {
        return Some(Some(path.clone()));
    }
    if arguments.environment_only || environment.value("SRS_ENV_ONLY") == Some("on") {
        return Some(None);
    }
    if let Some(path) = environment.value("SRS_CONFIG_FILE") {
        return Some(Some(path.into()));
    }
    (arguments.test || Path::new(DEFAULT_FILE).exists()).then(|| Some(DEFAULT_FILE.into()))
}

fn refused(report: &Report, source: &Source) -> ExitCode {
    print_report(report);
    let plural = if report.count(Severity::Error) == 1 { "error" } else { "errors" };
    let count = report.count(Severity::Error);
    terminal::say(format_args!("{} has {count} {plural}; nothing was started", source.name()));
    ExitCode::FAILURE
}

fn print_report(report: &Report) {
    let colour = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    terminal::write(&report.render(colour));
}
