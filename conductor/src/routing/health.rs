//! Who is well, and who is left alone for a while: a circuit breaker for each backend and each model.
//!
//! What must stay true: time and chance are passed in; one failure alone never trips a breaker; a rest ends, and after it one
//! question or probe at a time decides; where nothing rests nothing is due.
//!
//! A breaker is closed (asked), open (resting: not asked before a time), or half-open (the rest is over). Times are
//! milliseconds since 1970 of a clock that may be set back: a rest twice as long as any that is given counts as over.

mod entry;
mod policy;
#[cfg(test)]
mod tests;

pub use policy::Policy;

use crate::domain::{BackendId, Failure, HealthRow, ModelId, Target};
use entry::{Entry, State};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What became of a question or a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// It was not. Where the user stopped it, `Cancelled`: that gives back the probe that it may have been.
    Failed(Failure),
}

/// What an outcome changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It failed too often, and is not asked for a while.
    Rests {
        /// Who.
        target: Target,
        /// Until when, in milliseconds since 1970.
        until_ms: i64,
    },
    /// It answers again.
    Recovered {
        /// Who.
        target: Target,
        /// How long it failed, from the first failure on.
        after: Duration,
    },
    /// It goes on failing: the user should know.
    Alert {
        /// Who.
        target: Target,
    },
}

/// Whether one may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Ask,
    /// No: it rests, or is being tried by another question.
    Rests {
        /// Until when at most, in milliseconds since 1970.
        until_ms: i64,
    },
}

/// What is known of all. A clone is a snapshot, and costs a pointer.
#[derive(Debug, Clone, Default)]
pub struct HealthBook {
    policy: Policy,
    entries: Arc<BTreeMap<Target, Entry>>,
}

impl HealthBook {
    /// A book in which nothing is noted: all may be asked.
    pub fn new(policy: Policy) -> Self {
        Self { policy, entries: Arc::default() }
    }

    /// Notes what became of a question to a model, or of a probe of a backend alone. `jitter`, from 0 to 1, is chance: which part
    /// of the longest pause a rest lasts.
    ///
    /// `Unreachable` hurts the backend; `Stalled`, `Broken` and `Empty` the model; all else nobody. An answer heals the model and
    /// its backend. A probe whose outcome says nothing of its target is given back, and the next one decides.
    pub fn note(&mut self, target: &Target, outcome: Outcome, now_ms: i64, jitter: f64) -> Vec<Change> {
        let policy = self.policy;
        let by = target.model();
        let hurt = match &outcome {
            Outcome::Answered => None,
            Outcome::Failed(failure) => policy::hurt(target, failure.kind),
        };
        let mut changes = Vec::new();
        for about in with_backend(target) {
            match &outcome {
                Outcome::Answered => self.entry(&about).heal(&about, now_ms, &policy, &mut changes),
                Outcome::Failed(failure) if hurt.as_ref() == Some(&about) => {
                    let entry = self.entry(&about);
                    entry.fail(failure, now_ms, &policy);
                    if entry.trips(by, now_ms, &policy) {
                        entry.rest(&about, now_ms, jitter, &policy, &mut changes);
                    }
                }
                Outcome::Failed(_) => {
                    if self.entries.get(&about).is_some_and(|entry| entry.is_tried_by(by)) {
                        self.entry(&about).give_back();
                    }
                }
            }
        }
        changes
    }

    /// Whether a plan may have `model` of `backend`. After a rest the answer is yes until a question or probe has begun, for
    /// that one decides: see [`Self::begin`].
    pub fn may_ask(&self, backend: &BackendId, model: &ModelId, now_ms: i64) -> Standing {
        if self.entries.is_empty() {
            return Standing::Ask;
        }
        let target = Target::Model(backend.clone(), model.clone());
        let blocked = |about: &Target| match self.state(about, now_ms) {
            State::Resting { until_ms } | State::Probing { until_ms } => Some(until_ms),
            State::Closed | State::HalfOpen => None,
        };
        match with_backend(&target).iter().filter_map(blocked).max() {
            Some(until_ms) => Standing::Rests { until_ms },
            None => Standing::Ask,
        }
    }

    /// As [`Self::may_ask`], and where the answer is yes the question that is sent now is the probe of whichever of the two is
    /// half-open. Its result comes by [`Self::note`] of that model.
    pub fn begin(&mut self, backend: &BackendId, model: &ModelId, now_ms: i64) -> Standing {
        let standing = self.may_ask(backend, model, now_ms);
        if standing == Standing::Ask {
            for about in with_backend(&Target::Model(backend.clone(), model.clone())) {
                if self.state(&about, now_ms) == State::HalfOpen {
                    self.entry(&about).probe(Some(model), now_ms);
                }
            }
        }
        standing
    }

    /// Begins a probe where one is due: false for a target that is closed or resting, and while a probe is under way. One that
    /// does not come back is given up after [`Policy::probe_limit`]. The probe of a model is one of its backend too, and waits
    /// for that. Its result comes by [`Self::note`] of the same target.
    pub fn begin_probe(&mut self, target: &Target, now_ms: i64) -> bool {
        if self.state(target, now_ms) != State::HalfOpen {
            return false;
        }
        match target {
            Target::Model(backend, model) => self.begin(backend, model, now_ms) == Standing::Ask,
            Target::Backend(_) => {
                self.entry(target).probe(None, now_ms);
                true
            }
        }
    }

    /// When the next probe is due, which is `now_ms` for one that could have begun before. `None` where nothing rests.
    pub fn due(&self, now_ms: i64) -> Option<i64> {
        self.due_among(now_ms, |_| true).map(|(at, _)| at)
    }

    /// When the next probe is due of those that are wanted, and whose: backends alone, say, where a model is left to the user's
    /// next question. At that time [`Self::begin_probe`] of it is true, if nothing is noted before. While a probe is under way,
    /// that is when it is given up.
    pub fn due_among(&self, now_ms: i64, wanted: impl Fn(&Target) -> bool) -> Option<(i64, Target)> {
        let own = |about: &Target| match self.state(about, now_ms) {
            State::Closed => None,
            State::HalfOpen => Some(now_ms),
            State::Resting { until_ms } | State::Probing { until_ms } => Some(until_ms),
        };
        let all = self.entries.keys().filter(|target| wanted(target)).filter_map(|target| {
            let mut at = own(target)?;
            if target.model().is_some() {
                at = at.max(own(&Target::Backend(target.backend().clone())).unwrap_or(at));
            }
            Some((at, target))
        });
        all.min().map(|(at, target)| (at, target.clone()))
    }

    /// All that was noted, backends first.
    pub fn rows(&self, now_ms: i64) -> Vec<HealthRow> {
        self.entries.iter().map(|(target, entry)| entry.row(target, now_ms, &self.policy)).collect()
    }

    /// The rows that changed since this was asked last: to be stored.
    pub fn take_dirty(&mut self, now_ms: i64) -> Vec<HealthRow> {
        if !self.entries.values().any(|entry| entry.dirty) {
            return Vec::new();
        }
        let policy = self.policy;
        let dirty = Arc::make_mut(&mut self.entries).iter_mut().filter(|(_, entry)| entry.dirty);
        dirty
            .map(|(target, entry)| {
                entry.dirty = false;
                entry.row(target, now_ms, &policy)
            })
            .collect()
    }

    /// Takes over rows that were stored, in place of what is noted of their targets. A rest goes on where it was; a probe that
    /// was under way is lost, and may begin again.
    pub fn restore(&mut self, rows: impl IntoIterator<Item = HealthRow>, now_ms: i64) {
        let policy = self.policy;
        let entries = Arc::make_mut(&mut self.entries);
        entries.extend(rows.into_iter().map(|row| (row.target.clone(), Entry::of(row, now_ms, &policy))));
    }

    /// Forgets those that are gone. Returns them, for the store to forget them too.
    pub fn forget(&mut self, is_gone: impl Fn(&Target) -> bool) -> Vec<Target> {
        let gone: Vec<Target> = self.entries.keys().filter(|target| is_gone(target)).cloned().collect();
        if !gone.is_empty() {
            Arc::make_mut(&mut self.entries).retain(|target, _| !gone.contains(target));
        }
        gone
    }

    /// The user saw the alerts: none comes again for the same run of failures.
    pub fn seen(&mut self) {
        if self.entries.values().any(|entry| entry.alert) {
            Arc::make_mut(&mut self.entries).values_mut().for_each(Entry::seen);
        }
    }

    fn entry(&mut self, target: &Target) -> &mut Entry {
        Arc::make_mut(&mut self.entries).entry(target.clone()).or_default()
    }

    fn state(&self, target: &Target, now_ms: i64) -> State {
        self.entries.get(target).map_or(State::Closed, |entry| entry.state(now_ms, &self.policy))
    }
}

/// A target, and the backend of a model.
fn with_backend(target: &Target) -> Vec<Target> {
    match target {
        Target::Backend(_) => vec![target.clone()],
        Target::Model(backend, _) => vec![target.clone(), Target::Backend(backend.clone())],
    }
}
