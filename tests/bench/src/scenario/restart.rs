//! The publisher goes without a word, and another comes.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Bench, BenchError, joins};
use crate::client::{Progress, Protocol};
use crate::measure::{Crowd, Times};
use crate::publisher::Publisher;
use crate::report::{Check, Run};

const VIEWERS: usize = 500;
/// How long nobody publishes.
const ABSENCE: Duration = Duration::from_millis(300);
const AFTERMATH: Duration = Duration::from_secs(2);

pub(super) fn run(bench: &Bench) -> Result<Run, BenchError> {
    let viewers = bench.viewers.unwrap_or(VIEWERS);
    let (server, publisher) = bench.live(1, None)?;
    let joins = joins(server.http(), Protocol::Http, viewers, &[server.path(0)], 0);
    let (pid, duration) = (server.pid(), bench.duration);
    let crowd = Crowd { name: String::new(), pid, publisher: Some(&publisher), joins, duration };
    let (load, _) = crowd.gather()?;
    load.snapshot();

    let gone = Instant::now();
    publisher.vanish();
    sleep(ABSENCE);
    let _next = Publisher::start(&bench.clip, &[server.rtmp(0)])?;
    let absence = gone.elapsed();
    sleep(AFTERMATH);
    let after = load.snapshot();
    let silences = Times::of(after.viewers.iter().map(|viewer| viewer.longest_silence).collect());
    let absence = absence.as_secs_f64() * 1000.0;
    // Who has had nothing since is not among the p99, if there are few of them; but lost all the same.
    let is_lost = |viewer: &&Progress| viewer.lost || viewer.longest_silence >= AFTERMATH;
    let lost = after.viewers.iter().filter(is_lost).count();
    let facts = [
        ("nobody published for, ms", absence),
        ("viewers got nothing for: p50, ms", silences.p50),
        ("viewers got nothing for: p99, ms", silences.p99),
        ("viewers got nothing for: longest, ms", silences.max),
    ];
    // A frame may have been due just before, and its successor's is due a frame after.
    let checks = vec![
        Check::at_most("p99 of the silence beyond the publisher's, ms", silences.p99 - absence, 100.0),
        Check::at_most("viewers lost", lost as f64, 0.0),
    ];
    let facts = facts.map(|(what, value)| (what.to_owned(), value)).to_vec();
    Ok(Run { scenario: "restart", facts, checks, ..Run::default() })
}
