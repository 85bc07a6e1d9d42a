//! Looks at the machine that Segno runs on.
//!
//! What must stay true: it is cheap. Only the memory is read, never processes, disks or CPUs.

use crate::domain::{Machine, Os};
use sysinfo::{MemoryRefreshKind, System};

/// This machine: its system and its main memory. Takes well under a millisecond.
pub fn machine() -> Machine {
    Machine { os: Os::current(), memory_bytes: memory() }
}

/// Main memory in bytes; `None` where it cannot be read. What a container may use of it is not asked: models run in the
/// server's process, which is seldom in the same container.
fn memory() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    Some(system.total_memory()).filter(|&bytes| bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_memory() {
        let machine = machine();
        assert_eq!(machine.os, Os::current());
        let gib = machine.memory_bytes.map(|bytes| bytes >> 20);
        assert!(gib.is_some_and(|mib| (64..1 << 30).contains(&mib)), "{gib:?} MiB");
    }
}
