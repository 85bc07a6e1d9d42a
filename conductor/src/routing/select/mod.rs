//! Who is asked first, who next, and why: gates, then points, then the fallback chain.
//!
//! What must stay true: pure; the same snapshot makes the same plan; a model elsewhere is chosen only where the configuration or
//! the user names it; every reason can be read.

mod gate;
mod named;
mod score;

pub use named::{resolve, switched_off, unfit};

use super::profile::profile;
use crate::config::Config;
use crate::domain::{
    BackendId, Candidate, Classification, Considered, Decision, Failure, FailureKind, Gate, Location, Machine, Measurements,
    Milli, Model, ModelId, Plan, SelectionReason, ServerState, Slot, TaskClass, Tier,
};
use named::{named, why_no_model};

/// So many are asked where the configuration names nobody: more would only keep the user waiting.
const ASKED: usize = 3;

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// The settings.
    pub config: &'a Config,
    /// What is known of the server.
    pub server: &'a ServerState,
    /// The models of the server and of providers.
    pub models: &'a [Model],
    /// The computer.
    pub machine: &'a Machine,
    /// Nothing may leave this machine.
    pub offline: bool,
    /// The prompt has images.
    pub pictures: bool,
    /// About how many tokens the prompt has.
    pub tokens: u32,
    /// Who answered last in the conversation.
    pub last: Option<&'a ModelId>,
    /// What was measured here.
    pub measured: &'a Measurements,
    /// Where nothing may go: what the user said "never" to.
    pub refused: &'a [(BackendId, Location)],
}

impl Snapshot<'_> {
    /// Whether the router is to choose of this machine alone.
    fn keeps_here(&self) -> bool {
        self.offline || self.config.privacy.force_local
    }
}

/// Who chooses the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The router.
    Auto,
    /// The user.
    Model {
        /// The model.
        id: ModelId,
        /// It alone: nobody stands in where it fails.
        locked: bool,
    },
}

/// Chooses who is asked.
pub trait ModelSelector {
    /// Who is asked for a prompt that was taken for `task`.
    ///
    /// # Errors
    /// `NotFound`, `Unreachable`, `Refused` or `NotSealed` when the user named a model that cannot be asked; `NoCandidate` when
    /// no model sees the images. Otherwise there is always a plan: with no model at all, the guide answers.
    fn select(&self, snapshot: Snapshot<'_>, task: Classification, choice: &Choice) -> Result<Plan, Failure>;
}

/// The one that is used: gates, then points.
#[derive(Debug, Clone, Copy, Default)]
pub struct DefaultModelSelector;

/// What is looked for.
struct Task<'a> {
    /// The class that models are judged by: the prompt's, or the general one where that is not sure.
    class: TaskClass,
    tier: Tier,
    sure: bool,
    of: &'a Classification,
}

impl ModelSelector for DefaultModelSelector {
    fn select(&self, snapshot: Snapshot<'_>, of: Classification, choice: &Choice) -> Result<Plan, Failure> {
        let routing = &snapshot.config.routing;
        let sure = of.confidence.percent() >= i32::from(routing.unsure_below);
        let class = if sure { of.class } else { TaskClass::General };
        let task = Task { class, tier: tier(&of, snapshot.config), sure, of: &of };
        let (considered, task_class) = (consider(snapshot, &task), task.class);
        let notes = Vec::new();
        let mut search = Search { snapshot, considered, notes };
        let (reason, candidates) = match choice {
            Choice::Model { id, .. } if id.is_guide() => (SelectionReason::UserOverride, vec![guide()]),
            Choice::Model { id, locked } => (SelectionReason::UserOverride, search.of_user(id, *locked, &task)?),
            Choice::Auto => search.automatic(&task)?,
        };
        let Search { considered, notes, .. } = search;
        let chain = candidates.iter().map(|candidate| candidate.model.clone()).collect();
        let decision = Decision { tier: task.tier, considered, chain, notes, task: of };
        Ok(Plan { class: task_class, reason, candidates, decision: Box::new(decision) })
    }
}

/// What kind of model a prompt asks for by how hard it is.
pub fn tier(task: &Classification, config: &Config) -> Tier {
    let (level, routing) = (task.complexity.level(), &config.routing);
    match level {
        _ if level <= routing.small_up_to => Tier::Small,
        // Set below the other bound it leaves nothing in between.
        _ if level <= routing.medium_up_to => Tier::Medium,
        _ => Tier::Deep,
    }
}

/// All models with their points, the best first, those that cannot be asked last.
fn consider(snapshot: Snapshot<'_>, task: &Task<'_>) -> Vec<Considered> {
    let named = by_configuration(snapshot.config, task);
    let mut considered: Vec<(Considered, &Model)> = snapshot
        .models
        .iter()
        .map(|model| {
            let profile = profile(model, snapshot.config, snapshot.measured.get(&model.id));
            let points = score::points(snapshot, task, &profile);
            let score = Milli(points.iter().map(|point| point.points.0).sum());
            let gate = gate::gate(snapshot, model, &named);
            let (id, backend, location) = (model.id.clone(), model.backend.clone(), model.location.clone());
            (Considered { model: id, backend, location, score, points, gate }, model)
        })
        .collect();
    considered.sort_by(|(a, of_a), (b, of_b)| {
        let closed = |c: &Considered| c.gate.map_or(0, |gate| if gate::is_soft(gate) { 1 } else { 2 });
        // Of models that are too large the smallest is the likeliest to work, of windows that are too small the widest.
        let hopeless = |c: &Considered, m: &Model| match c.gate {
            Some(Gate::TooLarge) => m.size_bytes,
            Some(Gate::TooLong) => u64::from(u32::MAX - m.num_ctx),
            _ => 0,
        };
        closed(a)
            .cmp(&closed(b))
            .then(hopeless(a, of_a).cmp(&hopeless(b, of_b)))
            .then(b.score.cmp(&a.score))
            .then(of_a.licence.class.cmp(&of_b.licence.class))
            .then(of_b.size_bytes.cmp(&of_a.size_bytes))
            .then(a.model.cmp(&b.model))
    });
    considered.into_iter().map(|(considered, _)| considered).collect()
}

/// The models that the configuration names for a task: only they may be elsewhere. Those of a fallback chain are asked after another
/// failed, never first.
fn by_configuration(config: &Config, task: &Task<'_>) -> Vec<ModelId> {
    let deep = (task.tier == Tier::Deep).then_some(Slot::Deep);
    std::iter::once(task.class.slot()).chain(deep).map(|slot| config.defaults.get(slot).clone()).collect()
}

/// The model of a slot and those after it, each once.
fn chain(config: &Config, slot: Slot) -> Vec<ModelId> {
    let after = config.fallbacks.get(slot).iter().map(|entry| {
        Slot::ALL.into_iter().find(|s| s.key() == entry).map_or_else(|| ModelId::new(entry), |s| config.defaults.get(s).clone())
    });
    let mut names: Vec<ModelId> = Vec::new();
    for name in std::iter::once(config.defaults.get(slot).clone()).chain(after) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

struct Search<'a> {
    snapshot: Snapshot<'a>,
    considered: Vec<Considered>,
    notes: Vec<String>,
}

impl<'a> Search<'a> {
    fn model(&self, id: &ModelId) -> Option<&'a Model> {
        self.snapshot.models.iter().find(|model| model.id == *id)
    }

    fn candidate(&self, id: &ModelId) -> Option<Candidate> {
        self.model(id).map(candidate)
    }

    /// Those that can be asked: all that no gate keeps out, or where there are none, those behind soft gates.
    fn open(&self) -> impl Iterator<Item = &Considered> {
        let any = self.considered.iter().any(|c| c.gate.is_none());
        self.considered.iter().filter(move |c| c.gate.is_none_or(|gate| !any && gate::is_soft(gate)))
    }

    fn of_user(&self, id: &ModelId, locked: bool, task: &Task<'_>) -> Result<Vec<Candidate>, Failure> {
        let model = named(self.snapshot, id)?;
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
        let mut names = if deepest { chain(config, Slot::Deep) } else { Vec::new() };
        names.extend(chain(config, task.class.slot()).into_iter().filter(|id| !names.contains(id)).collect::<Vec<_>>());
        let can = |id: &ModelId| {
            let gate = self.model(id).map(|model| gate::gate(self.snapshot, model, &names));
            self.open().any(|c| c.model == *id) || matches!(gate, Some(None | Some(Gate::TooLong)))
        };
        names.iter().filter(|id| *id != first && can(id)).filter_map(|id| self.candidate(id)).collect()
    }

    fn automatic(&mut self, task: &Task<'_>) -> Result<(SelectionReason, Vec<Candidate>), Failure> {
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
        let why = match self.obstacle(id) {
            Some(gate) => format!("{id}: {}", gate.words()),
            None => format!("{id} is not installed"),
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

fn candidate(model: &Model) -> Candidate {
    Candidate {
        model: model.id.clone(),
        backend: model.backend.clone(),
        location: model.location.clone(),
        family: model.family.clone(),
    }
}

fn guide() -> Candidate {
    Candidate { model: ModelId::guide(), backend: BackendId::guide(), location: Location::Local, family: "guide".to_owned() }
}

#[cfg(test)]
mod tests;
