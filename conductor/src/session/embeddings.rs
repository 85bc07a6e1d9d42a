//! Vectors of texts: who makes them, and the way to there.
//!
//! What must stay true: texts go through the same seal as questions, and their model to memory by the same door; without a name only
//! a model on this machine is chosen; nobody is asked for leave: where there is none nothing is sent.

use super::backends::Backends;
use super::describe;
use super::outlet::{Outlet, Way};
use crate::backend::{BackendError, EmbedRequest};
use crate::config::Config;
use crate::domain::{
    Candidate, Contents, Failure, FailureKind, LedgerOutcome, Location, Model, ModelId, Purpose, RequestId, ServerState,
    estimate_tokens,
};
use crate::gpu::memory::{Demand, Effort, Lease};
use crate::gpu::semaphore::Priority;
use crate::privacy::Outgoing;
use crate::routing::{self, FitnessOf};
use crate::session::hosts;
use crate::session::memory::{self, Memories, Sizes};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Texts in one request.
const BATCH: usize = 64;

/// What there is to make vectors with, as it is now.
pub(super) struct Means {
    pub(super) backends: Backends,
    pub(super) server: ServerState,
    pub(super) models: Arc<Vec<Model>>,
    pub(super) outlet: Outlet,
    pub(super) memory: Memories,
    pub(super) fitness: Arc<FitnessOf>,
    pub(super) sizes: Arc<Sizes>,
}

/// How much a model is wanted in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// The user waits for it: others leave for it.
    Now,
    /// It is loaded where it fits beside the others, and waits behind everybody.
    Beside,
    /// It is there, or it is not asked.
    OnHand,
}

/// What vectors are wanted of.
pub(super) struct Order {
    pub(super) id: RequestId,
    /// Who makes them; `None` leaves it to Segno.
    pub(super) model: Option<ModelId>,
    pub(super) texts: Vec<String>,
    /// How much the model is wanted in memory.
    pub(super) wish: Wish,
    /// The longest wait for one request, and for the model to be in memory.
    pub(super) limit: Duration,
}

/// What came of it.
pub(super) struct Made {
    /// Who was asked; `None` where nobody was.
    pub(super) model: Option<ModelId>,
    /// One vector a text.
    pub(super) result: Result<Vec<Vec<f32>>, Failure>,
}

/// Has vectors made of texts: chooses the model, seals, sends. No list is looked at anew: the caller sees to it that what is
/// known is fresh.
pub(super) async fn embed(means: &Means, order: Order) -> Made {
    let models = means.ordered();
    let model = match choose(&means.outlet.config, &models, &means.server, order.model.as_ref()) {
        Ok(model) => model,
        Err(failure) => return Made { model: order.model, result: Err(failure) },
    };
    let result = match means.admit(model, order.wish, order.limit).await {
        Ok(_lease) => of_all(means, model, &order).await,
        Err(failure) => Err(failure),
    };
    Made { model: Some(model.id.clone()), result }
}

impl Means {
    /// Whether a model on this machine is in its memory.
    pub(super) fn is_on_hand(&self, model: &Model) -> bool {
        match self.memory.of_model(model) {
            // What the list says may be some seconds old, and models have left since.
            Some(memory) => memory.is_ready(&model.id),
            None => model.location.is_local() && model.resident.is_some(),
        }
    }

    /// The rows in an order in which a name is that of the row that is asked now.
    fn ordered(&self) -> Cow<'_, [Model]> {
        hosts::ordered(&self.models, &self.backends, &self.memory, &self.fitness)
    }

    /// Keeps a model in memory for as long as the lease is held; `None` where its memory is not ours to share.
    pub(super) async fn admit(&self, model: &Model, wish: Wish, limit: Duration) -> Result<Option<Lease>, Failure> {
        let Some(memory) = self.memory.of_model(model) else { return Ok(None) };
        let (priority, effort) = match wish {
            Wish::Now => (Priority::User, Effort::Full),
            Wish::Beside => (Priority::Background, Effort::Beside),
            Wish::OnHand => (Priority::Background, Effort::None),
        };
        let demand = Demand { effort, ..memory::demand(model, &self.sizes, priority, limit) };
        let admitted = memory.admit(&demand, |_| {}).await;
        admitted.map(Some).map_err(|error| describe::admission(&error, &candidate(model, &model.location), model.num_ctx))
    }
}

/// The model for embeddings that is chosen where none is named: on this machine, one in memory first, else the smallest.
pub(super) fn best(models: &[Model]) -> Option<&Model> {
    let fit = models.iter().filter(|model| model.capabilities.embedding && model.location.is_local());
    fit.min_by_key(|model| (model.resident.is_none(), model.size_bytes, &model.id))
}

/// Who makes the vectors.
///
/// # Errors
/// Where nobody can.
fn choose<'a>(config: &Config, models: &'a [Model], server: &ServerState, named: Option<&ModelId>) -> Result<&'a Model, Failure> {
    let Some(name) = named else {
        return best(models).ok_or_else(|| nobody(models, server));
    };
    let name = &routing::meant(config, models, name);
    match routing::resolve(config, models, name) {
        Some(model) if model.capabilities.embedding => Ok(model),
        Some(model) => {
            let hint = "name another with `-m`, or none (nor SEGNO_MODEL) to have one chosen";
            let failure = Failure::new(FailureKind::Refused, format!("{} makes no embeddings", model.id), hint);
            Err(failure.of(&model.backend, &model.id))
        }
        None => Err(not_up(server).unwrap_or_else(|| {
            let hint = format!("`/pull {name}` gets it, `/models` lists what is there");
            Failure::new(FailureKind::NotFound, format!("{name} is not installed"), hint)
        })),
    }
}

fn nobody(models: &[Model], server: &ServerState) -> Failure {
    if let Some(failure) = not_up(server) {
        return failure;
    }
    let elsewhere = models.iter().find(|model| model.capabilities.embedding);
    let hint = match elsewhere {
        Some(model) => format!("`/pull nomic-embed-text` gets one; `-m {}` asks one that is {}", model.id, model.location),
        None => "`/pull nomic-embed-text` gets one".to_owned(),
    };
    Failure::new(FailureKind::NoCandidate, "there is no model for embeddings on this machine", hint)
}

/// Why the server has nothing, where it was not heard.
pub(super) fn not_up(server: &ServerState) -> Option<Failure> {
    match server {
        ServerState::Up { .. } => None,
        ServerState::Down { address, why, .. } => {
            let hint = "start the server (`ollama serve`, or the Ollama app), or set ollama.host to where it listens";
            Some(Failure::new(FailureKind::Unreachable, format!("no server on {address} ({why})"), hint))
        }
        ServerState::Elsewhere { address, location } => {
            let what = format!("{address} is not on this machine but {}, and was not asked", location.word());
            let hint = "name its host in privacy.trusted_hosts, in your own config.toml, if it is your own machine";
            Some(Failure::new(FailureKind::NotSealed, what, hint))
        }
        ServerState::Unknown => Some(Failure::new(FailureKind::Unreachable, "the server was not asked yet", "try again")),
    }
}

async fn of_all(means: &Means, model: &Model, order: &Order) -> Result<Vec<Vec<f32>>, Failure> {
    let mut vectors: Vec<Vec<f32>> = Vec::with_capacity(order.texts.len());
    for texts in order.texts.chunks(BATCH) {
        let more = of_batch(means, model, order, texts).await?;
        let lengths = [vectors.first(), more.first()].map(|first| first.map(Vec::len));
        if let [Some(before), Some(now)] = lengths
            && before != now
        {
            let what = format!("{} made vectors of {before} numbers, and then of {now}", model.id);
            return Err(Failure::new(FailureKind::Broken, what, "try again").of(&model.backend, &model.id));
        }
        vectors.extend(more);
    }
    Ok(vectors)
}

/// One request. What leaves has its row in the ledger first, and its outcome after.
async fn of_batch(means: &Means, model: &Model, order: &Order, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
    let backend = means.backends.get(&model.backend);
    let num_ctx = memory::window(model);
    let request = EmbedRequest { model: model.id.clone(), texts: texts.to_vec(), num_ctx };
    let outgoing = Outgoing {
        id: order.id,
        purpose: Purpose::Embed,
        bytes: backend.encode_embed(&request).map_err(|error| told(means, &error, model))?,
        destination: backend.embed_destination(&model.id).map_err(|error| told(means, &error, model))?,
        contents: Contents { prompt: true, ..Contents::default() },
        conversation: None,
        tokens: texts.iter().map(|text| estimate_tokens(text)).sum::<usize>().try_into().unwrap_or(u32::MAX),
        cost: None,
    };
    let mut outlet = means.outlet.clone();
    let (sealed, row) = match outlet.seal(outgoing).await {
        Ok(Way::Open(sealed, row)) => (sealed, row),
        Ok(Way::Ask(pending)) => return Err(untrusted(model, &pending.request().location)),
        Err(failure) => return Err(failure.of(&model.backend, &model.id)),
    };
    let candidate = candidate(model, sealed.destination().location());
    let result = tokio::select! {
        biased;
        () = outlet.cut(&candidate.location) => Err(describe::went_offline(&candidate)),
        made = timeout(order.limit, backend.embed(sealed)) => match made {
            Ok(made) => made.map_err(|error| told(means, &error, model)),
            Err(_) => {
                let what = format!("{} made no vectors in {} s", model.id, order.limit.as_secs_f64());
                Err(told(means, &BackendError::Stalled(what), model))
            }
        },
    };
    if let Some(row) = row {
        let outcome = result.as_ref().map_or_else(|failure| LedgerOutcome::Failed(failure.kind), |_| LedgerOutcome::Answered);
        outlet.outcome(row, outcome).await;
    }
    result
}

fn candidate(model: &Model, location: &Location) -> Candidate {
    let (id, backend, family) = (model.id.clone(), model.backend.clone(), model.family.clone());
    Candidate { model: id, backend, location: location.clone(), family }
}

/// A backend's error in words. What would help is another thing than for a question.
fn told(means: &Means, error: &BackendError, model: &Model) -> Failure {
    let mut failure = means.backends.failure(error, &candidate(model, &model.location), model.num_ctx);
    match error {
        BackendError::TooLong(_) => failure.hint = "send shorter texts: `--lines` makes a text of each line".to_owned(),
        BackendError::Refused(_) => {
            failure.hint = "name another model with `-m`, or look at the server: `segno doctor`".to_owned();
        }
        BackendError::Stalled(_) => failure.hint = "try again, send less, or raise timeouts.first_token".to_owned(),
        _ => {}
    }
    failure
}

/// What would have to be asked about first. Nobody is: texts come by the thousand.
fn untrusted(model: &Model, location: &Location) -> Failure {
    let what = format!("{} is {location}, and texts go for embedding only where privacy.trusted_hosts names the host", model.id);
    let hint = match location {
        Location::External(_) => "choose a model on this machine: `/models` lists them",
        _ => "add its host there, in your own config.toml, if it is your own machine",
    };
    Failure::new(FailureKind::NotSealed, what, hint).of(&model.backend, &model.id)
}
