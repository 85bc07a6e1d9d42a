//! What the fake knows, behind one lock that is never held while anything is awaited.

use super::sched::Scheduler;
use super::spec::normal;
use super::{Behaviour, ModelSpec, PullScript};
use crate::http::{Journal, Next, PATIENCE, Request, Service};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// How a loaded model is held: what makes two requests need the same runner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Runner {
    pub(super) num_ctx: u64,
    /// `num_batch`, `num_gpu`, `shift`.
    pub(super) rest: Value,
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
    pub(super) sched: Scheduler,
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

    /// What `/api/ps` says.
    pub(super) fn ps(&mut self) -> Value {
        let rows = self.sched.look();
        let rows: Vec<Value> =
            rows.iter().filter_map(|(row, end)| Some(self.find(&row.name)?.ps_row(row, &super::stamp(*end)))).collect();
        json!({ "models": rows })
    }
}

/// The state, and what was seen.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    journal: Journal,
    /// Rings for tests when memory changed.
    changed: Condvar,
    /// Rings for requests when memory changed.
    bell: Notify,
}

impl Shared {
    pub(super) fn new(state: State) -> Self {
        Self { state: Mutex::new(state), journal: Journal::default(), changed: Condvar::new(), bell: Notify::new() }
    }

    /// Reads or changes the state. A panic in one test thread does not hide the others' words behind a poisoned lock.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        self.changed.notify_all();
        self.bell.notify_waiters();
    }

    /// Changes the state, and tells all who wait for memory to be otherwise.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.ring();
        changed
    }

    /// Waits until a step can be made. It is tried at once, and again after each change.
    pub(super) async fn until<T>(&self, mut step: impl FnMut(&mut State) -> Option<T> + Send) -> T {
        loop {
            // Listening begins before the look, so that no change falls in between.
            let mut bell = std::pin::pin!(self.bell.notified());
            bell.as_mut().enable();
            let gate = {
                let mut state = self.lock();
                let before = state.sched.version();
                state.sched.settle();
                let made = step(&mut state);
                if state.sched.version() != before {
                    self.ring();
                }
                if let Some(made) = made {
                    return made;
                }
                state.sched.frees_by()
            };
            let Some(gate) = gate else {
                bell.await;
                continue;
            };
            tokio::select! {
                () = bell => {}
                () = gate.pass() => {
                    // Somebody else may have freed it in the meantime: the step through the gate is given back.
                    if !self.change(|state| state.sched.free_one()) {
                        gate.release(1);
                    }
                }
            }
        }
    }

    /// Blocks the thread until the state is as wanted.
    ///
    /// # Panics
    /// After four seconds, with what is in memory.
    pub(super) fn wait<T>(&self, mut wanted: impl FnMut(&mut State) -> Option<T>) -> T {
        let mut found = None;
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.lock(), PATIENCE, |state| {
                found = wanted(state);
                found.is_none()
            })
            .unwrap_or_else(PoisonError::into_inner);
        let there = state.sched.memory();
        drop(state);
        found.unwrap_or_else(|| panic!("memory did not become what was waited for; it is:\n{there:#?}"))
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
