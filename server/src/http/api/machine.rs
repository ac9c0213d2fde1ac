//! The machine and the process, as `/proc` shows them when somebody asks. Where there is no `/proc`, all is 0.

pub(super) mod proc;

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use proc::{CpuTimes, ProcessStat};

/// Ticks of `/proc` in a second (`USER_HZ`).
pub(super) const TICKS: u64 = 100;

/// Between two readings there is so much time at least: of a moment nothing can be said.
const SHORTEST: Duration = Duration::from_secs(1);

/// What the server runs on.
#[derive(Debug)]
pub(in crate::http) struct Machine {
    started: Instant,
    readings: Mutex<Readings>,
}

/// Usage is what happened since the older one.
#[derive(Debug)]
struct Readings {
    older: Reading,
    newer: Reading,
}

/// Counts that only grow, at one moment.
#[derive(Clone, Copy, Debug)]
struct Reading {
    time: Instant,
    cpu: CpuTimes,
    /// Ticks of this process.
    process: u64,
    /// Kilobytes.
    disk_read: u64,
    /// Kilobytes.
    disk_written: u64,
    /// Milliseconds.
    disk_busy: u64,
}

/// How busy things are. Fractions are of 1; the process may use several processors, and be above it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usage {
    pub(super) cpu: f64,
    pub(super) process: f64,
    /// Kilobytes a second.
    pub(super) disk_read: u64,
    /// Kilobytes a second.
    pub(super) disk_written: u64,
    pub(super) disk_busy: f64,
}

/// The text of a file; empty when it cannot be read.
pub(super) fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Default for Machine {
    fn default() -> Self {
        let reading = Reading::take();
        Self { started: reading.time, readings: Mutex::new(Readings { older: reading, newer: reading }) }
    }
}

impl Machine {
    /// How long the server runs.
    pub(super) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// How busy things have been since somebody asked last, which is a second ago at least.
    pub(super) fn usage(&self) -> Usage {
        let mut readings = self.readings();
        let now = Reading::take();
        if now.time - readings.newer.time >= SHORTEST {
            readings.older = readings.newer;
            readings.newer = now;
        }
        now.usage_since(&readings.older)
    }

    fn readings(&self) -> MutexGuard<'_, Readings> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    fn take() -> Self {
        let vmstat = text("/proc/vmstat");
        Self {
            time: Instant::now(),
            cpu: CpuTimes::parse(&text("/proc/stat")),
            process: ProcessStat::parse(&text("/proc/self/stat")).busy(),
            disk_read: proc::value(&vmstat, "pgpgin"),
            disk_written: proc::value(&vmstat, "pgpgout"),
            disk_busy: proc::disk_busy_ms(&text("/proc/diskstats")),
        }
    }

    fn usage_since(&self, older: &Self) -> Usage {
        let elapsed = self.time - older.time;
        if elapsed.is_zero() {
            return Usage::default();
        }
        let seconds = elapsed.as_secs_f64();
        let rate = |now: u64, then: u64| (now.saturating_sub(then) as f64 / seconds).round() as u64;
        let total = self.cpu.total().saturating_sub(older.cpu.total());
        let busy = self.cpu.busy().saturating_sub(older.cpu.busy());
        Usage {
            cpu: if total == 0 { 0.0 } else { busy as f64 / total as f64 },
            process: self.process.saturating_sub(older.process) as f64 / (TICKS as f64 * seconds),
            disk_read: rate(self.disk_read, older.disk_read),
            disk_written: rate(self.disk_written, older.disk_written),
            disk_busy: self.disk_busy.saturating_sub(older.disk_busy) as f64 / elapsed.as_millis() as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_what_happened_between_two_readings() {
        let stat = |busy, idle| CpuTimes::parse(&format!("cpu {busy} 0 0 {idle}"));
        let older = Reading {
            time: Instant::now(),
            cpu: stat(1000, 5000),
            process: 10,
            disk_read: 100,
            disk_written: 0,
            disk_busy: 50,
        };
        let now = Reading {
            time: older.time + Duration::from_secs(2),
            cpu: stat(1100, 5300),
            process: 310,
            disk_read: 300,
            disk_written: 7,
            disk_busy: 550,
        };
        let expected = Usage { cpu: 0.25, process: 1.5, disk_read: 100, disk_written: 4, disk_busy: 0.25 };
        assert_eq!(now.usage_since(&older), expected);
        assert_eq!(older.usage_since(&older), Usage::default());
    }
}
