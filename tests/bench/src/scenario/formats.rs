//! What viewers get, and how often they are written to.

use std::time::Duration;

use super::{Bench, BenchError, FRAME, joins};
use crate::client::{Join, Protocol};
use crate::measure::{Crowd, Figures};
use crate::report::{Check, Run};

const VIEWERS: usize = 500;
/// How often a server sends that sends each tag at once.
const TAG: Duration = Duration::from_millis(5);
/// SRS's own `mw_latency`.
const GATHERED: Duration = Duration::from_millis(350);

pub(super) fn run(bench: &Bench) -> Result<Run, BenchError> {
    let viewers = bench.viewers.unwrap_or(VIEWERS);
    let floor = bench.floor(viewers, FRAME)?;
    let mut run = Run { scenario: "formats", floor: Some(floor.cpu_per_gigabyte), ..Run::default() };
    let http = bench.crowd("HTTP-FLV", Protocol::Http, viewers, 1)?;
    let websocket = bench.crowd("WebSocket-FLV", Protocol::WebSocket, viewers, 1)?;
    let mut plain = http.cpu_per_gigabyte;
    run.checks.push(Check::at_most("HTTP-FLV: audio delay p99, ms", http.audio_delay.p99, 50.0));
    run.facts.push(("HTTP-FLV: audio delay p50, ms".into(), http.audio_delay.p50));
    run.figures.extend([floor, http, websocket.clone()]);
    if !bench.quick {
        // Around it: what is compared differs by little, and a machine's mood changes within a minute.
        let again = bench.crowd("HTTP-FLV", Protocol::Http, viewers, 1)?;
        plain = f64::midpoint(plain, again.cpu_per_gigabyte);
        run.figures.push(again);
    }
    let transport_stream = transport_stream(bench, viewers)?;
    let mut check = |what: &str, figures: &Figures, base: f64, bound| {
        run.checks.push(Check::at_most(what, figures.cpu_per_gigabyte / base, bound));
    };
    check("WebSocket-FLV over HTTP-FLV", &websocket, plain, 1.1);
    check("HTTP-TS over HTTP-FLV", &transport_stream, plain, 1.2);
    run.figures.push(transport_stream);

    let rhythms: [(&str, Duration, f64); 2] =
        [("min_latency on;", TAG, 1.35), ("play { mw_latency 350; }", GATHERED, 1.4)];
    for (vhost, interval, bound) in rhythms {
        if bench.quick && interval == GATHERED {
            continue;
        }
        let floor = bench.floor(viewers, interval)?;
        let figures = by(bench, vhost, viewers)?;
        let ratio = figures.cpu_per_gigabyte / floor.cpu_per_gigabyte;
        let what = format!("{vhost} over the floor of every {} ms", interval.as_millis());
        run.checks.push(Check::at_most(what, ratio, bound));
        run.figures.extend([floor, figures]);
    }
    let lost = run.figures.iter().map(|figures| figures.lost as f64).sum();
    run.checks.push(Check::at_most("viewers lost", lost, 0.0));
    Ok(run)
}

/// Viewers of HTTP-TS: nobody reads what they get, so that there are no delays.
fn transport_stream(bench: &Bench, viewers: usize) -> Result<Figures, BenchError> {
    let (server, publisher) = bench.live(1, None)?;
    let paths = [server.transport_stream_path(0)];
    let joins = joins(server.http(), Protocol::Http, viewers, &paths, 0);
    let joins = joins.into_iter().map(|join| Join { sampled: false, ..join }).collect();
    let name = format!("HTTP-TS, {viewers}");
    let (pid, publisher, duration) = (server.pid(), Some(&publisher), bench.duration);
    Ok(Crowd { name, pid, publisher, joins, duration }.measure()?)
}

/// Viewers of HTTP-FLV from a server with `vhost` in its configuration.
fn by(bench: &Bench, vhost: &str, viewers: usize) -> Result<Figures, BenchError> {
    let (server, publisher) = bench.live_by(vhost, 1, None)?;
    let joins = joins(server.http(), Protocol::Http, viewers, &[server.path(0)], 0);
    let name = format!("{vhost} {viewers}");
    let (pid, publisher, duration) = (server.pid(), Some(&publisher), bench.duration);
    Ok(Crowd { name, pid, publisher, joins, duration }.measure()?)
}
