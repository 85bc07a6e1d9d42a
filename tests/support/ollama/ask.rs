//! What a request for an answer asks: its options, how long the model is to stay, how long the prompt is, and what the server
//! says no to.

use super::sched::Keep;
use super::state::Runner;
use super::{Behaviour, ModelSpec};
use serde_json::{Value, json};
use std::time::Duration;

/// The two ways to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    /// `/api/chat`.
    Chat,
    /// `/api/generate`.
    Generate,
}

/// What the server says no to before the model is in memory, in the order in which it looks.
pub(super) fn refusal(asked: &Value, name: &str, model: &ModelSpec, api: Api, cloud_disabled: bool) -> Option<(u16, String)> {
    if cloud_disabled && model.remote.is_some() {
        return Some((403, "remote inference is unavailable: ollama cloud is disabled".to_owned()));
    }
    if !model.can("completion") {
        let what = if api == Api::Chat { "chat" } else { "generate" };
        return Some((400, format!("\"{name}\" does not support {what}")));
    }
    let thinks = asked["think"] == json!(true) || asked["think"].as_str().is_some_and(|level| !level.is_empty());
    if thinks && !model.can("thinking") {
        return Some((400, format!("\"{name}\" does not support thinking")));
    }
    if asked["tools"].as_array().is_some_and(|tools| !tools.is_empty()) && !model.can("tools") {
        return Some((400, format!("registry.ollama.ai/library/{} does not support tools", model.name)));
    }
    wrong_option(&asked["options"]).map(|option| (500, option))
}

/// What the engine says to a prompt that does not fit in its window and may not be cut.
pub(super) fn too_long(asked: &Value, model: &ModelSpec, api: Api, num_ctx: u64) -> Option<String> {
    let tokens = prompt_tokens(asked, api);
    let too_long = asked["truncate"] == json!(false) && tokens > num_ctx;
    if !too_long && model.script.behaviour != Behaviour::TooLong {
        return None;
    }
    let tokens = tokens.max(num_ctx + 1);
    // The engine's own JSON, put as it is in the string of ours.
    let inner = json!({ "error": {
        "code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": tokens, "n_ctx": num_ctx,
        "message":
            format!("request ({tokens} tokens) exceeds the available context size ({num_ctx} tokens), try increasing it"),
    } });
    Some(inner.to_string())
}

fn wrong_option(options: &Value) -> Option<String> {
    let whole = ["num_ctx", "num_predict", "num_batch", "num_gpu", "num_keep", "seed", "top_k", "repeat_last_n"];
    let fraction = ["temperature", "top_p", "min_p", "repeat_penalty", "presence_penalty", "frequency_penalty"];
    let wrong = |key: &&&str| options.get(**key).is_some_and(|value| !value.is_number() && !value.is_null());
    let integer = whole.iter().find(wrong).map(|key| format!("option \"{key}\" must be of type integer"));
    integer.or_else(|| fraction.iter().find(wrong).map(|key| format!("option \"{key}\" must be of type float32")))
}

/// The runner that a request needs, on a server with this window where none is named.
pub(super) fn runner(asked: &Value, model: &ModelSpec, default_num_ctx: u64) -> Runner {
    let options = &asked["options"];
    let usual = default_num_ctx.min(model.context_length);
    let num_ctx = options["num_ctx"].as_u64().filter(|tokens| *tokens > 0).unwrap_or(usual);
    Runner { num_ctx, rest: json!([options["num_batch"], options["num_gpu"], asked["shift"]]) }
}

/// Seconds as a number, or `5m`; below nothing is for ever. Nothing where nothing is said.
pub(super) fn keep_alive(said: &Value) -> Option<Keep> {
    let seconds = match said {
        Value::Number(seconds) => seconds.as_f64()?,
        Value::String(text) => {
            let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
            let scale = match unit {
                "ms" => 0.001,
                "m" => 60.0,
                "h" => 3600.0,
                _ => 1.0,
            };
            text[..text.len() - unit.len()].parse::<f64>().ok()? * scale
        }
        _ => return None,
    };
    // Below nothing, and beyond all counting.
    Some(Duration::try_from_secs_f64(seconds).map_or(Keep::Ever, Keep::For))
}

/// Whether there is nothing to answer: the model is only to be loaded or unloaded.
pub(super) fn nothing_said(asked: &Value, api: Api) -> bool {
    match api {
        Api::Chat => asked["messages"].as_array().is_none_or(Vec::is_empty),
        Api::Generate => asked["prompt"].as_str().is_none_or(str::is_empty),
    }
}

/// An estimate as good as any: what matters is that it grows with the prompt.
pub(super) fn prompt_tokens(asked: &Value, api: Api) -> u64 {
    let length = |text: &Value| text.as_str().map_or(0, |text| text.chars().count() as u64);
    match api {
        Api::Chat => asked["messages"].as_array().into_iter().flatten().map(|message| 4 + length(&message["content"]) / 4).sum(),
        Api::Generate => 4 + (length(&asked["system"]) + length(&asked["prompt"])) / 4,
    }
}
