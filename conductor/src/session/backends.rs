//! All who may be asked: the Ollama server, the providers of the configuration, the guide.

use crate::backend::Backend;
use crate::domain::{BackendId, PoolState};
use std::sync::Arc;

/// The backends. Cheap to clone.
#[derive(Clone)]
pub(super) struct Backends {
    pub(super) server: Arc<dyn Backend>,
    pub(super) guide: Arc<dyn Backend>,
    pub(super) providers: Arc<[Arc<dyn Backend>]>,
}

impl Backends {
    /// The one called `id`; the server where nobody is called so.
    pub(super) fn get(&self, id: &BackendId) -> &Arc<dyn Backend> {
        self.provider(id).unwrap_or(if *id == self.guide.id() { &self.guide } else { &self.server })
    }

    /// What became of the connections of those that have any: the server first.
    pub(super) fn pools(&self) -> Vec<PoolState> {
        std::iter::once(&self.server).chain(&*self.providers).filter_map(|backend| backend.pool()).collect()
    }

    /// The provider called `id`.
    pub(super) fn provider(&self, id: &BackendId) -> Option<&Arc<dyn Backend>> {
        self.providers.iter().find(|provider| provider.id() == *id)
    }
}
