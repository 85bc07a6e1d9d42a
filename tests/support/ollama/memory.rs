//! What a test may know of GPU memory: what is in it, what came and went, and at whose word.

use super::{FakeOllama, spec::normal, state::State};
use std::collections::BTreeMap;

/// How far a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// On its way in; its memory is taken. `/api/ps` shows it, as the real server does.
    Loading,
    /// It can answer.
    Loaded,
    /// Unloaded, but its memory is not free yet.
    Leaving,
}

/// A model that takes memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// Its name, with a tag.
    pub name: String,
    /// How far it is.
    pub phase: Phase,
    /// The window it has, in tokens.
    pub num_ctx: u64,
    /// Bytes in all.
    pub size: u64,
    /// Bytes of it in GPU memory.
    pub size_vram: u64,
    /// Requests that it answers, or that wait for their turn with it.
    pub requests: usize,
}

/// A model that the server itself put out of memory to make room for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eviction {
    /// Who had to go.
    pub model: String,
    /// For whose load.
    pub by: String,
}

/// GPU memory at one moment, and its history. Counts are by the name with its tag.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// The models that take memory, by name.
    pub residents: Vec<Resident>,
    /// Bytes that are not free.
    pub used: u64,
    /// The most that was ever taken, in bytes.
    pub peak: u64,
    /// Requests that wait: for memory, for a load that another one began, or for their turn with a model that answers.
    pub waiting: usize,
    /// Loads begun, those that failed or were given up too.
    pub loads: BTreeMap<String, usize>,
    /// Loads given up because the client went away.
    pub aborted: BTreeMap<String, usize>,
    /// Unloads that a client asked for (`keep_alive: 0`), once done.
    pub unloads: BTreeMap<String, usize>,
    /// Oldest first.
    pub evictions: Vec<Eviction>,
    /// Loads of a model in the place of another: one that was unloaded or evicted since the load before.
    pub swaps: usize,
    /// No load will be done any more, until the server is stopped: see `Builder::hangs_on_late_requests`.
    pub hung: bool,
}

impl Memory {
    /// The row of a model that takes memory.
    #[must_use]
    pub fn resident(&self, name: &str) -> Option<&Resident> {
        let name = normal(name);
        self.residents.iter().find(|resident| resident.name == name)
    }

    /// How far a model is; nothing where it takes no memory.
    #[must_use]
    pub fn phase(&self, name: &str) -> Option<Phase> {
        self.resident(name).map(|resident| resident.phase)
    }

    /// The models that load or answer.
    #[must_use]
    pub fn busy(&self) -> Vec<&str> {
        self.residents.iter().filter(|resident| resident.requests > 0).map(|resident| resident.name.as_str()).collect()
    }
}

fn count(counts: &BTreeMap<String, usize>, name: &str) -> usize {
    counts.get(&normal(name)).copied().unwrap_or(0)
}

/// GPU memory, as the tests see it.
impl FakeOllama {
    /// GPU memory now, and its history.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.0.shared().lock().sched.memory()
    }

    /// Waits until GPU memory is as wanted, and gives it. Blocks the thread, as [`Self::wait_for`] does.
    ///
    /// # Panics
    /// After four seconds, with what is there.
    pub fn wait_for_memory(&self, mut wanted: impl FnMut(&Memory) -> bool) -> Memory {
        self.0.shared().wait(|state: &mut State| Some(state.sched.memory()).filter(|memory| wanted(memory)))
    }

    /// As [`Self::wait_for_memory`], for async tests. Right under a paused clock too.
    ///
    /// # Panics
    /// After four seconds, with what is there.
    pub async fn seen_memory(&self, mut wanted: impl FnMut(&Memory) -> bool + Send + 'static) -> Memory {
        let shared = self.0.share();
        let wait = move || shared.wait(|state: &mut State| Some(state.sched.memory()).filter(|memory| wanted(memory)));
        match tokio::task::spawn_blocking(wait).await {
            Ok(memory) => memory,
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }

    /// How often a load of a model was begun: the first time, after it was unloaded, and for each change of its `num_ctx`,
    /// `num_batch`, `num_gpu` or `shift`.
    #[must_use]
    pub fn loads(&self, name: &str) -> usize {
        count(&self.memory().loads, name)
    }

    /// How often a load of a model was given up because the client went away.
    #[must_use]
    pub fn aborted_loads(&self, name: &str) -> usize {
        count(&self.memory().aborted, name)
    }

    /// How often a model was unloaded because a client asked for it.
    #[must_use]
    pub fn unloads(&self, name: &str) -> usize {
        count(&self.memory().unloads, name)
    }

    /// The models that the server evicted by itself, oldest first.
    #[must_use]
    pub fn evictions(&self) -> Vec<Eviction> {
        self.memory().evictions
    }

    /// Fails where the server ever had to evict a model by itself: who manages memory well unloads before it loads.
    ///
    /// # Panics
    /// Where it had, with who for whom.
    #[track_caller]
    pub fn assert_never_evicted(&self) {
        let memory = self.memory();
        assert!(memory.evictions.is_empty(), "the server evicted models by itself: {memory:#?}");
    }

    /// How often a model was loaded in the place of another that was unloaded or evicted.
    #[must_use]
    pub fn swaps(&self) -> usize {
        self.memory().swaps
    }

    /// The most GPU memory that was ever taken, in bytes.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        self.memory().peak
    }

    /// The models that load or answer now.
    #[must_use]
    pub fn busy(&self) -> Vec<String> {
        self.memory().busy().into_iter().map(str::to_owned).collect()
    }

    /// The window a model is in memory with; nothing where it is not in memory.
    #[must_use]
    pub fn loaded_num_ctx(&self, name: &str) -> Option<u64> {
        let memory = self.memory();
        memory.resident(name).filter(|resident| resident.phase != Phase::Leaving).map(|resident| resident.num_ctx)
    }
}
