//! What the scheduler tells of itself: the rows of `/api/ps`, and all that a test may ask.

use super::{Frees, Leaving, Scheduler};
use crate::ollama::memory::{Memory, Phase, Resident};
use std::collections::BTreeMap;
use std::time::SystemTime;

impl Scheduler {
    /// Somebody looks: what is in memory now, with the ends of its times. Memory that frees after so many looks is nearer to it.
    pub(in crate::ollama) fn look(&mut self) -> Vec<(Resident, SystemTime)> {
        self.expire();
        self.settle();
        let now = SystemTime::now();
        let end = |name: &str| match self.loaded.get(name) {
            Some(loaded) if loaded.requests.is_empty() => loaded.expires,
            Some(loaded) => loaded.keep.end(),
            None => now,
        };
        let rows = self.residents().into_iter().map(|row| (end(&row.name), row)).map(|(end, row)| (row, end)).collect();
        let before = self.leaving.len();
        self.leaving.retain_mut(|leaving| match &mut leaving.frees {
            Frees::Polls(polls) => {
                *polls -= 1;
                *polls > 0
            }
            _ => true,
        });
        self.version += u64::from(self.leaving.len() != before);
        rows
    }

    /// Bytes of GPU memory that are not free.
    pub(super) fn used(&self) -> u64 {
        self.loaded.values().map(|loaded| loaded.vram).sum::<u64>() + self.leaving.iter().map(|leaving| leaving.vram).sum::<u64>()
    }

    /// By name; a model that was loaded again while it was leaving is there once.
    fn residents(&self) -> Vec<Resident> {
        let mut rows: BTreeMap<&str, Resident> = BTreeMap::new();
        for Leaving { name, num_ctx, size, vram, .. } in &self.leaving {
            let (size, size_vram) = (*size, *vram);
            let row = Resident { name: name.clone(), phase: Phase::Leaving, num_ctx: *num_ctx, size, size_vram, requests: 0 };
            rows.insert(name, row);
        }
        for (name, loaded) in &self.loaded {
            let phase = if loaded.loading { Phase::Loading } else { Phase::Loaded };
            let (num_ctx, size, size_vram) = (loaded.runner.num_ctx, loaded.size, loaded.vram);
            rows.insert(name, Resident { name: name.clone(), phase, num_ctx, size, size_vram, requests: loaded.requests.len() });
        }
        rows.into_values().collect()
    }

    /// What is there and what has been.
    pub(in crate::ollama) fn memory(&mut self) -> Memory {
        self.expire();
        self.settle();
        let parallel = self.limits.parallel();
        let behind: usize = self.loaded.values().map(|loaded| loaded.requests.len().saturating_sub(parallel)).sum();
        Memory { residents: self.residents(), used: self.used(), waiting: self.pending.len() + behind, ..self.counts.clone() }
    }
}
