//! Messages, as Anthropic describes them: <https://docs.anthropic.com/en/api/messages> and, for the events,
//! <https://docs.anthropic.com/en/docs/build-with-claude/streaming>.

use super::play::Plan;
use super::routes::Wrong;
use super::stream::Frames;
use super::{Behaviour, Finish};
use serde_json::{Value, json};

const ID: &str = "msg_0123456789abcdef";

/// The fields of a request.
const KNOWN: [&str; 19] = [
    "cache_control",
    "container",
    "context_management",
    "max_tokens",
    "mcp_servers",
    "messages",
    "metadata",
    "model",
    "output_config",
    "service_tier",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
];

/// What is refused.
pub(super) fn refusal(asked: &Value) -> Option<Wrong> {
    let Some(fields) = asked.as_object() else { return Some(Wrong::request("the body has to be an object")) };
    if let Some(unknown) = fields.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Some(Wrong::request(format!("{unknown}: Extra inputs are not permitted")));
    }
    if asked["model"].as_str().is_none_or(str::is_empty) {
        return Some(Wrong::request("model: Field required"));
    }
    let Some(limit) = asked["max_tokens"].as_u64().filter(|limit| *limit > 0) else {
        return Some(Wrong::request("max_tokens: Field required"));
    };
    let thinking = &asked["thinking"];
    if thinking["type"] == "enabled" && !thinking["budget_tokens"].as_u64().is_some_and(|budget| (1024..limit).contains(&budget))
    {
        return Some(Wrong::request("thinking.budget_tokens: must be at least 1024 and less than max_tokens"));
    }
    if let Some(why) = wrong_system(&asked["system"]) {
        return Some(Wrong::request(why));
    }
    let messages = asked["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    if messages.is_empty() {
        return Some(Wrong::request("messages: at least one message is required"));
    }
    if messages[0]["role"] != "user" {
        return Some(Wrong::request("messages: first message must use the \"user\" role"));
    }
    let last = messages.len() - 1;
    messages.iter().enumerate().find_map(|(at, message)| {
        let why = wrong_message(message, at == last)?;
        Some(Wrong::request(format!("messages.{at}: {why}")))
    })
}

fn wrong_system(system: &Value) -> Option<String> {
    match system {
        Value::Null => None,
        Value::String(_) => None,
        Value::Array(blocks) if blocks.iter().all(|block| wrong_block(block).is_none() && block["type"] == "text") => None,
        _ => Some("system: text content blocks must be non-empty".to_owned()),
    }
}

fn wrong_message(message: &Value, is_last: bool) -> Option<String> {
    let role = message["role"].as_str().unwrap_or_default();
    if !["user", "assistant"].contains(&role) {
        return Some(format!("Unexpected role \"{role}\""));
    }
    match &message["content"] {
        Value::String(text) if text.is_empty() && !(is_last && role == "assistant") => {
            Some("all messages must have non-empty content".to_owned())
        }
        Value::String(text) if is_last && role == "assistant" && text.ends_with(char::is_whitespace) => {
            Some("final assistant content cannot end with trailing whitespace".to_owned())
        }
        Value::String(_) => None,
        Value::Array(blocks) if !blocks.is_empty() => blocks.iter().find_map(wrong_block),
        _ => Some("content: Field required".to_owned()),
    }
}

fn wrong_block(block: &Value) -> Option<String> {
    match block["type"].as_str() {
        Some("text") if block["text"].as_str().is_some_and(|text| !text.is_empty()) => None,
        Some("text") => Some("text content blocks must be non-empty".to_owned()),
        Some("image") => {
            let source = &block["source"];
            let kinds = ["image/png", "image/jpeg", "image/webp", "image/gif"];
            let taken = source["type"] == "base64"
                && source["media_type"].as_str().is_some_and(|kind| kinds.contains(&kind))
                && source["data"].as_str().is_some_and(|data| !data.is_empty() && !data.starts_with("data:"));
            (!taken).then(|| "image.source: Could not process image".to_owned())
        }
        other => Some(format!("a block of the type {other:?} is not taken here")),
    }
}

/// What is said to a status.
pub(super) fn words(status: u16, model: &str) -> Wrong {
    let (kind, message) = match status {
        401 => ("authentication_error", "invalid x-api-key".to_owned()),
        403 => ("permission_error", "Your API key does not have permission to use the specified resource.".to_owned()),
        404 => ("not_found_error", format!("model: {model}")),
        413 => ("request_too_large", "Request exceeds the maximum size".to_owned()),
        429 => ("rate_limit_error", "This request would exceed your organization's rate limit.".to_owned()),
        500 => ("api_error", "Internal server error".to_owned()),
        503 | 529 => ("overloaded_error", "Overloaded".to_owned()),
        _ => ("invalid_request_error", format!("The request failed ({status}).")),
    };
    Wrong::new(status, kind, None, message)
}

pub(super) fn no_credit() -> Wrong {
    Wrong::request("Your credit balance is too low to access the Anthropic API.")
}

pub(super) fn too_long() -> Wrong {
    Wrong::request("prompt is too long: 208310 tokens > 200000 maximum")
}

/// `GET /v1/models`, in pages of `limit` (20), after `after_id`.
pub(super) fn models(names: &[String], path: &str) -> Value {
    let query = path.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let value = |key: &str| {
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    let limit = value("limit").and_then(|limit| limit.parse().ok()).unwrap_or(20);
    let begin = value("after_id").and_then(|id| names.iter().position(|name| name == id)).map_or(0, |at| at + 1);
    let page: Vec<_> = names.iter().skip(begin).take(limit).collect();
    let row = |name: &&String| json!({ "type": "model", "id": name, "display_name": name, "created_at": "2025-02-19T00:00:00Z" });
    json!({
        "data": page.iter().map(row).collect::<Vec<_>>(), "first_id": page.first(), "last_id": page.last(),
        "has_more": begin + page.len() < names.len(),
    })
}

fn reason(plan: &Plan) -> &'static str {
    match plan.finish {
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::Refused => "refusal",
    }
}

fn message(plan: &Plan, content: &Value, reason: Option<&str>, answer_tokens: u64) -> Value {
    json!({
        "id": ID, "type": "message", "role": "assistant", "model": plan.model, "content": content, "stop_reason": reason,
        "stop_sequence": null,
        "usage": {
            "input_tokens": plan.usage.0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "output_tokens": answer_tokens, "service_tier": "standard",
        },
    })
}

/// An event whose name is its type.
fn event(plan: &Plan, data: Value) -> Vec<u8> {
    let name = data["type"].as_str().unwrap_or_default().to_owned();
    plan.event(Some(&name), data)
}

fn delta(plan: &Plan, block: usize, delta: &Value) -> Vec<u8> {
    event(plan, json!({ "type": "content_block_delta", "index": block, "delta": delta }))
}

fn start(plan: &Plan, block: usize, content: &Value) -> Vec<u8> {
    event(plan, json!({ "type": "content_block_start", "index": block, "content_block": content }))
}

fn stop(plan: &Plan, block: usize) -> Vec<u8> {
    event(plan, json!({ "type": "content_block_stop", "index": block }))
}

/// The number of the block that the answer is in.
fn text_block(plan: &Plan) -> usize {
    usize::from(!plan.thinking.is_empty())
}

/// One piece of the answer.
pub(super) fn piece(plan: &Plan, text: &str) -> Vec<u8> {
    delta(plan, text_block(plan), &json!({ "type": "text_delta", "text": text }))
}

/// All events of an answer.
pub(super) fn frames(plan: &Plan) -> Frames {
    let mut opening = event(plan, json!({ "type": "message_start", "message": message(plan, &json!([]), None, 1) }));
    opening.extend(event(plan, json!({ "type": "ping" })));
    if plan.script.behaviour == Behaviour::Noisy {
        opening.extend(event(plan, json!({ "type": "an_unknown_event", "index": 0, "delta": { "type": "an_unknown_delta" } })));
    }
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    for (at, text) in plan.thinking.iter().enumerate() {
        let mut bytes =
            if at == 0 { start(plan, 0, &json!({ "type": "thinking", "thinking": "", "signature": "" })) } else { Vec::new() };
        bytes.extend(delta(plan, 0, &json!({ "type": "thinking_delta", "thinking": text })));
        if at + 1 == plan.thinking.len() {
            bytes.extend(delta(plan, 0, &json!({ "type": "signature_delta", "signature": "c2lnbmVkIGJ5IG5vYm9keQ==" })));
            bytes.extend(stop(plan, 0));
        }
        pieces.push(bytes);
    }
    let block = text_block(plan);
    for (at, text) in plan.tokens.iter().enumerate() {
        let mut bytes = if at == 0 { start(plan, block, &json!({ "type": "text", "text": "" })) } else { Vec::new() };
        bytes.extend(piece(plan, text));
        pieces.push(bytes);
    }
    let mut finish = if plan.tokens.is_empty() { Vec::new() } else { stop(plan, block) };
    let end = json!({ "stop_reason": reason(plan), "stop_sequence": null });
    finish.extend(event(plan, json!({ "type": "message_delta", "delta": end, "usage": { "output_tokens": plan.usage.1 } })));
    Frames { opening, pieces, finish, last: event(plan, json!({ "type": "message_stop" })) }
}

/// The answer in one object.
pub(super) fn whole(plan: &Plan) -> Value {
    let mut content = Vec::new();
    if !plan.thinking.is_empty() {
        content.push(json!({ "type": "thinking", "thinking": plan.thinking.concat(), "signature": "c2lnbmVkIGJ5IG5vYm9keQ==" }));
    }
    content.push(json!({ "type": "text", "text": plan.tokens.concat() }));
    message(plan, &json!(content), Some(reason(plan)), plan.usage.1)
}
