//! Chat completions, as OpenAI describes them: <https://platform.openai.com/docs/api-reference/chat>. What others add to them
//! (`reasoning_content`, comments to keep a connection alive) is added where a script says so.

use super::play::Plan;
use super::routes::Wrong;
use super::stream::Frames;
use super::{Behaviour, Finish};
use serde_json::{Map, Value, json};

const ID: &str = "chatcmpl-0123456789abcdef";
const CREATED: u64 = 1_770_000_000;

/// The fields of a request.
const KNOWN: [&str; 34] = [
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

/// What is refused.
pub(super) fn refusal(asked: &Value) -> Option<Wrong> {
    let Some(fields) = asked.as_object() else { return Some(Wrong::request("the body has to be an object")) };
    if let Some(unknown) = fields.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Some(Wrong::new(
            400,
            "invalid_request_error",
            Some("unknown_parameter"),
            format!("Unknown parameter: '{unknown}'."),
        ));
    }
    if asked["model"].as_str().is_none_or(str::is_empty) {
        return Some(Wrong::request("you must provide a model parameter"));
    }
    if asked.get("stream_options").is_some_and(|options| !options.is_null()) && asked["stream"] != json!(true) {
        return Some(Wrong::request("The 'stream_options' parameter is only allowed when 'stream' is enabled."));
    }
    for key in ["max_tokens", "max_completion_tokens"] {
        if asked.get(key).is_some_and(|limit| !limit.is_null() && limit.as_u64().is_none_or(|limit| limit == 0)) {
            return Some(Wrong::request(format!("Invalid value for '{key}': expected a positive integer.")));
        }
    }
    let messages = asked["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    if messages.is_empty() {
        return Some(Wrong::request("Invalid 'messages': empty array."));
    }
    messages
        .iter()
        .enumerate()
        .find_map(|(at, message)| wrong_message(message).map(|why| Wrong::request(format!("messages[{at}]: {why}"))))
}

fn wrong_message(message: &Value) -> Option<String> {
    let role = message["role"].as_str().unwrap_or_default();
    if !["developer", "system", "user", "assistant", "tool"].contains(&role) {
        return Some(format!("'{role}' is not one of the roles"));
    }
    match &message["content"] {
        Value::String(_) => None,
        Value::Array(parts) if !parts.is_empty() => parts.iter().find_map(|part| wrong_part(part, role)),
        _ => Some("content has to be a string or an array of parts".to_owned()),
    }
}

fn wrong_part(part: &Value, role: &str) -> Option<String> {
    match part["type"].as_str() {
        Some("text") if part["text"].is_string() => None,
        Some("image_url") if role == "user" => {
            let url = part["image_url"]["url"].as_str().unwrap_or_default();
            let taken = ["png", "jpeg", "webp", "gif"].iter().any(|kind| url.starts_with(&format!("data:image/{kind};base64,")));
            (!taken && !url.starts_with("https://")).then(|| "the image cannot be read".to_owned())
        }
        other => Some(format!("a part of the type {other:?} is not taken here")),
    }
}

/// What is said to a status.
pub(super) fn words(status: u16, model: &str) -> Wrong {
    let (kind, code, message) = match status {
        401 => ("invalid_request_error", Some("invalid_api_key"), "Incorrect API key provided.".to_owned()),
        403 => ("request_forbidden", None, "You are not allowed to use this model.".to_owned()),
        404 => (
            "invalid_request_error",
            Some("model_not_found"),
            format!("The model `{model}` does not exist or you do not have access to it."),
        ),
        413 => ("invalid_request_error", None, "The request is too large.".to_owned()),
        429 => (
            "tokens",
            Some("rate_limit_exceeded"),
            format!("Rate limit reached for {model} on tokens per min (TPM): Limit 30000, Used 29900, Requested 1100."),
        ),
        500 => ("server_error", None, "The server had an error while processing your request.".to_owned()),
        503 | 529 => ("server_error", None, "The engine is currently overloaded, please try again later.".to_owned()),
        _ => ("invalid_request_error", None, format!("The request failed ({status}).")),
    };
    Wrong::new(status, kind, code, message)
}

pub(super) fn no_credit() -> Wrong {
    Wrong::new(
        429,
        "insufficient_quota",
        Some("insufficient_quota"),
        "You exceeded your current quota, please check your plan and billing details.",
    )
}

pub(super) fn too_long() -> Wrong {
    let message = "This model's maximum context length is 128000 tokens. However, your messages resulted in 131072 tokens.";
    Wrong::new(400, "invalid_request_error", Some("context_length_exceeded"), message)
}

/// A key as OpenAI repeats a wrong one: its first letters and its last.
pub(super) fn masked(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    if letters.len() < 16 {
        return "*".repeat(letters.len());
    }
    let (first, last): (String, String) = (letters[..8].iter().collect(), letters[letters.len() - 4..].iter().collect());
    format!("{first}{}{last}", "*".repeat(letters.len() - 12))
}

/// `GET /v1/models`.
pub(super) fn models(names: &[String]) -> Value {
    let row = |name: &String| json!({ "id": name, "object": "model", "created": CREATED, "owned_by": "the-provider" });
    json!({ "object": "list", "data": names.iter().map(row).collect::<Vec<_>>() })
}

fn reason(plan: &Plan) -> &'static str {
    match plan.finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::Refused => "content_filter",
    }
}

fn usage(plan: &Plan) -> Value {
    let (prompt, answer) = plan.usage;
    json!({
        "prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer,
        "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": plan.thinking.len(), "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
        },
    })
}

fn chunk(plan: &Plan, choices: &Value, usage: Option<Value>) -> Vec<u8> {
    let mut data = json!({
        "id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": plan.model, "service_tier": "default",
        "system_fingerprint": "fp_0123456789", "choices": choices,
    });
    // With the usage asked for, it is in every chunk, and null in all but the last.
    if plan.with_usage {
        data["usage"] = usage.unwrap_or(Value::Null);
    }
    plan.event(None, data)
}

fn delta(plan: &Plan, delta: &Value, reason: Option<&str>) -> Vec<u8> {
    chunk(plan, &json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": reason }]), None)
}

/// One piece of the answer.
pub(super) fn piece(plan: &Plan, text: &str) -> Vec<u8> {
    delta(plan, &json!({ "content": text }), None)
}

fn thinking_field(plan: &Plan) -> &str {
    plan.script.thinking_field.as_deref().unwrap_or("reasoning_content")
}

/// All events of an answer.
pub(super) fn frames(plan: &Plan) -> Frames {
    let thought = |text: &String| {
        let field = Map::from_iter([(thinking_field(plan).to_owned(), json!(text))]);
        delta(plan, &Value::Object(field), None)
    };
    let mut opening = delta(plan, &json!({ "role": "assistant", "content": "", "refusal": null }), None);
    if plan.script.behaviour == Behaviour::Noisy {
        // Some servers send what their filters say of the prompt first, with no choice in it.
        opening = [chunk(plan, &json!([]), None), opening].concat();
    }
    let mut finish = delta(plan, &json!({}), Some(reason(plan)));
    if plan.with_usage {
        finish.extend(chunk(plan, &json!([]), Some(usage(plan))));
    }
    Frames {
        opening,
        pieces: plan.thinking.iter().map(thought).chain(plan.tokens.iter().map(|text| piece(plan, text))).collect(),
        finish,
        last: if plan.script.behaviour == Behaviour::Noisy {
            b"data:[DONE]\r\n\r\n".to_vec()
        } else {
            b"data: [DONE]\n\n".to_vec()
        },
    }
}

/// The answer in one object.
pub(super) fn whole(plan: &Plan) -> Value {
    let mut message = json!({ "role": "assistant", "content": plan.tokens.concat(), "refusal": null, "annotations": [] });
    if !plan.thinking.is_empty() {
        message[thinking_field(plan)] = json!(plan.thinking.concat());
    }
    json!({
        "id": ID, "object": "chat.completion", "created": CREATED, "model": plan.model, "service_tier": "default",
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": reason(plan) }], "usage": usage(plan),
    })
}
