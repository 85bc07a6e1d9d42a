//! The memory of the servers on this machine: what is done at a server for those who share its memory, and what a model is thought
//! to take.
//!
//! What must stay true: only what runs on this machine is managed; each server's memory by itself; a model is loaded with the window that questions to it name.

use super::backends::Backends;
use crate::backend::{Backend, BackendError};
use crate::config::{Config, GpuSettings, ModelSettings};
use crate::domain::{BackendId, Candidate, Location, Machine, Model, ModelId, Purpose, Residency, Waits};
use crate::gpu::estimate;
use crate::gpu::memory::{Capacity, Demand, Effort, GpuMemoryManager, Host, Policy, Stage};
use crate::gpu::probe;
use crate::gpu::semaphore::Priority;
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The server whose memory it is.
struct Server(Arc<dyn Backend>);

impl Host for Server {
    fn load(&self, model: &ModelId, num_ctx: u32) -> BoxFuture<'static, Result<(), BackendError>> {
        self.0.load(model, num_ctx)
    }

    fn unload(&self, model: &ModelId) -> BoxFuture<'static, Result<(), BackendError>> {
        self.0.unload(model)
    }

    fn resident(&self) -> BoxFuture<'static, Result<HashMap<ModelId, Residency>, BackendError>> {
        self.0.resident()
    }
}

/// The memory of each server that has any of its own. Cheap to clone.
#[derive(Clone)]
pub(super) struct Memories(Arc<[Managed]>);

struct Managed {
    host: BackendId,
    manager: GpuMemoryManager,
}

impl Memories {
    /// Who shares the memory of each server. What the graphics cards have is not known yet: that takes a moment to find out.
    pub(super) fn new(config: &Config, backends: &Backends, machine: &Machine) -> Self {
        let settings = &config.gpu;
        let policy =
            Policy { bypass: settings.bypass, patience: settings.patience, ageing: settings.ageing, pressure: settings.pressure };
        let capacities = capacities(config, backends, None, machine);
        let hosts = backends.hosts().zip(capacities).filter(|(host, _)| host.has_memory());
        let managed = hosts.map(|(host, capacity)| Managed {
            host: host.id(),
            manager: GpuMemoryManager::new(Arc::new(Server(host.clone())), capacity, policy),
        });
        Self(managed.collect())
    }

    /// There is more or less memory than was thought.
    pub(super) fn resize(&self, config: &Config, backends: &Backends, graphics: Option<u64>, machine: &Machine) {
        for (host, capacity) in backends.hosts().zip(capacities(config, backends, graphics, machine)) {
            if let Some(manager) = self.of_host(&host.id()) {
                manager.resize(capacity);
            }
        }
    }

    /// The memory of a server; `None` where it has none to speak of.
    pub(super) fn of_host(&self, host: &BackendId) -> Option<&GpuMemoryManager> {
        self.0.iter().find(|managed| managed.host == *host).map(|managed| &managed.manager)
    }

    /// The memory that a model lives in, where it is managed: that of a server on this machine. Memory of others is their own
    /// affair.
    pub(super) fn of(&self, backend: &BackendId, location: &Location) -> Option<&GpuMemoryManager> {
        self.of_host(backend).filter(|_| location.is_local())
    }

    /// The memory that `model` lives in, where it is managed.
    pub(super) fn of_model(&self, model: &Model) -> Option<&GpuMemoryManager> {
        self.of(&model.backend, &model.location)
    }

    /// The memory that `candidate` lives in, where it is managed.
    pub(super) fn of_candidate(&self, candidate: &Candidate) -> Option<&GpuMemoryManager> {
        self.of(&candidate.backend, &candidate.location)
    }
}

/// What each server may take, in their order: what is set for it, else its share of what is found.
fn capacities(config: &Config, backends: &Backends, graphics: Option<u64>, machine: &Machine) -> Vec<Capacity> {
    let capacity = |memory_mib| probe::capacity(&GpuSettings { memory_mib, ..config.gpu.clone() }, graphics, machine);
    let set = |host: &Arc<dyn Backend>| {
        let row = config.backends.iter().find(|row| row.id == host.id());
        row.map_or(config.gpu.memory_mib, |row| row.memory_mib)
    };
    let here: Vec<u64> = backends.hosts().filter(|host| host.contact(Purpose::ModelList).is_none()).map(set).collect();
    let share = share(capacity(0), &here);
    backends.hosts().map(|host| if set(host) > 0 { capacity(set(host)) } else { share }).collect()
}

/// What each server of this machine may take for which nothing is set. `set` is what is set for each of its servers, in MiB, and 0
/// where nothing is. Of what was `found` those have theirs, and the others share evenly what is left; where nothing would be, all
/// of it.
fn share(found: Capacity, set: &[u64]) -> Capacity {
    let spills = found.most_mib.saturating_sub(found.mib);
    let taken = set.iter().copied().fold(0, u64::saturating_add);
    let sharing = set.iter().filter(|set| **set == 0).count().max(1);
    let left = Some(found.mib.saturating_sub(taken)).filter(|left| *left > 0).unwrap_or(found.mib);
    let mib = left / u64::try_from(sharing).unwrap_or(u64::MAX);
    Capacity { mib, most_mib: mib.saturating_add(spills), ..found }
}

/// What models take in memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Sizes {
    /// Bytes that they were seen to take, by the window that they were loaded with.
    seen: HashMap<(ModelId, u32), u64>,
    /// Bytes that the user's own rows say they take with a window of 8192 tokens.
    told: HashMap<ModelId, u64>,
}

impl Sizes {
    /// What the user's configuration says; nothing was seen yet.
    pub(super) fn new(config: &Config) -> Self {
        // What is built in is said of one file of that name; an estimate from the file that is there is nearer.
        let built_in = Config::default().models;
        let of_user = |row: &&ModelSettings| !built_in.iter().any(|own| own.id == row.id && own.memory_bytes == row.memory_bytes);
        let rows = config.models.iter().filter(|row| row.backend == BackendId::ollama().as_str() && row.memory_bytes > 0);
        let told = rows.filter(of_user).map(|row| (row.id.clone(), row.memory_bytes));
        Self { seen: HashMap::new(), told: told.collect() }
    }

    /// Takes over what earlier runs saw.
    pub(super) fn restore(&mut self, seen: HashMap<(ModelId, u32), u64>) {
        self.seen.extend(seen);
    }

    /// Whether that is what was seen last.
    pub(super) fn has(&self, model: &ModelId, window: u32, bytes: u64) -> bool {
        self.seen.get(&(model.clone(), window)) == Some(&bytes)
    }

    /// Notes what was seen.
    pub(super) fn see(&mut self, model: &ModelId, window: u32, bytes: u64) {
        self.seen.insert((model.clone(), window), bytes);
    }

    /// MiB that `model` takes with the window `num_ctx`.
    fn mib(&self, model: &Model, num_ctx: u32) -> u64 {
        let seen = self.seen.get(&(model.id.clone(), num_ctx)).map(|bytes| bytes.div_ceil(1 << 20));
        seen.unwrap_or_else(|| estimate::mib(model, self.told.get(&model.id).copied()))
    }
}

/// The window that `model` is asked with, whatever for, in tokens; 0 for one for vectors alone, which is asked with whatever window
/// the server gives it.
pub(super) fn window(model: &Model) -> u32 {
    if model.capabilities.completion { model.num_ctx } else { 0 }
}

/// A request for a model.
pub(super) fn demand(model: &Model, sizes: &Sizes, priority: Priority, limit: Duration) -> Demand {
    let num_ctx = window(model);
    Demand { model: model.id.clone(), num_ctx, weight: sizes.mib(model, num_ctx), priority, limit, effort: Effort::Full }
}

/// What a server was seen to hold of what it runs on this machine.
pub(super) fn resident(models: &[Model]) -> HashMap<ModelId, Residency> {
    let here = models.iter().filter(|model| model.location.is_local());
    here.filter_map(|model| Some((model.id.clone(), model.resident?))).collect()
}

/// A stage for a person.
pub(super) fn waits(stage: Stage) -> Waits {
    match stage {
        Stage::Waiting { holders } => Waits::Memory { holders },
        Stage::MakingRoom { victims } => Waits::Room { leaving: victims },
        Stage::Loading => Waits::Load,
        Stage::Ready => Waits::Answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CapacitySource;

    #[test]
    fn servers_of_one_machine_share_its_memory() {
        for (what, found, spills, set, want) in [
            ("one has all of it", 24_000, 0, &[0][..], 24_000),
            ("two share it", 24_000, 32_000, &[0, 0], 12_000),
            ("what is set is set", 24_000, 32_000, &[0, 16_000], 8000),
            ("the others share what is left", 24_000, 0, &[0, 16_000, 0], 4000),
            ("where nothing is left they share all", 24_000, 0, &[0, 30_000, 0], 12_000),
            ("none shares", 24_000, 0, &[8000, 8000], 8000),
            ("none is here", 24_000, 0, &[], 24_000),
            ("no end of it", u64::MAX, 0, &[0, 0], u64::MAX / 2),
        ] {
            let source = CapacitySource::Driver;
            let found = Capacity { mib: found, most_mib: u64::saturating_add(found, spills), source };
            let got = share(found, set);
            assert_eq!(got, Capacity { mib: want, most_mib: u64::saturating_add(want, spills), source }, "{what}");
        }
    }
}
