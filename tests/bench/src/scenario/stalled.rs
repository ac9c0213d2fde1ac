//! One viewer in twenty asks, and reads nothing.

use std::thread::sleep;
use std::time::Duration;

use super::{Bench, BenchError, joins};
use crate::client::{Join, Protocol, Snapshot};
use crate::measure::{Crowd, Times};
use crate::process;
use crate::report::{Check, Run};

const VIEWERS: usize = 500;
/// One viewer of so many more is asleep.
const ASLEEP: usize = 20;
/// Until the sockets of those who are asleep are full.
const FILL: Duration = Duration::from_secs(2);

pub(super) fn run(bench: &Bench) -> Result<Run, BenchError> {
    let viewers = bench.viewers.unwrap_or(VIEWERS);
    let (server, publisher) = bench.live(1, None)?;
    let crowd = |count| joins(server.http(), Protocol::Http, count, &[server.path(0)], 0);
    let (pid, duration) = (server.pid(), bench.duration);
    let awake =
        Crowd { name: String::new(), pid, publisher: Some(&publisher), joins: crowd(viewers), duration };
    let (load, _) = awake.gather()?;
    load.snapshot();
    sleep(duration);
    let (calm, resident, in_kernel) =
        (load.snapshot(), process::resident_kib(pid)?, process::socket_memory_kib()?);

    let asleep = crowd(viewers / ASLEEP).into_iter();
    load.join(asleep.map(|join| Join { sampled: false, asleep: true, ..join }).collect(), FILL / 2);
    sleep(FILL);
    load.snapshot();
    sleep(duration);
    let (after, resident_after, in_kernel_after) =
        (load.snapshot(), process::resident_kib(pid)?, process::socket_memory_kib()?);

    let (before, with) = (delays(&calm), delays(&after));
    let more = |after: u64, before: u64| (after as f64 - before as f64) / 1024.0;
    let facts = [
        ("viewers who read nothing", (viewers / ASLEEP) as f64),
        ("delay p50 without them, ms", before.p50),
        ("delay p99 without them, ms", before.p99),
        ("delay p50 with them, ms", with.p50),
        ("delay p99 with them, ms", with.p99),
        ("server's RSS without them, MiB", resident as f64 / 1024.0),
        ("server's RSS with them, more, MiB", more(resident_after, resident)),
        ("kernel's memory for sockets with them, more, MiB", more(in_kernel_after, in_kernel)),
    ];
    let checks = vec![
        Check::at_most("delay p99 with them over without them", with.p99 / before.p99, 1.2),
        Check::at_most("viewers lost", after.viewers.iter().filter(|viewer| viewer.lost).count() as f64, 0.0),
    ];
    let facts = facts.map(|(what, value)| (what.to_owned(), value)).to_vec();
    Ok(Run { scenario: "stalled", facts, checks, ..Run::default() })
}

fn delays(snapshot: &Snapshot) -> Times {
    Times::of(snapshot.delays.iter().filter(|delay| delay.is_video).map(|delay| delay.late).collect())
}
