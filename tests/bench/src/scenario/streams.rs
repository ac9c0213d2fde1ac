//! Many streams against one, and two worker threads against one.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use super::{Bench, BenchError, FRAME, joins};
use crate::client::Protocol;
use crate::measure::{Crowd, Figures};
use crate::process::resident_kib;
use crate::report::{Check, Run};

/// Streams, and viewers of each; against as many viewers of one.
const STREAMS: usize = 500;
const VIEWERS_A_STREAM: usize = 10;
/// Few enough for one thread.
const FOR_ONE_THREAD: usize = 2000;

/// How often the server's memory is looked at while its streams fill what they keep, and how often at most.
const FILL_INTERVAL: Duration = Duration::from_secs(2);
const MAX_FILL_LOOKS: usize = 30;

pub(super) fn run(bench: &Bench) -> Result<Run, BenchError> {
    let streams = if bench.quick { STREAMS / 5 } else { STREAMS };
    let (all, few) = (streams * VIEWERS_A_STREAM, if bench.quick { 500 } else { FOR_ONE_THREAD });
    let floor = bench.floor(all, FRAME)?;
    let one = measure(bench, 1, all, None)?;
    let many = measure(bench, streams, VIEWERS_A_STREAM, None)?;
    let one_thread = measure(bench, 1, few, Some(1))?;
    let two_threads = measure(bench, 1, few, Some(2))?;
    let ratio = |a: &Figures, b: &Figures| a.cpu_per_gigabyte / b.cpu_per_gigabyte;
    Ok(Run {
        scenario: "streams",
        floor: Some(floor.cpu_per_gigabyte),
        facts: vec![("share of a core that publishing used, many streams".into(), many.publisher_cpu)],
        checks: vec![
            Check::at_most(
                format!("{streams} streams x {VIEWERS_A_STREAM} over one x {all}"),
                ratio(&many, &one),
                1.5,
            ),
            // A server that falls behind sends more at once, which is cheaper: then the figures above say nothing.
            Check::at_least(
                format!("{streams} streams: bytes delivered, over one stream's"),
                many.gigabits_per_second / one.gigabits_per_second,
                0.95,
            ),
            Check::at_most("two worker threads over one", ratio(&two_threads, &one_thread), 1.15),
            Check::at_most(
                "viewers lost",
                (one.lost + many.lost + one_thread.lost + two_threads.lost) as f64,
                0.0,
            ),
        ],
        figures: vec![floor, one, many, one_thread, two_threads],
    })
}

fn measure(
    bench: &Bench,
    streams: usize,
    viewers: usize,
    threads: Option<usize>,
) -> Result<Figures, BenchError> {
    let (server, publisher) = bench.live(streams, threads)?;
    if streams > 1 && !bench.quick {
        wait_until_full(server.pid())?;
    }
    let mut all = Vec::new();
    for number in 0..streams {
        let mut of_stream = joins(server.http(), Protocol::Http, viewers, &[server.path(number)], 0);
        // Frames are timed on the first stream.
        of_stream.iter_mut().for_each(|join| join.sampled &= number == 0);
        all.extend(of_stream);
    }
    let threads = threads.map_or(String::new(), |threads| format!(", {threads} worker threads"));
    let name = format!("{streams} x {viewers}{threads}");
    let (pid, publisher, duration) = (server.pid(), Some(&publisher), bench.duration);
    Ok(Crowd { name, pid, publisher, joins: all, duration }.measure()?)
}

/// Waits until the server's memory has all but stopped growing. Each stream keeps some seconds of media; until they are full,
/// each byte comes into a page that the system has to clear, or a virtual machine to get from its host, which is not what
/// serving costs.
fn wait_until_full(pid: u32) -> io::Result<()> {
    let mut before = resident_kib(pid)?;
    for _ in 0..MAX_FILL_LOOKS {
        sleep(FILL_INTERVAL);
        let now = resident_kib(pid)?;
        if now < before + before / 50 {
            break;
        }
        before = now;
    }
    Ok(())
}
