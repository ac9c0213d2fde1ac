//! What the system says about processes: CPU time and memory, from `/proc`.

use std::fs;
use std::io;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time that the calling thread has used, user and system.
pub(crate) fn thread_cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// CPU time that the threads of a process have used, user and system, to the nanosecond. `/proc/PID/stat` has the same in
/// ticks of 10 ms, which is too coarse for a server that does little.
///
/// # Errors
/// When there is no such process.
pub(crate) fn cpu(pid: u32) -> io::Result<Duration> {
    let mut used = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end while this looks.
        if let Ok(schedule) = fs::read_to_string(thread?.path().join("schedstat")) {
            let nanoseconds = schedule.split(' ').next().and_then(|first| first.parse().ok());
            used += Duration::from_nanos(nanoseconds.ok_or_else(unreadable)?);
        }
    }
    Ok(used)
}

/// Memory of a process that is in RAM, in KiB.
///
/// # Errors
/// When there is no such process.
pub(crate) fn resident_kib(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or_else(unreadable)?;
    line.trim().trim_end_matches(" kB").parse().map_err(|_| unreadable())
}

/// Memory that the kernel holds for the bytes of all TCP sockets of this machine, in KiB.
///
/// # Errors
/// When the system does not tell.
pub(crate) fn socket_memory_kib() -> io::Result<u64> {
    let statistics = fs::read_to_string("/proc/net/sockstat")?;
    let line = statistics.lines().find_map(|line| line.strip_prefix("TCP:")).ok_or_else(unreadable)?;
    let pages = line.split_whitespace().skip_while(|word| *word != "mem").nth(1).ok_or_else(unreadable)?;
    Ok(pages.parse::<u64>().map_err(|_| unreadable())? * rustix::param::page_size() as u64 / 1024)
}

/// Files, sockets and the like that a process has open.
///
/// # Errors
/// When there is no such process.
pub(crate) fn open_files(pid: u32) -> io::Result<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}

fn unreadable() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "/proc does not read as expected")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_uses_time() {
        let pid = std::process::id();
        assert!(resident_kib(pid).unwrap() > 100);
        assert!(open_files(pid).unwrap() > 2);
        socket_memory_kib().unwrap();
        let before = thread_cpu();
        while thread_cpu() - before < Duration::from_millis(20) {}
        assert!(cpu(pid).unwrap() >= Duration::from_millis(20));
    }
}
