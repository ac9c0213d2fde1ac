//! What encryption and HTTP/2 cost.

use std::time::Duration;

use super::{Bench, BenchError, FRAME};
use crate::cipher;
use crate::client::Protocol;
use crate::report::{Check, Run};

/// HTTP/2 viewers decrypt all they get: more of them, and it is the load generator that is measured.
const VIEWERS: usize = 500;
/// The second crowd that `hot` compares with its floor.
const MORE: usize = 2000;
/// Streams on one connection: a page that shows so many.
const STREAMS: usize = 10;
const MANY: usize = 5000;

pub(super) fn run(bench: &Bench) -> Result<Run, BenchError> {
    let viewers = bench.viewers.unwrap_or(VIEWERS);
    let cipher = cipher::seconds_per_gigabyte(&bench.clip.writes(), Duration::from_millis(500));
    let sessions =
        cipher::sessions::seconds_per_gigabyte(&bench.clip.writes(), viewers, Duration::from_millis(500));
    let floor = bench.floor(viewers, FRAME)?;
    let encrypting = bench.encrypting_floor(viewers, FRAME)?;
    let http = bench.crowd("HTTP", Protocol::Http, viewers, 1)?;
    let https = bench.crowd("HTTPS, HTTP/1.1", Protocol::Https, viewers, 1)?;
    let http2 = bench.crowd("HTTPS, HTTP/2", Protocol::Http2, viewers, 1)?;
    let mut run = Run {
        scenario: "tls",
        floor: Some(floor.cpu_per_gigabyte),
        facts: vec![
            ("AES-128-GCM alone, CPU seconds per GB".into(), cipher),
            ("rustls with AES-128-GCM for as many sessions, CPU seconds per GB".into(), sessions),
        ],
        ..Run::default()
    };
    let (mut plain, mut bare) = (http.cpu_per_gigabyte, floor.cpu_per_gigabyte);
    if !bench.quick {
        let floor = bench.floor(viewers, FRAME)?;
        bare = f64::midpoint(bare, floor.cpu_per_gigabyte);
        run.figures.push(floor);
        // Around it: what is compared differs by little, and a machine's mood changes within a minute.
        let again = bench.crowd("HTTP", Protocol::Http, viewers, 1)?;
        plain = f64::midpoint(plain, again.cpu_per_gigabyte);
        let shared = bench.crowd("HTTPS, HTTP/2, 10 streams each", Protocol::Http2, viewers, STREAMS)?;
        let ratio = shared.cpu_per_gigabyte / https.cpu_per_gigabyte;
        run.facts.push(("HTTP/2 over HTTPS on HTTP/1.1, 10 streams a connection".into(), ratio));
        run.figures.extend([again, shared]);
    }
    let added = https.cpu_per_gigabyte - plain;
    let least = encrypting.cpu_per_gigabyte - bare;
    let ratio = http2.cpu_per_gigabyte / https.cpu_per_gigabyte;
    run.checks = vec![
        Check::at_most("what HTTPS adds to HTTP, over the cost of the cipher alone", added / cipher, 1.5),
        Check::at_most("what HTTPS adds to HTTP, over rustls' sessions", added / sessions, 1.5),
        Check::at_most("what HTTPS adds to HTTP, over what encryption adds to the floor", added / least, 1.5),
        Check::at_most("HTTP/2 over HTTPS on HTTP/1.1", ratio, 1.5),
    ];
    run.facts.push((
        "what encryption adds to the floor, over the cost of the cipher alone".into(),
        least / cipher,
    ));
    run.figures.splice(0..0, [floor, encrypting, http, https, http2]);
    if !bench.quick {
        run_more(bench, cipher, &mut run)?;
        run_many(bench, &mut run)?;
    }
    Ok(run)
}

/// What HTTPS adds where a connection's own cost weighs less.
fn run_more(bench: &Bench, cipher: f64, run: &mut Run) -> Result<(), BenchError> {
    let before = bench.crowd("HTTP", Protocol::Http, MORE, 1)?;
    let https = bench.crowd("HTTPS, HTTP/1.1", Protocol::Https, MORE, 1)?;
    let after = bench.crowd("HTTP", Protocol::Http, MORE, 1)?;
    let plain = f64::midpoint(before.cpu_per_gigabyte, after.cpu_per_gigabyte);
    let added = https.cpu_per_gigabyte - plain;
    let what = format!("{MORE}: what HTTPS adds to HTTP, over the cost of the cipher alone");
    run.checks.push(Check::at_most(what, added / cipher, 1.5));
    run.figures.extend([before, https, after]);
    Ok(())
}

/// Whether a machine's fill of HTTPS viewers is served, and what each takes of its memory.
fn run_many(bench: &Bench, run: &mut Run) -> Result<(), BenchError> {
    let many = bench.crowd("HTTPS, HTTP/1.1", Protocol::Https, MANY, 1)?;
    run.checks.extend([
        Check::at_most(format!("{MANY} over TLS: viewers lost"), many.lost as f64, 0.0),
        Check::at_least(format!("{MANY} over TLS: fairness"), many.fairness, 0.98),
        Check::at_most(format!("{MANY} over TLS: RSS, KiB a viewer"), many.resident_kib_per_viewer, 20.0),
    ]);
    run.figures.push(many);
    Ok(())
}
