//! `/api/v1/meminfos`: the machine's memory.

use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::envelope::answer;
use super::machine::proc::value;
use super::machine::{now_ms, text};

/// The machine's memory, in kilobytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub(super) total: u64,
    free: u64,
    buffers: u64,
    cached: u64,
    pub(super) swap_total: u64,
    swap_free: u64,
}

/// What `meminfos` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Meminfos {
    data: Data,
}

/// Memory in kilobytes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Meminfo")]
#[serde(rename_all = "PascalCase")]
struct Data {
    /// Whether the numbers could be had.
    #[serde(rename = "ok")]
    ok: bool,
    /// Milliseconds since 1970.
    #[serde(rename = "sample_time")]
    sample_time: u64,
    /// Of 1.
    #[serde(rename = "percent_ram")]
    percent_ram: f64,
    /// Of 1.
    #[serde(rename = "percent_swap")]
    percent_swap: f64,
    /// What is not free.
    mem_active: u64,
    /// What is not free, buffers and caches not counted.
    real_in_use: u64,
    /// What is free, buffers and caches included.
    not_in_use: u64,
    mem_total: u64,
    mem_free: u64,
    buffers: u64,
    cached: u64,
    swap_total: u64,
    swap_free: u64,
}

/// `GET /api/v1/meminfos`
pub(super) async fn meminfos() -> Response {
    let memory = Memory::read();
    answer(Meminfos {
        data: Data {
            ok: memory.is_known(),
            sample_time: now_ms(),
            percent_ram: memory.ram_in_use(),
            percent_swap: memory.swap_in_use(),
            mem_active: memory.active(),
            real_in_use: memory.in_use(),
            not_in_use: memory.total - memory.in_use(),
            mem_total: memory.total,
            mem_free: memory.free,
            buffers: memory.buffers,
            cached: memory.cached,
            swap_total: memory.swap_total,
            swap_free: memory.swap_free,
        },
    })
}

impl Memory {
    /// As it is now.
    pub(super) fn read() -> Self {
        Self::parse(&text("/proc/meminfo"))
    }

    fn parse(meminfo: &str) -> Self {
        Self {
            total: value(meminfo, "MemTotal"),
            free: value(meminfo, "MemFree"),
            buffers: value(meminfo, "Buffers"),
            cached: value(meminfo, "Cached"),
            swap_total: value(meminfo, "SwapTotal"),
            swap_free: value(meminfo, "SwapFree"),
        }
    }

    pub(super) const fn is_known(&self) -> bool {
        self.total > 0
    }

    /// Of 1.
    pub(super) fn ram_in_use(&self) -> f64 {
        self.fraction(self.in_use())
    }

    /// Of 1; 0 without swap.
    pub(super) fn swap_in_use(&self) -> f64 {
        fraction(self.swap_total.saturating_sub(self.swap_free), self.swap_total)
    }

    /// What part of the memory `kilobytes` are.
    pub(super) fn fraction(&self, kilobytes: u64) -> f64 {
        fraction(kilobytes, self.total)
    }

    const fn active(&self) -> u64 {
        self.total.saturating_sub(self.free)
    }

    const fn in_use(&self) -> u64 {
        self.active().saturating_sub(self.buffers + self.cached)
    }
}

fn fraction(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cached_is_not_in_use() {
        let text = "MemTotal: 1000 kB\nMemFree: 300 kB\nBuffers: 50 kB\nCached: 150 kB\nSwapTotal: 200 kB\n\
                    SwapFree: 150 kB\n";
        let memory = Memory::parse(text);
        assert_eq!((memory.active(), memory.in_use()), (700, 500));
        assert_eq!((memory.ram_in_use(), memory.swap_in_use()), (0.5, 0.25));
        assert!(memory.is_known());
        let unknown = Memory::parse("");
        assert_eq!((unknown.ram_in_use(), unknown.swap_in_use(), unknown.is_known()), (0.0, 0.0, false));
    }
}
