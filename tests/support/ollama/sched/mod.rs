//! The scheduler of the fake: which models are in GPU memory, which requests wait, and which model has to go.
//!
//! Written after Ollama's own (`server/sched.go`). What must stay true: one request is scheduled at a time, in the order in
//! which they came, and while it waits all others wait behind it; a model that answers or loads is never unloaded; nothing here
//! waits: a step that cannot be made yet says so, and is tried again after the next change.

mod ends;
mod leaving;
mod limits;
mod view;

pub(super) use limits::{Frees, Keep, Limits, Need, Refused};

use super::memory::{Eviction, Memory};
use super::state::Runner;
use leaving::Leaving;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::SystemTime;

/// The number of a request.
pub(super) type Id = u64;

/// A model in memory, or on its way in.
#[derive(Debug)]
struct Loaded {
    runner: Runner,
    keep: Keep,
    size: u64,
    vram: u64,
    loading: bool,
    /// The requests that it has, in the order in which they came.
    requests: Vec<Id>,
    expires: SystemTime,
    /// It has to go for a load of this model as soon as it is idle.
    makes_room_for: Option<String>,
}

/// Why a model is unloaded.
enum Why {
    /// A client said so.
    Asked,
    /// A load of this model.
    RoomFor(String),
    /// Its time was up.
    Expired,
}

/// What is to be done for the request at the head of the queue.
enum Verdict {
    /// Wait for the load that is going on.
    Wait,
    /// It is in memory.
    Join,
    /// Load it, so many bytes of it into GPU memory.
    Load(u64),
    /// This model has to go first.
    Evict(String),
    /// No.
    Refuse(Refused),
}

/// All that is known of memory, and of the requests that want some.
#[derive(Debug, Default)]
pub(super) struct Scheduler {
    pub(super) limits: Limits,
    /// The server is being stopped: nothing is begun any more, and what ends is not counted.
    down: bool,
    last_id: Id,
    /// Requests that have no model yet. The first is being scheduled.
    pending: VecDeque<Id>,
    loaded: BTreeMap<String, Loaded>,
    leaving: Vec<Leaving>,
    /// Models that made way since the last load.
    gone: BTreeSet<String>,
    /// What came and went; the present is filled in when it is asked for.
    counts: Memory,
    version: u64,
}

impl Scheduler {
    /// Changes with every change.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Takes a request into the queue. The one being scheduled does not count as waiting, as in the real server.
    pub(super) fn enqueue(&mut self) -> Result<Id, Refused> {
        let waiting = self.pending.len().saturating_sub(1);
        if !self.pending.is_empty() && waiting >= self.limits.max_queue() {
            return Err(Refused::Queue);
        }
        self.last_id += 1;
        self.version += 1;
        self.pending.push_back(self.last_id);
        Ok(self.last_id)
    }

    /// Goes as far as it can for this request: whether its model has to be loaded by it. Nothing while it has to wait.
    pub(super) fn schedule(&mut self, id: Id, need: &Need) -> Option<Result<bool, Refused>> {
        if self.down || self.counts.hung || self.pending.front() != Some(&id) {
            return None;
        }
        self.expire();
        if self.limits.late_hangs && self.leaving.iter().any(|leaving| leaving.name == need.name) {
            self.counts.hung = true;
            self.version += 1;
            return None;
        }
        loop {
            let makes_way = self.loaded.values().any(|loaded| loaded.makes_room_for.is_some());
            if makes_way || self.leaving.iter().any(|leaving| leaving.awaited) {
                return None;
            }
            let done = match self.verdict(need) {
                Verdict::Wait => return None,
                Verdict::Join => {
                    self.join(id, need);
                    Ok(false)
                }
                Verdict::Load(vram) => {
                    self.load(id, need, vram);
                    Ok(true)
                }
                Verdict::Evict(name) => {
                    self.make_room(&name, &need.name);
                    continue;
                }
                Verdict::Refuse(refused) => Err(refused),
            };
            self.pending.pop_front();
            self.version += 1;
            return Some(done);
        }
    }

    fn verdict(&self, need: &Need) -> Verdict {
        match self.loaded.get(&need.name) {
            Some(loaded) if loaded.loading => return Verdict::Wait,
            Some(loaded) if loaded.runner == need.runner => return Verdict::Join,
            Some(_) => return Verdict::Evict(need.name.clone()),
            None => {}
        }
        let free = self.limits.total.map_or(u64::MAX, |total| total.saturating_sub(self.used()));
        let full = self.loaded.len() >= self.limits.max_loaded();
        let victim = self.victim().filter(|_| full || !self.limits.fits_beside(need.vram, free));
        match victim {
            Some(victim) => Verdict::Evict(victim),
            None if need.vram <= free => Verdict::Load(need.vram),
            None if need.whole => Verdict::Refuse(Refused::TooLarge(need.size, free)),
            None => Verdict::Load(free),
        }
    }

    /// The idle model that is kept for the shortest time, whenever it was used; where all are busy, the one of them. Of two
    /// alike, the first by name.
    fn victim(&self) -> Option<String> {
        let first = self.loaded.iter().min_by_key(|(_, loaded)| (!loaded.requests.is_empty(), loaded.keep));
        first.map(|(name, _)| name.clone())
    }

    fn join(&mut self, id: Id, need: &Need) {
        if let Some(loaded) = self.loaded.get_mut(&need.name) {
            loaded.requests.push(id);
            loaded.keep = need.keep.unwrap_or(loaded.keep);
        }
    }

    fn load(&mut self, id: Id, need: &Need, vram: u64) {
        let keep = need.keep.unwrap_or(Keep::DEFAULT);
        let loaded = Loaded {
            runner: need.runner.clone(),
            keep,
            size: need.size,
            vram,
            loading: true,
            requests: vec![id],
            expires: keep.end(),
            makes_room_for: None,
        };
        self.loaded.insert(need.name.clone(), loaded);
        *self.counts.loads.entry(need.name.clone()).or_default() += 1;
        self.counts.swaps += usize::from(self.gone.iter().any(|name| *name != need.name));
        self.gone.clear();
        self.counts.peak = self.counts.peak.max(self.used());
    }

    fn make_room(&mut self, name: &str, by: &str) {
        self.version += 1;
        if let Some(loaded) = self.loaded.get_mut(name).filter(|loaded| !loaded.requests.is_empty()) {
            loaded.keep = Keep::NOT;
            loaded.makes_room_for = Some(by.to_owned());
        } else {
            self.leave(name, Why::RoomFor(by.to_owned()));
        }
    }

    /// Unloads a model that is idle.
    fn leave(&mut self, name: &str, why: Why) {
        let Some(loaded) = self.loaded.remove(name) else { return };
        self.version += 1;
        let awaited = matches!(why, Why::RoomFor(_));
        match why {
            Why::RoomFor(by) if by != name => {
                self.counts.evictions.push(Eviction { model: name.to_owned(), by });
                self.gone.insert(name.to_owned());
            }
            Why::Asked => {
                *self.counts.unloads.entry(name.to_owned()).or_default() += 1;
                self.gone.insert(name.to_owned());
            }
            Why::RoomFor(_) | Why::Expired => {}
        }
        self.hold(name, &loaded, awaited);
    }

    fn expire(&mut self) {
        let now = SystemTime::now();
        let over = |loaded: &Loaded| loaded.requests.is_empty() && loaded.keep != Keep::Ever && loaded.expires <= now;
        let names: Vec<String> = self.loaded.iter().filter(|(_, loaded)| over(loaded)).map(|(name, _)| name.clone()).collect();
        for name in names {
            self.leave(&name, Why::Expired);
        }
    }

    /// The model is no more.
    pub(super) fn forget(&mut self, name: &str) {
        self.version += 1;
        self.loaded.remove(name);
        self.leaving.retain(|leaving| leaving.name != name);
    }

    /// The server begins to stop; its engines stop with it once [`Self::stopped`] is called.
    pub(super) fn stopping(&mut self) {
        self.down = true;
    }

    /// Nothing is in memory, nobody waits.
    pub(super) fn stopped(&mut self) {
        self.version += 1;
        self.down = false;
        self.pending.clear();
        self.loaded.clear();
        self.leaving.clear();
        self.gone.clear();
        self.counts.hung = false;
    }
}
