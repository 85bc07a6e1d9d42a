//! Which models there are, where each runs, and what it can do.
//!
//! What must stay true: `/api/show` is asked for models that the server runs itself alone, since it passes the question
//! about any other on to where that runs; a model whose row tells everything is asked for its licence once, and no list waits
//! longer for that than an eye blinks; a survey is over in less than four and a half seconds, and one slow model or page
//! costs no more than what it would have told.

mod licences;

use super::super::http::{self, Lane, Response};
use super::super::words::words;
use super::super::{BackendError, Survey};
use super::wire::{self, Details, PsRow, Rows, Show, TagRow, Version};
use super::{Found, Inner, Server};
use crate::domain::{Capabilities, Licence, Location, Model, ModelId, Residency, family_of};
use crate::privacy::Pass;
use crate::privacy::location::{self, Remote};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{join, try_join};
use futures_util::stream;
use licences::{is_open, is_silent, named};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a survey may take until the server's version and list are there. With [`EXTRAS`] it is less than what those
/// who ask for surveys wait.
const LIST: Duration = Duration::from_millis(2900);

/// How long a survey waits for what is only good to know: what is in memory, and all that `/api/show` is asked for.
const EXTRAS: Duration = Duration::from_millis(1500);

/// How long the server may take to tell of one model when that alone is asked for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest reply, in bytes; `/api/show` of a large model with its tensors takes about one million.
const REPLY_CAP: usize = 16 * 1024 * 1024;

/// The most models that one survey asks `/api/show` for. The next survey asks for the next ones.
const SHOWS: usize = 32;

/// How many of these are under way at once.
const SHOWS_AT_ONCE: usize = 4;

/// What a server tells of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCard {
    /// Its family: `llama`, `qwen`, ...
    pub family: String,
    /// Its size as its makers say it: `8.0B`. Empty where unknown.
    pub parameters: String,
    /// Its quantisation: `Q4_K_M`. Empty where unknown.
    pub quantization: String,
    /// The longest context it was trained for, in tokens, where known.
    pub trained_context: Option<u32>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// What its licence allows, by the licence's text.
    pub licence: Licence,
    /// Bytes that a token of its window takes in memory, where what is said of its layers tells.
    pub kv_bytes_per_token: Option<u64>,
}

/// A card, and what the reply said of where the model runs.
#[derive(Debug)]
pub(super) struct Shown {
    card: ModelCard,
    remote: Remote,
}

impl Inner {
    pub(super) async fn survey(self: &Arc<Self>, pass: Option<Pass>) -> Result<Survey, BackendError> {
        let begun = Instant::now();
        let server = match self.find(pass.as_ref()).await? {
            Found::Server(server) => server,
            Found::Elsewhere(location) => {
                let address = self.address.to_string();
                return Ok(Survey { address, version: String::new(), location, models: Vec::new(), memory_known: false });
            }
        };
        let limit = LIST.saturating_sub(begun.elapsed());
        let resident = async { Ok(self.resident(&server).await) };
        let ((version, rows), resident) = try_join(self.list(&server, limit), resident).await?;

        let memory_known = resident.is_some();
        let resident = resident.unwrap_or_default();
        let mut known = self.known();
        // Another look may have found another server meanwhile: what is known now is of no use for this list, nor is this
        // list to it.
        let current = known.is_of(&server.addresses);
        let (mut models, mut remotes) = (Vec::with_capacity(rows.len()), HashMap::new());
        for row in rows.iter().filter(|row| !row.name().trim().is_empty()) {
            let id = ModelId::new(row.name());
            let shown = known.card(&row.digest).filter(|_| current);
            let said = shown.map(|shown| &shown.remote).filter(|r| **r != Remote::default());
            let remote = known.caught(&id).filter(|_| current).or(said).cloned().unwrap_or_else(|| row.remote());
            let location = location::of_model(&server.location, id.as_str(), &remote);
            let residency = resident.get(&id).copied();
            models.push(self.model(row, id.clone(), location, shown.map(|shown| &shown.card), residency));
            remotes.insert(id, remote);
        }
        models.sort_by(|a, b| a.id.cmp(&b.id));
        if current {
            known.retain(|digest| rows.iter().any(|row| row.digest == *digest));
            known.set_list(begun, remotes);
        }
        drop(known);
        Ok(Survey { address: self.address.to_string(), version, location: server.location, models, memory_known })
    }

    /// The version and the list, which come within `limit`; after that, cards for what the list leaves open.
    async fn list(self: &Arc<Self>, server: &Server, limit: Duration) -> Result<(String, Vec<TagRow>), BackendError> {
        let version = self.get::<Version>(server, "api/version", limit);
        let (version, tags) = join(version, self.get::<Rows>(server, "api/tags", limit)).await;
        let version = version.map_err(|e| self.stranger(e))?.version;
        let rows = tags.map_err(|e| self.stranger(e))?.read();
        // A model whose card has not come is what its row says, and what can be guessed.
        let cards = tokio::time::timeout(EXTRAS, self.fetch_cards(server, &rows));
        if join(cards, self.licences(server, &rows)).await.0.is_err() {
            tracing::debug!("{} was too slow to tell of all its models; the next survey asks for the others", self.who());
        }
        Ok((version, rows))
    }

    /// What is in memory, where the server says so in time; servers of before 2024 cannot tell.
    async fn resident(&self, server: &Server) -> Option<HashMap<ModelId, Residency>> {
        let running = self.held(server).await;
        running.inspect_err(|e| tracing::debug!("what is in memory is not known: {e}")).ok()
    }

    /// What the server says that it holds in memory.
    pub(super) async fn held(&self, server: &Server) -> Result<HashMap<ModelId, Residency>, BackendError> {
        let rows: Vec<PsRow> = self.get::<Rows>(server, "api/ps", EXTRAS).await?.read();
        Ok(rows.iter().map(residency).collect())
    }

    /// What the server tells of `model`.
    pub(super) async fn show(&self, model: &ModelId) -> Result<ModelCard, BackendError> {
        // The server first: what was listed is forgotten where it is another one by now.
        let server = self.server().await?;
        let destination = self.destination("api/show", model)?;
        if *destination.location() != server.location {
            let location = destination.location();
            return Err(BackendError::Refused(format!("{model} is {location}, and asking for it would go on to there")));
        }
        let shown = self.ask_show(&server, model).await?;
        if shown.remote == Remote::default() {
            return Ok(shown.card);
        }
        let location = location::of_model(&server.location, model.as_str(), &shown.remote);
        self.known().catch(&server.addresses, model, shown.remote);
        Err(BackendError::Refused(format!("{} listed {model} as its own, and then said that it is {location}", self.who())))
    }

    fn model(
        &self,
        row: &TagRow,
        id: ModelId,
        location: Location,
        card: Option<&ModelCard>,
        resident: Option<Residency>,
    ) -> Model {
        let shown = card.filter(|_| row.details.family.is_empty()).map(|c| c.family.clone());
        let listed = row.capabilities.as_deref().map(wire::capabilities);
        let trained_context = row.details.trained_context().or_else(|| card.and_then(|c| c.trained_context));
        Model {
            licence: card.map(|c| c.licence.clone()).unwrap_or_default(),
            prices: None,
            obstacle: None,
            kv_bytes_per_token: card.and_then(|c| c.kv_bytes_per_token),
            backend: self.id.clone(),
            location,
            family: shown.unwrap_or_else(|| family(&row.details, &id)),
            parameters: row.details.parameter_size.clone(),
            quantization: row.details.quantization_level.clone(),
            size_bytes: row.size,
            trained_context,
            num_ctx: trained_context.map_or(self.num_ctx, |trained| trained.min(self.num_ctx)),
            capabilities: listed.or_else(|| card.map(|c| c.capabilities)).unwrap_or_else(|| guess(&row.details, &id)),
            resident,
            id,
        }
    }

    /// Asks for the cards of the rows that leave something open, and keeps each as it comes. What was answered before is
    /// not asked again; what was asked for in vain comes after all others, so that slow models keep nobody waiting for ever.
    async fn fetch_cards(&self, server: &Server, rows: &[TagRow]) {
        let wanted = {
            let known = self.known();
            let mut open: Vec<_> = rows.iter().filter(|row| is_silent(row) && is_open(&known, server, row)).collect();
            open.sort_by_key(|row| known.tries(&row.digest));
            named(open)
        };
        self.fetch(server, wanted).await;
    }

    async fn fetch(&self, server: &Server, wanted: Vec<(String, ModelId)>) {
        let asked = stream::iter(wanted).for_each_concurrent(SHOWS_AT_ONCE, |(digest, model)| async move {
            self.known().count_try(&server.addresses, &digest);
            match self.ask_show(server, &model).await {
                Ok(shown) => self.known().add_card(&server.addresses, digest, shown),
                Err(error) => tracing::debug!("{model} stays unknown: {error}"),
            }
        });
        asked.await;
    }

    async fn ask_show(&self, server: &Server, model: &ModelId) -> Result<Shown, BackendError> {
        let body = Bytes::from(serde_json::json!({ "model": model.as_str() }).to_string());
        let what = format!("model {model}");
        let asked = async {
            let slot = self.pool.slot(Lane::Detail).await;
            self.reply::<Show>(&mut self.post(server, slot, "api/show", body, &what).await?, &what).await
        };
        let show = self.in_time(&what, PATIENCE, asked).await?;
        let card = ModelCard {
            family: family(&show.details, model),
            parameters: show.details.parameter_size.clone(),
            quantization: show.details.quantization_level.clone(),
            trained_context: show.trained_context(),
            capabilities: show.capabilities.as_deref().map_or_else(|| guess(&show.details, model), wire::capabilities),
            licence: Licence::of_text(&show.license()),
            kv_bytes_per_token: show.kv_bytes_per_token(),
        };
        Ok(Shown { card, remote: show.remote() })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, server: &Server, path: &str, limit: Duration) -> Result<T, BackendError> {
        let request = server.client.get(self.address.url(path));
        let asked = async {
            let slot = self.pool.slot(Lane::List).await;
            self.reply(&mut self.send(server, slot, request, path).await?, path).await
        };
        self.in_time(path, limit, asked).await
    }

    pub(super) async fn in_time<T>(
        &self,
        what: &str,
        limit: Duration,
        asked: impl Future<Output = Result<T, BackendError>>,
    ) -> Result<T, BackendError> {
        let late = |_| {
            let seconds = limit.as_secs_f64();
            BackendError::Stalled(format!("{} did not answer for {what} in {seconds:.1} s", self.who()))
        };
        tokio::time::timeout(limit, asked).await.map_err(late)?
    }

    pub(super) async fn reply<T: DeserializeOwned>(&self, response: &mut Response, what: &str) -> Result<T, BackendError> {
        let who = self.who();
        let (body, cut) = http::body(response, REPLY_CAP).await.map_err(|e| http::failure(&who, &e))?;
        if cut {
            return Err(BackendError::Broken(format!("{who} answered for {what} with more than {REPLY_CAP} bytes")));
        }
        serde_json::from_slice(&body).map_err(|_| {
            let words = words(&body);
            BackendError::Broken(format!("{who} answered for {what} as no Ollama does: {words}"))
        })
    }

    /// A server without these pages is something else that listens there.
    fn stranger(&self, error: BackendError) -> BackendError {
        match error {
            BackendError::NotFound(_) => BackendError::Broken(format!("what answers at {} is not Ollama", self.address)),
            other => other,
        }
    }
}

fn residency(row: &PsRow) -> (ModelId, Residency) {
    let held =
        Residency { size_bytes: row.size, vram_bytes: row.size_vram, context: row.context(), expires_ms: row.expires_ms() };
    (ModelId::new(row.name()), held)
}

/// The server's own word for the family (`qwen2`), without its version; else what the name says.
fn family(details: &Details, model: &ModelId) -> String {
    let family = match details.family.as_str() {
        // Ollama's spelling of the one family whose name has a hyphen.
        "gptoss" => "gpt-oss".to_owned(),
        family => family_of(family),
    };
    if family.is_empty() { family_of(model.as_str()) } else { family }
}

/// For servers of before capabilities were told: models for embeddings are named so, or are of BERT's family.
fn guess(details: &Details, model: &ModelId) -> Capabilities {
    let embeds = details.family.contains("bert") || model.as_str().contains("embed");
    Capabilities { completion: !embeds, embedding: embeds, ..Capabilities::default() }
}
