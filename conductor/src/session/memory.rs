//! The memory of the server on this machine: what is done at the server for those who share it, and what a model is thought to
//! take.
//!
//! What must stay true: only what runs on this machine is managed; a model is loaded with the window that questions to it name.

use crate::backend::{Backend, BackendError};
use crate::config::Config;
use crate::domain::{BackendId, Location, Machine, Model, ModelId, Residency, Waits};
use crate::gpu::estimate;
use crate::gpu::memory::{Demand, GpuMemoryManager, Host, Policy, Stage};
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

/// Bytes that models were seen to take, by the window that they were loaded with.
pub(super) type Sizes = HashMap<(ModelId, u32), u64>;

/// A request for a model.
pub(super) fn demand(model: &Model, sizes: &Sizes, priority: Priority, limit: Duration) -> Demand {
    // A model for vectors alone is asked with whatever window the server gives it.
    let num_ctx = if model.capabilities.completion { model.num_ctx } else { 0 };
    let seen = sizes.get(&(model.id.clone(), num_ctx)).map(|bytes| bytes.div_ceil(1 << 20));
    Demand { model: model.id.clone(), num_ctx, weight: seen.unwrap_or_else(|| estimate::mib(model)), priority, limit }
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
