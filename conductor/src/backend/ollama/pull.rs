//! Having a model fetched.
//!
//! What must stay true: a pull that did not say `success` failed; what is counted never goes backwards; models that would
//! run elsewhere are not asked for. There is no limit of time: checking a large file takes minutes without a word.

use super::super::http::{self, Lane, Response};
use super::super::ndjson::Decoder;
use super::super::words::{words, words_in};
use super::super::{BackendError, PullStep, PullStream};
use super::Inner;
use super::wire::PullLine;
use crate::domain::ModelId;
use crate::privacy::location::has_cloud_suffix;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use std::collections::HashMap;
use std::sync::Arc;

/// Parts of a model that are counted. Real ones have about six.
const PARTS: usize = 1024;

/// Has `model` fetched. Nothing happens before the first poll.
pub(super) fn pull(inner: Arc<Inner>, model: ModelId) -> PullStream {
    stream::unfold(Phase::Start(inner, model), step).boxed()
}

/// How far a pull is.
enum Phase {
    Start(Arc<Inner>, ModelId),
    Pulling(Box<Pulling>),
    Over,
}

async fn step(phase: Phase) -> Option<(Result<PullStep, BackendError>, Phase)> {
    let mut pulling = match phase {
        Phase::Over => return None,
        Phase::Pulling(pulling) => pulling,
        Phase::Start(inner, model) => match open(&inner, &model).await {
            Ok(pulling) => Box::new(pulling),
            Err(error) => return Some((Err(error), Phase::Over)),
        },
    };
    match pulling.next().await {
        Ok(step) if step.status == "success" => Some((Ok(step), Phase::Over)),
        Ok(step) => Some((Ok(step), Phase::Pulling(pulling))),
        Err(error) => Some((Err(error), Phase::Over)),
    }
}

async fn open(inner: &Arc<Inner>, model: &ModelId) -> Result<Pulling, BackendError> {
    if has_cloud_suffix(model.as_str()) {
        return Err(BackendError::Refused(format!(
            "{model} is the name of a model in Ollama's cloud: it runs there, and there is nothing of it to fetch"
        )));
    }
    let slot = inner.pool.slot(Lane::Work).await;
    let server = inner.server().await?;
    let body = Bytes::from(serde_json::json!({ "model": model.as_str(), "stream": true }).to_string());
    let response = inner.post(&server, slot, "api/pull", body, &format!("model {model} to fetch")).await?;
    Ok(Pulling { who: inner.who(), model: model.clone(), response, decoder: Decoder::default(), parts: HashMap::new() })
}

/// A pull under way.
struct Pulling {
    who: String,
    model: ModelId,
    response: Response,
    decoder: Decoder,
    /// Bytes there and in all, by digest.
    parts: HashMap<String, (u64, u64)>,
}

impl Pulling {
    async fn next(&mut self) -> Result<PullStep, BackendError> {
        loop {
            let line =
                self.decoder.next_line().map_err(|e| BackendError::Broken(format!("{} sent no progress: {e}", self.who)))?;
            if let Some(line) = line {
                let line = line.to_vec();
                return self.take(&line);
            }
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.decoder.feed(&bytes),
                Ok(None) => {
                    return match self.decoder.finish().map(<[u8]>::to_vec) {
                        Some(line) => self.take(&line),
                        None => Err(self.cut("it ended too early")),
                    };
                }
                Err(error) => {
                    let failure = http::failure(&self.who, &error);
                    return Err(self.cut(&failure.to_string()));
                }
            }
        }
    }

    fn take(&mut self, line: &[u8]) -> Result<PullStep, BackendError> {
        let Ok(line) = serde_json::from_slice::<PullLine>(line) else {
            return Err(BackendError::Broken(format!("{} sent no progress: {}", self.who, words(line))));
        };
        if let Some(error) = line.error.as_ref().filter(|e| !e.is_null()) {
            return Err(self.failed(&words_in(error)));
        }
        if let Some(digest) = line.digest {
            let known = self.parts.len();
            if known < PARTS || self.parts.contains_key(&digest) {
                let part = self.parts.entry(digest).or_default();
                // A part that is fetched again begins at nought; for a person it is as far as it ever was.
                part.0 = part.0.max(line.completed.unwrap_or(0));
                part.1 = part.1.max(line.total.unwrap_or(0)).max(part.0);
            }
        }
        let sum = |field: fn(&(u64, u64)) -> u64| self.parts.values().map(field).fold(0, u64::saturating_add);
        Ok(PullStep { status: line.status.unwrap_or_default(), completed: sum(|part| part.0), total: sum(|part| part.1) })
    }

    /// What an error in the stream means. A failed pull is always answered with 200, so the words are all there is.
    fn failed(&self, words: &str) -> BackendError {
        let manifest = words.contains("manifest");
        if manifest && (words.contains("does not exist") || words.contains("not found") || words.contains("manifest: 404")) {
            return BackendError::NotFound(format!("there is no model {} to fetch: {words}", self.model));
        }
        BackendError::Broken(format!("{} could not fetch {}: {words}", self.who, self.model))
    }

    fn cut(&self, why: &str) -> BackendError {
        BackendError::Broken(format!("the fetching of {} was cut off ({why}); what was fetched is kept", self.model))
    }
}
