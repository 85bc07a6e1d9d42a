//! Who is asked first, who next, and why: gates, then points, then the fallback chain.
//!
//! What must stay true: pure; the same snapshot makes the same plan; a model elsewhere is chosen only where the configuration or
//! the user names it; every reason can be read.

mod gate;
mod hosts;
mod named;
mod score;
mod search;

pub use named::{meant, resolve, switched_off, unfit};

use super::balance::HostLoad;
use super::profile::profile;
use crate::config::Config;
use crate::domain::{
    BackendId, Classification, Considered, Decision, Failure, Gate, HostState, Location, Machine, Measurements, Milli, Model,
    ModelId, Plan, SelectionReason, ServerState, Slot, TaskClass, Tier,
};
use search::{Search, guide};
use std::collections::HashMap;

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// The settings.
    pub config: &'a Config,
    /// What is known of the first server.
    pub server: &'a ServerState,
    /// What is known of the others; empty where there are none.
    pub others: &'a [HostState],
    /// How much each server has to do, in the order of the configuration; empty where there is only one.
    pub loads: &'a [HostLoad],
    /// The models of the servers and of providers.
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
    /// How those do that failed of late; who is not in it does well.
    pub fitness: &'a FitnessOf,
    /// Where nothing may go: what the user said "never" to.
    pub refused: &'a [(BackendId, Location)],
}

impl Snapshot<'_> {
    /// Whether the router is to choose of this machine alone.
    fn keeps_here(&self) -> bool {
        self.offline || self.config.privacy.force_local
    }

    /// The addresses of the servers that answered.
    fn heard(&self) -> Vec<&str> {
        let states = std::iter::once(self.server).chain(self.others.iter().map(|host| &host.state));
        states
            .filter_map(|state| if let ServerState::Up { address, .. } = state { Some(address.as_str()) } else { None })
            .collect()
    }

    /// How a model of one server did.
    fn fitness(&self, backend: &BackendId, model: &ModelId) -> Option<Fitness> {
        // Mostly nobody fails, and then there is no name to copy.
        let known = !self.fitness.is_empty();
        known.then(|| self.fitness.get(&(backend.clone(), model.clone())).copied()).flatten()
    }

    fn rests(&self, model: &Model) -> bool {
        self.fitness(&model.backend, &model.id).is_some_and(|fitness| fitness.rests)
    }
}

/// How those do that failed of late, each model by its server.
pub type FitnessOf = HashMap<(BackendId, ModelId), Fitness>;

/// How a model did of late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fitness {
    /// It, or its server, failed too often, and is not to be asked for a while.
    pub rests: bool,
    /// How many in a hundred of its tries of late failed.
    pub failed_percent: u8,
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
        let named = by_configuration(snapshot.config, &task);
        let rows = hosts::rows(snapshot, &named);
        let (considered, task_class) = (consider(snapshot, &task, &rows, &named), task.class);
        let notes = Vec::new();
        let mut search = Search { snapshot, rows, considered, notes };
        let (reason, candidates) = match choice {
            Choice::Model { id, .. } if id.is_guide() => (SelectionReason::UserOverride, vec![guide()]),
            Choice::Model { id, locked } => (SelectionReason::UserOverride, search.of_user(id, *locked, &task)?),
            Choice::Auto => search.automatic(&task)?,
        };
        let candidates = search.on_all_hosts(candidates);
        let Search { considered, notes, .. } = search;
        let chain = candidates.iter().map(|candidate| candidate.model.clone()).collect();
        let several = snapshot.loads.len() > 1;
        let hosts = candidates.iter().filter(|_| several).map(|candidate| candidate.backend.clone()).collect();
        let decision = Decision { tier: task.tier, considered, chain, hosts, notes, task: of, shown: None };
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
fn consider(snapshot: Snapshot<'_>, task: &Task<'_>, rows: &[Vec<&Model>], named: &[ModelId]) -> Vec<Considered> {
    let mut considered: Vec<(Considered, &Model)> = rows
        .iter()
        .filter_map(|rows| rows.first().copied())
        .map(|model| {
            let profile = profile(model, snapshot.config, snapshot.measured.get(&model.id));
            let points = score::points(snapshot, task, &profile);
            let score = Milli(points.iter().map(|point| point.points.0).sum());
            let gate = gate::gate(snapshot, model, named);
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

#[cfg(test)]
mod tests;
