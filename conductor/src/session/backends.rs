//! All who may be asked: the Ollama servers, the providers of the configuration, the guide.

use super::describe;
use super::hosts::Shares;
use crate::backend::{Backend, BackendError};
use crate::domain::{BackendId, Candidate, Failure, PoolState};
use std::sync::Arc;

/// The backends. Cheap to clone.
#[derive(Clone)]
pub(super) struct Backends {
    /// The server of `ollama.host`.
    pub(super) server: Arc<dyn Backend>,
    /// Those of `[[backends]]`, in their order.
    pub(super) others: Arc<[Arc<dyn Backend>]>,
    pub(super) guide: Arc<dyn Backend>,
    pub(super) providers: Arc<[Arc<dyn Backend>]>,
    /// Which servers the turns in flight are at.
    pub(super) shares: Shares,
}

impl Backends {
    /// The one called `id`; the first server where nobody is called so.
    pub(super) fn get(&self, id: &BackendId) -> &Arc<dyn Backend> {
        let guide = || if *id == self.guide.id() { &self.guide } else { &self.server };
        self.provider(id).or_else(|| self.host(id)).unwrap_or_else(guide)
    }

    /// The servers of models, the first first.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &Arc<dyn Backend>> {
        std::iter::once(&self.server).chain(&*self.others)
    }

    /// The server of models called `id`.
    pub(super) fn host(&self, id: &BackendId) -> Option<&Arc<dyn Backend>> {
        self.hosts().find(|host| host.id() == *id)
    }

    /// Whether there are several servers of models, so that a person is told which one is meant.
    pub(super) fn has_several(&self) -> bool {
        !self.others.is_empty()
    }

    /// What became of the connections of those that have any: the servers first.
    pub(super) fn pools(&self) -> Vec<PoolState> {
        self.hosts().chain(&*self.providers).filter_map(|backend| backend.pool()).collect()
    }

    /// The provider called `id`.
    pub(super) fn provider(&self, id: &BackendId) -> Option<&Arc<dyn Backend>> {
        self.providers.iter().find(|provider| provider.id() == *id)
    }

    /// An error of whoever `candidate` is with, in words: what helps at a server of the user's own is another thing than at a
    /// provider. It was asked with a window of `num_ctx` tokens.
    pub(super) fn failure(&self, error: &BackendError, candidate: &Candidate, num_ctx: u32) -> Failure {
        match self.host(&candidate.backend) {
            Some(_) => describe::backend(error, candidate, num_ctx),
            None => describe::provider(error, candidate),
        }
    }
}
