//! `/api/v1/summaries`: the process and the machine at a glance.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::envelope::answer;
use super::machine::proc::{self, ProcessStat, decimals};
use super::machine::{Usage, now_ms, text};
use super::memory::Memory;
use crate::http::Delivery;

/// What `summaries` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Summaries {
    data: Data,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Summary")]
struct Data {
    /// Whether the numbers could be had: `false` where there is no `/proc`.
    ok: bool,
    /// Milliseconds since 1970.
    now_ms: u64,
    #[serde(rename = "self")]
    process: Process,
    system: System,
}

/// The process.
#[derive(Debug, Serialize, JsonSchema)]
struct Process {
    version: &'static str,
    pid: u32,
    ppid: u64,
    /// The command line.
    argv: String,
    /// The working directory.
    cwd: String,
    /// Resident memory.
    mem_kbyte: u64,
    /// Of 1.
    mem_percent: f64,
    /// Of 1, for each processor: two that are busy are 2.
    cpu_percent: f64,
    /// Seconds since the server started.
    srs_uptime: u64,
}

/// The machine, and all connections of the server.
#[derive(Debug, Serialize, JsonSchema)]
struct System {
    /// Of 1.
    cpu_percent: f64,
    #[serde(rename = "disk_read_KBps")]
    disk_read_kbps: u64,
    #[serde(rename = "disk_write_KBps")]
    disk_write_kbps: u64,
    /// Of 1: the busiest disk.
    disk_busy_percent: f64,
    mem_ram_kbyte: u64,
    /// Of 1: what is in use, buffers and caches not counted.
    mem_ram_percent: f64,
    mem_swap_kbyte: u64,
    /// Of 1.
    mem_swap_percent: f64,
    /// Processors that the machine has.
    cpus: u64,
    /// Processors that are on.
    cpus_online: u64,
    /// Seconds.
    uptime: f64,
    /// Seconds that the processors have been idle, summed. The name is SRS's.
    ilde_time: f64,
    load_1m: f64,
    load_5m: f64,
    load_15m: f64,
    /// Milliseconds since 1970.
    net_sample_time: u64,
    /// Bytes received by all devices but the loopback.
    net_recv_bytes: u64,
    /// Bytes sent by all devices but the loopback.
    net_send_bytes: u64,
    /// Always 0: devices of an inner network are not told apart.
    net_recvi_bytes: u64,
    /// Always 0, as above.
    net_sendi_bytes: u64,
    /// Milliseconds since 1970.
    srs_sample_time: u64,
    /// Bytes that clients have sent to the server.
    srs_recv_bytes: u64,
    /// Bytes that the server has sent to clients.
    srs_send_bytes: u64,
    /// TCP sockets of the machine.
    conn_sys: u64,
    /// Of them, established.
    conn_sys_et: u64,
    /// Of them, in the state TIME_WAIT.
    conn_sys_tw: u64,
    /// UDP sockets of the machine.
    conn_sys_udp: u64,
    /// Connections of the server.
    conn_srs: u64,
}

/// `GET /api/v1/summaries`
pub(super) async fn summaries(State(delivery): State<Arc<Delivery>>) -> Response {
    let usage = delivery.machine.usage();
    let memory = Memory::read();
    let process = Process::of(&delivery, usage, &memory);
    let system = System::of(&delivery, usage, &memory);
    answer(Summaries { data: Data { ok: memory.is_known(), now_ms: now_ms(), process, system } })
}

impl Process {
    fn of(delivery: &Delivery, usage: Usage, memory: &Memory) -> Self {
        let cwd = std::env::current_dir().unwrap_or_default();
        let arguments: Vec<_> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
        let resident = proc::value(&text("/proc/self/status"), "VmRSS");
        Self {
            version: env!("CARGO_PKG_VERSION"),
            pid: std::process::id(),
            ppid: ProcessStat::parse(&text("/proc/self/stat")).parent(),
            argv: arguments.join(" "),
            cwd: cwd.to_string_lossy().into_owned(),
            mem_kbyte: resident,
            mem_percent: memory.fraction(resident),
            cpu_percent: usage.process,
            srs_uptime: delivery.machine.uptime().as_secs(),
        }
    }
}

impl System {
    fn of(delivery: &Delivery, usage: Usage, memory: &Memory) -> Self {
        let stat = text("/proc/stat");
        let [uptime, ilde_time] = decimals(&text("/proc/uptime"));
        let [load_1m, load_5m, load_15m] = decimals(&text("/proc/loadavg"));
        let (net_recv_bytes, net_send_bytes) = proc::network_bytes(&text("/proc/net/dev"));
        let (sockets, sockets6) = (text("/proc/net/sockstat"), text("/proc/net/sockstat6"));
        let in_use = |protocol: &str| {
            proc::value_in_line(&sockets, protocol, "inuse")
                + proc::value_in_line(&sockets6, &format!("{protocol}6"), "inuse")
        };
        let waiting = proc::value_in_line(&sockets, "TCP", "tw");
        let (received, sent) = delivery.hub.clients().bytes();
        let now = now_ms();
        Self {
            cpu_percent: usage.cpu,
            disk_read_kbps: usage.disk_read,
            disk_write_kbps: usage.disk_written,
            disk_busy_percent: usage.disk_busy,
            mem_ram_kbyte: memory.total,
            mem_ram_percent: memory.ram_in_use(),
            mem_swap_kbyte: memory.swap_total,
            mem_swap_percent: memory.swap_in_use(),
            cpus: proc::present(&text("/sys/devices/system/cpu/present")),
            cpus_online: proc::processors(&stat),
            uptime,
            ilde_time,
            load_1m,
            load_5m,
            load_15m,
            net_sample_time: now,
            net_recv_bytes,
            net_send_bytes,
            net_recvi_bytes: 0,
            net_sendi_bytes: 0,
            srs_sample_time: now,
            srs_recv_bytes: received,
            srs_send_bytes: sent,
            conn_sys: in_use("TCP") + waiting,
            conn_sys_et: proc::value_in_table(&text("/proc/net/snmp"), "Tcp", "CurrEstab"),
            conn_sys_tw: waiting,
            conn_sys_udp: in_use("UDP"),
            conn_srs: delivery.open_connections(),
        }
    }
}
