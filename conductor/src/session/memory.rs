//! The memory of the server on this machine: what is done at the server for those who share it, and what a model is thought to
//! take.
//!
//! What must stay true: only what runs on this machine is managed; a model is loaded with the window that questions to it name.

use crate::backend::{Backend, BackendError};
use crate::config::{Config, ModelSettings};
use crate::domain::{BackendId, Location, Machine, Model, ModelId, Residency, Waits};
use crate::gpu::estimate;
use crate::gpu::memory::{Demand, Effort, GpuMemoryManager, Host, Policy, Stage};
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

/// Who shares the memory of `server`. What the graphics card has is not known yet: that takes a moment to find out.
pub(super) fn manager(config: &Config, server: &Arc<dyn Backend>, machine: &Machine) -> GpuMemoryManager {
    let settings = &config.gpu;
    let policy =
        Policy { bypass: settings.bypass, patience: settings.patience, ageing: settings.ageing, pressure: settings.pressure };
    GpuMemoryManager::new(Arc::new(Server(server.clone())), probe::capacity(settings, None, machine), policy)
}

/// Whether a model lives in the memory that is managed.
pub(super) fn is_managed(backend: &BackendId, location: &Location) -> bool {
    *backend == BackendId::ollama() && location.is_local()
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

/// What the server was seen to hold.
pub(super) fn resident(models: &[Model]) -> HashMap<ModelId, Residency> {
    let managed = models.iter().filter(|model| is_managed(&model.backend, &model.location));
    managed.filter_map(|model| Some((model.id.clone(), model.resident?))).collect()
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
