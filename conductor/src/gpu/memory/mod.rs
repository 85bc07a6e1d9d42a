//! The memory that models share: who is in it, who uses it, who waits for room, and who leaves first.
//!
//! What must stay true: a model that somebody uses never leaves; work in the background takes nothing from the user's model; one
//! load of a model at a time, which all who want it share; a lease is given back by dropping it, and whoever stops waiting leaves
//! no trace; nothing is sent from here: [`Host`] says and does what the server has to.
//!
//! Weights count once, however many use a model: Ollama reserves the cache of all its parallel requests when it loads.

mod bring;
mod entry;
mod state;
#[cfg(test)]
mod tests;

pub use state::Stage;

use super::semaphore::{Fairness, Priority, TooLarge, WeightedSemaphore};
use crate::backend::BackendError;
use crate::domain::{CapacitySource, HeldModel, MemoryState, ModelId, Residency};
use futures_util::future::BoxFuture;
use state::{Door, Place, State};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// What the manager has done at the server whose memory it is.
pub trait Host: Send + Sync + 'static {
    /// Loads a model; over when it is in memory. Dropping it takes the wish back.
    fn load(&self, model: &ModelId, num_ctx: u32) -> BoxFuture<'static, Result<(), BackendError>>;
    /// Asks for a model to leave. It may be gone only later.
    fn unload(&self, model: &ModelId) -> BoxFuture<'static, Result<(), BackendError>>;
    /// What is in memory now.
    fn resident(&self) -> BoxFuture<'static, Result<HashMap<ModelId, Residency>, BackendError>>;
}

/// By which rules memory is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// While one waits for room, so many more requests go to each model that holds it.
    pub bypass: u32,
    /// And no longer than this.
    pub patience: Duration,
    /// Work in the background that waited so long is as urgent as the user's, as far as that takes nothing from the user's models.
    pub ageing: Duration,
    /// Percent of the memory above which models that nobody uses leave.
    pub pressure: u8,
}

/// How much memory there is, in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// What models may take of the memory that they run fast in.
    pub mib: u64,
    /// What a single one may take at the most, a part of it elsewhere: it runs slower then.
    pub most_mib: u64,
    /// Who said so.
    pub source: CapacitySource,
}

/// How far one goes to have a model in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// As far as it takes: others leave for it, and it is waited for.
    #[default]
    Full,
    /// It is loaded where it fits beside all that is in memory, as by [`preload`](GpuMemoryManager::preload); nothing but a load is
    /// waited for.
    Beside,
    /// Nothing is loaded, and nothing waited for: it is there, or it is not.
    None,
}

/// A request for a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The model.
    pub model: ModelId,
    /// The window that it is asked with, in tokens; 0 where any will do.
    pub num_ctx: u32,
    /// What it takes, in MiB, as far as is known.
    pub weight: u64,
    /// Whose request it is.
    pub priority: Priority,
    /// How long it may wait for room, and, after that, how long a load may take.
    pub limit: Duration,
    /// How far one goes for it.
    pub effort: Effort,
}

/// Why a model was not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdmitError {
    /// It takes more than there is, whoever leaves.
    #[error("it needs {} of memory, and there are {}", mib(.0.weight), mib(.0.capacity))]
    TooLarge(TooLarge),
    /// No room came free in time.
    #[error("no memory came free in {} s", .0.as_secs())]
    Crowded(Duration),
    /// It was not there in time.
    #[error("it was not loaded in {} s", .0.as_secs())]
    Late(Duration),
    /// It is not in memory, or not free there, and no more was to be done for it: see [`Effort`].
    #[error("it is not in memory, or others wait for its room")]
    NotThere,
    /// The server could not load it.
    #[error(transparent)]
    Failed(#[from] BackendError),
}

/// A size for a person: `512 MiB`, `5.6 GiB`.
pub fn mib(size: u64) -> String {
    if size < 1024 { format!("{size} MiB") } else { format!("{:.1} GiB", size as f64 / 1024.0) }
}

/// Shares the memory of one server. Cheap to clone.
#[derive(Clone)]
pub struct GpuMemoryManager {
    inner: Arc<Inner>,
}

struct Inner {
    room: WeightedSemaphore,
    state: Mutex<State>,
    /// Somebody came, left, or was loaded.
    changed: Notify,
    host: Arc<dyn Host>,
    policy: Policy,
}

/// A model that stays in memory for as long as this is held.
pub struct Lease {
    inner: Arc<Inner>,
    place: Place,
    /// How long it took to have the model in memory; `None` where it was there.
    loaded: Option<Duration>,
    failed: Arc<OnceLock<AdmitError>>,
}

impl Lease {
    /// How long it took to have the model in memory; `None` where it was there.
    pub fn loaded(&self) -> Option<Duration> {
        self.loaded
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("model", &self.place.model).field("loaded", &self.loaded).finish()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let half_loaded = self.inner.lock().leave(&self.place, Instant::now());
        self.inner.changed.notify_waiters();
        match half_loaded {
            true => bring::finish_leave(&self.inner, self.place.clone()),
            false => bring::relax(&self.inner),
        }
    }
}

impl GpuMemoryManager {
    /// Manages the memory of `host`. Nothing is known to be in it before [`observe`](Self::observe).
    pub fn new(host: Arc<dyn Host>, capacity: Capacity, policy: Policy) -> Self {
        let fairness = Fairness { bypass: policy.bypass, ageing: policy.ageing };
        let room = WeightedSemaphore::new(capacity.mib, fairness);
        let state = Mutex::new(State::new(capacity));
        Self { inner: Arc::new(Inner { room, state, changed: Notify::new(), host, policy }) }
    }

    /// Has a model in memory, and keeps it there while the lease is held: at once where it is there, else once there is room
    /// and it is loaded, as far as its [`Effort`] goes. `stage` hears what it waits for, each time that changes.
    ///
    /// # Errors
    /// Where it does not come into memory.
    pub async fn admit(&self, demand: &Demand, mut stage: impl FnMut(Stage)) -> Result<Lease, AdmitError> {
        let (inner, begun) = (&self.inner, Instant::now());
        let mut mine: Option<Lease> = None;
        let mut told = None;
        let late = begun + demand.limit;
        loop {
            let mut changed = pin!(inner.changed.notified());
            changed.as_mut().enable();
            if mine.is_none() {
                mine = self.enter(demand)?;
            }
            let now = match &mine {
                Some(lease) => {
                    if let Some(error) = lease.failed.get() {
                        return Err(error.clone());
                    }
                    inner.lock().stage(&lease.place)
                }
                None => inner.lock().stage_at_the_door(&demand.model),
            };
            if now == Stage::Ready {
                break;
            }
            if told.as_ref() != Some(&now) {
                stage(now.clone());
                told = Some(now);
            }
            // A load has its own limit, from when it begins.
            let waits_for_room = matches!(told, Some(Stage::Waiting { .. } | Stage::MakingRoom { .. }));
            match waits_for_room {
                true => timeout_at(late, changed).await.map_err(|_| AdmitError::Crowded(demand.limit))?,
                false => changed.await,
            }
        }
        let Some(mut lease) = mine else { return Err(AdmitError::Crowded(demand.limit)) };
        lease.loaded = told.map(|_| begun.elapsed());
        Ok(lease)
    }

    /// Goes in, where the door is open: joins who is there, or has the model brought.
    fn enter(&self, demand: &Demand) -> Result<Option<Lease>, AdmitError> {
        let inner = &self.inner;
        let waits = inner.room.shortfall();
        let mut state = inner.lock();
        state.check(demand)?;
        if !state.is_within_reach(demand) {
            return Err(AdmitError::NotThere);
        }
        let door = state.door(demand, waits.as_ref(), &inner.policy, Instant::now());
        Ok(match door {
            Door::Open(place, failed) => {
                // It may be more urgent now.
                inner.changed.notify_waiters();
                Some(self.lease(place, failed))
            }
            Door::Absent if demand.effort == Effort::Beside => {
                let (place, failed) = self.bring_beside(&mut state, demand, 1).ok_or(AdmitError::NotThere)?;
                Some(self.lease(place, failed))
            }
            Door::Absent => {
                let (place, failed) = state.expect(demand, 1);
                // Where there is room already nobody waits for it, and nothing is said of a wait. It never passes those who do.
                if let Some(permit) = inner.room.try_acquire(demand.weight.min(inner.room.capacity())) {
                    state.begin_load(&place, permit);
                }
                bring::spawn(inner, &mut state, demand, &place);
                Some(self.lease(place, failed))
            }
            Door::OtherWindow(place) => {
                drop(state);
                bring::spawn_leave(inner, place);
                None
            }
            Door::Closed if demand.effort != Effort::Full => return Err(AdmitError::NotThere),
            Door::Closed => None,
        })
    }

    /// Begins to load what fits beside all that is in memory; `None` where it does not.
    fn bring_beside(&self, state: &mut State, demand: &Demand, users: usize) -> Option<(Place, Arc<OnceLock<AdmitError>>)> {
        let inner = &self.inner;
        // What would leave again at once is not loaded.
        let full = state.capacity.mib * u64::from(inner.policy.pressure) / 100;
        if inner.room.in_use().saturating_add(demand.weight) > full {
            return None;
        }
        // It never passes those who wait, and is refused where it does not fit now.
        let permit = inner.room.try_acquire(demand.weight)?;
        let (place, failed) = state.expect(demand, users);
        state.begin_load(&place, permit);
        bring::spawn(inner, state, demand, &place);
        Some((place, failed))
    }

    fn lease(&self, place: Place, failed: Arc<OnceLock<AdmitError>>) -> Lease {
        Lease { inner: Arc::clone(&self.inner), place, loaded: None, failed }
    }

    /// Has a model loaded that nobody asked for yet, where it fits beside all that is in memory; false where it does not, or is
    /// there. It leaves again as soon as somebody needs its room.
    pub fn preload(&self, demand: &Demand) -> bool {
        let mut state = self.inner.lock();
        !state.knows(&demand.model) && self.bring_beside(&mut state, demand, 0).is_some()
    }

    /// Has a model leave. Over when it is gone.
    ///
    /// # Errors
    /// `Busy` while somebody uses it, `NotFound` where it is not there, `Stalled` where it stays.
    pub async fn unload(&self, model: &ModelId) -> Result<(), BackendError> {
        let place = self.inner.lock().idle(model)?;
        bring::leave(&self.inner, place).await
    }

    /// Asks the server what is in memory now, and takes that. What it does not say stays as it was.
    pub async fn look(&self) {
        let asked = Instant::now();
        if let Ok(resident) = self.inner.host.resident().await {
            self.observe(&resident, asked);
        }
    }

    /// Takes what the server says is in memory: others may have loaded models, and time takes them out. It was asked at `asked` or
    /// later; of what came or went after that it says nothing.
    pub fn observe(&self, resident: &HashMap<ModelId, Residency>, asked: Instant) {
        let inner = &self.inner;
        inner.lock().observe(resident, &inner.room, asked);
        inner.changed.notify_waiters();
    }

    /// There is more or less memory than was thought.
    pub fn resize(&self, capacity: Capacity) {
        self.inner.lock().capacity = capacity;
        self.inner.room.resize(capacity.mib);
        self.inner.changed.notify_waiters();
    }

    /// Whether a model is in memory and may be asked at once.
    pub fn is_ready(&self, model: &ModelId) -> bool {
        self.inner.lock().is_ready(model)
    }

    /// What there is to see.
    pub fn snapshot(&self) -> MemoryState {
        let inner = &self.inner;
        let (used, waiting) = (inner.room.in_use(), inner.room.waiting());
        let state = inner.lock();
        let mut models: Vec<HeldModel> = state.models().collect();
        models.sort_by(|a, b| a.model.cmp(&b.model));
        let Capacity { mib, source, .. } = state.capacity;
        MemoryState { capacity_mib: mib, used_mib: used, source, waiting, swaps: state.swaps, lost: state.lost, models }
    }
}

impl Inner {
    /// A poisoned lock means that a task crashed between two whole changes: what it guards is as good as before.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
