//! What will be said to one request.

use super::shared::Out;
use super::{Behaviour, Finish, Format, Script};
use crate::ollama::pieces;
use serde_json::{Value, json};

/// What will be said.
pub(super) struct Plan {
    pub(super) format: Format,
    pub(super) model: String,
    pub(super) script: Script,
    pub(super) thinking: Vec<String>,
    pub(super) tokens: Vec<String>,
    pub(super) finish: Finish,
    /// Tokens of the prompt and of the answer.
    pub(super) usage: (u64, u64),
    /// Whether a stream of chat completions ends with the usage.
    pub(super) with_usage: bool,
}

/// Plans the answer to a request that is in order.
pub(super) fn plan(asked: &Value, format: Format, model: &str, script: Script, out: &Out<'_>) -> Plan {
    let mut state = out.shared.lock();
    let turn = state.answered.entry(model.to_owned()).or_default();
    let mut tokens = match script.answers.len() {
        0 => pieces(&format!("Hello from {model}.")),
        length => script.answers[*turn % length].clone(),
    };
    *turn += 1;
    let mut thinking = script.thinking.clone();
    if script.behaviour == Behaviour::EmptyAnswer {
        (tokens, thinking) = Default::default();
    }
    // Thinking counts.
    let limit = ["max_completion_tokens", "max_tokens"].iter().find_map(|key| asked[*key].as_u64());
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let finish = if limit < thinking.len() + tokens.len() { Finish::Length } else { script.finish };
    thinking.truncate(limit);
    tokens.truncate(limit - thinking.len());
    let counted = (asked.to_string().chars().count() as u64 / 4, (thinking.len() + tokens.len()) as u64);
    Plan {
        format,
        model: model.to_owned(),
        thinking,
        tokens,
        finish,
        usage: script.usage.unwrap_or(counted),
        with_usage: asked["stream_options"]["include_usage"] == json!(true),
        script,
    }
}
