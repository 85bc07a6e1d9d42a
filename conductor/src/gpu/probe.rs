//! Looks at the machine that Segno runs on: its main memory, and what its graphics cards have.
//!
//! What must stay true: main memory takes well under a millisecond to read, and only the memory is read, never processes, disks or
//! CPUs; a driver may take long to answer, so that nobody asks for [`graphics`] on the thread that draws.

use super::memory::Capacity;
use crate::config::GpuSettings;
use crate::domain::{CapacitySource, Machine, Os};
use sysinfo::{MemoryRefreshKind, System};

/// Percent of main memory that models may take: the rest of the machine lives, too. On a Mac it is what the graphics part may use
/// of the memory that it shares.
const SHARE: u64 = 70;

/// So much where nothing can be found out: whatever the server does then is right.
const UNKNOWN_MIB: u64 = 1 << 30;

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

/// Bytes of all graphics cards together, where their driver tells: NVIDIA's by its library (feature `nvml`), AMD's by its files.
/// Blocks for as long as the driver takes.
pub fn graphics() -> Option<u64> {
    nvidia().or_else(amd).filter(|bytes| *bytes > 0)
}

#[cfg(feature = "nvml")]
fn nvidia() -> Option<u64> {
    let nvml = nvml_wrapper::Nvml::init().ok()?;
    let cards = 0..nvml.device_count().ok()?;
    let totals = cards.filter_map(|at| nvml.device_by_index(at).ok()?.memory_info().ok()).map(|memory| memory.total);
    Some(totals.sum())
}

#[cfg(not(feature = "nvml"))]
fn nvidia() -> Option<u64> {
    None
}

/// What the kernel's driver of AMD cards writes for each. A part of main memory that a processor's graphics call their own is no
/// card: less than 2 GiB is left out.
fn amd() -> Option<u64> {
    const CARD: u64 = 2 << 30;
    let cards = std::fs::read_dir("/sys/class/drm").ok()?;
    let totals = cards.filter_map(|card| {
        let text = std::fs::read_to_string(card.ok()?.path().join("device/mem_info_vram_total")).ok()?;
        text.trim().parse::<u64>().ok().filter(|bytes| *bytes >= CARD)
    });
    // A card is listed once more for each of its connectors, but those have no such file.
    Some(totals.sum())
}

/// What models may take: what the user says, else what the cards have, else a share of main memory.
pub fn capacity(settings: &GpuSettings, graphics: Option<u64>, machine: &Machine) -> Capacity {
    let main = machine.memory_bytes.map(|bytes| (bytes >> 20) * SHARE / 100);
    let (mib, source) = match (settings.memory_mib, graphics) {
        (0, Some(bytes)) => ((bytes >> 20).saturating_sub(settings.reserve_mib), CapacitySource::Driver),
        (0, None) => (main.unwrap_or(UNKNOWN_MIB), CapacitySource::MainMemory),
        (mib, _) => (mib, CapacitySource::Configured),
    };
    // What does not fit on the cards spills into main memory; where there are no cards it is there already.
    let spills = if graphics.is_some() || source == CapacitySource::Configured { main.unwrap_or(UNKNOWN_MIB) } else { 0 };
    Capacity { mib, most_mib: mib.saturating_add(spills), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use CapacitySource::{Configured, Driver, MainMemory};

    #[test]
    fn this_machine_has_memory() {
        let machine = machine();
        assert_eq!(machine.os, Os::current());
        let mib = machine.memory_bytes.map(|bytes| bytes >> 20);
        assert!(mib.is_some_and(|mib| (64..1 << 30).contains(&mib)), "{mib:?} MiB");
        // Whatever the machine has: asking for it is no error.
        assert_ne!(graphics(), Some(0));
    }

    #[test]
    fn what_the_user_says_then_the_cards_then_main_memory() {
        let gib = 1 << 10;
        for (set, cards, main, mib, most, source) in [
            (0, None, Some(10 * gib), 7 * gib, 7 * gib, MainMemory),
            (0, Some(8 * gib), Some(10 * gib), 8 * gib - 512, 15 * gib - 512, Driver),
            (6 * gib, Some(8 * gib), Some(10 * gib), 6 * gib, 13 * gib, Configured),
            (6 * gib, None, None, 6 * gib, 6 * gib + UNKNOWN_MIB, Configured),
            (0, None, None, UNKNOWN_MIB, UNKNOWN_MIB, MainMemory),
            (0, Some(256), Some(10 * gib), 0, 7 * gib, Driver),
        ] {
            let settings = GpuSettings { memory_mib: set, ..Config::default().gpu };
            let machine = Machine { os: Os::Linux, memory_bytes: main.map(|mib: u64| mib << 20) };
            let found = capacity(&settings, cards.map(|mib: u64| mib << 20), &machine);
            assert_eq!(found, Capacity { mib, most_mib: most, source }, "{set} {cards:?} {main:?}");
        }
    }
}
