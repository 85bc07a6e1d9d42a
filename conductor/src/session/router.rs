//! The router without a session: labels prompts in bulk, contacts nobody.

use crate::config::Config;
use crate::domain::{Failure, Machine, Measurements, Model, Os, Plan, ServerState, estimate_tokens};
use crate::routing::{self, Asked, Choice, DefaultModelSelector, FitnessOf, Lexicon, ModelSelector, Snapshot};
use std::sync::Arc;

/// Routes prompts as if every local model that the configuration names were installed.
pub struct Router {
    config: Arc<Config>,
    models: Vec<Model>,
    server: ServerState,
    machine: Machine,
    measured: Measurements,
    fitness: FitnessOf,
}

impl Router {
    /// With these settings.
    pub fn new(config: Arc<Config>) -> Self {
        let models = routing::hypothetical(&config);
        // Whatever fits: the same file gets the same labels on every machine.
        let machine = Machine { os: Os::current(), memory_bytes: None };
        let server = ServerState::Up { address: String::new(), version: String::new() };
        Self { models, server, machine, measured: Measurements::new(), fitness: FitnessOf::new(), config }
    }

    /// Who would be asked for `prompt`, at the beginning of a conversation.
    ///
    /// # Errors
    /// None today; see [`ModelSelector::select`].
    pub fn route(&self, prompt: &str) -> Result<Plan, Failure> {
        let task = routing::classify(Asked { text: prompt, previous: None }, Lexicon::built_in(), &self.config.routing);
        let snapshot = Snapshot {
            config: &self.config,
            server: &self.server,
            others: &[],
            loads: &[],
            models: &self.models,
            machine: &self.machine,
            offline: true,
            pictures: false,
            tokens: u32::try_from(estimate_tokens(prompt)).unwrap_or(u32::MAX),
            last: None,
            measured: &self.measured,
            fitness: &self.fitness,
            refused: &[],
        };
        DefaultModelSelector.select(snapshot, task, &Choice::Auto)
    }
}
