//! What is known of the server and its models, and how old it is.

use super::backends::Backends;
use crate::backend::guide::Guide;
use crate::backend::{BackendError, Survey};
use crate::config::{Config, ModelSettings};
use crate::domain::{Licence, LicenceClass, Location, Machine, Measurements, Model, ModelId, ServerState};
use crate::privacy::Pass;
use crate::protocol::ModelsSnapshot;
use crate::routing;
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
    /// `privacy.allow_external`: without it the models of providers are not listed.
    allow_external: bool,
}

impl Catalog {
    pub(super) fn new(machine: Machine, allow_external: bool) -> Self {
        let server = ServerState::Unknown;
        Self { server, models: Arc::default(), machine, first_model: None, surveyed: None, allow_external }
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
            // No version: it was not contacted.
            Ok(survey) if !survey.location.is_local() && survey.version.is_empty() => {
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
        // A server that was not there, or had nothing, may be there by now: the next question looks again.
        self.surveyed = Some(found.begun).filter(|_| models.iter().any(|m: &Model| m.capabilities.completion));
        let listed = |m: &Model| self.allow_external || !matches!(m.location, Location::External(_));
        models.extend(found.of_providers.into_iter().filter(listed));
        // Those first that can be asked here.
        models.sort_by_key(|m| (!m.location.is_local(), !m.capabilities.completion));
        let changed = self.server != server || *self.models != models;
        self.first_model = found.first_model.or(self.first_model.take());
        self.server = server;
        self.models = Arc::new(models);
        changed
    }

    /// All of it, with the connections to `backends` as they are now.
    pub(super) fn snapshot(&self, config: &Config, measured: &Measurements, backends: &Backends) -> ModelsSnapshot {
        let (server, models) = (self.server.clone(), (*self.models).clone());
        let profiles = models.iter().map(|model| routing::profile(model, config, measured.get(&model.id))).collect();
        ModelsSnapshot {
            server,
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

/// What a look at the server brought.
pub(super) struct Found {
    pub(super) address: String,
    /// When the look began: what it found is at least as old as that.
    pub(super) begun: Instant,
    pub(super) result: Result<Survey, BackendError>,
    /// The models that the configuration names for providers.
    pub(super) of_providers: Vec<Model>,
    /// What the guide advises to begin with.
    pub(super) first_model: Option<ModelId>,
}

/// Looks at the server, which is contacted on another host only with `pass`; at the providers, which are not contacted; and, on a thread beside, into the guide, whose pages take some milliseconds to read the first time.
pub(super) async fn look(backends: Backends, machine: Machine, pass: Option<Pass>) -> Found {
    let server = &backends.server;
    let (address, begun) = (server.address(), Instant::now());
    let advice = tokio::task::spawn_blocking(move || Guide::new(machine).first_model());
    let result = match tokio::time::timeout(DEADLINE, server.survey(pass)).await {
        Ok(result) => result,
        Err(_) => Err(BackendError::Stalled(format!("it took the connection and said nothing for {} s", DEADLINE.as_secs()))),
    };
    let mut of_providers = Vec::new();
    for provider in &*backends.providers {
        of_providers.extend(provider.survey(None).await.map(|survey| survey.models).unwrap_or_default());
    }
    Found { address, begun, result, of_providers, first_model: advice.await.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BackendId, Capabilities};

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
