//! The pool of one backend: how many requests it is sent at once, and what became of its connections.
//!
//! What must stay true: requests wait in the order in which they came, and one that is dropped leaves the queue; a slot is held
//! from before the request until its answer was read to the end or was dropped; nothing here has a timer, so that an idle
//! program is not woken: what is too old is found out when the next request comes.
//!
//! Kinds of requests have slots of their own ([`Lane`]): a list must come while long answers take all of theirs, and a model
//! that the server is slow to tell of must not hold up the list.

mod client;
mod connect;
mod counts;
mod response;
#[cfg(test)]
mod tests;

pub(crate) use client::Client;
pub(super) use connect::Counting;
pub(crate) use response::Response;

use super::{BackendError, Reach, Recipe, Target};
use crate::config::PoolSettings;
use crate::domain::{BackendId, PoolState};
use counts::{Counts, Shared};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a request is for, and so whose slots it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// An answer, vectors, a model to fetch: what may take minutes.
    Work,
    /// What there is: over in seconds.
    List,
    /// What one model is: many at once, and each may be slow.
    Detail,
}

/// The bounds of a pool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Requests in flight of [`Lane::Work`].
    pub(crate) work: u32,
    /// Requests in flight of [`Lane::List`]: one look at an Ollama takes three.
    pub(crate) list: u32,
    /// Requests in flight of [`Lane::Detail`]: one look at an Ollama takes up to eight.
    pub(crate) detail: u32,
    /// Connections that were made longer ago than this are not used for another request.
    pub(crate) max_age: Duration,
    /// Nor are those of a backend that was not used for so long: what stands between may have forgotten them without a word,
    /// and a request over them would wait in vain. Many servers and balancers forget after 60 s or more.
    pub(crate) max_idle: Duration,
}

impl Limits {
    /// As the user set them: the bound is for what may take minutes.
    pub(crate) fn of(settings: &PoolSettings) -> Self {
        let PoolSettings { in_flight, oldest, idle } = *settings;
        let work = u32::try_from(in_flight).unwrap_or(u32::MAX);
        Self { work, max_age: oldest, max_idle: idle, ..Self::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let (max_age, max_idle) = (Duration::from_secs(600), Duration::from_secs(60));
        Self { work: 8, list: 8, detail: 8, max_age, max_idle }
    }
}

/// The pool of one backend. Clones are the same pool, and it outlives the clients that are made by it: a backend whose addresses
/// change gets another client, and keeps its bounds and counters.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    backend: BackendId,
    limits: Limits,
    work: Arc<Semaphore>,
    list: Arc<Semaphore>,
    detail: Arc<Semaphore>,
    counts: Shared,
}

impl Pool {
    /// The pool of `backend`. A bound of nought counts as one.
    pub(crate) fn new(backend: BackendId, limits: Limits) -> Self {
        let slots = |bound: u32| Arc::new(Semaphore::new(usize::try_from(bound.max(1)).unwrap_or(1)));
        let (work, list, detail) = (slots(limits.work), slots(limits.list), slots(limits.detail));
        Self { inner: Arc::new(Inner { backend, limits, work, list, detail, counts: Shared::default() }) }
    }

    /// A client for `target` and nobody else.
    ///
    /// # Errors
    /// `Refused` for a target that is neither on this machine nor within `reach`.
    pub(crate) fn client(&self, target: Target<'_>, reach: &Reach) -> Result<Client, BackendError> {
        Client::new(self, Recipe::of(target, reach)?)
    }

    /// What became of the connections until now.
    pub(crate) fn state(&self) -> PoolState {
        let Counts { requests, in_use, idle, waiting, waited, opened, reused, recycled, failed, .. } = *self.inner.counts.lock();
        let (backend, limit) = (self.inner.backend.clone(), self.inner.limits.work.max(1));
        let open = in_use.saturating_add(idle);
        PoolState { backend, limit, requests, in_use, idle, open, waiting, waited, opened, reused, recycled, failed }
    }

    fn limits(&self) -> Limits {
        self.inner.limits
    }

    fn counts(&self) -> &Shared {
        &self.inner.counts
    }

    /// Waits for a slot. Dropping the future leaves the queue. What has to hold when a request is sent is looked at after this:
    /// waiting may take as long as an answer.
    pub(crate) async fn slot(&self, lane: Lane) -> Slot {
        let slots = match lane {
            Lane::Work => &self.inner.work,
            Lane::List => &self.inner.list,
            Lane::Detail => &self.inner.detail,
        };
        // One that was given back goes to those who wait, so that nobody overtakes them here.
        if let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
            return Slot(Some(slot));
        }
        let _waiting = Waiting::begin(self.counts());
        // `None` where it is closed, which nobody does.
        Slot(Arc::clone(slots).acquire_owned().await.ok())
    }
}

/// Leave for one request to be in flight. Dropping it lets the next one go.
#[derive(Debug)]
#[must_use]
pub(crate) struct Slot(#[expect(dead_code, reason = "it is held, and dropped")] Option<OwnedSemaphorePermit>);

/// A request that waits for a slot.
struct Waiting(Shared);

impl Waiting {
    fn begin(counts: &Shared) -> Self {
        let mut now = counts.lock();
        now.waiting = now.waiting.saturating_add(1);
        now.waited += 1;
        drop(now);
        Self(counts.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut now = self.0.lock();
        now.waiting = now.waiting.saturating_sub(1);
    }
}
