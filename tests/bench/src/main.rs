//! What a viewer costs: publishes a clip, plays it many times, and measures. See docs/benchmark.md.

mod cipher;
mod client;
mod clip;
mod floor;
mod measure;
mod peer;
mod process;
mod publisher;
mod report;
mod scenario;
mod server;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand, ValueEnum};

use clip::Clip;
use peer::Peer;
use report::Report;
use scenario::{Bench, BenchError, Scenario};
use server::Subject;

/// Descriptors that five thousand viewers and their server's own need, each process by itself.
const WANTED_OPEN_FILES: u64 = 11_000;

/// Measures what a viewer costs a server. See docs/benchmark.md.
#[derive(Debug, Parser)]
#[command(name = "flvgate-bench")]
struct Arguments {
    /// What to measure; everything but the soak, unless told otherwise
    scenarios: Vec<Scenario>,

    /// Each scenario once and in short
    #[arg(long)]
    quick: bool,

    /// How often each scenario runs; the medians count
    #[arg(long)]
    runs: Option<u32>,

    /// How long each measurement takes
    #[arg(long)]
    seconds: Option<u64>,

    /// How long the soak takes
    #[arg(long, default_value_t = 60)]
    minutes: u64,

    /// How many viewers, instead of the scenario's own numbers
    #[arg(long)]
    viewers: Option<usize>,

    /// Also write everything that was measured into this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// The clip; it is made if it is not there
    #[arg(long, default_value = "target/bench/clip.flv")]
    clip: PathBuf,

    /// The server's program
    #[arg(long, default_value = "target/release/flvgate")]
    server: PathBuf,

    /// Measure this server instead, from its registry
    #[arg(long, conflicts_with = "url")]
    peer: Option<Peer>,

    /// Measure a server that runs: where it plays
    #[arg(long, requires = "rtmp", requires = "pid")]
    url: Option<String>,

    /// Where that is published to
    #[arg(long, requires = "url")]
    rtmp: Option<String>,

    /// Its process
    #[arg(long, requires = "url")]
    pid: Option<u32>,
}

/// How this program starts itself as the floor.
#[derive(Debug, Parser)]
struct Hidden {
    #[command(subcommand)]
    role: Role,
}

#[derive(Debug, Subcommand)]
enum Role {
    Floor {
        #[arg(long)]
        clip: PathBuf,
        /// In milliseconds
        #[arg(long)]
        interval: u64,
        #[arg(long)]
        encrypt: bool,
    },
}

fn main() -> ExitCode {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        eprintln!("the limit of open files cannot be raised: {error}");
    }
    let outcome = if std::env::args().nth(1).as_deref() == Some("floor") {
        let Role::Floor { clip, interval, encrypt } = Hidden::parse().role;
        floor(&clip, Duration::from_millis(interval), encrypt)
    } else {
        bench(Arguments::parse())
    };
    match outcome {
        // What misses its bound is a result too.
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flvgate-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn floor(clip: &std::path::Path, interval: Duration, encrypts: bool) -> Result<(), BenchError> {
    Ok(floor::serve(&Clip::make_or_read(clip)?, interval, encrypts)?)
}

fn bench(arguments: Arguments) -> Result<(), BenchError> {
    let started = Instant::now();
    let limit = rlimit::Resource::NOFILE.get_soft().unwrap_or(0);
    if limit < WANTED_OPEN_FILES {
        eprintln!(
            "only {limit} open files are allowed; 5,000 viewers need {WANTED_OPEN_FILES}. \
             As root: prlimit --pid $$ --nofile={WANTED_OPEN_FILES}:{WANTED_OPEN_FILES}"
        );
    }
    let subject = match (arguments.peer, arguments.url, arguments.rtmp, arguments.pid) {
        (Some(peer), ..) => Subject::Peer(peer, std::path::absolute("target/bench")?),
        (None, Some(url), Some(rtmp), Some(pid)) => Subject::Running { url, rtmp, pid },
        _ => Subject::Own(std::path::absolute(&arguments.server)?),
    };
    let scenarios = match (&subject, arguments.scenarios) {
        // What another server can be measured by.
        (Subject::Peer(..) | Subject::Running { .. }, chosen) if chosen.is_empty() => vec![Scenario::Hot],
        (_, chosen) if chosen.is_empty() => Scenario::value_variants()
            .iter()
            .copied()
            .filter(|scenario| *scenario != Scenario::Soak)
            .collect(),
        (_, chosen) => chosen,
    };
    // Two dozen measurements with their warm-ups come to less than three minutes.
    let seconds = arguments.seconds.unwrap_or(if arguments.quick { 3 } else { 10 });
    let bench = Bench {
        subject,
        clip: Arc::new(Clip::make_or_read(&arguments.clip)?),
        clip_path: arguments.clip,
        duration: Duration::from_secs(seconds),
        viewers: arguments.viewers,
        soak: Duration::from_secs(60 * arguments.minutes),
        quick: arguments.quick,
    };
    let mut report = Report::default();
    for _ in 0..arguments.runs.unwrap_or(if arguments.quick { 1 } else { 5 }) {
        for scenario in &scenarios {
            let run = scenario.run(&bench)?;
            println!("{run}");
            report.runs.push(run);
        }
    }
    print!("{}", report.summary());
    println!("all of it took {:.0} s", started.elapsed().as_secs_f64());
    if let Some(path) = arguments.json {
        fs::write(path, serde_json::to_string_pretty(&report).map_err(std::io::Error::other)?)?;
    }
    Ok(())
}
