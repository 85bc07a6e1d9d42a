//! What is said of the memory that models share.

use super::{Names, bytes};
use conductor::domain::{MemoryState, Residency, Waits};

/// What a question waits for, in a few words.
pub fn waits(waits: &Waits, names: &Names) -> String {
    match waits {
        Waits::Memory { holders } if holders.is_empty() => "waiting for memory".to_owned(),
        Waits::Memory { holders } => format!("waiting for memory that {} uses", names.list(holders)),
        Waits::Room { leaving } => format!("making room: {} leaves", names.list(leaving)),
        Waits::Load => "loading".to_owned(),
        Waits::Turn { ms } => format!("may be asked in {} s", ms.div_ceil(1000)),
        Waits::Answer => String::new(),
    }
}

/// How a model is held in memory: `in memory, 5.8 GB`, `in memory, 5.8 GB, 40% of it on the CPU`.
pub fn in_memory(held: &Residency) -> String {
    let size = bytes(held.size_bytes);
    match held.vram_bytes {
        0 => format!("in memory, {size}"),
        vram if vram < held.size_bytes => {
            // What runs on the CPU makes it slow: never rounded to nothing.
            let spilled = u128::from(held.size_bytes - vram) * 100 / u128::from(held.size_bytes);
            format!("in memory, {size}, {}% of it on the CPU", spilled.max(1))
        }
        _ => format!("in memory, {size}"),
    }
}

/// The memory in one line: `6.1 of 7.5 GiB of memory used, as the graphics driver says`.
pub fn memory(state: &MemoryState) -> String {
    let gib = |mib: u64| format!("{:.1}", mib as f64 / 1024.0);
    // Nothing is known of so much.
    if state.capacity_mib >= 1 << 30 {
        return format!("models take {} GiB of memory", gib(state.used_mib));
    }
    let mut text =
        format!("models take {} of {} GiB of memory, {}", gib(state.used_mib), gib(state.capacity_mib), state.source.words());
    if state.lost > 0 {
        text.push_str(&format!("; the server pushed out {}", state.lost));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::names::tests::names as called;
    use conductor::domain::{CapacitySource, ModelId};

    #[test]
    fn what_is_waited_for() {
        let names = |names: &[&str]| names.iter().map(|name| ModelId::new(name)).collect::<Vec<_>>();
        for (what, want) in [
            (Waits::Memory { holders: vec![] }, "waiting for memory"),
            (Waits::Memory { holders: names(&["a:1", "b"]) }, "waiting for memory that a:1, Big uses"),
            (Waits::Room { leaving: names(&["a:1"]) }, "making room: a:1 leaves"),
            (Waits::Load, "loading"),
            (Waits::Turn { ms: 1200 }, "may be asked in 2 s"),
        ] {
            assert_eq!(waits(&what, &called(&[("b", "Big")])), want);
        }
    }

    #[test]
    fn how_a_model_is_held() {
        for (size, vram, want) in [
            (5_800_000_000, 5_800_000_000, "in memory, 5.8 GB"),
            (10_000_000_000, 6_000_000_000, "in memory, 10 GB, 40% of it on the CPU"),
            (10_000_000_000, 9_999_999_999, "in memory, 10 GB, 1% of it on the CPU"),
            (5_800_000_000, 0, "in memory, 5.8 GB"),
        ] {
            let held = Residency { size_bytes: size, vram_bytes: vram, context: None, expires_ms: None };
            assert_eq!(in_memory(&held), want);
        }
    }

    #[test]
    fn how_much_memory_there_is() {
        let state = |capacity_mib, lost| MemoryState {
            capacity_mib,
            used_mib: 6144,
            source: CapacitySource::Driver,
            waiting: 0,
            swaps: 3,
            lost,
            models: Vec::new(),
        };
        for (capacity, lost, want) in [
            (7680, 0, "models take 6.0 of 7.5 GiB of memory, as the graphics driver says"),
            (7680, 2, "models take 6.0 of 7.5 GiB of memory, as the graphics driver says; the server pushed out 2"),
            (1 << 30, 0, "models take 6.0 GiB of memory"),
        ] {
            assert_eq!(memory(&state(capacity, lost)), want);
        }
    }
}
