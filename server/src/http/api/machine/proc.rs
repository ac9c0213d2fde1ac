//! What the files of `/proc` say (proc(5)): text in, numbers out. What is not there, or not a number, is 0.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Number;

/// The number behind `key` in lines like `key: 12 kB` and `key 12`.
pub(in crate::http::api) fn value(text: &str, key: &str) -> u64 {
    let value = |line: &str| {
        let rest = line.strip_prefix(key)?;
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        if rest.starts_with(char::is_whitespace) { number(rest.split_whitespace().next()?) } else { None }
    };
    text.lines().find_map(value).unwrap_or_default()
}

/// The number behind `key` in a line `prefix: key 1 other 2`, as `/proc/net/sockstat` has them.
pub(in crate::http::api) fn value_in_line(text: &str, prefix: &str, key: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(prefix)?.strip_prefix(':'));
    let mut words = line.unwrap_or_default().split_whitespace();
    words.find(|word| *word == key).and_then(|_| number(words.next()?)).unwrap_or_default()
}

/// The number under `key` in a table of `/proc/net/snmp`: a line of names, then one of numbers.
pub(in crate::http::api) fn value_in_table(text: &str, prefix: &str, key: &str) -> u64 {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(prefix)?.strip_prefix(':'));
    let (names, numbers) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut columns = names.split_whitespace().zip(numbers.split_whitespace());
    columns.find(|(name, _)| *name == key).and_then(|(_, text)| number(text)).unwrap_or_default()
}

/// The numbers that a text begins with, such as the load averages.
pub(in crate::http::api) fn decimals<const N: usize>(text: &str) -> [f64; N] {
    let mut words = text.split_whitespace();
    std::array::from_fn(|_| words.next().and_then(|word| word.parse().ok()).unwrap_or_default())
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// Time that processors have spent, in ticks of a hundredth of a second; a line of `/proc/stat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub(in crate::http::api) struct CpuTimes {
    user: u64,
    nice: u64,
    sys: u64,
    idle: u64,
    iowait: u64,
    irq: u64,
    softirq: u64,
    steal: u64,
    guest: u64,
}

impl CpuTimes {
    /// Those of all processors together.
    pub(in crate::http::api) fn parse(stat: &str) -> Self {
        let line = stat.lines().find_map(|line| line.strip_prefix("cpu ")).unwrap_or_default();
        let mut times = line.split_whitespace().map(|word| number(word).unwrap_or_default());
        let mut next = || times.next().unwrap_or_default();
        Self {
            user: next(),
            nice: next(),
            sys: next(),
            idle: next(),
            iowait: next(),
            irq: next(),
            softirq: next(),
            steal: next(),
            guest: next(),
        }
    }

    /// Ticks in all. A guest's time is part of the user's already.
    pub(super) const fn total(self) -> u64 {
        self.busy() + self.idle + self.iowait
    }

    /// Ticks in which something was done.
    pub(super) const fn busy(self) -> u64 {
        self.user + self.nice + self.sys + self.irq + self.softirq + self.steal
    }
}

/// How many processors `/proc/stat` has a line for.
pub(in crate::http::api) fn processors(stat: &str) -> u64 {
    stat.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")).count() as u64
}

/// How many processors there are in a list like `0-3,6`; `/sys/devices/system/cpu/present`.
pub(in crate::http::api) fn present(list: &str) -> u64 {
    let count = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some((number(last)? + 1).saturating_sub(number(first)?))
    };
    list.trim().split(',').filter_map(count).sum()
}

/// Bytes that came in and went out by all devices but the loopback; `/proc/net/dev`.
pub(in crate::http::api) fn network_bytes(dev: &str) -> (u64, u64) {
    let devices = dev.lines().filter_map(|line| line.split_once(':'));
    devices.filter(|(name, _)| name.trim() != "lo").fold((0, 0), |(received, sent), (_, numbers)| {
        let column = |index| numbers.split_whitespace().nth(index).and_then(number).unwrap_or_default();
        (received + column(0), sent + column(8))
    })
}

/// For how many milliseconds the busiest disk has been busy; `/proc/diskstats`.
pub(super) fn disk_busy_ms(diskstats: &str) -> u64 {
    let busy = |line: &str| number(line.split_whitespace().nth(12)?);
    diskstats.lines().filter_map(busy).max().unwrap_or_default()
}

macro_rules! process_stat {
    ($($name:ident)*) => {
        /// `/proc/self/stat`, under the names and in the order of proc(5).
        #[derive(Clone, Debug, Serialize, JsonSchema)]
        pub(in crate::http::api) struct ProcessStat {
            /// The process id.
            pid: Number,
            /// The program's name.
            comm: String,
            /// `R` running, `S` sleeping, ...
            state: String,
            $($name: Number,)*
        }

        impl ProcessStat {
            pub(in crate::http::api) fn parse(stat: &str) -> Self {
                // The name may have spaces and brackets in it.
                let (head, rest) = stat.rsplit_once(')').unwrap_or_default();
                let (pid, comm) = head.split_once('(').unwrap_or_default();
                let mut words = rest.split_whitespace();
                Self {
                    pid: any_number(pid.trim()),
                    comm: comm.to_owned(),
                    state: words.next().unwrap_or_default().to_owned(),
                    $($name: any_number(words.next().unwrap_or_default()),)*
                }
            }
        }
    };
}

process_stat! {
    ppid pgrp session tty_nr tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime priority nice
    num_threads itrealvalue starttime vsize rss rsslim startcode endcode startstack kstkesp kstkeip signal blocked
    sigignore sigcatch wchan nswap cnswap exit_signal processor rt_priority policy delayacct_blkio_ticks guest_time
    cguest_time
}

impl ProcessStat {
    /// Processor time of the process, in ticks of a hundredth of a second.
    pub(super) fn busy(&self) -> u64 {
        self.user_ticks() + self.system_ticks()
    }

    pub(in crate::http::api) fn user_ticks(&self) -> u64 {
        self.utime.as_u64().unwrap_or_default()
    }

    pub(in crate::http::api) fn system_ticks(&self) -> u64 {
        self.stime.as_u64().unwrap_or_default()
    }

    /// Page faults that needed no disk, and those that did.
    pub(in crate::http::api) fn page_faults(&self) -> (u64, u64) {
        (self.minflt.as_u64().unwrap_or_default(), self.majflt.as_u64().unwrap_or_default())
    }

    /// The parent's process id.
    pub(in crate::http::api) fn parent(&self) -> u64 {
        self.ppid.as_u64().unwrap_or_default()
    }
}

/// Some are negative, some need all of 64 bits.
fn any_number(text: &str) -> Number {
    let unsigned = text.parse::<u64>().map(Number::from);
    unsigned.or_else(|_| text.parse::<i64>().map(Number::from)).unwrap_or_else(|_| 0.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_their_keys() {
        let meminfo = "MemTotal:       24684084 kB\nMemFree:  19676376 kB\nVmHWM:\t    1776 kB\n";
        assert_eq!(value(meminfo, "MemTotal"), 24_684_084);
        assert_eq!(value(meminfo, "VmHWM"), 1776);
        assert_eq!(value(meminfo, "Mem"), 0, "a part of a key is none");
        assert_eq!(value("pgpgin 121740617\npgpgout 74808640\n", "pgpgout"), 74_808_640);
        let sockstat =
            "sockets: used 112\nTCP: inuse 11 orphan 0 tw 695 alloc 11 mem 0\nUDP: inuse 3 mem 0\n";
        assert_eq!(value_in_line(sockstat, "TCP", "tw"), 695);
        assert_eq!(value_in_line(sockstat, "UDP", "inuse"), 3);
        assert_eq!(value_in_line(sockstat, "TCP6", "inuse"), 0);
        let snmp = "Ip: A B\nIp: 1 2\nTcp: MaxConn CurrEstab\nTcp: -1 8\n";
        assert_eq!(value_in_table(snmp, "Tcp", "CurrEstab"), 8);
        assert_eq!(value_in_table(snmp, "Udp", "CurrEstab"), 0);
        assert_eq!(decimals("2.18 1.80 1.00 5/265 8961"), [2.18, 1.80, 1.00]);
        assert_eq!(decimals::<2>(""), [0.0, 0.0]);
    }

    #[test]
    fn processor_times_are_those_of_all_processors() {
        let stat =
            "cpu  100 20 30 400 50 1 2 3 4 0\ncpu0 1 1 1 1 1 1 1 1 1 0\ncpu1 1 1 1 1 1 1 1 1 1 0\nintr 9\n";
        let times = CpuTimes::parse(stat);
        assert_eq!((times.user, times.sys, times.guest), (100, 30, 4));
        assert_eq!((times.busy(), times.total()), (156, 606));
        assert_eq!(processors(stat), 2);
        assert_eq!(["0-1\n", "0\n", "0-3,6,8-9\n", ""].map(present), [2, 1, 7, 0]);
        assert_eq!(CpuTimes::parse(""), CpuTimes::default());
    }

    #[test]
    fn devices_are_summed_without_the_loopback() {
        let dev = "Inter-| Receive | Transmit\n face |bytes packets\n    lo: 9 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0\n  \
                   eth0:100 1 0 0 0 0 0 0 30 1 0 0 0 0 0 0\n  eth1: 10 1 0 0 0 0 0 0 3 1 0 0 0 0 0 0\n";
        assert_eq!(network_bytes(dev), (110, 33));
        let disks = " 7 0 loop0 0 0 0 0 0 0 0 0 0 0 0 0\n 254 0 vda 31 2 24 54 35 47 14 73 0 324204 61 33\n";
        assert_eq!(disk_busy_ms(disks), 324_204);
    }

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let fields = (1..=41).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
        let stat = ProcessStat::parse(&format!("77 (a) b (c)) S {fields}\n"));
        assert_eq!((stat.pid, stat.comm.as_str(), stat.state.as_str()), (77.into(), "a) b (c)", "S"));
        assert_eq!((stat.ppid, stat.utime, stat.cguest_time), (1.into(), 11.into(), 41.into()));
        let extremes = ProcessStat::parse("1 (x) R -1 18446744073709551615");
        assert_eq!((extremes.ppid, extremes.pgrp), ((-1).into(), u64::MAX.into()));
        assert_eq!(ProcessStat::parse("").pid, 0.into());
    }
}
