//! What a process has taken, as Linux counts it.

use std::{fs, time::Duration};

use tokio::time::sleep;

use crate::Outcome;

/// CPU time is counted in these, whatever the kernel's own tick (`sysconf(_SC_CLK_TCK)`).
const TICK: Duration = Duration::from_millis(10);

/// A garbage collector's memory goes up and down: the median of so many readings is taken.
const READINGS: usize = 21;
const BETWEEN: Duration = Duration::from_millis(100);

/// The CPU time of a process so far.
pub(crate) fn cpu(pid: u32) -> Outcome<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name, in brackets, may hold spaces. After it utime and stime are the 12th and 13th.
    let (_, fields) = stat.rsplit_once(") ").ok_or("no stat")?;
    let mut ticks = 0;
    for field in fields.split(' ').skip(11).take(2) {
        ticks += field.parse::<u32>()?;
    }
    Ok(TICK * ticks)
}

/// The memory that a process holds, in KiB.
pub(crate) async fn memory(pid: u32) -> Outcome<u64> {
    let mut readings = Vec::with_capacity(READINGS);
    for _ in 0..READINGS {
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        readings.push(line.trim().trim_end_matches(" kB").parse()?);
        sleep(BETWEEN).await;
    }
    readings.sort_unstable();
    Ok(readings[READINGS / 2])
}
