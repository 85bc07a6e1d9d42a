//! The search for who is asked: the best that can be, and who stands in.

use super::gate;
use super::named::{named, why_no_model};
use super::score;
use super::{Snapshot, Task, switched_off};
use crate::config::Config;
use crate::domain::{
    BackendId, Candidate, Considered, Failure, FailureKind, Gate, Location, Model, ModelId, SelectionReason, Slot, TaskClass,
    Tier,
};

/// So many are asked where the configuration names nobody: more would only keep the user waiting.
const ASKED: usize = 3;

/// The models that the entries of a chain mean: slots, or names.
fn resolved(config: &Config, entries: &[String]) -> Vec<ModelId> {
    let slot = |entry: &str| Slot::ALL.into_iter().find(|slot| slot.key() == entry);
    let model = |entry: &String| slot(entry).map_or_else(|| ModelId::new(entry), |slot| config.defaults.get(slot).clone());
    entries.iter().map(model).collect()
}

/// The model of a slot and those after it, each once.
fn chain(config: &Config, slot: Slot) -> Vec<ModelId> {
    let after = resolved(config, config.fallbacks.get(slot));
    let mut names: Vec<ModelId> = Vec::new();
    for name in std::iter::once(config.defaults.get(slot).clone()).chain(after) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What is searched, and what there is to say of it.
pub(super) struct Search<'a> {
    pub(super) snapshot: Snapshot<'a>,
    /// Each model's rows, the one that is considered first.
    pub(super) rows: Vec<Vec<&'a Model>>,
    pub(super) considered: Vec<Considered>,
    pub(super) notes: Vec<String>,
}

impl<'a> Search<'a> {
    fn model(&self, id: &ModelId) -> Option<&'a Model> {
        self.rows.iter().filter_map(|rows| rows.first().copied()).find(|model| model.id == *id)
    }

    fn candidate(&self, id: &ModelId) -> Option<Candidate> {
        self.model(id).map(candidate)
    }

    /// Those that can be asked: all that no gate keeps out, or where there are none, those behind soft gates.
    fn open(&self) -> impl Iterator<Item = &Considered> {
        let any = self.considered.iter().any(|c| c.gate.is_none());
        self.considered.iter().filter(move |c| c.gate.is_none_or(|gate| !any && gate::is_soft(gate)))
    }

    pub(super) fn of_user(&self, id: &ModelId, locked: bool, task: &Task<'_>) -> Result<Vec<Candidate>, Failure> {
        let model = named(self.snapshot, &self.rows, id)?;
        let mut candidates = vec![candidate(model)];
        if !locked {
            candidates.extend(self.after(task, &model.id));
        }
        Ok(candidates)
    }

    /// The configuration's chain behind `first`, as far as it can be asked.
    fn after(&self, task: &Task<'_>, first: &ModelId) -> Vec<Candidate> {
        let config = self.snapshot.config;
        let deepest = self.deepest(task) == Some(first);
        let row = config.models.iter().find(|row| row.id == *first);
        let mut names = row.map_or_else(Vec::new, |row| resolved(config, &row.fallbacks));
        let slots = deepest.then_some(Slot::Deep).into_iter().chain([task.class.slot()]);
        for name in slots.flat_map(|slot| chain(config, slot)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let gate = |id: &ModelId| self.model(id).map(|model| gate::gate(self.snapshot, model, &names));
        let rests = |id: &ModelId| gate(id) == Some(Some(Gate::Resting));
        let can = |id: &ModelId| {
            self.open().any(|c| c.model == *id) || matches!(gate(id), Some(None | Some(Gate::TooLong | Gate::Resting)))
        };
        let mut able: Vec<&ModelId> = names.iter().filter(|id| *id != first && can(id)).collect();
        // Who rests is the last resort.
        able.sort_by_key(|id| rests(id));
        able.into_iter().filter_map(|id| self.candidate(id)).collect()
    }

    pub(super) fn automatic(&mut self, task: &Task<'_>) -> Result<(SelectionReason, Vec<Candidate>), Failure> {
        let Some(best) = self.open().next().cloned() else { return self.nobody() };
        let mut candidates: Vec<Candidate> = self.candidate(&best.model).into_iter().collect();
        candidates.extend(self.after(task, &best.model));
        // An empty chain means nobody else; but where what it belongs to is not there, there is no chain.
        if candidates.len() == 1 && best.model != *self.snapshot.config.defaults.get(task.class.slot()) {
            let others = self.open().filter(|c| c.model != best.model && !matches!(c.location, Location::External(_)));
            let others: Vec<ModelId> = others.take(ASKED - 1).map(|c| c.model.clone()).collect();
            candidates.extend(others.iter().filter_map(|id| self.candidate(id)));
        }
        Ok((self.reason(task, &best), candidates))
    }

    fn nobody(&self) -> Result<(SelectionReason, Vec<Candidate>), Failure> {
        if self.considered.iter().any(|c| c.gate == Some(Gate::NoVision)) {
            let hint = "`/pull llava` or `/pull llama3.2-vision` gets one that does, or send the question without the image";
            return Err(Failure::new(FailureKind::NoCandidate, "none of the models that are here sees images", hint));
        }
        Ok((SelectionReason::Guide { why: why_no_model(self.snapshot) }, vec![guide()]))
    }

    /// Why `best` is the best. Says what the configuration wanted and could not be had.
    fn reason(&mut self, task: &Task<'_>, best: &Considered) -> SelectionReason {
        let config = self.snapshot.config;
        let slot = task.class.slot();
        let wanted = config.defaults.get(slot);
        let deepest = self.deepest(task);
        let short = deepest.is_some_and(|deep| *deep != best.model && self.note_missing(deep, "for something this hard"));
        if !task.sure {
            self.notes.push(format!("not sure what kind of question it is ({}?)", task.of.class.word()));
        }
        if deepest == Some(&best.model) {
            return SelectionReason::Complexity { level: task.of.complexity };
        }
        if best.model != *wanted && self.gate_of(wanted) != Some(None) {
            self.note_missing(wanted, "");
            return SelectionReason::Substitute { wanted: wanted.clone(), why: self.obstacle(wanted) };
        }
        if best.model != *wanted && self.won_by_swaps(best) {
            return SelectionReason::Warm;
        }
        if task.tier == Tier::Deep && (short || best.model != *wanted || config.defaults.deep == best.model) {
            return SelectionReason::Complexity { level: task.of.complexity };
        }
        let special = task.class != TaskClass::General && (slot != Slot::General || best.model != *wanted);
        if special { SelectionReason::Specialized { class: task.class } } else { SelectionReason::Default }
    }

    /// The model that the configuration has for what is hard, where this is. Whoever has no other than the general one misses none.
    fn deepest(&self, task: &Task<'_>) -> Option<&'a ModelId> {
        let defaults = &self.snapshot.config.defaults;
        (task.tier == Tier::Deep && defaults.deep != defaults.general).then_some(&defaults.deep)
    }

    /// What stands in the way of a model; `None` for one that is not there.
    fn gate_of(&self, id: &ModelId) -> Option<Option<Gate>> {
        self.considered.iter().find(|c| c.model == *id).map(|c| c.gate)
    }

    /// Why a model of the configuration cannot be asked; `None` where it is not installed.
    fn obstacle(&self, id: &ModelId) -> Option<Gate> {
        let off = || switched_off(self.snapshot.config, id).map(|_| Gate::NotAllowed);
        self.gate_of(id).flatten().or_else(off)
    }

    /// Says that a model of the configuration was not to be had, where it was not; true then.
    fn note_missing(&mut self, id: &ModelId, purpose: &str) -> bool {
        if self.gate_of(id) == Some(None) {
            return false;
        }
        let name = self.snapshot.config.name_of(id);
        let why = match self.obstacle(id) {
            Some(gate) => format!("{name}: {}", gate.words()),
            None => format!("{name} is not installed"),
        };
        let note = if purpose.is_empty() { why } else { format!("{why}, {purpose}") };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
        true
    }

    /// Whether another would have been first, were it not for the swap.
    fn won_by_swaps(&self, best: &Considered) -> bool {
        let merit = |c: &Considered| -> i32 {
            c.points.iter().filter(|point| !score::is_about_swaps(point)).map(|point| point.points.0).sum()
        };
        self.open().any(|other| other.model != best.model && merit(other) > merit(best))
    }
}

pub(super) fn candidate(model: &Model) -> Candidate {
    Candidate {
        model: model.id.clone(),
        backend: model.backend.clone(),
        location: model.location.clone(),
        family: model.family.clone(),
    }
}

pub(super) fn guide() -> Candidate {
    Candidate { model: ModelId::guide(), backend: BackendId::guide(), location: Location::Local, family: "guide".to_owned() }
}
