//! What a stream has taken in, given out and dropped since it began.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flvgate_media::flv::{Tag, TagType};
use tokio::time::Instant;

/// Over how long rates are taken; SRS's `recv_30s` and `send_30s`.
const RATE_SPAN: Duration = Duration::from_secs(30);

/// How far apart samples for rates are.
const SAMPLE_STEP: Duration = Duration::from_secs(1);

/// Counts that publishers and viewers add to without a lock.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) video_frames: Counter,
    pub(super) received_bytes: Counter,
    pub(super) sent_bytes: Counter,
    pub(super) skips: Counter,
    pub(super) skipped_tags: Counter,
    pub(super) too_slow: Counter,
    pub(super) stalled: Counter,
    pub(super) corrected_keyframes: Counter,
}

/// One count; it only grows.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub(super) fn received(&self, tag: &Tag) {
        self.received_bytes.add(tag.payload.len() as u64);
        if tag.tag_type() == TagType::Video && tag.is_coded_media() {
            self.video_frames.add(1);
        }
    }
}

/// Samples of the byte counts, to tell how fast they grow.
#[derive(Debug, Default)]
pub(super) struct Rates(VecDeque<Sample>);

#[derive(Clone, Copy, Debug)]
struct Sample {
    time: Instant,
    received: u64,
    sent: u64,
}

/// Rates over the last 30 seconds, in kilobits (1000 bits) a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RatesNow {
    pub(super) received: u64,
    pub(super) sent: u64,
}

impl Rates {
    /// Takes a sample, unless the last is fresh.
    pub(super) fn sample(&mut self, now: Instant, counters: &Counters) {
        if self.0.back().is_some_and(|last| now - last.time < SAMPLE_STEP) {
            return;
        }
        self.0.push_back(Sample::take(now, counters));
        while self.0.front().is_some_and(|oldest| now - oldest.time > RATE_SPAN) {
            self.0.pop_front();
        }
    }

    pub(super) fn now(&self, now: Instant, counters: &Counters) -> RatesNow {
        let current = Sample::take(now, counters);
        let Some(oldest) = self.0.iter().find(|sample| now - sample.time <= RATE_SPAN) else {
            return RatesNow::default();
        };
        let milliseconds = (now - oldest.time).as_millis().max(SAMPLE_STEP.as_millis());
        // Bits a millisecond are kilobits a second.
        let rate = |bytes: u64| u64::try_from(u128::from(bytes) * 8 / milliseconds).unwrap_or(u64::MAX);
        RatesNow {
            received: rate(current.received - oldest.received),
            sent: rate(current.sent - oldest.sent),
        }
    }
}

impl Sample {
    fn take(time: Instant, counters: &Counters) -> Self {
        Self { time, received: counters.received_bytes.total(), sent: counters.sent_bytes.total() }
    }
}
