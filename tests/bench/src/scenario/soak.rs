//! Viewers come and go for a long time.

use std::io::{self, Write};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Bench, BenchError, joins};
use crate::client::{Join, Protocol};
use crate::measure::Crowd;
use crate::process;
use crate::report::{Check, Run};

const VIEWERS: usize = 500;
/// How many leave each second, and as many join.
const CHANGES: usize = 5;
/// One viewer in so many comes over TLS.
const SECURE: usize = 5;
const SAMPLE_INTERVAL: Duration = Duration::from_secs(10);
/// How long the process's memory remembers what it was, as a part of the time that counts.
const MEMORY_OF_MEMORY: usize = 6;
/// A slope that nobody would call a leak, in KiB an hour.
const UNREMARKABLE: f64 = 1024.0;

/// What the server had at one time.
#[derive(Clone, Copy, Debug)]
struct Sample {
    hours: f64,
    resident_kib: f64,
    open_files: usize,
}

pub(super) fn run(bench: &Bench) -> Result<Run, BenchError> {
    let viewers = bench.viewers.unwrap_or(VIEWERS);
    let (server, publisher) = bench.live(1, None)?;
    let (plain, secure, paths) = (server.http(), server.https()?, [server.path(0)]);
    // Nobody is sampled: delays would pile up in the load generator.
    let some = |count| -> Vec<Join> {
        let all = joins(plain, Protocol::Http, count, &paths, 0).into_iter().enumerate();
        all.map(|(index, join)| match index % SECURE {
            0 => Join { server: secure, protocol: Protocol::Https, sampled: false, ..join },
            _ => Join { sampled: false, ..join },
        })
        .collect()
    };
    // What comes before the time that counts is as long: the stream's ring fills, and memory grows most.
    let (pid, warm_up) = (server.pid(), bench.soak);
    let duration = warm_up + bench.soak;
    let crowd =
        Crowd { name: String::new(), pid, publisher: Some(&publisher), joins: some(viewers), duration };
    let (load, _) = crowd.gather()?;

    let started = Instant::now();
    let (mut samples, mut next_sample, mut second) = (Vec::new(), started, 0);
    let mut lost = 0;
    while started.elapsed() < duration {
        load.leave(CHANGES);
        load.join(some(CHANGES), Duration::from_secs(1));
        second += 1;
        sleep((started + Duration::from_secs(second)).saturating_duration_since(Instant::now()));
        if Instant::now() < next_sample {
            continue;
        }
        next_sample += SAMPLE_INTERVAL;
        let sample = Sample {
            hours: started.elapsed().as_secs_f64() / 3600.0,
            resident_kib: process::resident_kib(pid)? as f64,
            open_files: process::open_files(pid)?,
        };
        lost = load.snapshot().viewers.iter().filter(|viewer| viewer.lost).count();
        samples.push(sample);
        // An hour that is cut short has its figures too.
        let (minutes, resident) = (sample.hours * 60.0, sample.resident_kib / 1024.0);
        println!(
            "{minutes:7.2} min: RSS {resident:.2} MiB, {} open files, {lost} viewers lost",
            sample.open_files
        );
        io::stdout().flush()?;
    }
    let is_settled = |sample: &Sample| sample.hours * 3600.0 >= warm_up.as_secs_f64();
    let settled = samples.iter().position(is_settled).unwrap_or(samples.len());
    Ok(judge(&samples[settled..], lost))
}

/// What the time after the warm-up says.
fn judge(samples: &[Sample], lost: usize) -> Run {
    let (slope, error) = slope(samples);
    let (first, last) = (samples.first(), samples.last());
    let hours = |sample: Option<&Sample>| sample.map_or(0.0, |sample| sample.hours);
    let open_files = |sample: Option<&Sample>| sample.map_or(0.0, |sample| sample.open_files as f64);
    let resident = |sample: Option<&Sample>| sample.map_or(0.0, |sample| sample.resident_kib / 1024.0);
    let facts = [
        ("hours", hours(last) - hours(first)),
        ("RSS when settled, MiB", resident(first)),
        ("RSS at the end, MiB", resident(last)),
        ("RSS slope, KiB an hour", slope),
        ("its standard error, KiB an hour", error),
        ("open files when settled", open_files(first)),
        ("open files at the end", open_files(last)),
    ];
    let checks = vec![
        Check::at_most("RSS slope, KiB an hour", slope, UNREMARKABLE.max(2.0 * error)),
        // Those who are just coming or going. Fewer is no better: viewers have gone who did not want to.
        Check::at_most(
            "open files at the end, more or fewer than when settled",
            (open_files(last) - open_files(first)).abs(),
            2.0 * CHANGES as f64,
        ),
        Check::at_most("viewers lost", lost as f64, 0.0),
    ];
    let facts = facts.map(|(what, value)| (what.to_owned(), value)).to_vec();
    Run { scenario: "soak", facts, checks, ..Run::default() }
}

/// By least squares, how many KiB more there are an hour later; and the standard error of that. What one sample has too much
/// the next has, too, so the error is that of Newey and West (Econometrica 55, 1987), not that of independent samples.
fn slope(samples: &[Sample]) -> (f64, f64) {
    let count = samples.len() as f64;
    let mean = |of: fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (hours, resident) = (mean(|sample| sample.hours), mean(|sample| sample.resident_kib));
    let squares: f64 = samples.iter().map(|sample| (sample.hours - hours).powi(2)).sum();
    let products: f64 =
        samples.iter().map(|sample| (sample.hours - hours) * (sample.resident_kib - resident)).sum();
    let slope = products / squares;
    let left = |sample: &Sample| sample.resident_kib - resident - slope * (sample.hours - hours);
    let moments: Vec<f64> = samples.iter().map(|sample| (sample.hours - hours) * left(sample)).collect();
    let reach = samples.len() / MEMORY_OF_MEMORY;
    let at_lag = |lag: usize| -> f64 {
        let products: f64 = moments.iter().zip(&moments[lag..]).map(|(one, other)| one * other).sum();
        products * (1.0 - lag as f64 / (reach + 1) as f64) * if lag == 0 { 1.0 } else { 2.0 }
    };
    let spread: f64 = (0..=reach).map(at_lag).sum();
    (slope, (spread * count / (count - 2.0)).max(0.0).sqrt() / squares)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn samples(resident: impl Fn(usize) -> f64) -> Vec<Sample> {
        let sample = |index: usize| Sample {
            hours: index as f64 / 360.0,
            resident_kib: resident(index),
            open_files: 520,
        };
        (0..360).map(sample).collect()
    }

    #[test]
    fn a_leak_is_told_from_noise() {
        let noise = |index: usize| (index * 7919 % 97) as f64 * 10.0;
        let (level, error) = slope(&samples(|index| 30_000.0 + noise(index)));
        assert!(level.abs() < 3.0 * error, "{level} {error}");
        let (leak, _) = slope(&samples(|index| 30_000.0 + noise(index) + index as f64 * 20.0));
        assert!((leak - 7200.0).abs() < 300.0, "{leak}");
        assert!(judge(&samples(|index| 30_000.0 + noise(index)), 0).checks.iter().all(Check::holds));
        assert!(!judge(&samples(|index| index as f64 * 20.0), 0).checks[0].holds());
    }

    #[test]
    fn a_slow_wave_is_noise() {
        let (level, error) =
            slope(&samples(|index| 30_000.0 + 500.0 * (index as f64 / 360.0 * 3.0 * TAU).sin()));
        assert!(level.abs() > 300.0 && level.abs() < 3.0 * error, "{level} {error}");
    }

    #[test]
    fn sockets_that_stay_and_viewers_that_vanish_are_told_from_those_who_come_and_go() {
        for (open_files, holds) in [(520, true), (530, true), (510, true), (531, false), (509, false)] {
            let mut samples = samples(|_| 30_000.0);
            samples[359].open_files = open_files;
            assert_eq!(judge(&samples, 0).checks[1].holds(), holds, "{open_files}");
        }
    }
}
