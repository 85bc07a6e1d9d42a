//! One chat or one generate, up to its first byte: refusals, loading, unloading, and what will be said.

use super::routes::early;
use super::state::{Out, Runner};
use super::stream::{Plan, send};
use super::{Behaviour, ModelSpec};
use crate::http::{Next, pass};
use serde_json::{Value, json};
use std::io;
use std::time::Duration;

/// The two ways to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    /// `/api/chat`.
    Chat,
    /// `/api/generate`.
    Generate,
}

/// Answers.
pub(super) async fn answer(asked: &Value, name: &str, api: Api, out: &mut Out<'_>) -> io::Result<Next> {
    if name.is_empty() {
        out.json(400, &json!({ "error": "model is required" })).await?;
        return Ok(Next::Keep);
    }
    let (model, cloud_disabled, default_num_ctx) = {
        let state = out.shared.lock();
        (state.find(name).cloned(), state.cloud_disabled, state.default_num_ctx)
    };
    let Some(model) = model else {
        out.json(404, &json!({ "error": format!("model \"{name}\" not found") })).await?;
        return Ok(Next::Keep);
    };
    pass(model.script.first_token.as_ref()).await;
    if early(&model.script.behaviour, name, out).await? {
        return Ok(Next::Keep);
    }
    let runner = runner(asked, default_num_ctx.min(model.context_length));
    if let Some((status, error)) = refusal(asked, name, &model, api, &runner, cloud_disabled) {
        out.json(status, &json!({ "error": error })).await?;
        return Ok(Next::Keep);
    }
    let keep_alive = keep_alive(&asked["keep_alive"]);
    if nothing_said(asked, api) {
        load_or_unload(name, &model, api, runner, keep_alive, out).await?;
        return Ok(Next::Keep);
    }
    let plan = plan(asked, name, model, api, runner, keep_alive, out);
    let sent = if asked["stream"] == json!(false) { whole(&plan, out).await } else { send(&plan, out).await };
    if keep_alive == Some(Duration::ZERO) {
        out.shared.lock().loaded.remove(&plan.model.name);
    }
    sent
}

/// What the server says no to, in the order in which it looks.
fn refusal(
    asked: &Value,
    name: &str,
    model: &ModelSpec,
    api: Api,
    runner: &Runner,
    cloud_disabled: bool,
) -> Option<(u16, String)> {
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
    if let Some(option) = wrong_option(&asked["options"]) {
        return Some((500, option));
    }
    let tokens = prompt_tokens(asked, api);
    let too_long = asked["truncate"] == json!(false) && tokens > runner.num_ctx;
    if too_long || model.script.behaviour == Behaviour::TooLong {
        let tokens = tokens.max(runner.num_ctx + 1);
        // The engine's own JSON, put as it is in the string of ours.
        let inner = json!({ "error": {
            "code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": tokens, "n_ctx": runner.num_ctx,
            "message": format!(
                "request ({tokens} tokens) exceeds the available context size ({} tokens), try increasing it", runner.num_ctx
            ),
        } });
        return Some((400, inner.to_string()));
    }
    None
}

fn wrong_option(options: &Value) -> Option<String> {
    let whole = ["num_ctx", "num_predict", "num_batch", "num_gpu", "num_keep", "seed", "top_k", "repeat_last_n"];
    let fraction = ["temperature", "top_p", "min_p", "repeat_penalty", "presence_penalty", "frequency_penalty"];
    let wrong = |key: &&&str| options.get(**key).is_some_and(|value| !value.is_number() && !value.is_null());
    let integer = whole.iter().find(wrong).map(|key| format!("option \"{key}\" must be of type integer"));
    integer.or_else(|| fraction.iter().find(wrong).map(|key| format!("option \"{key}\" must be of type float32")))
}

fn runner(asked: &Value, default_num_ctx: u64) -> Runner {
    let options = &asked["options"];
    let num_ctx = options["num_ctx"].as_u64().filter(|tokens| *tokens > 0).unwrap_or(default_num_ctx);
    Runner { num_ctx, rest: json!([options["num_batch"], options["num_gpu"], asked["shift"]]) }
}

/// Seconds as a number, or `5m`; below nothing is for ever; five minutes where nothing is said.
fn keep_alive(said: &Value) -> Option<Duration> {
    let seconds = match said {
        Value::Number(seconds) => seconds.as_f64(),
        Value::String(text) => {
            let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
            let scale = match unit {
                "ms" => 0.001,
                "m" => 60.0,
                "h" => 3600.0,
                _ => 1.0,
            };
            text[..text.len() - unit.len()].parse::<f64>().ok().map(|number| number * scale)
        }
        _ => None,
    };
    let seconds = seconds.unwrap_or(300.0);
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds))
}

fn nothing_said(asked: &Value, api: Api) -> bool {
    match api {
        Api::Chat => asked["messages"].as_array().is_none_or(Vec::is_empty),
        Api::Generate => asked["prompt"].as_str().is_none_or(str::is_empty),
    }
}

/// One object even where a stream was asked for.
async fn load_or_unload(
    name: &str,
    model: &ModelSpec,
    api: Api,
    runner: Runner,
    keep_alive: Option<Duration>,
    out: &mut Out<'_>,
) -> io::Result<()> {
    let unload = keep_alive == Some(Duration::ZERO);
    {
        let mut state = out.shared.lock();
        if unload {
            state.loaded.remove(&model.name);
        } else if model.remote.is_none() {
            state.load(&model.name, runner, keep_alive);
        }
    }
    let mut reply = model.line(name);
    match api {
        Api::Chat => reply["message"] = json!({ "role": "assistant", "content": "" }),
        Api::Generate => reply["response"] = json!(""),
    }
    reply["done"] = json!(true);
    reply["done_reason"] = json!(if unload { "unload" } else { "load" });
    out.json(200, &reply).await
}

/// An estimate as good as any: what matters is that it grows with the prompt.
fn prompt_tokens(asked: &Value, api: Api) -> u64 {
    let length = |text: &Value| text.as_str().map_or(0, |text| text.chars().count() as u64);
    match api {
        Api::Chat => asked["messages"].as_array().into_iter().flatten().map(|message| 4 + length(&message["content"]) / 4).sum(),
        Api::Generate => 4 + (length(&asked["system"]) + length(&asked["prompt"])) / 4,
    }
}

/// What will be said. The model is in memory after this.
fn plan(
    asked: &Value,
    name: &str,
    model: ModelSpec,
    api: Api,
    runner: Runner,
    keep_alive: Option<Duration>,
    out: &mut Out<'_>,
) -> Plan {
    let mut state = out.shared.lock();
    let prompt = prompt_tokens(asked, api);
    // A prompt that is too long is cut in silence, to about half of the window.
    let prompt_eval_count = if prompt > runner.num_ctx { runner.num_ctx / 2 + 2 } else { prompt };
    let loaded_now = model.remote.is_none() && state.load(&model.name, runner, keep_alive);
    let turn = state.answered.entry(model.name.clone()).or_default();
    let answers = &model.script.answers;
    let mut tokens = match answers.len() {
        0 => super::pieces(&format!("Hello from {}.", model.name)),
        length => answers[*turn % length].clone(),
    };
    *turn += 1;
    let silent = model.script.behaviour == Behaviour::EmptyAnswer;
    let thinks = model.can("thinking") && asked["think"] != json!(false) && !silent;
    let mut thinking = if thinks { model.script.thinking.clone() } else { Vec::new() };
    if silent {
        tokens.clear();
    }
    // 0 and less are no limit. Thinking counts.
    let mut length = model.script.behaviour == Behaviour::LengthStop;
    if let Some(limit) = asked["options"]["num_predict"].as_i64().and_then(|limit| usize::try_from(limit).ok()).filter(|n| *n > 0)
    {
        length |= limit < thinking.len() + tokens.len();
        thinking.truncate(limit);
        tokens.truncate(limit - thinking.len());
    }
    let name = name.to_owned();
    Plan {
        name,
        model,
        api,
        thinking,
        tokens,
        done_reason: if length { "length" } else { "stop" },
        prompt_eval_count,
        loaded_now,
    }
}

/// The answer in one object.
async fn whole(plan: &Plan, out: &mut Out<'_>) -> io::Result<Next> {
    if let Behaviour::ErrorLineMidStream(error) = &plan.model.script.behaviour {
        out.json(500, &json!({ "error": error })).await?;
        return Ok(Next::Keep);
    }
    let mut reply = plan.done();
    match plan.api {
        Api::Chat => reply["message"] = plan.message(&plan.tokens.concat(), &plan.thinking.concat()),
        Api::Generate => {
            reply["response"] = json!(plan.tokens.concat());
            if !plan.thinking.is_empty() {
                reply["thinking"] = json!(plan.thinking.concat());
            }
        }
    }
    out.json(200, &reply).await?;
    Ok(Next::Keep)
}
