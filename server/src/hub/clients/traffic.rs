use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Over how long rates are taken; SRS's `recv_30s` and `send_30s`.
const SPAN: Duration = Duration::from_secs(30);

/// How far apart samples are at least.
const STEP: Duration = Duration::from_secs(5);

/// Samples less than [`SPAN`] old, and the one before them.
const MOST: usize = (SPAN.as_secs() / STEP.as_secs()) as usize + 1;

/// Under this, a rate would say more about the moment of asking than about the client.
const SHORTEST: Duration = Duration::from_secs(1);

/// How many bytes came from a client, and went to it.
#[derive(Debug)]
pub struct Traffic {
    started: Instant,
    received: AtomicU64,
    sent: AtomicU64,
    /// When to take the next sample, in milliseconds after the start.
    next_sample: AtomicU64,
    samples: Mutex<Samples>,
}

/// Samples, oldest first; all but the first are of the last [`SPAN`]. In place, since there is a set for every viewer.
#[derive(Debug, Default)]
struct Samples {
    all: [Sample; MOST],
    count: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    /// Milliseconds after the start.
    time: u64,
    received: u64,
    sent: u64,
}

/// Rates over the last 30 seconds, in kilobits (1000 bits) a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct TrafficRates {
    pub received: u64,
    pub sent: u64,
}

impl Default for Traffic {
    /// Nothing yet, from now on.
    fn default() -> Self {
        Self {
            started: Instant::now(),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            next_sample: AtomicU64::new(milliseconds(STEP)),
            // The first is of the start.
            samples: Mutex::new(Samples { count: 1, ..Samples::default() }),
        }
    }
}

impl Traffic {
    /// Counts bytes that came from the client.
    pub fn add_received(&self, bytes: u64) {
        self.received.fetch_add(bytes, Ordering::Relaxed);
        self.sample(self.elapsed());
    }

    /// Counts bytes that went to the client.
    pub fn add_sent(&self, bytes: u64) {
        self.add_sent_by(bytes, Instant::now());
    }

    /// Counts bytes that went to the client by about `now`, for one who knows the time already.
    pub fn add_sent_by(&self, bytes: u64, now: Instant) {
        self.sent.fetch_add(bytes, Ordering::Relaxed);
        self.sample(milliseconds(now.saturating_duration_since(self.started)));
    }

    /// Bytes that have come from the client.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Bytes that have gone to the client.
    #[must_use]
    pub fn sent_bytes(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How fast bytes come and go.
    #[must_use]
    pub fn rates(&self) -> TrafficRates {
        let now = self.take(self.elapsed());
        let base = self.samples().base(now.time);
        let milliseconds = (now.time - base.time).max(milliseconds(SHORTEST));
        // Bits a millisecond are kilobits a second.
        let rate = |bytes: u64| bytes.saturating_mul(8) / milliseconds;
        TrafficRates { received: rate(now.received - base.received), sent: rate(now.sent - base.sent) }
    }

    /// Takes a sample when it is time to: mostly it is not, which must cost next to nothing.
    fn sample(&self, elapsed: u64) {
        if elapsed < self.next_sample.load(Ordering::Relaxed) {
            return;
        }
        self.next_sample.store(elapsed + milliseconds(STEP), Ordering::Relaxed);
        self.samples().push(self.take(elapsed));
    }

    /// Milliseconds since the start.
    fn elapsed(&self) -> u64 {
        milliseconds(self.started.elapsed())
    }

    fn take(&self, time: u64) -> Sample {
        Sample { time, received: self.received_bytes(), sent: self.sent_bytes() }
    }

    fn samples(&self) -> MutexGuard<'_, Samples> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Samples {
    /// The one from which on rates at `now` are taken: [`SPAN`] before it, if there is one that old.
    fn base(&self, now: u64) -> Sample {
        let spans = |sample: &&Sample| now.saturating_sub(sample.time) >= milliseconds(SPAN);
        *self.all[..self.count].iter().rev().find(spans).unwrap_or(&self.all[0])
    }

    fn push(&mut self, sample: Sample) {
        let is_too_old = |second: &Sample| sample.time.saturating_sub(second.time) >= milliseconds(SPAN);
        while self.count == MOST || self.count > 1 && is_too_old(&self.all[1]) {
            self.all.copy_within(1..self.count, 0);
            self.count -= 1;
        }
        self.all[self.count] = sample;
        self.count += 1;
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends `bytes` each second for `seconds`.
    async fn send(traffic: &Traffic, bytes: u64, seconds: u64) {
        for _ in 0..seconds {
            tokio::time::advance(Duration::from_secs(1)).await;
            traffic.add_sent(bytes);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rates_are_of_the_last_half_minute() {
        let traffic = Traffic::default();
        send(&traffic, 125_000, 10).await;
        assert_eq!(traffic.rates(), TrafficRates { received: 0, sent: 1000 });
        send(&traffic, 125_000, 60).await;
        assert_eq!(traffic.rates().sent, 1000);
        send(&traffic, 250_000, 40).await;
        assert_eq!(traffic.rates().sent, 2000);
        assert_eq!(traffic.sent_bytes(), 70 * 125_000 + 40 * 250_000);
        assert_eq!(traffic.samples().count, MOST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_is_silent_for_half_a_minute_has_no_rate() {
        let traffic = Traffic::default();
        traffic.add_received(1_000_000);
        assert_eq!(traffic.rates().received, 8000, "as if it had taken a second");
        tokio::time::advance(Duration::from_secs(8)).await;
        assert_eq!(traffic.rates().received, 1000);
        traffic.add_received(0);
        tokio::time::advance(SPAN).await;
        assert_eq!(traffic.rates(), TrafficRates::default());
    }
}
