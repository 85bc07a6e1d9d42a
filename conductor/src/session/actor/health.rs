//! Who does well: what became of questions, probes of those that rest, and what is remembered of it.
//!
//! What must stay true: a probe sends no words of the user's, takes nobody's place in memory and does not run beside a question;
//! where nothing rests, or nobody was there for ten minutes, there is no timer.

use super::Actor;
use super::tasks::{Done, Kind};
use crate::config::HealthSettings;
use crate::domain::{BackendId, Candidate, Condition, Failure, FailureKind, HealthRow, Location, Model, ModelId, Spent, Target};
use crate::gpu::memory::{Demand, Effort};
use crate::gpu::semaphore::Priority;
use crate::protocol::{Event, Notice};
use crate::routing::{Change, Fitness, FitnessOf, Outcome, Policy};
use crate::session::turn::Try;
use crate::session::{describe, memory};
use crate::store::{Day, Remembered, StoreError, now_ms};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// When what fails is given a rest.
pub(super) fn policy(settings: &HealthSettings) -> Policy {
    Policy {
        consecutive: settings.failures,
        worst_rate: settings.worst_rate,
        longest_pause: settings.longest_rest,
        ..Policy::default()
    }
}

/// Completes at `until`; never without it.
pub(super) async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// Chance, from 0 to 1: so that many clients of one server do not come back at once. A hash of nothing under a key that is new each
/// time is as good as any.
fn chance() -> f64 {
    RandomState::new().hash_one(0_u8) as f64 / u64::MAX as f64
}

impl Actor {
    /// How models did of late, for a plan.
    pub(super) fn fitness(&self) -> FitnessOf {
        let now = now_ms();
        let rows = self.health.rows(now);
        let of = |target: Target| rows.iter().find(|row| row.target == target);
        let rests = |row: &HealthRow| matches!(row.condition, Condition::Resting { .. });
        let fitness = self.catalog.models.iter().filter_map(|model| {
            let own = of(Target::Model(model.backend.clone(), model.id.clone()));
            let server = of(Target::Backend(model.backend.clone()));
            let rests = own.into_iter().chain(server).any(rests);
            let failed_percent = own.and_then(|row| row.success_percent).map_or(0, |answered| 100 - answered.min(100));
            let key = || (model.backend.clone(), model.id.clone());
            (rests || failed_percent > 0).then(|| (key(), Fitness { rests, failed_percent }))
        });
        fitness.collect()
    }

    /// What became of those who were asked.
    pub(super) async fn tried(&mut self, tries: Vec<Try>) {
        for Try { backend, model, failure } in tries {
            if backend == BackendId::guide() {
                continue;
            }
            let outcome = failure.map_or(Outcome::Answered, Outcome::Failed);
            self.note(&Target::Model(backend, model), outcome).await;
        }
        self.keep_health(Vec::new());
    }

    async fn note(&mut self, target: &Target, outcome: Outcome) {
        let changes = self.health.note(target, outcome, now_ms(), chance());
        let changed = !changes.is_empty();
        for change in changes {
            let notice = match change {
                Change::Recovered { target, after } => {
                    Notice::info(format!("{target} answers again, after {}", describe::time(after)), "")
                }
                Change::Rests { target, until_ms } => {
                    tracing::warn!(%target, until_ms, "rests");
                    continue;
                }
                // It stays in what is known of models until it is seen.
                Change::Alert { target } => {
                    tracing::error!(%target, "goes on failing");
                    continue;
                }
            };
            self.say(Event::Notice { id: None, notice }).await;
        }
        if changed {
            self.say(Event::Models(self.snapshot())).await;
        }
    }

    /// A server answered for its models: it can be reached.
    pub(super) async fn reached(&mut self, host: &BackendId) {
        let server = Target::Backend(host.clone());
        let rows = self.health.rows(now_ms());
        if rows.iter().any(|row| row.target == server && row.consecutive_failures > 0) {
            self.note(&server, Outcome::Answered).await;
            self.keep_health(Vec::new());
        }
    }

    /// Forgets those that are gone: providers and their models that the configuration names no more, and models that a server which
    /// is up does not list. Of a server that is down nothing is known.
    pub(super) fn forget_gone(&mut self) {
        if !self.remembered {
            return;
        }
        let (catalog, config, backends) = (&self.catalog, &self.config, &self.backends);
        let is_host = |by: &BackendId| backends.host(by).is_some();
        let is_listed = |by: &BackendId, id: &ModelId| catalog.models.iter().any(|row| row.backend == *by && row.id == *id);
        let is_named = |by: &BackendId, id: &ModelId| config.models.iter().any(|row| row.backend == by.as_str() && row.id == *id);
        let gone = self.health.forget(|target| match target {
            Target::Model(by, model) if is_host(by) => catalog.is_host_up(by) && !is_listed(by, model),
            Target::Backend(by) if is_host(by) => false,
            Target::Model(by, model) => !is_named(by, model),
            Target::Backend(by) => !config.providers.iter().any(|row| row.id == *by),
        });
        if !gone.is_empty() {
            tracing::debug!(rows = gone.len(), "forgotten");
            self.keep_health(gone);
        }
    }

    /// The user saw the alerts.
    pub(super) async fn seen(&mut self) {
        if self.health.rows(now_ms()).iter().any(|row| row.alert) {
            self.health.seen();
            self.keep_health(Vec::new());
            self.say(Event::Models(self.snapshot())).await;
        }
    }

    /// Stores what changed.
    fn keep_health(&mut self, gone: Vec<Target>) {
        let rows = self.health.take_dirty(now_ms());
        if rows.is_empty() && gone.is_empty() {
            return;
        }
        let store = self.store.clone();
        self.tasks.spawn(Kind::Keep, async move {
            if let Err(error) = store.keep_health(rows, gone).await {
                tracing::warn!(%error, "how models do is not stored");
            }
            Done::Read
        });
    }

    /// Takes over what earlier runs left. What cannot be read is as good as never known.
    pub(super) async fn remembered(&mut self, found: Result<Remembered, StoreError>) {
        match found {
            Ok(Remembered { health, spent, sizes }) => {
                self.health.restore(health, now_ms());
                let today = Day::of(now_ms());
                spent.into_iter().for_each(|(provider, spent)| self.meter.spent(&provider, today, spent));
                Arc::make_mut(&mut self.sizes).restore(sizes);
            }
            Err(error) => tracing::warn!(%error, "what earlier runs left is not known"),
        }
        self.remembered = true;
        self.forget_gone();
        // The look that found them was over before their rest was known.
        let up: Vec<BackendId> = self.backends.hosts().map(|host| host.id()).filter(|id| self.catalog.is_host_up(id)).collect();
        for id in up {
            self.reached(&id).await;
        }
        self.answer_queries();
        self.go_on();
    }

    pub(super) fn spend(&mut self, provider: BackendId, spent: Spent) {
        let (store, day) = (self.store.clone(), Day::of(now_ms()));
        self.meter.spend(&provider, day, spent);
        self.tasks.spawn(Kind::Keep, async move {
            match store.spend(provider.clone(), day, spent).await {
                Ok(stored) => Done::Spent(provider, day, stored),
                Err(error) => {
                    tracing::warn!(%error, "what was spent is not stored");
                    Done::Read
                }
            }
        });
    }

    /// Keeps what models were seen to take with the window that they are asked with.
    pub(super) fn keep_sizes(&mut self, models: &[Model]) {
        for model in models.iter().filter(|model| model.location.is_local() && model.is_warm()) {
            let Some((window, bytes)) = model.resident.and_then(|held| Some((held.context?, held.size_bytes))) else { continue };
            if bytes == 0 || self.sizes.has(&model.id, window, bytes) {
                continue;
            }
            Arc::make_mut(&mut self.sizes).see(&model.id, window, bytes);
            let (store, id) = (self.store.clone(), model.id.clone());
            self.tasks.spawn(Kind::Keep, async move {
                if let Err(error) = store.keep_size(id, window, bytes).await {
                    tracing::warn!(%error, "what a model takes is not stored");
                }
                Done::Read
            });
        }
    }

    /// A model that can be probed: it runs here, and there is somebody to ask.
    fn probed_model(&self, target: &Target) -> Option<&Model> {
        let is_it = |model: &&Model| Some(&model.id) == target.model() && model.backend == *target.backend();
        let model = self.catalog.models.iter().find(is_it)?;
        // One that is not in memory would have to be loaded: only where that takes nobody's place.
        let here = self.memory.of_model(model).is_some() && self.catalog.is_host_up(&model.backend);
        (here && model.capabilities.completion).then_some(model)
    }

    /// When the next probe is due, if any is to be sent.
    pub(super) fn probe_due(&self) -> Option<Instant> {
        if self.is_answering() || self.watch.is_idle() {
            return None;
        }
        let (now, now_ms) = (Instant::now(), now_ms());
        let due = self.health.due_among(now_ms, |target| self.probed_model(target).is_some() && !self.probes.rests(target, now));
        let due = due.map(|(at, _)| now + Duration::from_millis(at.saturating_sub(now_ms).max(0).unsigned_abs()));
        // One that had no room is looked at again once its time is over.
        let waits = |target: &Target| self.health.due_among(now_ms, |due| due == target && self.probed_model(due).is_some());
        let later = self.probes.crowded.iter().filter(|(target, until)| **until > now && waits(target).is_some());
        let first = due.into_iter().chain(later.map(|(_, until)| *until)).min()?;
        Some(self.probes.next.map_or(first, |next| first.max(next)))
    }

    /// Sends the probe that is due.
    pub(super) fn probe(&mut self) {
        let (at, now) = (Instant::now(), now_ms());
        let due = self.health.due_among(now, |target| self.probed_model(target).is_some() && !self.probes.rests(target, at));
        // Whatever comes of it: never one right after the other.
        self.probes.next = Some(at + APART);
        self.probes.crowded.retain(|_, until| *until > at);
        let Some((_, target)) = due.filter(|(at, _)| *at <= now) else { return };
        let Some(model) = self.probed_model(&target).cloned() else { return };
        let Some(memory) = self.memory.of_model(&model).cloned() else { return };
        if !self.health.begin_probe(&target, now) {
            return;
        }
        // Where it is not in memory it has to fit beside the others: nobody leaves for it.
        let demand = memory::demand(&model, &self.sizes, Priority::Background, self.config.timeouts.first_token);
        let demand = Demand { effort: Effort::Beside, ..demand };
        let server = self.backends.get(&model.backend).clone();
        self.tasks.spawn(Kind::Memory, async move {
            // Where there was no room, or a load took too long, that says nothing of whether it answers.
            let Ok(_lease) = memory.admit(&demand, |_| {}).await else {
                return Done::Probed(target, Err(describe::cancelled()));
            };
            let result = match tokio::time::timeout(PROBE, server.probe(&model.id, model.num_ctx)).await {
                Ok(answered) => answered.map_err(|error| describe::backend(&error, &candidate(&model), model.num_ctx)),
                Err(_) => Err(describe::late_probe(&candidate(&model), PROBE)),
            };
            Done::Probed(target, result)
        });
    }

    pub(super) async fn probed(&mut self, target: Target, result: Result<(), Failure>) {
        if result.as_ref().is_err_and(|failure| failure.kind == FailureKind::Cancelled) {
            self.probes.crowded.insert(target.clone(), Instant::now() + CROWDED);
        }
        let outcome = result.map_or_else(Outcome::Failed, |()| Outcome::Answered);
        self.note(&target, outcome).await;
        self.keep_health(Vec::new());
    }
}

/// When probes may be sent, by a clock that nobody sets.
#[derive(Default)]
pub(super) struct Probes {
    /// None before this.
    next: Option<Instant>,
    /// Those that had no room in memory, and when they may be tried again.
    crowded: HashMap<Target, Instant>,
}

impl Probes {
    fn rests(&self, target: &Target, now: Instant) -> bool {
        self.crowded.get(target).is_some_and(|until| *until > now)
    }
}

/// Between two probes at the least.
const APART: Duration = Duration::from_secs(1);

/// A model that is not in memory, and has no room there, is left to the user's next question for so long.
const CROWDED: Duration = Duration::from_secs(30);

/// How long a probe may take of a model that is in memory.
const PROBE: Duration = Duration::from_secs(30);

fn candidate(model: &Model) -> Candidate {
    Candidate { model: model.id.clone(), backend: model.backend.clone(), location: Location::Local, family: model.family.clone() }
}
