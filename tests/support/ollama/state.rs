//! What the fake knows, behind one lock that is never held while anything is awaited.

use super::spec::normal;
use super::{Behaviour, ModelSpec, PullScript};
use crate::http::{Journal, Next, Request, Service};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// How a loaded model is held: what makes two requests need the same runner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Runner {
    pub(super) num_ctx: u64,
    /// `num_batch`, `num_gpu`, `shift`.
    pub(super) rest: Value,
}

/// A loaded model.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) runner: Runner,
    /// Nothing: for ever.
    pub(super) expires: Option<SystemTime>,
}

/// All that changes.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) version: String,
    pub(super) default_num_ctx: u64,
    pub(super) cloud_disabled: bool,
    pub(super) models: Vec<ModelSpec>,
    pub(super) pulls: HashMap<String, PullScript>,
    /// Bytes there of each layer, by model: a second pull goes on from here.
    pub(super) pulled: HashMap<String, Vec<u64>>,
    pub(super) routes: HashMap<String, Behaviour>,
    pub(super) loaded: BTreeMap<String, Loaded>,
    pub(super) loads: HashMap<String, usize>,
    pub(super) answered: HashMap<String, usize>,
}

impl State {
    /// The model behind a name. With `:local` at the end, a stub is not found.
    pub(super) fn find(&self, name: &str) -> Option<&ModelSpec> {
        let name = name.trim();
        let lower = name.to_lowercase();
        let (base, local) = lower.strip_suffix(":local").map_or((lower.as_str(), false), |base| (base, true));
        let wanted = normal(base);
        self.models.iter().find(|model| model.name.to_lowercase() == wanted).filter(|model| !(local && model.remote.is_some()))
    }

    /// Puts a model in, in place of one of the same name.
    pub(super) fn add(&mut self, model: ModelSpec) {
        match self.models.iter_mut().find(|old| old.name == model.name) {
            Some(old) => *old = model,
            None => self.models.push(model),
        }
    }

    /// Has the model in memory with this runner; whether it had to be loaded for it.
    pub(super) fn load(&mut self, name: &str, runner: Runner, keep_alive: Option<Duration>) -> bool {
        self.expire();
        let fresh = self.loaded.get(name).is_none_or(|loaded| loaded.runner != runner);
        if fresh {
            *self.loads.entry(name.to_owned()).or_default() += 1;
        }
        let expires = keep_alive.map(|keep| SystemTime::now() + keep);
        self.loaded.insert(name.to_owned(), Loaded { runner, expires });
        fresh
    }

    fn expire(&mut self) {
        let now = SystemTime::now();
        self.loaded.retain(|_, loaded| loaded.expires.is_none_or(|at| at > now));
    }

    /// What `/api/ps` says.
    pub(super) fn ps(&mut self) -> Value {
        self.expire();
        // A model held for ever is given an end some centuries away.
        let ever = Duration::from_secs(290 * 365 * 86_400);
        let rows: Vec<Value> = self
            .loaded
            .iter()
            .filter_map(|(name, loaded)| {
                let expires = loaded.expires.unwrap_or_else(|| SystemTime::now() + ever);
                Some(self.find(name)?.ps_row(loaded.runner.num_ctx, &super::stamp(expires)))
            })
            .collect();
        json!({ "models": rows })
    }
}

/// The state, and what was seen.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    journal: Journal,
}

impl Shared {
    pub(super) fn new(state: State) -> Self {
        Self { state: Mutex::new(state), journal: Journal::default() }
    }

    /// Reads or changes the state. A panic in one test thread does not hide the others' words behind a poisoned lock.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Shared {
    fn journal(&self) -> &Journal {
        &self.journal
    }

    fn answer(request: &Request, out: &mut Out<'_>) -> impl Future<Output = io::Result<Next>> + Send {
        super::routes::route(request, out)
    }
}

/// An answer of this fake.
pub(super) type Out<'a> = crate::http::Out<'a, Shared>;
