//! What runs beside those who wait: having a model come, and having others leave for it.
//!
//! What must stay true: what was begun at the server is ended, whoever stops waiting; a task that is stopped gives back its
//! room; only one makes room at a time, and only for who is next in line.

use super::state::Place;
use super::{AdmitError, Demand, Inner, State};
use crate::backend::BackendError;
use crate::gpu::semaphore::{Permit, Priority};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// How often the server is looked at until a model is gone, and for how long.
const LOOK: Duration = Duration::from_millis(250);
const GONE: Duration = Duration::from_secs(5);

/// Has the model of `demand` come to `place`.
pub(super) fn spawn(inner: &Arc<Inner>, state: &mut State, demand: &Demand, place: &Place) {
    let (own, demand, at) = (Arc::clone(inner), demand.clone(), place.clone());
    let task = tokio::spawn(async move {
        // Dropped last, also where the task is stopped: only then is its place in the line free.
        let told = Told(Arc::clone(&own), at);
        if let Err(why) = bring(&own, &demand, &told.1).await {
            own.lock().failed(&told.1, why);
        }
    });
    state.brought_by(place, task.abort_handle());
}

/// Has the others look once a task is over, however it ends.
struct Told(Arc<Inner>, Place);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let what = format!("Segno made a mistake while {} was loaded", self.1.model);
            self.0.lock().failed(&self.1, AdmitError::Failed(BackendError::Broken(what)));
        }
        self.0.changed.notify_waiters();
        relax(&self.0);
    }
}

async fn bring(inner: &Arc<Inner>, demand: &Demand, place: &Place) -> Result<(), AdmitError> {
    if !inner.lock().has_room(place) {
        let permit = room(inner, demand, place).await?;
        inner.lock().begin_load(place, permit);
        inner.changed.notify_waiters();
    }
    let load = || async {
        let loaded = timeout(demand.limit, inner.host.load(&demand.model, demand.num_ctx)).await;
        loaded.map_err(|_| AdmitError::Late(demand.limit))?.map_err(AdmitError::Failed)
    };
    match load().await {
        // There is less than was thought: once more with all to itself.
        Err(AdmitError::Failed(BackendError::OutOfMemory(why))) => {
            if !clear(inner, place).await {
                return Err(AdmitError::Failed(BackendError::OutOfMemory(why)));
            }
            load().await?;
        }
        other => other?,
    }
    let resident = inner.host.resident().await.ok();
    let mut state = inner.lock();
    state.loaded(place, resident.as_ref().and_then(|resident| resident.get(&demand.model)).copied());
    let learnt = resident.and_then(|resident| state.pushed_out(place, &resident));
    drop(state);
    if let Some(mib) = learnt {
        tracing::warn!(mib, "the server pushed a model out: there is less memory than was thought");
        inner.room.resize(mib);
    }
    Ok(())
}

/// Waits for room, and makes it.
async fn room(inner: &Arc<Inner>, demand: &Demand, place: &Place) -> Result<Permit, AdmitError> {
    loop {
        // What is larger than the fast memory takes all of it, and the rest elsewhere.
        let weight = demand.weight.min(inner.room.capacity());
        let priority = inner.lock().priority(place).unwrap_or(demand.priority);
        let mut acquire = pin!(inner.room.acquire(weight, priority));
        tokio::select! {
            biased;
            permit = &mut acquire => match permit {
                Ok(permit) => return Ok(permit),
                // It was made smaller meanwhile.
                Err(_) => continue,
            },
            () = make_room(inner) => {}
            () = raised(inner, place, priority) => {}
        }
    }
}

/// Over when somebody more urgent waits for `place`, too.
async fn raised(inner: &Arc<Inner>, place: &Place, priority: Priority) {
    loop {
        let mut changed = pin!(inner.changed.notified());
        changed.as_mut().enable();
        if inner.lock().priority(place).is_some_and(|now| now > priority) {
            return;
        }
        changed.await;
    }
}

/// Has models leave for as long as somebody waits for room. Never over.
async fn make_room(inner: &Arc<Inner>) {
    loop {
        let mut changed = pin!(inner.changed.notified());
        changed.as_mut().enable();
        let Some(waits) = inner.room.shortfall() else {
            changed.await;
            continue;
        };
        let now = Instant::now();
        let found = inner.lock().victims(&waits, &inner.policy, now);
        // What is old in the background, and would take from the user, is not waited for by the user.
        if found.is_none() && waits.priority == Priority::Background && inner.room.user_first() {
            continue;
        }
        let victims = found.unwrap_or_default();
        if victims.is_empty() {
            let patience = waits.since + inner.policy.patience;
            // Once it is over nothing but a change helps; what did not leave is asked again later.
            let until = if patience > now { patience } else { now + GONE };
            tokio::select! {
                () = changed => {}
                () = sleep_until(until) => {}
            }
        }
        for victim in victims {
            spawn_leave(inner, victim);
        }
    }
}

/// Has a model leave beside whatever else is done.
pub(super) fn spawn_leave(inner: &Arc<Inner>, place: Place) {
    if inner.lock().begin_leave(&place) {
        inner.changed.notify_waiters();
        finish_leave(inner, place);
    }
}

/// Has the server let go of a model that leaves. Without a runtime, when all ends, there is nobody to do it.
pub(super) fn finish_leave(inner: &Arc<Inner>, place: Place) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        let inner = Arc::clone(inner);
        runtime.spawn(async move { end_leave(&inner, &place).await });
    }
}

/// Has a model leave.
pub(super) async fn leave(inner: &Arc<Inner>, place: Place) -> Result<(), BackendError> {
    if !inner.lock().begin_leave(&place) {
        return Err(BackendError::Busy { what: format!("{} is in use", place.model), retry_after: None });
    }
    inner.changed.notify_waiters();
    let own = Arc::clone(inner);
    // Begun is ended, also where nobody waits for it any more.
    let task = tokio::spawn(async move { end_leave(&own, &place).await });
    task.await.unwrap_or_else(|_| Err(BackendError::Broken("it is not known whether the model left".to_owned())))
}

/// Asks the server, and looks until the model is gone. What it holds comes free then, not before: the server says yes early.
async fn end_leave(inner: &Arc<Inner>, place: &Place) -> Result<(), BackendError> {
    let asked = inner.host.unload(&place.model).await;
    let gone = match &asked {
        Ok(()) => is_gone(inner, place).await,
        // Who is not there is gone.
        Err(BackendError::NotFound(_) | BackendError::Unreachable(_)) => true,
        Err(_) => false,
    };
    inner.lock().left(place, gone, Instant::now());
    inner.changed.notify_waiters();
    relax(inner);
    asked?;
    if gone { Ok(()) } else { Err(BackendError::Stalled(format!("{} did not leave the memory", place.model))) }
}

async fn is_gone(inner: &Arc<Inner>, place: &Place) -> bool {
    let until = Instant::now() + GONE;
    loop {
        match inner.host.resident().await {
            Ok(resident) if !resident.contains_key(&place.model) => return true,
            // A server that cannot be asked has nothing in memory that we could wait for.
            Err(BackendError::Unreachable(_)) => return true,
            _ if Instant::now() >= until => return false,
            _ => sleep_until(Instant::now() + LOOK).await,
        }
    }
}

/// Has all leave that nobody uses; true where somebody did.
async fn clear(inner: &Arc<Inner>, but: &Place) -> bool {
    let idle: Vec<Place> = {
        let state = inner.lock();
        // What nobody waits for takes nobody's place.
        if !state.is_wanted(but) {
            return false;
        }
        state.holders().iter().filter(|id| **id != but.model).filter_map(|id| state.idle(id).ok()).collect()
    };
    let mut any = false;
    for place in idle {
        any |= leave(inner, place).await.is_ok();
    }
    any
}

/// Once somebody is done: doors open where nobody waits, and what fills the memory for nobody leaves.
pub(super) fn relax(inner: &Arc<Inner>) {
    if inner.room.waiting() > 0 {
        return;
    }
    let surplus = {
        let mut state = inner.lock();
        state.open_doors();
        state.surplus(inner.room.in_use(), inner.policy.pressure, Instant::now())
    };
    // One at a time: its leaving says whether that was enough.
    if let Some(place) = surplus {
        spawn_leave(inner, place);
    }
}
