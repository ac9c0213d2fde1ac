//! One stream that many watch.

use super::{Bench, BenchError, FRAME};
use crate::client::Protocol;
use crate::report::{Check, Run};

pub(super) fn run(bench: &Bench) -> Result<Run, BenchError> {
    let counts = match bench.viewers {
        Some(viewers) => vec![viewers],
        None if bench.quick => vec![500],
        None => vec![500, 2000, 5000],
    };
    let mut run = Run { scenario: "hot", ..Run::default() };
    for viewers in counts {
        let floor = bench.floor(viewers, FRAME)?;
        let http = bench.crowd("HTTP-FLV", Protocol::Http, viewers, 1)?;
        let ratio = http.cpu_per_gigabyte / floor.cpu_per_gigabyte;
        if viewers <= 2000 {
            // With more, one thread does not send as fast as bytes become due: the floor falls behind, which is cheaper.
            run.checks.push(Check::at_most(
                format!("HTTP-FLV, {viewers}: CPU per GB over the floor's"),
                ratio,
                1.25,
            ));
        }
        if viewers >= 5000 {
            run.checks.push(Check::at_most(format!("{viewers}: viewers lost"), http.lost as f64, 0.0));
            run.checks.push(Check::at_least(format!("{viewers}: fairness"), http.fairness, 0.98));
            run.checks.push(Check::at_most(
                format!("{viewers}: RSS, KiB a viewer"),
                http.resident_kib_per_viewer,
                5.0,
            ));
        } else {
            let bound = if viewers <= 500 { 10.0 } else { 30.0 };
            run.checks.push(Check::at_most(
                format!("{viewers}: video delay p99, ms"),
                http.video_delay.p99,
                bound,
            ));
        }
        run.floor = Some(floor.cpu_per_gigabyte);
        run.figures.extend([floor, http]);
    }
    Ok(run)
}
