//! `rusages`, `self_proc_stats` and `system_proc_stats`: what the process and the machine have used.

use std::fs;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::envelope::answer;
use super::machine::proc::{CpuTimes, ProcessStat, value};
use super::machine::{TICKS, now_ms, text};
use crate::http::Delivery;

/// What `rusages` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Rusages {
    data: Rusage,
}

/// The process's usage, under the names of getrusage(2). What Linux does not keep is 0, as there.
#[derive(Debug, Serialize, JsonSchema)]
struct Rusage {
    /// Whether the numbers could be had.
    ok: bool,
    /// Milliseconds since 1970.
    sample_time: u64,
    /// Seconds.
    ru_utime: u64,
    /// Seconds.
    ru_stime: u64,
    /// Kilobytes.
    ru_maxrss: u64,
    ru_ixrss: u64,
    ru_idrss: u64,
    ru_isrss: u64,
    ru_minflt: u64,
    ru_majflt: u64,
    ru_nswap: u64,
    ru_inblock: u64,
    ru_oublock: u64,
    ru_msgsnd: u64,
    ru_msgrcv: u64,
    ru_nsignals: u64,
    ru_nvcsw: u64,
    ru_nivcsw: u64,
}

/// What `self_proc_stats` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ProcessStats {
    data: Sampled<ProcessStat>,
}

/// What `system_proc_stats` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SystemStats {
    data: Sampled<CpuTimes>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Sampled{T}")]
struct Sampled<T> {
    /// Whether the numbers could be had.
    ok: bool,
    /// Milliseconds since 1970.
    sample_time: u64,
    /// How busy, of 1, since somebody asked last.
    percent: f64,
    #[serde(flatten)]
    stat: T,
}

/// How often the process's threads gave up a processor, and had to.
fn context_switches() -> (u64, u64) {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads.fold((0, 0), |(voluntary, forced), thread| {
        let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        (
            voluntary + value(&status, "voluntary_ctxt_switches"),
            forced + value(&status, "nonvoluntary_ctxt_switches"),
        )
    })
}

/// Bytes that getrusage(2) counts as a block.
const BLOCK: u64 = 512;

/// `GET /api/v1/rusages`
pub(super) async fn rusages() -> Response {
    let stat = text("/proc/self/stat");
    let (status, io) = (text("/proc/self/status"), text("/proc/self/io"));
    let process = ProcessStat::parse(&stat);
    let (minor, major) = process.page_faults();
    let (voluntary, forced) = context_switches();
    answer(Rusages {
        data: Rusage {
            ok: !stat.is_empty(),
            sample_time: now_ms(),
            ru_utime: process.user_ticks() / TICKS,
            ru_stime: process.system_ticks() / TICKS,
            ru_maxrss: value(&status, "VmHWM"),
            ru_ixrss: 0,
            ru_idrss: 0,
            ru_isrss: 0,
            ru_minflt: minor,
            ru_majflt: major,
            ru_nswap: 0,
            ru_inblock: value(&io, "read_bytes") / BLOCK,
            ru_oublock: value(&io, "write_bytes") / BLOCK,
            ru_msgsnd: 0,
            ru_msgrcv: 0,
            ru_nsignals: 0,
            ru_nvcsw: voluntary,
            ru_nivcsw: forced,
        },
    })
}

/// `GET /api/v1/self_proc_stats`
pub(super) async fn process(State(delivery): State<Arc<Delivery>>) -> Response {
    let stat = text("/proc/self/stat");
    let data = Sampled {
        ok: !stat.is_empty(),
        sample_time: now_ms(),
        percent: delivery.machine.usage().process,
        stat: ProcessStat::parse(&stat),
    };
    answer(ProcessStats { data })
}

/// `GET /api/v1/system_proc_stats`
pub(super) async fn system(State(delivery): State<Arc<Delivery>>) -> Response {
    let stat = text("/proc/stat");
    let data = Sampled {
        ok: !stat.is_empty(),
        sample_time: now_ms(),
        percent: delivery.machine.usage().cpu,
        stat: CpuTimes::parse(&stat),
    };
    answer(SystemStats { data })
}
