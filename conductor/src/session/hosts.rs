//! Several servers of models: how much each has to do, and in which order the rows of a model are looked up.

use super::backends::Backends;
use super::memory::Memories;
use crate::backend::Backend;
use crate::domain::{BackendId, Model};
use crate::routing::balance::in_order;
use crate::routing::{FitnessOf, HostLoad};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which servers the turns in flight are at: what was planned a moment ago is in no pool yet. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Shares(Arc<Mutex<HashMap<BackendId, u32>>>);

/// One turn at one server, for as long as it is held.
pub(super) struct Share {
    all: Shares,
    host: BackendId,
}

impl Shares {
    /// A turn is at `host` from now on.
    pub(super) fn begin(&self, host: &BackendId) -> Share {
        *self.lock().entry(host.clone()).or_default() += 1;
        Share { all: self.clone(), host: host.clone() }
    }

    fn at(&self, host: &BackendId) -> u32 {
        self.lock().get(host).copied().unwrap_or(0)
    }

    /// Never held for more than a count.
    fn lock(&self) -> MutexGuard<'_, HashMap<BackendId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Whether it is at `host`.
    pub(super) fn is_at(&self, host: &BackendId) -> bool {
        self.host == *host
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(count) = self.all.lock().get_mut(&self.host) {
            *count = count.saturating_sub(1);
        }
    }
}

/// How much each server has to do now, in the order of the configuration; nothing where there is only one.
pub(super) fn loads(backends: &Backends, memory: &Memories) -> Vec<HostLoad> {
    let load = |host: &Arc<dyn Backend>| {
        let id = host.id();
        let sent = host.pool().map_or(0, |pool| pool.in_use.saturating_add(pool.waiting));
        // A turn was not sent yet that waits for memory, and one that answers is in all three.
        let admitted = memory.of_host(&id).map_or(0, |manager| manager.snapshot().models.iter().map(|held| held.users).sum());
        let requests = sent.max(u32::try_from(admitted).unwrap_or(u32::MAX)).max(backends.shares.at(&id));
        HostLoad { id, requests }
    };
    if backends.has_several() { backends.hosts().map(load).collect() } else { Vec::new() }
}

/// The rows in an order in which whoever looks a model up by its name finds the one that is asked now.
pub(super) fn ordered<'a>(models: &'a [Model], backends: &Backends, memory: &Memories, fitness: &FitnessOf) -> Cow<'a, [Model]> {
    if !backends.has_several() {
        return Cow::Borrowed(models);
    }
    let rests = |row: &Model| fitness.get(&(row.backend.clone(), row.id.clone())).is_some_and(|fitness| fitness.rests);
    Cow::Owned(in_order(models, &loads(backends, memory), rests))
}
