//! Everybody comes at once.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Bench, BenchError, joins};
use crate::client::{Progress, Protocol, Snapshot};
use crate::measure::{Crowd, Times, wait_for_all};
use crate::report::{Check, Run};

/// How many are there, and how many join within [`STORM`].
const VIEWERS: usize = 1000;
const STORM: Duration = Duration::from_secs(1);
/// Frames that are read so much later than the last join are still the storm's.
const AFTERMATH: Duration = Duration::from_millis(500);
const OLD: u8 = 0;
const NEW: u8 = 1;

pub(super) fn run(bench: &Bench) -> Result<Run, BenchError> {
    let viewers = bench.viewers.unwrap_or(VIEWERS);
    let (server, publisher) = bench.live(1, None)?;
    let crowd = |group| joins(server.http(), Protocol::Http, viewers, &[server.path(0)], group);
    let (pid, duration) = (server.pid(), bench.duration);
    let old = Crowd { name: String::new(), pid, publisher: Some(&publisher), joins: crowd(OLD), duration };
    let (load, _) = old.gather()?;
    load.snapshot();
    sleep(duration.min(Duration::from_secs(3)));
    let calm = delays(&load.snapshot(), OLD);

    // Counting only: what a joiner reads is not what is measured.
    let new = crowd(NEW).into_iter().map(|join| crate::client::Join { sampled: false, ..join });
    let started = Instant::now();
    load.join(new.collect(), STORM);
    sleep(STORM + AFTERMATH);
    let during = load.snapshot();
    let after = wait_for_all(&load, 2 * viewers, started + Duration::from_secs(15));
    let joined: Vec<&Progress> = after.viewers.iter().filter(|viewer| viewer.group == NEW).collect();
    let first = Times::of(joined.iter().filter_map(|viewer| viewer.first_byte).collect());
    let storm = delays(&during, OLD);
    let never = joined.iter().filter(|viewer| viewer.first_byte.is_none()).count();
    let lost = after.viewers.iter().filter(|viewer| viewer.lost).count() + never;
    let facts = [
        ("joins", joined.len() as f64),
        ("first byte p50, ms", first.p50),
        ("first byte max, ms", first.max),
        ("delay p50 of those before the storm, ms", calm.p50),
        ("delay p99 of those before the storm, ms", calm.p99),
        ("delay p50 of the old viewers during the storm, ms", storm.p50),
        ("delay max of the old viewers during the storm, ms", storm.max),
    ];
    let checks = vec![
        Check::at_most("first byte p99 of those who join, ms", first.p99, 100.0),
        Check::at_most("delay p99 of the old viewers during the storm, ms", storm.p99, 50.0),
        Check::at_most("viewers lost", lost as f64, 0.0),
    ];
    let facts = facts.map(|(what, value)| (what.to_owned(), value)).to_vec();
    Ok(Run { scenario: "storm", facts, checks, ..Run::default() })
}

fn delays(snapshot: &Snapshot, group: u8) -> Times {
    let of_group = snapshot.delays.iter().filter(|delay| delay.group == group && delay.is_video);
    Times::of(of_group.map(|delay| delay.late).collect())
}
