//! One measurement: a crowd of viewers of one server, for some seconds.

use std::io;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::client::{Delay, Join, Load, Progress, Snapshot};
use crate::process;
use crate::publisher::{Publisher, Written};

/// How long all viewers may take to get their first byte, beyond the time over which they join.
const PATIENCE: Duration = Duration::from_secs(15);
/// Joins are paced so that a server of any kind takes them without a queue.
const JOINS_PER_SECOND: u32 = 2000;

/// Percentiles of some times, in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Times {
    pub(crate) count: usize,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// What one measurement found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figures {
    /// What was measured.
    pub(crate) name: String,
    pub(crate) viewers: usize,
    /// For how long, in seconds.
    pub(crate) seconds: f64,
    /// 10^9 bytes that viewers read from their sockets.
    pub(crate) gigabytes: f64,
    pub(crate) gigabits_per_second: f64,
    /// CPU seconds of the server.
    pub(crate) cpu_per_gigabyte: f64,
    pub(crate) video_delay: Times,
    pub(crate) audio_delay: Times,
    pub(crate) first_byte: Times,
    /// Memory of the server with these viewers, in MiB.
    pub(crate) resident_mib: f64,
    /// What of that came with the viewers, in KiB for each.
    pub(crate) resident_kib_per_viewer: f64,
    /// Viewers that were refused, were let go, or got nothing.
    pub(crate) lost: usize,
    /// Bytes of the viewer that got the fewest, over the median viewer's.
    pub(crate) fairness: f64,
    /// The share of one core that the load generator used: near 1, it is the load generator that was measured.
    pub(crate) load_cpu: f64,
    pub(crate) publisher_cpu: f64,
    /// Why a viewer was lost, if one was.
    pub(crate) complaint: Option<String>,
}

/// What is measured.
#[derive(Debug)]
pub(crate) struct Crowd<'a> {
    pub(crate) name: String,
    /// The server's process.
    pub(crate) pid: u32,
    pub(crate) publisher: Option<&'a Publisher>,
    pub(crate) joins: Vec<Join>,
    pub(crate) duration: Duration,
}

impl Crowd<'_> {
    /// Lets the crowd in, waits until everybody has begun, and measures.
    ///
    /// # Errors
    /// When the server's process or the load generator fails.
    pub(crate) fn measure(self) -> io::Result<Figures> {
        let idle = process::resident_kib(self.pid)?;
        let (load, _) = self.gather()?;
        self.watch(&load, idle)
    }

    /// Lets the crowd in, and waits until everybody has begun.
    ///
    /// # Errors
    /// When the load generator cannot be started.
    pub(crate) fn gather(&self) -> io::Result<(Load, Snapshot)> {
        let written = self.publisher.map_or_else(|| Arc::new(Written::default()), Publisher::written);
        let load = Load::start(written)?;
        let count = u32::try_from(self.joins.len()).unwrap_or(u32::MAX);
        let ramp = Duration::from_secs(1) * count / JOINS_PER_SECOND;
        load.join(self.joins.clone(), ramp);
        let viewers: usize = self.joins.iter().map(|join| join.paths.len()).sum();
        let snapshot = wait_for_all(&load, viewers, Instant::now() + ramp + PATIENCE);
        // What everybody starts with, the newest pictures since a keyframe, is not what is measured.
        sleep(Duration::from_secs(1));
        Ok((load, snapshot))
    }

    fn watch(&self, load: &Load, idle_kib: u64) -> io::Result<Figures> {
        let publisher_cpu = || self.publisher.map_or(Duration::ZERO, Publisher::cpu);
        let (before, cpu, published, started) =
            (load.snapshot(), process::cpu(self.pid)?, publisher_cpu(), Instant::now());
        sleep(self.duration);
        let (after, cpu_after, elapsed) = (load.snapshot(), process::cpu(self.pid)?, started.elapsed());
        if self.publisher.is_some_and(|publisher| !publisher.is_running()) {
            return Err(io::Error::other("the publisher was let go"));
        }
        let resident = process::resident_kib(self.pid)?;
        let (seconds, viewers) = (elapsed.as_secs_f64(), after.viewers.len());
        let gigabytes = (after.bytes - before.bytes) as f64 / 1e9;
        let got = received(&before.viewers, &after.viewers);
        let delays = |video: bool| {
            let late = |delay: &Delay| delay.late;
            Times::of(after.delays.iter().filter(|delay| delay.is_video == video).map(late).collect())
        };
        Ok(Figures {
            name: self.name.clone(),
            viewers,
            seconds,
            gigabytes,
            gigabits_per_second: gigabytes * 8.0 / seconds,
            cpu_per_gigabyte: (cpu_after - cpu).as_secs_f64() / gigabytes,
            video_delay: delays(true),
            audio_delay: delays(false),
            first_byte: Times::of(after.viewers.iter().filter_map(|viewer| viewer.first_byte).collect()),
            resident_mib: resident as f64 / 1024.0,
            resident_kib_per_viewer: resident.saturating_sub(idle_kib) as f64 / viewers.max(1) as f64,
            lost: after.viewers.iter().filter(|viewer| viewer.lost).count() + silent(&after.viewers, &got),
            fairness: fairness(got),
            load_cpu: after.cpu.saturating_sub(before.cpu).as_secs_f64() / seconds,
            publisher_cpu: publisher_cpu().saturating_sub(published).as_secs_f64() / seconds,
            complaint: after.complaint,
        })
    }
}

impl Times {
    /// Of these.
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: f64| {
            let index = (times.len() as f64 * share).ceil() as usize;
            times.get(index.saturating_sub(1)).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
        };
        Self { count: times.len(), p50: at(0.5), p99: at(0.99), max: at(1.0) }
    }
}

/// Waits until `viewers` viewers have begun or are lost, at most until `deadline`.
pub(crate) fn wait_for_all(load: &Load, viewers: usize, deadline: Instant) -> Snapshot {
    loop {
        let snapshot = load.snapshot();
        let settled = |viewer: &&Progress| viewer.lost || viewer.first_byte.is_some();
        if snapshot.viewers.iter().filter(settled).count() >= viewers || Instant::now() > deadline {
            return snapshot;
        }
        sleep(Duration::from_millis(50));
    }
}

/// What each viewer got between two snapshots. Viewers stay at their places as long as none is lost.
fn received(before: &[Progress], after: &[Progress]) -> Vec<u64> {
    before.iter().zip(after).map(|(before, after)| after.bytes.saturating_sub(before.bytes)).collect()
}

/// Viewers that are there, and got nothing.
fn silent(viewers: &[Progress], got: &[u64]) -> usize {
    viewers.iter().zip(got).filter(|(viewer, got)| !viewer.lost && **got == 0).count()
}

/// The least over the median.
fn fairness(mut got: Vec<u64>) -> f64 {
    got.sort_unstable();
    match got.get(got.len() / 2) {
        Some(median) if *median > 0 => got[0] as f64 / *median as f64,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times = Times::of((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!((times.count, times.p50, times.p99, times.max), (200, 100.0, 198.0, 200.0));
        let one = Times::of(vec![Duration::from_millis(7)]);
        assert_eq!((one.p50, one.p99, one.max), (7.0, 7.0, 7.0));
        assert!(Times::of(Vec::new()).p50.is_nan());
    }

    #[test]
    fn fairness_is_the_least_over_the_median() {
        assert_eq!(fairness(vec![100, 90, 110, 100]), 0.9);
        assert!(fairness(vec![0, 0]).is_nan());
        assert!(fairness(Vec::new()).is_nan());
    }

    #[test]
    fn a_viewer_that_got_nothing_is_not_served() {
        let viewer = |bytes, lost| Progress {
            group: 0,
            bytes,
            first_byte: None,
            longest_silence: Duration::ZERO,
            lost,
        };
        let before = [viewer(5, false), viewer(5, false), viewer(5, true)];
        let after = [viewer(5, false), viewer(9, false), viewer(5, true)];
        let got = received(&before, &after);
        assert_eq!(got, [0, 4, 0]);
        assert_eq!(silent(&after, &got), 1);
    }
}
