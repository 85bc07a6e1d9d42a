//! Who is in memory, as plain data: every change is one call, under one lock, without waiting.

use super::super::semaphore::{Permit, Priority, Shortfall, TooLarge, WeightedSemaphore};
use super::entry::{Entry, Phase, held_mib};
use super::{AdmitError, Capacity, Demand, Effort, Policy};
use crate::backend::BackendError;
use crate::domain::{CapacitySource, HeldModel, MemoryPhase, ModelId, Residency};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// What somebody who wants a model waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// For room, which these hold.
    Waiting {
        /// Who is in memory.
        holders: Vec<ModelId>,
    },
    /// For these to leave.
    MakingRoom {
        /// Who leaves.
        victims: Vec<ModelId>,
    },
    /// For the model to be loaded.
    Loading,
    /// For nothing.
    Ready,
}

/// A stay of a model in memory: the same model later is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) model: ModelId,
    pub(super) stay: u64,
}

/// Whether one may go in to a model.
pub(super) enum Door {
    /// Yes: counted as a user from now on.
    Open(Place, Arc<OnceLock<AdmitError>>),
    /// It is neither there nor on its way.
    Absent,
    /// It is there with another window, and nobody uses it: it has to leave first.
    OtherWindow(Place),
    /// Not now.
    Closed,
}

pub(super) struct State {
    pub(super) capacity: Capacity,
    entries: HashMap<ModelId, Entry>,
    stays: u64,
    /// When those left that the server was not asked about since.
    left_at: HashMap<ModelId, Instant>,
    /// Models that left for another.
    pub(super) swaps: u64,
    /// Models that the server pushed out itself.
    pub(super) lost: u64,
}

/// A model that was used within this time, and is gone, was pushed out.
const LATELY: std::time::Duration = std::time::Duration::from_secs(60);

impl State {
    pub(super) fn new(capacity: Capacity) -> Self {
        Self { capacity, entries: HashMap::new(), stays: 0, left_at: HashMap::new(), swaps: 0, lost: 0 }
    }

    fn at(&self, place: &Place) -> Option<&Entry> {
        self.entries.get(&place.model).filter(|entry| entry.stay == place.stay)
    }

    fn at_mut(&mut self, place: &Place) -> Option<&mut Entry> {
        self.entries.get_mut(&place.model).filter(|entry| entry.stay == place.stay)
    }

    pub(super) fn knows(&self, model: &ModelId) -> bool {
        self.entries.contains_key(model)
    }

    pub(super) fn is_ready(&self, model: &ModelId) -> bool {
        self.entries.get(model).is_some_and(|entry| entry.phase == Phase::Ready)
    }

    /// Whether as much as may be done for `demand` can be enough.
    pub(super) fn is_within_reach(&self, demand: &Demand) -> bool {
        let entry = self.entries.get(&demand.model);
        // One that comes or is loaded with another window would be loaded anew at its first request, by the server itself.
        let is_there = |entry: &Entry| entry.phase == Phase::Ready && !entry.has_other_window(demand.num_ctx);
        match demand.effort {
            Effort::Full => true,
            Effort::Beside => entry.is_none_or(|entry| entry.phase == Phase::Loading || is_there(entry)),
            Effort::None => entry.is_some_and(is_there),
        }
    }

    /// Refuses what can never be had.
    pub(super) fn check(&self, demand: &Demand) -> Result<(), AdmitError> {
        let capacity = self.capacity.most_mib;
        let fits = demand.weight <= capacity || self.is_ready(&demand.model);
        if fits { Ok(()) } else { Err(AdmitError::TooLarge(TooLarge { weight: demand.weight, capacity })) }
    }

    /// Whether `demand` may go in now; `waits` is who is next in line for room.
    pub(super) fn door(&mut self, demand: &Demand, waits: Option<&Shortfall>, policy: &Policy, now: Instant) -> Door {
        let Some(entry) = self.entries.get_mut(&demand.model) else { return Door::Absent };
        let place = Place { model: demand.model.clone(), stay: entry.stay };
        let other_window = entry.has_other_window(demand.num_ctx) && !entry.stays(now);
        match entry.phase {
            Phase::Leaving => return Door::Closed,
            Phase::Ready if other_window && entry.users == 0 => return Door::OtherWindow(place),
            Phase::Ready => {
                let Some(waits) = waits else {
                    (entry.closed, entry.passed) = (false, 0);
                    return entry.join(demand, place);
                };
                // The background never gets the room of the user's model, nor is the user's question kept from a model that is
                // there: its wait closes nothing then.
                let of_user = entry.of_user || demand.priority == Priority::User;
                if waits.priority == Priority::Background && of_user {
                    return entry.join(demand, place);
                }
                // Who is less urgent waits behind; that closes nothing to others.
                if demand.priority < waits.priority {
                    return Door::Closed;
                }
                entry.closed |= entry.passed >= policy.bypass || now.duration_since(waits.since) >= policy.patience;
                if entry.closed {
                    return Door::Closed;
                }
                entry.passed += 1;
            }
            Phase::Queued | Phase::Loading => {}
        }
        entry.join(demand, place)
    }

    /// Makes a place for a model that is to be brought.
    pub(super) fn expect(&mut self, demand: &Demand, users: usize) -> (Place, Arc<OnceLock<AdmitError>>) {
        self.stays += 1;
        let failed = Arc::new(OnceLock::new());
        let entry = Entry {
            stay: self.stays,
            phase: Phase::Queued,
            users,
            permit: None,
            weight: demand.weight,
            seen: None,
            there_since: Instant::now(),
            window: Some(demand.num_ctx),
            last_used: Instant::now(),
            of_user: users > 0 && demand.priority == Priority::User,
            priority: demand.priority,
            passed: 0,
            closed: false,
            stayed: None,
            bringing: None,
            failed: Arc::clone(&failed),
        };
        self.entries.insert(demand.model.clone(), entry);
        (Place { model: demand.model.clone(), stay: self.stays }, failed)
    }

    pub(super) fn brought_by(&mut self, place: &Place, task: AbortHandle) {
        if let Some(entry) = self.at_mut(place) {
            entry.bringing = Some(task);
        }
    }

    /// A user goes. A model that nobody waits for any more is not brought; true where its load has begun, and has to be ended.
    pub(super) fn leave(&mut self, place: &Place, now: Instant) -> bool {
        let Some(entry) = self.at_mut(place) else { return false };
        entry.users = entry.users.saturating_sub(1);
        entry.last_used = now;
        entry.users == 0 && matches!(entry.phase, Phase::Queued | Phase::Loading) && self.begin_leave(place)
    }

    /// The priority of those who wait for a model.
    pub(super) fn priority(&self, place: &Place) -> Option<Priority> {
        self.at(place).map(|entry| entry.priority)
    }

    /// Whether somebody waits for it.
    pub(super) fn is_wanted(&self, place: &Place) -> bool {
        self.at(place).is_some_and(|entry| entry.users > 0 && entry.priority == Priority::User)
    }

    /// Whether there is room for it already.
    pub(super) fn has_room(&self, place: &Place) -> bool {
        self.at(place).is_some_and(|entry| entry.permit.is_some())
    }

    /// There is room: the load begins.
    pub(super) fn begin_load(&mut self, place: &Place, permit: Permit) {
        if let Some(entry) = self.at_mut(place).filter(|entry| entry.phase == Phase::Queued) {
            (entry.phase, entry.permit) = (Phase::Loading, Some(permit));
        }
    }

    /// The model is there, and takes what was seen.
    pub(super) fn loaded(&mut self, place: &Place, seen: Option<Residency>) {
        // One that was told to leave meanwhile leaves: a task that is stopped may run to its next wait.
        let Some(entry) = self.at_mut(place).filter(|entry| entry.phase == Phase::Loading) else { return };
        (entry.phase, entry.seen, entry.bringing) = (Phase::Ready, seen, None);
        (entry.last_used, entry.there_since) = (Instant::now(), Instant::now());
        entry.weigh();
    }

    /// For a test: what the server said of the window once it was loaded.
    #[cfg(test)]
    pub(super) fn loaded_with(&mut self, model: &ModelId, context: u32) {
        if let Some(seen) = self.entries.get_mut(model).and_then(|entry| entry.seen.as_mut()) {
            seen.context = Some(context);
        }
    }

    /// The model did not come: all who wait for it hear why.
    pub(super) fn failed(&mut self, place: &Place, why: AdmitError) {
        if self.at(place).is_some_and(|entry| matches!(entry.phase, Phase::Queued | Phase::Loading))
            && let Some(entry) = self.entries.remove(&place.model)
        {
            // Set once: nobody else knows of this place.
            let _ = entry.failed.set(why);
        }
    }

    /// What `place` waits for.
    pub(super) fn stage(&self, place: &Place) -> Stage {
        match self.at(place).map(|entry| entry.phase) {
            Some(Phase::Ready) => Stage::Ready,
            Some(Phase::Loading) => Stage::Loading,
            _ => self.stage_at_the_door(&place.model),
        }
    }

    /// What one waits for who wants `model` and has no place yet.
    pub(super) fn stage_at_the_door(&self, model: &ModelId) -> Stage {
        let victims = self.names(|entry| entry.phase == Phase::Leaving);
        if !victims.is_empty() {
            return Stage::MakingRoom { victims };
        }
        Stage::Waiting { holders: self.holders().into_iter().filter(|holder| holder != model).collect() }
    }

    /// Who is in memory.
    pub(super) fn holders(&self) -> Vec<ModelId> {
        self.names(|entry| entry.permit.is_some())
    }

    fn names(&self, of: impl Fn(&Entry) -> bool) -> Vec<ModelId> {
        let mut names: Vec<ModelId> = self.entries.iter().filter(|(_, entry)| of(entry)).map(|(id, _)| id.clone()).collect();
        names.sort();
        names
    }

    /// Who leaves so that the one who waits gets what it lacks: nobody where enough leaves already. `None` where that does not
    /// help: then those in use are closed, as far as they are needed, and leave once they are done.
    pub(super) fn victims(&mut self, waits: &Shortfall, policy: &Policy, now: Instant) -> Option<Vec<Place>> {
        // What leaves already comes free.
        let leaving: u64 = self.entries.values().filter(|entry| entry.phase == Phase::Leaving).map(Entry::holds).sum();
        let missing = waits.missing.saturating_sub(leaving);
        if missing == 0 {
            return Some(Vec::new());
        }
        let protects = waits.priority == Priority::Background;
        let may_leave = |entry: &Entry| entry.is_evictable(now) && !(protects && entry.of_user);
        let mut idle: Vec<(&ModelId, &Entry)> = self.entries.iter().filter(|(_, entry)| may_leave(entry)).collect();
        // Who is on its way for nobody first, then what served the background, then the longest unused.
        idle.sort_by_key(|(id, entry)| (entry.phase == Phase::Ready, entry.of_user, entry.last_used, (*id).clone()));
        if idle.iter().map(|(_, entry)| entry.holds()).sum::<u64>() < missing {
            self.close(waits, policy, now);
            return None;
        }
        let mut chosen: Vec<(&ModelId, &Entry)> = Vec::new();
        let mut room = 0;
        for (id, entry) in idle {
            if room >= missing {
                break;
            }
            room += entry.holds();
            chosen.push((id, entry));
        }
        // The last one may have made some of the first unnecessary.
        chosen.retain(|(_, entry)| {
            let spare = room - entry.holds() >= missing;
            room -= if spare { entry.holds() } else { 0 };
            !spare
        });
        Some(chosen.into_iter().map(|(id, entry)| Place { model: id.clone(), stay: entry.stay }).collect())
    }

    /// Those in use take no more requests once others waited long enough.
    fn close(&mut self, waits: &Shortfall, policy: &Policy, now: Instant) {
        if now.duration_since(waits.since) >= policy.patience {
            for entry in self.entries.values_mut().filter(|entry| entry.phase == Phase::Ready) {
                entry.closed |= !(waits.priority == Priority::Background && entry.of_user);
            }
        }
    }

    /// Whether somebody waits no more: doors open again.
    pub(super) fn open_doors(&mut self) {
        for entry in self.entries.values_mut() {
            (entry.closed, entry.passed) = (false, 0);
        }
    }

    /// A model that nobody uses is to leave, and holds its room until it is gone. False where there is nothing to be done for it:
    /// it is in use, leaves already, or had not begun to come.
    pub(super) fn begin_leave(&mut self, place: &Place) -> bool {
        let Some(entry) = self.at_mut(place).filter(|entry| entry.users == 0) else { return false };
        entry.stop();
        match entry.phase {
            Phase::Ready | Phase::Loading => {
                entry.phase = Phase::Leaving;
                true
            }
            Phase::Queued => {
                self.entries.remove(&place.model);
                false
            }
            Phase::Leaving => false,
        }
    }

    /// A model that is in memory and not in use.
    pub(super) fn idle(&self, model: &ModelId) -> Result<Place, BackendError> {
        match self.entries.get(model) {
            None => Err(BackendError::NotFound(format!("{model} is not in memory"))),
            Some(entry) if entry.users > 0 || entry.phase == Phase::Leaving => {
                Err(BackendError::Busy { what: format!("{model} is in use"), retry_after: None })
            }
            Some(entry) => Ok(Place { model: model.clone(), stay: entry.stay }),
        }
    }

    /// A model left, or did not.
    pub(super) fn left(&mut self, place: &Place, gone: bool, now: Instant) {
        let Some(entry) = self.at_mut(place) else { return };
        if gone {
            self.entries.remove(&place.model);
            self.left_at.insert(place.model.clone(), now);
            self.swaps += 1;
        } else {
            (entry.phase, entry.stayed) = (Phase::Ready, Some(now));
        }
    }

    /// Who leaves early because memory is nearly full: what nobody uses, but for what the user used last.
    pub(super) fn surplus(&self, used: u64, pressure: u8, now: Instant) -> Option<Place> {
        if used * 100 <= self.capacity.mib * u64::from(pressure) {
            return None;
        }
        let current = self.entries.values().filter(|entry| entry.of_user).map(|entry| entry.last_used).max();
        let idle = self.entries.iter().filter(|(_, entry)| {
            entry.phase == Phase::Ready && entry.is_evictable(now) && !(entry.of_user && Some(entry.last_used) == current)
        });
        let (id, entry) = idle.min_by_key(|(_, entry)| (entry.of_user, entry.last_used))?;
        Some(Place { model: id.clone(), stay: entry.stay })
    }

    /// Takes what the server says.
    pub(super) fn observe(&mut self, resident: &HashMap<ModelId, Residency>, room: &WeightedSemaphore, asked: Instant) {
        let in_memory = |entry: &Entry| matches!(entry.phase, Phase::Ready);
        let gone = self.names(|entry| in_memory(entry) && entry.users == 0 && entry.last_used < asked);
        self.left_at.retain(|_, left| *left >= asked);
        for model in gone.iter().filter(|model| !resident.contains_key(*model)) {
            self.entries.remove(model);
        }
        for (model, seen) in resident {
            match self.entries.get_mut(model) {
                // It was asked before it was loaded anew.
                Some(entry) if in_memory(entry) && asked < entry.there_since => {}
                Some(entry) if in_memory(entry) => entry.see(*seen),
                Some(_) => {}
                // It left after the server was asked.
                None if self.left_at.contains_key(model) => {}
                None => self.found(model, *seen, room, asked),
            }
        }
    }

    /// Somebody else loaded it.
    fn found(&mut self, model: &ModelId, seen: Residency, room: &WeightedSemaphore, now: Instant) {
        let weight = held_mib(&seen);
        let demand = Demand {
            model: model.clone(),
            num_ctx: seen.context.unwrap_or_default(),
            weight,
            priority: Priority::Background,
            limit: std::time::Duration::ZERO,
            effort: Effort::None,
        };
        let (place, _) = self.expect(&demand, 0);
        if let Some(entry) = self.at_mut(&place) {
            (entry.phase, entry.seen, entry.permit) = (Phase::Ready, Some(seen), Some(room.take(weight)));
            (entry.window, entry.last_used, entry.there_since) = (None, now, now);
        }
    }

    /// The server pushed models out while `place` came in, though nobody had asked it to: there is less memory than was thought.
    /// Gives what there is, where that was only a guess.
    pub(super) fn pushed_out(&mut self, place: &Place, resident: &HashMap<ModelId, Residency>) -> Option<u64> {
        // One that was not used for longer may have left by itself.
        let lately = |entry: &Entry| entry.last_used.elapsed() < LATELY;
        let gone = self.names(|entry| entry.phase == Phase::Ready && entry.users == 0 && lately(entry));
        let gone: Vec<_> = gone.into_iter().filter(|id| !resident.contains_key(id) && *id != place.model).collect();
        if gone.is_empty() || !resident.contains_key(&place.model) {
            return None;
        }
        let held: u64 = self.entries.values().map(Entry::holds).sum();
        for model in &gone {
            self.entries.remove(model);
        }
        self.lost += gone.len() as u64;
        let guessed = matches!(self.capacity.source, CapacitySource::MainMemory | CapacitySource::Server);
        let less = held.saturating_sub(1).min(self.capacity.mib);
        let learnt = (guessed && less < self.capacity.mib).then_some(less);
        if let Some(mib) = learnt {
            (self.capacity.mib, self.capacity.source) = (mib, CapacitySource::Server);
        }
        learnt
    }

    /// All models, for a person.
    pub(super) fn models(&self) -> impl Iterator<Item = HeldModel> {
        self.entries.iter().map(|(model, entry)| HeldModel {
            model: model.clone(),
            phase: match entry.phase {
                Phase::Queued => MemoryPhase::Waiting,
                Phase::Loading => MemoryPhase::Loading,
                Phase::Ready => MemoryPhase::Ready,
                Phase::Leaving => MemoryPhase::Leaving,
            },
            weight_mib: entry.permit.as_ref().map_or(entry.weight, Permit::weight),
            users: entry.users,
        })
    }
}
