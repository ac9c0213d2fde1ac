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
    let http = bench.crowd("HTTP-FLV", Protocol::Http, viewers, 1)?;
    let websocket = bench.crowd("WebSocket-FLV", Protocol::WebSocket, viewers, 1)?;
    let again = bench.crowd("HTTP-FLV", Protocol::Http, viewers, 1)?;
    let transport_stream = transport_stream(bench, viewers)?;
    let floor_of_tags = bench.floor(viewers, TAG)?;
    let at_once = by(bench, "min_latency on;", viewers)?;
    let floor_of_gathered = bench.floor(viewers, GATHERED)?;
    let gathered = by(bench, "play { mw_latency 350; }", viewers)?;

    let ratio = |a: &Figures, b: f64| a.cpu_per_gigabyte / b;
    let plain = f64::midpoint(http.cpu_per_gigabyte, again.cpu_per_gigabyte);
    let lost = [&http, &websocket, &again, &transport_stream, &at_once, &gathered];
    let checks = vec![
        Check::at_most("HTTP-FLV: audio delay p99, ms", http.audio_delay.p99, 50.0),
        Check::at_most("WebSocket-FLV over HTTP-FLV", ratio(&websocket, plain), 1.1),
        Check::at_most("HTTP-TS over HTTP-FLV", ratio(&transport_stream, plain), 1.2),
        Check::at_most(
            "min_latency on: over the floor of every 5 ms",
            ratio(&at_once, floor_of_tags.cpu_per_gigabyte),
            1.35,
        ),
        Check::at_most(
            "mw_latency 350: over the floor of every 350 ms",
            ratio(&gathered, floor_of_gathered.cpu_per_gigabyte),
            1.4,
        ),
        Check::at_most("viewers lost", lost.iter().map(|figures| figures.lost as f64).sum(), 0.0),
    ];
    Ok(Run {
        scenario: "formats",
        floor: Some(floor.cpu_per_gigabyte),
        facts: vec![
            ("HTTP-FLV: audio delay p50, ms".into(), http.audio_delay.p50),
            ("min_latency on: audio delay p99, ms".into(), at_once.audio_delay.p99),
        ],
        checks,
        figures: vec![
            floor,
            http,
            websocket,
            again,
            transport_stream,
            floor_of_tags,
            at_once,
            floor_of_gathered,
            gathered,
        ],
    })
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
