//! How many lines there may be of one kind.
//!
//! Whoever can reach a port can make the server log: by refused requests, broken handshakes, connections without end. A
//! full disk would be the price for everybody. What is left out is counted, and the counts are logged.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, debug, error, info, trace, warn};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Lines of one kind in a second, and at once, when nothing says otherwise. A kind is what one place of the code logs.
const LINES_PER_SECOND: u32 = 20;

/// Lines of one kind at once about sessions that took place, and about what the operator asks for. A whole audience may
/// leave at once when its stream ends. They too come to [`LINES_PER_SECOND`] when it goes on and on.
const SESSION_LINES_AT_ONCE: u32 = 10_000;

/// The name of events about sessions that took place: who came, and how it ended.
const SESSION: &str = "session";

/// How long the count of what was left out may grow before it is logged.
const SUMMARY_INTERVAL: Duration = Duration::from_secs(1);

/// Lets through as many lines of a kind as are allowed.
pub(super) struct Limited(pub(super) Arc<Limits>);

impl<S: Subscriber> Layer<S> for Limited {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        self.0.admit(event, Instant::now())
    }
}

/// The limits, and what was left out.
#[derive(Debug, Default)]
pub(super) struct Limits {
    /// As many as the code has places that log.
    kinds: Mutex<HashMap<Identifier, Kind>>,
    left_out: Condvar,
}

/// Lines of one kind.
#[derive(Debug)]
struct Kind {
    level: Level,
    target: &'static str,
    /// How many more may be logged at [`filled`](Self::filled).
    tokens: f64,
    filled: Instant,
    /// How many were not, since this was last logged.
    left_out: u64,
    /// The message of the first of those.
    message: String,
}

/// What was left out of one kind of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LeftOut {
    level: Level,
    target: &'static str,
    message: String,
    count: u64,
}

impl Limits {
    /// Whether the line of `event` may be written at `now`; otherwise it is counted.
    fn admit(&self, event: &Event<'_>, now: Instant) -> bool {
        let metadata = event.metadata();
        let burst = lines_at_once(metadata);
        let mut kinds = self.kinds();
        let kind = kinds.entry(metadata.callsite()).or_insert_with(|| Kind::new(metadata, burst, now));
        if kind.take(burst, now) {
            return true;
        }
        if kind.left_out == 0 {
            let mut message = Message(String::new());
            event.record(&mut message);
            kind.message = message.0;
            self.left_out.notify_one();
        }
        kind.left_out += 1;
        false
    }

    /// What was left out since the last call.
    fn take_left_out(&self) -> Vec<LeftOut> {
        take_left_out(&mut self.kinds())
    }

    /// Logs what was left out, until the process ends. The thread sleeps as long as nothing is.
    pub(super) fn summarize_in_background(self: &Arc<Self>) {
        let limits = self.clone();
        let summarize = move || {
            loop {
                let kinds = limits.kinds();
                let quiet = |kinds: &mut HashMap<_, Kind>| kinds.values().all(|kind| kind.left_out == 0);
                drop(limits.left_out.wait_while(kinds, quiet).unwrap_or_else(PoisonError::into_inner));
                thread::sleep(SUMMARY_INTERVAL);
                limits.summarize();
            }
        };
        if let Err(error) = thread::Builder::new().name("log-summary".to_owned()).spawn(summarize) {
            error!(%error, "no thread for summaries: lines that are left out are not counted");
        }
    }

    /// Logs what was left out until now.
    pub(super) fn summarize(&self) {
        for LeftOut { level, target, message, count } in self.take_left_out() {
            let rest = format_args!("{count} more like \"{message}\" were left out");
            match level {
                Level::ERROR => error!(target: "flvgate::log", from = target, "{rest}"),
                Level::WARN => warn!(target: "flvgate::log", from = target, "{rest}"),
                Level::INFO => info!(target: "flvgate::log", from = target, "{rest}"),
                Level::DEBUG => debug!(target: "flvgate::log", from = target, "{rest}"),
                Level::TRACE => trace!(target: "flvgate::log", from = target, "{rest}"),
            }
        }
    }

    fn kinds(&self) -> MutexGuard<'_, HashMap<Identifier, Kind>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take_left_out(kinds: &mut HashMap<Identifier, Kind>) -> Vec<LeftOut> {
    let silenced = kinds.values_mut().filter(|kind| kind.left_out > 0);
    silenced
        .map(|kind| LeftOut {
            level: kind.level,
            target: kind.target,
            message: std::mem::take(&mut kind.message),
            count: std::mem::take(&mut kind.left_out),
        })
        .collect()
}

fn lines_at_once(metadata: &Metadata<'_>) -> u32 {
    let target = metadata.target();
    // No peer makes these: they are about signals, reloads and what is left out.
    let is_operators =
        ["flvgate::cli", "flvgate::log"].contains(&target) || target.starts_with("flvgate::cli::");
    if is_operators || metadata.name() == SESSION { SESSION_LINES_AT_ONCE } else { LINES_PER_SECOND }
}

impl Kind {
    fn new(metadata: &Metadata<'static>, burst: u32, now: Instant) -> Self {
        Self {
            level: *metadata.level(),
            target: metadata.target(),
            tokens: f64::from(burst),
            filled: now,
            left_out: 0,
            message: String::new(),
        }
    }

    fn take(&mut self, burst: u32, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.tokens = passed.mul_add(f64::from(LINES_PER_SECOND), self.tokens).min(f64::from(burst));
        let is_left = self.tokens >= 1.0;
        if is_left {
            self.tokens -= 1.0;
        }
        is_left
    }
}

/// An event's message.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// Counts what gets through, at a time that the test sets.
    #[derive(Debug)]
    struct Clocked {
        limits: Arc<Limits>,
        now: Arc<Mutex<Instant>>,
        through: Arc<Mutex<Vec<bool>>>,
    }

    impl<S: Subscriber> Layer<S> for Clocked {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let admitted = self.limits.admit(event, *self.now.lock().unwrap());
            self.through.lock().unwrap().push(admitted);
        }
    }

    /// Logs by `log` at `now`; returns how many lines got through.
    fn through(limits: &Arc<Limits>, now: Instant, log: impl FnOnce()) -> usize {
        let through = Arc::default();
        let clocked =
            Clocked { limits: limits.clone(), now: Arc::new(Mutex::new(now)), through: Arc::clone(&through) };
        with_default(tracing_subscriber::registry().with(clocked), log);
        let through: &Mutex<Vec<bool>> = &through;
        through.lock().unwrap().iter().filter(|admitted| **admitted).count()
    }

    fn refuse(times: u32) {
        for client in 0..times {
            info!(client, "refused");
        }
    }

    fn fail(times: u32) {
        for client in 0..times {
            warn!(client, "failed");
        }
    }

    fn leave(times: u32) {
        for client in 0..times {
            info!(name: "session", client, "viewer leaves");
        }
    }

    #[test]
    fn a_flood_of_one_kind_is_so_many_lines_a_second_and_a_count() {
        let (limits, start) = (Arc::new(Limits::default()), Instant::now());
        assert_eq!(through(&limits, start, || refuse(5000)), 20);
        // Another kind has lines of its own.
        assert_eq!(through(&limits, start, || fail(3)), 3);
        let left_out = |count| {
            let target = module_path!();
            vec![LeftOut { level: Level::INFO, target, message: "refused".to_owned(), count }]
        };
        assert_eq!(limits.take_left_out(), left_out(4980));
        assert_eq!(limits.take_left_out(), []);
        let lines: usize = (1..=100)
            .map(|tenth| through(&limits, start + Duration::from_millis(100) * tenth, || refuse(50)))
            .sum();
        assert!((199..=200).contains(&lines), "{lines} in ten seconds");
        assert_eq!(limits.take_left_out(), left_out(5000 - lines as u64));
        // A quiet day does not save up more than a second's lines.
        assert_eq!(through(&limits, start + Duration::from_secs(86_400), || refuse(50)), 20);
    }

    #[test]
    fn an_audience_that_leaves_at_once_is_logged_but_not_one_that_comes_and_goes_for_ever() {
        let (limits, start) = (Arc::new(Limits::default()), Instant::now());
        assert_eq!(through(&limits, start, || leave(5000)), 5000);
        assert_eq!(through(&limits, start, || leave(50_000)), 5000);
        assert_eq!(through(&limits, start + Duration::from_secs(10), || leave(50_000)), 200);
    }
}
