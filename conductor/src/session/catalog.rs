//! What is known of the servers and their models, and how old it is.
//!
//! What must stay true: what one server does not say takes nothing from what the others say.

use super::backends::Backends;
use super::look::{Found, Late, Seen};
use crate::backend::{Backend, BackendError, Survey};
use crate::config::{Config, ModelSettings};
use crate::domain::{BackendId, HostState, Licence, LicenceClass, Location, Machine, Measurements, Model, ModelId, ServerState};
use crate::protocol::ModelsSnapshot;
use crate::routing;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a model list counts as fresh. A question after that looks again before it is sent: a model may have been
/// replaced by an alias of one that runs elsewhere.
pub(super) const FRESH: Duration = Duration::from_secs(5);

pub(super) struct Catalog {
    /// What is known of the first server.
    pub(super) server: ServerState,
    /// What is known of the others.
    pub(super) others: Arc<Vec<HostState>>,
    /// The models of all servers and providers: a row for each server that has one.
    pub(super) models: Arc<Vec<Model>>,
    pub(super) machine: Machine,
    /// The models of each server, the first first.
    rows: Vec<(BackendId, Vec<Model>)>,
    of_providers: Vec<Model>,
    /// What the guide advises to begin with.
    first_model: Option<ModelId>,
    surveyed: Option<Instant>,
    /// `privacy.allow_external`: without it the models of providers are not listed.
    allow_external: bool,
}

impl Catalog {
    pub(super) fn new(machine: Machine, allow_external: bool, backends: &Backends) -> Self {
        let unknown = |host: &Arc<dyn Backend>| HostState { id: host.id(), state: ServerState::Unknown, memory: None };
        Self {
            server: ServerState::Unknown,
            others: Arc::new(backends.others.iter().map(unknown).collect()),
            models: Arc::default(),
            machine,
            rows: backends.hosts().map(|host| (host.id(), Vec::new())).collect(),
            of_providers: Vec::new(),
            first_model: None,
            surveyed: None,
            allow_external,
        }
    }

    /// What is known of each server, the first first.
    pub(super) fn states(&self) -> impl Iterator<Item = &ServerState> {
        std::iter::once(&self.server).chain(self.others.iter().map(|host| &host.state))
    }

    /// What is known of the first server, or of the first that answered.
    pub(super) fn best(&self) -> &ServerState {
        best(&self.server, &self.others)
    }

    /// What is known of the server called `id`.
    pub(super) fn state(&self, id: &BackendId) -> &ServerState {
        self.others.iter().find(|host| host.id == *id).map_or(&self.server, |host| &host.state)
    }

    fn state_mut(&mut self, id: &BackendId) -> &mut ServerState {
        let at = self.others.iter().position(|host| host.id == *id);
        match at {
            Some(at) => &mut Arc::make_mut(&mut self.others)[at].state,
            None => &mut self.server,
        }
    }

    pub(super) fn is_known(&self) -> bool {
        self.states().all(|state| *state != ServerState::Unknown)
    }

    /// Whether any server answered.
    pub(super) fn is_up(&self) -> bool {
        self.states().any(|state| matches!(state, ServerState::Up { .. }))
    }

    /// Whether all of them did, so that what is not listed is not there.
    pub(super) fn is_whole(&self) -> bool {
        self.states().all(|state| matches!(state, ServerState::Up { .. }))
    }

    /// Whether the server called `id` answered.
    pub(super) fn is_host_up(&self, id: &BackendId) -> bool {
        matches!(self.state(id), ServerState::Up { .. })
    }

    /// Whether the list may be planned with as it is.
    pub(super) fn is_fresh(&self) -> bool {
        self.surveyed.is_some_and(|then| then.elapsed() < FRESH)
    }

    /// The list is not to be trusted any longer.
    pub(super) fn expire(&mut self) {
        self.surveyed = None;
    }

    /// Takes what was found, of servers and of providers. Returns whether anything that a person can see has changed.
    pub(super) fn apply(&mut self, found: Found, watching: bool) -> bool {
        let allow_external = self.allow_external;
        let listed = |m: &Model| allow_external || !matches!(m.location, Location::External(_));
        self.of_providers = found.of_providers.into_iter().filter(listed).collect();
        self.first_model = found.first_model.or(self.first_model.take());
        let changed = self.take(found.seen, watching);
        // A server that was not there, or had nothing, may be there by now: the next question looks again.
        let any = self.rows.iter().flat_map(|(_, rows)| rows).any(|model| model.capabilities.completion);
        self.surveyed = any.then_some(found.begun);
        changed
    }

    /// Takes what was found later than the rest. Returns whether anything that a person can see has changed.
    pub(super) fn apply_late(&mut self, late: Late, watching: bool) -> bool {
        self.surveyed = self.surveyed.map(|then| then.min(late.begun));
        self.take(late.seen, watching)
    }

    fn take(&mut self, seen: Vec<Seen>, watching: bool) -> bool {
        let (server, others) = (self.server.clone(), Arc::clone(&self.others));
        for Seen { id, address, result } in seen {
            let (state, models) = state(address, result);
            *self.state_mut(&id) = state;
            if let Some((_, rows)) = self.rows.iter_mut().find(|(of, _)| *of == id) {
                *rows = models;
            }
        }
        let states = Arc::make_mut(&mut self.others).iter_mut().map(|host| &mut host.state);
        for state in std::iter::once(&mut self.server).chain(states) {
            if let ServerState::Down { watching: is, .. } = &mut *state {
                *is = watching;
            }
        }
        let models = self.merged();
        let changed = self.server != server || *self.others != *others || *self.models != models;
        self.models = Arc::new(models);
        changed
    }

    /// Those first that can be asked here; of one model the rows of all servers together.
    fn merged(&self) -> Vec<Model> {
        let mut models: Vec<Model> = self.rows.iter().flat_map(|(_, rows)| rows).cloned().collect();
        if self.rows.len() > 1 {
            models.sort_by(|a, b| a.id.cmp(&b.id));
        }
        models.extend(self.of_providers.iter().cloned());
        models.sort_by_key(|m| (!m.location.is_local(), !m.capabilities.completion));
        models
    }

    /// All of it, with the connections to `backends` as they are now.
    pub(super) fn snapshot(&self, config: &Config, measured: &Measurements, backends: &Backends) -> ModelsSnapshot {
        let (server, models) = (self.server.clone(), (*self.models).clone());
        let profiles = models.iter().map(|model| routing::profile(model, config, measured.get(&model.id))).collect();
        ModelsSnapshot {
            server,
            hosts: (*self.others).clone(),
            models,
            profiles,
            machine: self.machine,
            first_model: self.first_model.clone(),
            memory: None,
            health: Vec::new(),
            quotas: Vec::new(),
            at_ms: 0,
            pools: backends.pools(),
        }
    }
}

/// What is known of the first server, or of the first that answered.
pub(super) fn best<'a>(server: &'a ServerState, others: &'a [HostState]) -> &'a ServerState {
    let mut states = std::iter::once(server).chain(others.iter().map(|host| &host.state));
    states.find(|state| matches!(state, ServerState::Up { .. })).unwrap_or(server)
}

/// What a look at one server says of it, and its models.
fn state(address: String, result: Result<Survey, BackendError>) -> (ServerState, Vec<Model>) {
    match result {
        // No version: it was not contacted.
        Ok(survey) if !survey.location.is_local() && survey.version.is_empty() => {
            (ServerState::Elsewhere { address: survey.address, location: survey.location }, Vec::new())
        }
        Ok(survey) => (ServerState::Up { address: survey.address, version: survey.version }, survey.models),
        Err(error) => {
            // The address is said beside it.
            let why = error.to_string();
            let why = why.split_once(&format!("{address}: ")).map_or(why.as_str(), |(_, reason)| reason).to_owned();
            (ServerState::Down { address, why, watching: false }, Vec::new())
        }
    }
}

/// What the user's own rows say of licences wins over what was read from their texts.
pub(super) fn license(models: &mut [Model], rows: &[ModelSettings]) {
    for model in models {
        let row = rows.iter().find(|row| row.id == model.id).map(|row| row.licence);
        if let Some(class) = row.filter(|class| *class != LicenceClass::Unknown && *class != model.licence.class) {
            // The name was that of another licence.
            model.licence = Licence { class, name: String::new() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Capabilities;

    #[test]
    fn a_row_wins_over_the_text_of_a_licence() {
        use LicenceClass::{Copyleft, Permissive, Restricted, Unknown};
        for (text, row, want) in [
            ((Restricted, "X"), Unknown, (Restricted, "X")),
            ((Restricted, "X"), Restricted, (Restricted, "X")),
            ((Restricted, "X"), Permissive, (Permissive, "")),
            ((Unknown, ""), Copyleft, (Copyleft, "")),
        ] {
            let mut rows = Config::default().models;
            rows.truncate(1);
            rows[0].licence = row;
            let model = |id| Model {
                id,
                backend: BackendId::ollama(),
                location: Location::Local,
                family: String::new(),
                parameters: String::new(),
                quantization: String::new(),
                size_bytes: 0,
                trained_context: None,
                num_ctx: 1,
                capabilities: Capabilities::default(),
                resident: None,
                licence: Licence { class: text.0, name: text.1.to_owned() },
                prices: None,
                obstacle: None,
                kv_bytes_per_token: None,
            };
            let mut models = [model(rows[0].id.clone()), model(ModelId::new("another:1"))];
            license(&mut models, &rows);
            let got = models.map(|m| (m.licence.class, m.licence.name));
            assert_eq!(got, [(want.0, want.1.to_owned()), (text.0, text.1.to_owned())], "{text:?} {row:?}");
        }
    }
}
