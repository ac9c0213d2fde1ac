//! What a run found: a table for people, JSON for programs.

use std::fmt::{self, Display};

use serde::Serialize;

use crate::measure::Figures;

/// All that was measured.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) runs: Vec<Run>,
}

/// One run of one scenario.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Run {
    pub(crate) scenario: &'static str,
    pub(crate) figures: Vec<Figures>,
    /// What the figures are measured by, in CPU seconds per GB.
    pub(crate) floor: Option<f64>,
    /// Other figures, with what they are.
    pub(crate) facts: Vec<(String, f64)>,
    pub(crate) checks: Vec<Check>,
}

/// A figure that has a bound.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) bound: f64,
    /// Whether the bound is one from below.
    pub(crate) at_least: bool,
}

impl Check {
    /// That `value` is no more than `bound`.
    pub(crate) fn at_most(what: impl Into<String>, value: f64, bound: f64) -> Self {
        Self { what: what.into(), value, bound, at_least: false }
    }

    /// That `value` is no less than `bound`.
    pub(crate) fn at_least(what: impl Into<String>, value: f64, bound: f64) -> Self {
        Self { what: what.into(), value, bound, at_least: true }
    }

    /// Whether it holds; what could not be measured does not.
    pub(crate) fn holds(&self) -> bool {
        if self.at_least { self.value >= self.bound } else { self.value <= self.bound }
    }
}

impl Report {
    /// Of each check, the median of all runs of its scenario.
    pub(crate) fn medians(&self) -> Vec<(&'static str, Check)> {
        let mut medians: Vec<(&'static str, Check, Vec<f64>)> = Vec::new();
        for run in &self.runs {
            for check in &run.checks {
                match medians
                    .iter_mut()
                    .find(|(name, found, _)| *name == run.scenario && found.what == check.what)
                {
                    Some((_, _, values)) => values.push(check.value),
                    None => medians.push((run.scenario, check.clone(), vec![check.value])),
                }
            }
        }
        let median = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        medians
            .into_iter()
            .map(|(name, check, values)| (name, Check { value: median(values), ..check }))
            .collect()
    }

    /// The checks, for the end.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        for (scenario, check) in self.medians() {
            text += &format!("{} {scenario:8} {check}\n", if check.holds() { "ok  " } else { "MISS" });
        }
        text
    }
}

impl Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relation = if self.at_least { ">=" } else { "<=" };
        write!(f, "{}: {:.3} ({relation} {})", self.what, self.value, self.bound)
    }
}

impl Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:34} {:>7} {:>6} {:>6} {:>6} {:>21} {:>15} {:>8} {:>7} {:>5} {:>5} {:>5}",
            self.scenario,
            "viewers",
            "Gb/s",
            "s/GB",
            "/floor",
            "delay p50/p99/max ms",
            "first p50/p99",
            "RSS MiB",
            "KiB/v",
            "lost",
            "fair",
            "load"
        )?;
        for figures in &self.figures {
            let ratio = self.floor.map_or(f64::NAN, |floor| figures.cpu_per_gigabyte / floor);
            let (delay, first) = (figures.video_delay, figures.first_byte);
            writeln!(
                f,
                "{:34} {:>7} {:>6.2} {:>6.3} {:>6.2} {:>21} {:>15} {:>8.1} {:>7.1} {:>5} {:>5.2} {:>5.2}",
                figures.name,
                figures.viewers,
                figures.gigabits_per_second,
                figures.cpu_per_gigabyte,
                ratio,
                format!("{:.1}/{:.1}/{:.1}", delay.p50, delay.p99, delay.max),
                format!("{:.1}/{:.1}", first.p50, first.p99),
                figures.resident_mib,
                figures.resident_kib_per_viewer,
                figures.lost,
                figures.fairness,
                figures.load_cpu
            )?;
            if let (1.., Some(complaint)) = (figures.lost, &figures.complaint) {
                writeln!(f, "    lost: {complaint}")?;
            }
        }
        for (what, value) in &self.facts {
            writeln!(f, "  {what}: {value:.3}")?;
        }
        for check in &self.checks {
            writeln!(f, "  {} {check}", if check.holds() { "ok  " } else { "MISS" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_measured_does_not_hold() {
        assert!(Check::at_most("a", 1.0, 1.0).holds() && !Check::at_most("a", 1.1, 1.0).holds());
        assert!(Check::at_least("a", 1.0, 1.0).holds() && !Check::at_least("a", 0.9, 1.0).holds());
        assert!(!Check::at_most("a", f64::NAN, 1.0).holds() && !Check::at_least("a", f64::NAN, 1.0).holds());
    }

    #[test]
    fn checks_are_judged_by_the_median_of_their_runs() {
        let run = |value| Run {
            scenario: "hot",
            checks: vec![Check::at_most("a", value, 2.0), Check::at_most("b", 9.0, 2.0)],
            ..Run::default()
        };
        let report = Report { runs: vec![run(1.0), run(7.0), run(1.5)] };
        let medians = report.medians();
        assert_eq!(medians.len(), 2);
        assert_eq!(medians[0].1.value, 1.5);
        assert!(medians[0].1.holds() && !medians[1].1.holds());
        assert_eq!(report.summary().lines().filter(|line| line.starts_with("MISS")).count(), 1);
    }
}
