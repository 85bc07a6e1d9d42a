//! The guide: answers questions about Segno out of the user guide that is built in, when there is no model to ask; and those
//! of arithmetic and units by calculating.
//!
//! What must stay true: it never pretends to be a model and never guesses; nothing is parsed before the first question; it
//! takes only what is sealed for it, as every backend does. Why it is a backend: `docs/decisions/0004-guide-as-a-backend.md`.

mod answer;
mod calculator;
mod rank;
mod section;
mod words;

use super::{Backend, BackendError, ChatRequest, Chunk, ChunkStream, Completion, PullStream, StopReason, Survey};
use crate::domain::{BackendId, Location, Machine, ModelId, Role, Usage};
use crate::privacy::{Destination, Pass, Sealed};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{self, BoxFuture, FutureExt};
use futures_util::stream;
use serde::{Deserialize, Serialize};

/// How many words one piece of an answer has.
const WORDS_A_PIECE: usize = 4;

/// How many characters of a question are looked at; more is a text that was piped in.
const LONGEST_QUESTION: usize = 2000;

/// The guide on one machine.
#[derive(Debug, Clone, Copy)]
pub struct Guide {
    machine: Machine,
}

/// What is sent to the guide.
#[derive(Debug, Serialize, Deserialize)]
struct Question {
    question: String,
}

impl Guide {
    /// The guide that answers for `machine`: its system's way of installing, the models for its memory.
    pub fn new(machine: Machine) -> Self {
        Self { machine }
    }

    /// The name that stands where a model's would.
    pub fn model() -> ModelId {
        ModelId::new("guide")
    }

    /// The answer to `question`, as markdown. Pure.
    pub fn answer(&self, question: &str) -> String {
        let end = question.char_indices().nth(LONGEST_QUESTION).map_or(question.len(), |(at, _)| at);
        answer::answer(self.machine, &question[..end])
    }

    /// The first model to pull on this machine; `None` where its memory is not known.
    pub fn first_model(&self) -> Option<ModelId> {
        answer::first_model(self.machine).map(ModelId::new)
    }

    /// The pieces that a sealed question is answered with.
    fn reply(self, sealed: Sealed) -> Vec<Result<Chunk, BackendError>> {
        let (bytes, destination) = sealed.into_parts();
        if *destination.backend() != self.id() {
            return vec![Err(BackendError::Refused(format!("the guide was given a question for {}", destination.backend())))];
        }
        let Ok(Question { question }) = serde_json::from_slice(&bytes) else {
            return vec![Err(BackendError::Broken("the guide could not read its question".to_owned()))];
        };
        let answer = self.answer(&question);
        let text = |piece: &str| Ok(Chunk::Text { text: piece.to_owned(), thinking: String::new() });
        let done = Completion { reason: StopReason::Stop, usage: Usage::default(), load: None, eval: None };
        pieces(&answer).map(text).chain([Ok(Chunk::Done(done))]).collect()
    }
}

impl Backend for Guide {
    fn id(&self) -> BackendId {
        BackendId::guide()
    }

    fn address(&self) -> String {
        "built in".to_owned()
    }

    /// Always there, with no models: the guide is none.
    fn survey(&self, _pass: Option<Pass>) -> BoxFuture<'static, Result<Survey, BackendError>> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let survey =
            Survey { address: self.address(), version, location: Location::Local, models: Vec::new(), memory_known: false };
        future::ready(Ok(survey)).boxed()
    }

    fn encode(&self, request: &ChatRequest) -> Result<Bytes, BackendError> {
        let last = request.messages.iter().rfind(|message| message.role == Role::User);
        let question = last.map(|message| message.content.clone()).unwrap_or_default();
        let bytes = serde_json::to_vec(&Question { question });
        bytes.map(Bytes::from).map_err(|error| BackendError::Refused(format!("the question cannot be written down: {error}")))
    }

    fn destination(&self, model: &ModelId) -> Result<Destination, BackendError> {
        if *model == Self::model() {
            Ok(Destination::in_process(self.id(), model.clone()))
        } else {
            Err(BackendError::NotFound(format!("the guide has no model {model}")))
        }
    }

    fn stream(&self, sealed: Sealed) -> ChunkStream {
        let guide = *self;
        // Made when first polled, like every answer; no timers: the guide has nothing to wait for.
        stream::iter(std::iter::once_with(move || guide.reply(sealed)).flatten()).boxed()
    }

    fn pull(&self, _model: &ModelId, _pass: Pass) -> PullStream {
        stream::iter([Err(BackendError::Refused("the guide is built in and has no models to pull".to_owned()))]).boxed()
    }
}

/// `text` in pieces of a few words; joined they are `text` again.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.match_indices([' ', '\n']).nth(WORDS_A_PIECE - 1).map_or(rest.len(), |(at, found)| at + found.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests;
