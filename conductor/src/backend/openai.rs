//! Chat completions, as OpenAI defined them and many others speak them: the bytes of a request, and what an answer says.
//!
//! What must stay true: no I/O; the same request gives the same bytes; an answer is whole only if it said why it ended and
//! then `[DONE]`; an error in the middle is an error, whatever follows it.

use super::provider::{Batch, From, status};
use super::sse::Event;
use super::tools::Calls;
use super::words::words;
use super::{BackendError, ChatMessage, ChatRequest, Completion, StopReason};
use crate::domain::{Image, Role, Usage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// The last event of a stream.
pub(super) const DONE: &str = "[DONE]";

/// How much of a refusal is kept, in bytes.
const REFUSAL_CAP: usize = 4096;

/// The bytes of a request to the model that its provider, at `host`, calls `name`.
///
/// # Errors
/// `Refused` where an answer of no tokens is asked for.
pub(super) fn encode(request: &ChatRequest, name: &str, host: &str) -> Result<Bytes, BackendError> {
    let system = (!request.system.is_empty()).then(|| json!({"role": "system", "content": request.system}));
    let messages = system.into_iter().chain(request.messages.iter().map(message)).collect::<Vec<_>>();
    let mut body = json!({
        "model": name,
        "messages": messages,
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    body[limit_of(host)] = request.num_predict.into();
    super::provider::bytes_of(request, body)
}

/// What the most tokens of an answer are called. OpenAI's own newer models refuse the old name; the servers of others know
/// the old one, and not all of them the new. The host says which it is, and nothing is guessed from a model's name.
fn limit_of(host: &str) -> &'static str {
    if host.eq_ignore_ascii_case("api.openai.com") { "max_completion_tokens" } else { "max_tokens" }
}

fn message(message: &ChatMessage) -> Value {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    if message.images.is_empty() {
        return json!({"role": role, "content": message.content});
    }
    let words = (!message.content.is_empty()).then(|| json!({"type": "text", "text": message.content}));
    let content: Vec<_> = words.into_iter().chain(message.images.iter().map(image)).collect();
    json!({"role": role, "content": content})
}

fn image(image: &Image) -> Value {
    let url = format!("data:{};base64,{}", image.media_type, BASE64.encode(&image.bytes));
    json!({"type": "image_url", "image_url": {"url": url}})
}

/// An answer as far as it came.
#[derive(Debug, Default)]
pub(super) struct Answer {
    finish: Option<String>,
    refusal: String,
    calls: Calls,
    usage: Usage,
}

impl Answer {
    /// Takes an event of the stream.
    pub(super) fn event(&mut self, event: &Event, from: &From, batch: &mut Batch) {
        if event.data.trim() == DONE {
            self.calls_in(batch);
            batch.end = Some(self.end(from));
            return;
        }
        match serde_json::from_str(&event.data) {
            Ok(Value::Object(chunk)) if event.name == "error" => {
                batch.end = Some(Err(status::of_error(from, &Value::Object(chunk))));
            }
            Ok(Value::Object(chunk)) => self.take(&chunk, from, batch),
            _ => batch.end = Some(Err(from.nonsense(&words(event.data.as_bytes())))),
        }
    }

    /// Takes an answer in one piece, from a server that does not stream.
    pub(super) fn whole(&mut self, answer: &Map<String, Value>, from: &From, batch: &mut Batch) {
        self.take(answer, from, batch);
        self.calls_in(batch);
        batch.end.get_or_insert_with(|| self.end(from));
    }

    fn take(&mut self, chunk: &Map<String, Value>, from: &From, batch: &mut Batch) {
        // vLLM's errors are objects of that name; all others' are fields.
        let is_error = chunk.get("object").and_then(Value::as_str) == Some("error");
        let error = chunk.get("error").filter(|error| !error.is_null());
        if let Some(error) = error.cloned().or_else(|| is_error.then(|| Value::Object(chunk.clone()))) {
            batch.end = Some(Err(status::of_error(from, &error)));
            return;
        }
        if let Some(usage) = chunk.get("usage").and_then(usage) {
            self.usage = usage;
        }
        // One answer is asked for. Other choices would be other answers.
        let choices = chunk.get("choices").and_then(Value::as_array).into_iter().flatten();
        for choice in choices.filter(|choice| choice["index"].as_u64().unwrap_or(0) == 0) {
            let said = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
            let (mut text, mut thinking) = (String::new(), String::new());
            parts(&said["content"], &mut text, &mut thinking);
            // Two names for one thing, and some servers send both.
            let thought = ["reasoning_content", "reasoning"].iter().filter_map(|name| said[*name].as_str());
            thinking.push_str(thought.into_iter().find(|text| !text.is_empty()).unwrap_or_default());
            batch.said.words(&text, &thinking);
            self.call(said);
            if let Some(refusal) = said["refusal"].as_str().filter(|_| self.refusal.len() < REFUSAL_CAP) {
                self.refusal.push_str(refusal);
            }
            if let Some(reason) = choice["finish_reason"].as_str().filter(|reason| !reason.is_empty()) {
                self.finish = Some(reason.to_ascii_lowercase());
                self.calls_in(batch);
            }
        }
    }

    /// Pieces of calls of tools, in today's form and in the one before it.
    fn call(&mut self, said: &Value) {
        let pieces = said["tool_calls"].as_array().into_iter().flatten();
        let pieces = pieces.map(|piece| (piece["index"].as_u64(), piece["id"].as_str(), &piece["function"]));
        let old = Some(&said["function_call"]).filter(|call| call.is_object());
        for (index, id, function) in pieces.chain(old.map(|function| (None, None, function))) {
            let name = function["name"].as_str().unwrap_or_default();
            self.calls.piece(index, id.unwrap_or_default(), name, &function["arguments"]);
        }
    }

    /// Calls are whole once the answer has said why it ended.
    fn calls_in(&mut self, batch: &mut Batch) {
        if self.finish.is_some() {
            self.calls.finish(&mut batch.said);
        }
    }

    fn end(&self, from: &From) -> Result<Completion, BackendError> {
        let From { who, what } = from;
        let reason = match self.finish.as_deref() {
            None => return Err(from.cut()),
            Some("content_filter") => {
                return Err(BackendError::Refused(format!("{who} stopped the answer of {what}: its content filter said no")));
            }
            Some("error") => return Err(BackendError::Broken(format!("{who} failed with {what} in the middle of an answer"))),
            Some("length" | "max_tokens") => StopReason::Length,
            Some(_) => StopReason::Stop,
        };
        if !self.refusal.is_empty() {
            return Err(BackendError::Refused(format!("{what} declined to answer: {}", words(self.refusal.as_bytes()))));
        }
        Ok(Completion { reason, usage: self.usage, load: None, eval: None })
    }
}

/// Words are a string, or a list of parts (Mistral's thinking models).
fn parts(content: &Value, text: &mut String, thinking: &mut String) {
    match content {
        Value::String(words) => text.push_str(words),
        Value::Array(list) => {
            for part in list {
                match part["type"].as_str() {
                    Some("thinking") => parts(&part["thinking"], thinking, &mut String::new()),
                    Some("text") => parts(&part["text"], text, thinking),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Tokens, those from a cache included. Some servers leave the thinking out of what was answered, and in the sum of all.
fn usage(usage: &Value) -> Option<Usage> {
    let prompt = usage["prompt_tokens"].as_u64();
    let answer = usage["completion_tokens"].as_u64();
    let beside = usage["total_tokens"].as_u64().zip(prompt).map(|(total, prompt)| total.saturating_sub(prompt));
    let tokens = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let usage =
        Usage { prompt_tokens: prompt.map(tokens), answer_tokens: answer.max(beside.filter(|_| answer.is_some())).map(tokens) };
    (usage != Usage::default()).then_some(usage)
}
