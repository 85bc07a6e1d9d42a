//! A question, and the answer as it comes.
//!
//! What must stay true: the bytes for a request are always the same; they go only to where the last survey says that the
//! model is; a model whose answer came from elsewhere is remembered before a word of it is passed on; an answer is whole
//! only if the server said so: an end without `done` is a failure, whatever came before.

use super::super::http::{self, Lane, Read, Response};
use super::super::ndjson::Decoder;
use super::super::tools::{Calls, Said};
use super::super::words::words;
use super::super::{BackendError, ChatRequest, Chunk, ChunkStream, Completion, StopReason};
use super::wire::ChatLine;
use super::{Inner, status};
use crate::domain::{Location, ModelId, Role, Usage};
use crate::privacy::Sealed;
use crate::privacy::location::{self, Remote};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use ollama_rs::generation::chat::{ChatMessage, request::ChatMessageRequest};
use ollama_rs::generation::images::Image;
use ollama_rs::models::ModelOptions;
use serde_json::Value;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Where questions go.
pub(super) const PATH: &str = "api/chat";

/// The bytes of a request.
///
/// `truncate: false` makes Ollama refuse what is too long instead of dropping the beginning silently. `think` and `shift` are
/// left to the server: another `shift` than the loaded one reloads the model.
pub(super) fn encode(request: &ChatRequest, keep_alive: &str) -> Result<Bytes, BackendError> {
    if request.num_predict == 0 {
        // To Ollama 0 means no limit, which is the opposite of what was asked for.
        return Err(BackendError::Refused("an answer of no tokens cannot be asked for".to_owned()));
    }
    let system = (!request.system.is_empty()).then(|| ChatMessage::system(request.system.clone()));
    let said = request.messages.iter().map(|message| match message.role {
        Role::User => ChatMessage::user(message.content.clone()).with_images(pictures(message)),
        Role::Assistant => ChatMessage::assistant(message.content.clone()),
    });
    let num_predict = i32::try_from(request.num_predict).unwrap_or(i32::MAX);
    let options = ModelOptions::default().num_ctx(u64::from(request.num_ctx)).num_predict(num_predict);
    let messages = system.into_iter().chain(said).collect();
    let format = &request.format;
    let request = ChatMessageRequest::new(request.model.as_str().to_owned(), messages).options(options);

    let unsaid = |e: serde_json::Error| BackendError::Refused(format!("the request could not be written as JSON: {e}"));
    let mut value = serde_json::to_value(request).map_err(unsaid)?;
    value["stream"] = Value::Bool(true);
    value["truncate"] = Value::Bool(false);
    value["keep_alive"] = Value::from(keep_alive);
    for message in value["messages"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        // Empty lists and nulls are not asked for, and would only stand in what a person may be shown before it is sent.
        message.retain(|_, field| !field.is_null() && field.as_array().is_none_or(|list| !list.is_empty()));
    }
    // Without this the order of the keys would hang on a feature that any crate in the build may switch on.
    value.sort_all_objects();
    // After that: a model writes the fields in the order in which they stand in the schema, and is to think before it concludes.
    if let Some(schema) = format {
        value["format"] = schema.clone();
    }
    serde_json::to_vec(&value).map(Bytes::from).map_err(unsaid)
}

/// Ollama takes an image as its file in base64, and finds its format out by itself.
fn pictures(message: &super::super::ChatMessage) -> Vec<Image> {
    message.images.iter().map(|image| Image::from_base64(BASE64.encode(&image.bytes))).collect()
}

/// Sends, and streams what comes back. Nothing happens before the first poll.
pub(super) fn stream(inner: Arc<Inner>, sealed: Sealed) -> ChunkStream {
    stream::unfold(Phase::Start(inner, sealed), step).boxed()
}

type Item = Result<Chunk, BackendError>;

/// How far an answer is.
enum Phase {
    Start(Arc<Inner>, Sealed),
    Reading(Box<Reading>),
    /// Something was given out; this comes next, and then what is read.
    Ready(VecDeque<Item>, Option<Box<Reading>>),
    Over,
}

impl Phase {
    fn after(ready: VecDeque<Item>, reading: Option<Box<Reading>>) -> Self {
        if ready.is_empty() { reading.map_or(Self::Over, Self::Reading) } else { Self::Ready(ready, reading) }
    }
}

async fn step(phase: Phase) -> Option<(Item, Phase)> {
    let mut reading = match phase {
        Phase::Over => return None,
        Phase::Ready(mut ready, reading) => return ready.pop_front().map(|item| (item, Phase::after(ready, reading))),
        Phase::Reading(reading) => reading,
        Phase::Start(inner, sealed) => match open(&inner, sealed).await {
            Ok(reading) => Box::new(reading),
            Err(error) => return Some((Err(error), Phase::Over)),
        },
    };
    loop {
        let batch = reading.batch().await;
        if let Some(remote) = batch.remote {
            reading.inner.known().catch(&reading.addresses, &reading.from.model, remote);
        }
        let over = batch.end.is_some();
        let end = batch.end.map(|end| end.map(Chunk::Done));
        let mut ready: VecDeque<Item> = batch.said.into_chunks().map(Ok).chain(end).collect();
        if let Some(item) = ready.pop_front() {
            return Some((item, Phase::after(ready, (!over).then_some(reading))));
        }
    }
}

/// Checks that the seal is for this server as it is known now, and posts what is sealed.
async fn open(inner: &Arc<Inner>, sealed: Sealed) -> Result<Reading, BackendError> {
    let (bytes, destination) = sealed.into_parts();
    // The slot first: what the seal is for may be another server after waiting for it.
    let slot = inner.pool.slot(Lane::Work).await;
    let server = inner.sealed_for(PATH, &destination)?;
    let model = destination.model().clone();
    let response = inner.post(&server, slot, PATH, bytes, &format!("model {model}")).await?;
    let from = From { who: inner.who(), model, server: server.location, location: destination.location().clone() };
    Ok(Reading { inner: Arc::clone(inner), addresses: server.addresses, from, response, decoder: Decoder::default() })
}

/// An answer on its way.
struct Reading {
    inner: Arc<Inner>,
    /// Those of the server that was asked.
    addresses: Vec<SocketAddr>,
    from: From,
    response: Response,
    decoder: Decoder,
}

/// Who answers.
struct From {
    /// The server, for a person.
    who: String,
    model: ModelId,
    /// Where the server is.
    server: Location,
    /// Where the model runs, as far as was known when the question was sent.
    location: Location,
}

/// What one look at the network brought.
#[derive(Default)]
struct Batch {
    said: Said,
    end: Option<Result<Completion, BackendError>>,
    /// Where the server passed the conversation on to, if it did.
    remote: Option<Remote>,
}

impl Reading {
    async fn batch(&mut self) -> Batch {
        let decoder = &mut self.decoder;
        let read = http::read(&mut self.response, |bytes| decoder.feed(bytes)).await;
        let mut batch = Batch::default();
        while batch.end.is_none() {
            match self.decoder.next_line() {
                Ok(Some(line)) => batch.take(line, &self.from),
                Ok(None) => break,
                Err(e) => batch.end = Some(Err(BackendError::Broken(format!("{} sent what is no answer: {e}", self.from.who)))),
            }
        }
        if batch.end.is_some() {
            return batch;
        }
        match read {
            Read::Bytes => {}
            Read::Failed(error) => batch.end = Some(Err(http::failure(&self.from.who, &error))),
            Read::End => {
                if let Some(line) = self.decoder.finish() {
                    batch.take(line, &self.from);
                }
                let From { who, model, .. } = &self.from;
                let cut = || BackendError::Broken(format!("{who} ended in the middle of an answer of {model}"));
                batch.end.get_or_insert_with(|| Err(cut()));
            }
        }
        batch
    }
}

impl Batch {
    /// Adds what a line says.
    fn take(&mut self, line: &[u8], from: &From) {
        let From { who, model, .. } = from;
        let line: ChatLine = match serde_json::from_slice(line) {
            Ok(line) => line,
            Err(_) => {
                let words = words(line);
                self.end = Some(Err(BackendError::Broken(format!("{who} sent what is no answer: {words}"))));
                return;
            }
        };
        let remote = line.remote();
        let made = location::of_model(&from.server, model.as_str(), &remote);
        if let Some(to) = remote.host.as_ref().or(remote.model.as_ref()).filter(|_| made != from.location) {
            // Its list did not say so, and nobody was asked about it. The answer is not taken, so that nobody believes that it was made here.
            let listed = if from.location == from.server { "its own".to_owned() } else { from.location.to_string() };
            let why = format!("{who} listed {model} as {listed}, and then passed the conversation on to {to}");
            self.end = Some(Err(BackendError::Refused(why)));
            self.remote = Some(remote);
            return;
        }
        if let Some(error) = line.error.as_ref().filter(|e| !e.is_null()) {
            self.end = Some(Err(status::of_error_line(who, &format!("model {model}"), error)));
            return;
        }
        if let Some(message) = &line.message {
            let [text, thinking] = [&message.content, &message.thinking].map(|words| words.as_deref().unwrap_or_default());
            self.said.words(text, thinking);
            // Each comes whole, in whatever line.
            let mut calls = Calls::default();
            for call in message.tool_calls.as_ref().and_then(Value::as_array).into_iter().flatten() {
                let function = &call["function"];
                calls.piece(
                    None,
                    "",
                    function["name"].as_str().filter(|name| !name.is_empty()).unwrap_or("?"),
                    &function["arguments"],
                );
            }
            calls.finish(&mut self.said);
        }
        if line.done == Some(true) {
            self.end = Some(Ok(completion(&line)));
        }
    }
}

fn completion(line: &ChatLine) -> Completion {
    let tokens = |count: Option<u64>| count.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let cut = line.done_reason.as_deref() == Some("length");
    Completion {
        reason: if cut { StopReason::Length } else { StopReason::Stop },
        usage: Usage { prompt_tokens: tokens(line.prompt_eval_count), answer_tokens: tokens(line.eval_count) },
        load: line.load_duration.map(Duration::from_nanos),
        eval: line.eval_duration.map(Duration::from_nanos),
    }
}
