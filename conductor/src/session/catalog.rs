//! What is known of the server and its models, and how old it is.

use crate::backend::guide::Guide;
use crate::backend::{Backend, BackendError, Survey};
use crate::domain::{Machine, Model, ModelId, ServerState};
use crate::protocol::ModelsSnapshot;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a model list counts as fresh. A question after that looks again before it is sent: a model may have been
/// replaced by an alias of one that runs elsewhere.
pub(super) const FRESH: Duration = Duration::from_secs(5);

/// How long a server may take to say what it has. More than enough for a list on loopback; a server that hangs counts as
/// down.
const DEADLINE: Duration = Duration::from_secs(5);

pub(super) struct Catalog {
    pub(super) server: ServerState,
    pub(super) models: Arc<Vec<Model>>,
    pub(super) machine: Machine,
    /// What the guide advises to begin with.
    first_model: Option<ModelId>,
    surveyed: Option<Instant>,
}

impl Catalog {
    pub(super) fn new(machine: Machine) -> Self {
        Self { server: ServerState::Unknown, models: Arc::default(), machine, first_model: None, surveyed: None }
    }

    pub(super) fn is_known(&self) -> bool {
        self.server != ServerState::Unknown
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.server, ServerState::Up { .. })
    }

    /// Whether the list may be planned with as it is.
    pub(super) fn is_fresh(&self) -> bool {
        self.surveyed.is_some_and(|then| then.elapsed() < FRESH)
    }

    /// The list is not to be trusted any longer.
    pub(super) fn expire(&mut self) {
        self.surveyed = None;
    }

    /// Takes what was found. Returns whether anything that a person can see has changed.
    pub(super) fn apply(&mut self, found: Found, watching: bool) -> bool {
        let (server, models) = match found.result {
            Ok(survey) if !survey.location.is_local() => {
                (ServerState::Elsewhere { address: survey.address, location: survey.location }, Vec::new())
            }
            Ok(survey) => (ServerState::Up { address: survey.address, version: survey.version }, survey.models),
            Err(error) => {
                // The address is said beside it.
                let why = error.to_string();
                let why = why.split_once(&format!("{}: ", found.address)).map_or(why.as_str(), |(_, reason)| reason).to_owned();
                (ServerState::Down { address: found.address, why, watching }, Vec::new())
            }
        };
        let mut models = models;
        // Those first that can be asked here.
        models.sort_by_key(|m| (!m.location.is_local(), !m.capabilities.completion));
        // A server that was not there, or had nothing, may be there by now: the next question looks again.
        self.surveyed = Some(found.begun).filter(|_| models.iter().any(|m: &Model| m.capabilities.completion));
        let changed = self.server != server || *self.models != models;
        self.first_model = found.first_model.or(self.first_model.take());
        self.server = server;
        self.models = Arc::new(models);
        changed
    }

    pub(super) fn snapshot(&self) -> ModelsSnapshot {
        let (server, models) = (self.server.clone(), (*self.models).clone());
        ModelsSnapshot { server, models, machine: self.machine, first_model: self.first_model.clone() }
    }
}

/// What a look at the server brought.
pub(super) struct Found {
    pub(super) address: String,
    /// When the look began: what it found is at least as old as that.
    pub(super) begun: Instant,
    pub(super) result: Result<Survey, BackendError>,
    /// What the guide advises to begin with.
    pub(super) first_model: Option<ModelId>,
}

/// Looks at the server; and, on a thread beside, into the guide, whose pages take some milliseconds to read the first time.
pub(super) async fn look(server: Arc<dyn Backend>, machine: Machine) -> Found {
    let (address, begun) = (server.address(), Instant::now());
    let advice = tokio::task::spawn_blocking(move || Guide::new(machine).first_model());
    let result = match tokio::time::timeout(DEADLINE, server.survey(None)).await {
        Ok(result) => result,
        Err(_) => Err(BackendError::Stalled(format!("it took the connection and said nothing for {} s", DEADLINE.as_secs()))),
    };
    Found { address, begun, result, first_model: advice.await.unwrap_or_default() }
}
