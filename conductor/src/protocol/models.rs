//! What crosses about servers and models.

use crate::domain::{
    BackendId, Failure, HealthRow, HostState, Machine, MemoryState, Model, ModelId, ModelProfile, PoolState, QuotaState,
    ServerState,
};
use serde::{Deserialize, Serialize};

/// What is known of servers and models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelsSnapshot {
    /// The server.
    pub server: ServerState,
    /// The other servers; empty where there is only one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostState>,
    /// Their models, by name, one of each server that has it; only those that write text can be asked.
    pub models: Vec<Model>,
    /// What the router knows of each of them, in the same order.
    #[serde(default)]
    pub profiles: Vec<ModelProfile>,
    /// The computer.
    pub machine: Machine,
    /// The first model to pull on it; `None` where its memory is not known.
    pub first_model: Option<ModelId>,
    /// The memory that its models share; `None` where it is not managed.
    #[serde(default)]
    pub memory: Option<MemoryState>,
    /// How those do that were asked of late, servers first.
    #[serde(default)]
    pub health: Vec<HealthRow>,
    /// When this was so, in milliseconds since 1970.
    #[serde(default)]
    pub at_ms: i64,
    /// How much of its quotas of a day each provider has used; only those with quotas.
    #[serde(default)]
    pub quotas: Vec<(BackendId, Vec<QuotaState>)>,
    /// What became of the connections to the server and to each provider, whether contacted or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<PoolState>,
}

impl ModelsSnapshot {
    /// What is known of the first server, or of the first that answered.
    pub fn best(&self) -> &ServerState {
        let mut states = self.states().map(|(_, state)| state);
        states.find(|state| matches!(state, ServerState::Up { .. })).unwrap_or(&self.server)
    }

    /// What is known of each server, the first first.
    pub fn states(&self) -> impl Iterator<Item = (BackendId, &ServerState)> {
        let others = self.hosts.iter().map(|host| (host.id.clone(), &host.state));
        std::iter::once((BackendId::ollama(), &self.server)).chain(others)
    }

    /// The memory that the models of a server share.
    pub fn memory_of(&self, host: &BackendId) -> Option<&MemoryState> {
        match self.hosts.iter().find(|other| other.id == *host) {
            Some(other) => other.memory.as_ref(),
            None => self.memory.as_ref().filter(|_| *host == BackendId::ollama()),
        }
    }

    /// The servers where there are several, so that a person is told which one is meant; nothing where there is one.
    pub fn several(&self) -> Vec<BackendId> {
        if self.hosts.is_empty() { Vec::new() } else { self.states().map(|(id, _)| id).collect() }
    }
}

/// How far a pull is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "pull")]
pub enum PullProgress {
    /// It goes on.
    Running {
        /// What the server is at, in its own words.
        status: String,
        /// Bytes there, of all parts begun.
        completed: u64,
        /// Bytes in all, of all parts begun; 0 where not known yet.
        total: u64,
    },
    /// The model is there.
    Done,
    /// The user stopped it; the server keeps what it has, and a later pull goes on from there.
    Cancelled,
    /// It failed.
    Failed(Failure),
}
