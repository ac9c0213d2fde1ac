//! Arguments, and what each of them does.

mod open_files;
mod pid_file;
mod publish;
mod serve;
mod signals;

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgAction, CommandFactory, Parser, Subcommand};
use flvgate::config::{self, Environment, Loaded, Report, Severity};

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

Signals: TERM, INT and QUIT stop cleanly, a second one at once; USR1 opens the log file again.";

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
    let Some(origin) = Origin::of(&arguments, &environment) else {
        // A terminal that is gone cannot be told anything.
        let _ = Arguments::command().print_help();
        return ExitCode::SUCCESS;
    };
    let loaded = match &origin {
        Origin::File(path) => config::load(path, &environment),
        Origin::Environment => config::load_environment(&environment),
    };
    match loaded {
        Ok(loaded) if arguments.test => test_succeeded(&loaded, &origin),
        Ok(loaded) => serve::serve(&loaded),
        Err(report) => refused(&report, &origin),
    }
}

/// Where the configuration comes from.
#[derive(Debug)]
enum Origin {
    File(PathBuf),
    Environment,
}

impl Origin {
    /// `None` when nothing is named and there is no default file: then help is better than an error.
    fn of(arguments: &Arguments, environment: &Environment) -> Option<Self> {
        if let Some(path) = &arguments.config {
            return Some(Self::File(path.clone()));
        }
        if arguments.environment_only || environment.value("SRS_ENV_ONLY") == Some("on") {
            return Some(Self::Environment);
        }
        if let Some(path) = environment.value("SRS_CONFIG_FILE") {
            return Some(Self::File(path.into()));
        }
        (arguments.test || Path::new(DEFAULT_FILE).exists()).then(|| Self::File(DEFAULT_FILE.into()))
    }

    fn name(&self) -> String {
        match self {
            Self::File(path) => format!("config file {}", path.display()),
            Self::Environment => "the environment's configuration".to_owned(),
        }
    }
}

fn test_succeeded(loaded: &Loaded, origin: &Origin) -> ExitCode {
    print_report(&loaded.report);
    eprintln!("{} test is successful", origin.name());
    ExitCode::SUCCESS
}

fn refused(report: &Report, origin: &Origin) -> ExitCode {
    print_report(report);
    let plural = if report.count(Severity::Error) == 1 { "error" } else { "errors" };
    eprintln!("{} has {} {plural}; nothing was started", origin.name(), report.count(Severity::Error));
    ExitCode::FAILURE
}

fn print_report(report: &Report) {
    let colour = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    eprint!("{}", report.render(colour));
}
