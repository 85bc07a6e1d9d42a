//! Anthropic's messages: the bytes of a request, and what an answer says.
//!
//! What must stay true: no I/O; the same request gives the same bytes; an answer is whole only if it said why it ended and
//! then `message_stop`; an error in the middle is an error, whatever follows it.

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

/// The version of the interface that is spoken; it goes along in a header.
pub(super) const VERSION: &str = "2023-06-01";

/// The bytes of a request to the model that its provider calls `name`.
///
/// # Errors
/// `Refused` where an answer of no tokens is asked for.
pub(super) fn encode(request: &ChatRequest, name: &str) -> Result<Bytes, BackendError> {
    let messages: Vec<_> = request.messages.iter().map(message).collect();
    let mut body = json!({"model": name, "messages": messages, "max_tokens": request.num_predict, "stream": true});
    if !request.system.is_empty() {
        body["system"] = request.system.as_str().into();
    }
    super::provider::bytes_of(request, body)
}

fn message(message: &ChatMessage) -> Value {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    if message.images.is_empty() {
        return json!({"role": role, "content": message.content});
    }
    // Images first, as the documentation advises. Empty words are refused there.
    let words = (!message.content.is_empty()).then(|| json!({"type": "text", "text": message.content}));
    let content: Vec<_> = message.images.iter().map(image).chain(words).collect();
    json!({"role": role, "content": content})
}

fn image(image: &Image) -> Value {
    let data = BASE64.encode(&image.bytes);
    json!({"type": "image", "source": {"type": "base64", "media_type": image.media_type, "data": data}})
}

/// An answer as far as it came.
#[derive(Debug, Default)]
pub(super) struct Answer {
    stop: Option<String>,
    calls: Calls,
    input: Option<u64>,
    output: Option<u64>,
}

impl Answer {
    /// Takes an event of the stream.
    pub(super) fn event(&mut self, event: &Event, from: &From, batch: &mut Batch) {
        let Ok(data) = serde_json::from_str::<Value>(&event.data) else {
            batch.end = Some(Err(from.nonsense(&words(event.data.as_bytes()))));
            return;
        };
        match data["type"].as_str().unwrap_or(&event.name) {
            "error" => batch.end = Some(Err(status::of_error(from, &data))),
            "message_start" => self.count(&data["message"]["usage"]),
            "content_block_start" => self.block(data["index"].as_u64(), &data["content_block"], batch),
            "content_block_delta" => self.block(data["index"].as_u64(), &data["delta"], batch),
            "content_block_stop" => self.calls.finish(&mut batch.said),
            "message_delta" => {
                self.count(&data["usage"]);
                if let Some(reason) = data["delta"]["stop_reason"].as_str() {
                    self.stop = Some(reason.to_owned());
                    // For those who do not end their blocks.
                    self.calls.finish(&mut batch.said);
                }
            }
            "message_stop" => batch.end = Some(self.end(from)),
            // `ping`, and what is new: its documentation asks to pass over unknown ones.
            _ => {}
        }
    }

    /// Takes an answer in one piece, from a server that does not stream.
    pub(super) fn whole(&mut self, answer: &Map<String, Value>, from: &From, batch: &mut Batch) {
        if answer.get("type").and_then(Value::as_str) == Some("error") || answer.contains_key("error") {
            batch.end = Some(Err(status::of_error(from, &Value::Object(answer.clone()))));
            return;
        }
        for part in answer.get("content").and_then(Value::as_array).into_iter().flatten() {
            self.block(None, part, batch);
        }
        self.calls.finish(&mut batch.said);
        self.count(answer.get("usage").unwrap_or(&Value::Null));
        self.stop = answer.get("stop_reason").and_then(Value::as_str).map(str::to_owned);
        batch.end = Some(self.end(from));
    }

    /// The words of a block, or of a piece of one, or a call of a tool; what is new is passed over.
    fn block(&mut self, index: Option<u64>, block: &Value, batch: &mut Batch) {
        let words = |key: &str| block[key].as_str().unwrap_or_default();
        match block["type"].as_str() {
            Some("text" | "text_delta") => batch.said.words(words("text"), ""),
            Some("thinking" | "thinking_delta") => batch.said.words("", words("thinking")),
            Some("tool_use") => self.calls.piece(index, words("id"), block["name"].as_str().unwrap_or("?"), &block["input"]),
            Some("input_json_delta") => self.calls.piece(index, "", "", &block["partial_json"]),
            _ => {}
        }
    }

    /// Counts are of all so far. What was read from and written to a cache was sent, too. Gateways of others send the
    /// prompt's count at the end, and 0 before.
    fn count(&mut self, usage: &Value) {
        let parts = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"].map(|name| usage[name].as_u64());
        let input = parts.iter().flatten().fold(0_u64, |sum, part| sum.saturating_add(*part));
        self.input = self.input.max(Some(input).filter(|count| *count > 0));
        self.output = usage["output_tokens"].as_u64().or(self.output);
    }

    fn end(&self, from: &From) -> Result<Completion, BackendError> {
        let reason = match self.stop.as_deref() {
            None => return Err(from.cut()),
            Some("refusal") => {
                return Err(BackendError::Refused(format!("{} stopped the answer of {}: it declined", from.who, from.what)));
            }
            Some("max_tokens" | "model_context_window_exceeded") => StopReason::Length,
            Some(_) => StopReason::Stop,
        };
        let tokens = |count: Option<u64>| count.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        let usage = Usage { prompt_tokens: tokens(self.input), answer_tokens: tokens(self.output) };
        Ok(Completion { reason, usage, load: None, eval: None })
    }
}
