//! How late media comes against its own clock: what has to be buffered so that the next such delay goes unseen.

/// A longer delay is an outage, which no buffer of a live player bridges.
const OUTAGE: f64 = 1.0;
/// Media that is this much ahead of, or behind, all before it has another clock.
const OTHER_CLOCK: f64 = 5.0;
/// The publisher's clock may be slower than ours by so much: seconds for each second.
const DRIFT: f64 = 0.001;
/// Frames that are late within so long are late for one reason. A delay counts only when there is another one.
const ONE_REASON: f64 = 0.5;
/// The worst delay counts in full for so long...
const REMEMBERED: f64 = 30.0;
/// ...and then is forgotten with this time constant.
const FORGETTING: f64 = 20.0;

/// The worst delay of late that was not the only one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrivals {
    /// The arrival time minus the media's time of what came soonest, and when that was.
    soonest: Option<(f64, f64)>,
    /// The last delay, and when it began.
    last: (f64, f64),
    worst: f64,
    worst_at: f64,
}

impl Arrivals {
    pub(super) const fn new() -> Self {
        Self { soonest: None, last: (0.0, f64::NEG_INFINITY), worst: 0.0, worst_at: f64::NEG_INFINITY }
    }

    /// Media with that decoding time came at `now`.
    pub(super) fn note(&mut self, now: f64, decode_time: f64) {
        let offset = now - decode_time;
        let (soonest, since) = self.soonest.unwrap_or((offset, now));
        let usual = soonest + (now - since) * DRIFT;
        let late = offset - usual;
        if late <= 0.0 || late > OTHER_CLOCK {
            self.soonest = Some((offset, now));
        } else if late > self.worst && late < OUTAGE {
            let (last, since) = self.last;
            if now - since > REMEMBERED {
                self.last = (late, now);
            } else if now - since < ONE_REASON {
                self.last.0 = last.max(late);
            } else {
                (self.worst, self.worst_at) = (late.min(last), now);
                self.last = (last.max(late), now);
            }
        }
    }

    /// Another connection, whose media's clock may be another, or which starts with a cache.
    pub(super) const fn reset_clock(&mut self) {
        self.soonest = None;
    }

    /// Lets the worst delay fade.
    pub(super) fn forget(&mut self, now: f64, elapsed: f64) {
        if now - self.worst_at > REMEMBERED {
            self.worst *= FORGETTING / (FORGETTING + elapsed);
        }
    }

    pub(super) const fn worst(&self) -> f64 {
        self.worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames at 25 per second, each late by what `late` says.
    fn run(arrivals: &mut Arrivals, from: usize, to: usize, late: impl Fn(usize) -> f64) {
        for frame in from..to {
            let time = frame as f64 * 0.04;
            arrivals.note(1000.0 + time + late(frame), time);
            arrivals.forget(1000.0 + time, 0.04);
        }
    }

    #[test]
    fn media_in_time_is_never_late() {
        let mut arrivals = Arrivals::new();
        run(&mut arrivals, 0, 10_000, |_| 0.0);
        assert!(arrivals.worst() < 0.001);
    }

    #[test]
    fn a_delay_is_remembered_and_fades_when_it_does_not_come_back() {
        let mut arrivals = Arrivals::new();
        run(&mut arrivals, 0, 100, |frame| if frame % 30 == 20 { 0.3 } else { 0.0 });
        assert!((arrivals.worst() - 0.3).abs() < 0.01);
        run(&mut arrivals, 100, 700, |_| 0.0);
        assert!(arrivals.worst() > 0.29, "it counts in full for 30 s");
        run(&mut arrivals, 700, 5000, |_| 0.0);
        assert!(arrivals.worst() < 0.01);
    }

    #[test]
    fn a_single_delay_is_an_accident() {
        let mut arrivals = Arrivals::new();
        run(&mut arrivals, 0, 500, |frame| if (50..55).contains(&frame) { 0.3 } else { 0.0 });
        assert!(arrivals.worst() < 0.01);
    }

    #[test]
    fn an_outage_and_another_clock_are_no_delays() {
        let mut arrivals = Arrivals::new();
        run(&mut arrivals, 0, 100, |frame| if frame > 50 { 3.0 } else { 0.0 });
        assert!(arrivals.worst() < 0.01);
        run(&mut arrivals, 100, 200, |_| 60.0);
        run(&mut arrivals, 200, 300, |_| -60.0);
        assert!(arrivals.worst() < 0.01);
    }

    #[test]
    fn a_cache_at_the_start_is_no_delay_of_what_follows() {
        let mut arrivals = Arrivals::new();
        // 2 s of media at once, then the rest in time.
        run(&mut arrivals, 0, 500, |frame| (2.0 - frame as f64 * 0.04).max(0.0));
        assert!(arrivals.worst() < 0.01);
    }

    #[test]
    fn a_slower_clock_of_the_publisher_is_no_growing_delay() {
        let mut arrivals = Arrivals::new();
        run(&mut arrivals, 0, 100_000, |frame| frame as f64 * 0.04 * 0.0005);
        assert!(arrivals.worst() < 0.01);
    }
}
