//! What the system says about processes: CPU time and memory, from `/proc`.

use std::fs;
use std::io;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};

/// CPU time that the calling thread has used, user and system.
pub(crate) fn thread_cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// CPU time that a process has used, user and system, with that of threads that have ended; to 10 ms.
///
/// # Errors
/// When there is no such process.
pub(crate) fn cpu(pid: u32) -> io::Result<Duration> {
    let ticks = cpu_ticks(&fs::read_to_string(format!("/proc/{pid}/stat"))?).ok_or_else(unreadable)?;
    Ok(Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64))
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

/// The sum of utime and stime, the 14th and 15th fields; the second, a name, may have anything in it.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

fn unreadable() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "/proc does not read as expected")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_process_is_found_behind_a_name_with_anything_in_it() {
        let stat = "12 (a) R 9 (b) S 1 12 12 0 -1 4194304 100 0 0 0 250 31 7 8 20 0 1 0 5 6 7";
        assert_eq!(cpu_ticks(stat), Some(281));
        assert_eq!(cpu_ticks("nothing"), None);
    }

    #[test]
    fn this_process_has_memory_and_uses_time() {
        let pid = std::process::id();
        assert!(resident_kib(pid).unwrap() > 100);
        assert!(open_files(pid).unwrap() > 2);
        socket_memory_kib().unwrap();
        let before = thread_cpu();
        while thread_cpu() - before < Duration::from_millis(20) {}
        assert!(cpu(pid).unwrap() >= Duration::from_millis(10));
    }
}
