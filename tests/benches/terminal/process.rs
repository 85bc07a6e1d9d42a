//! What a process has used, as Linux counts it. Elsewhere everything is zero.

use std::time::Duration;

/// What a process has used so far, all threads together.
#[derive(Default)]
pub(crate) struct Usage {
    /// Processor time.
    pub cpu: Duration,
    /// The most memory it ever had resident, in KiB.
    pub peak_kib: u64,
    /// How often a thread of it was woken (voluntary context switches).
    pub wakeups: u64,
}

impl Usage {
    /// Of process `pid`.
    pub(crate) fn of(pid: u32) -> Self {
        let mut usage = Self::default();
        for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let read = |name: &str| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
            // The scheduler's own count in nanoseconds; `stat` counts in ticks of 10 ms.
            let nanoseconds: u64 = read("schedstat").split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
            usage.cpu += Duration::from_nanos(nanoseconds);
            usage.wakeups += field(&read("status"), "voluntary_ctxt_switches:");
        }
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        usage.peak_kib = field(&status, "VmHWM:");
        usage
    }
}

fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
