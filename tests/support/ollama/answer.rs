//! One chat or one generate, up to its first byte: refusals, loading, unloading, and what will be said.

use super::ask::{Api, keep_alive, nothing_said, prompt_tokens, refusal, runner, too_long};
use super::routes::early;
use super::sched::Keep;
use super::state::Out;
use super::stream::{Plan, send};
use super::{Behaviour, ModelSpec, lease};
use crate::http::{Next, pass};
use serde_json::{Value, json};
use std::io;

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
    if model.script.behaviour.is_early() {
        pass(model.script.first_token.as_ref()).await;
        early(&model.script.behaviour, name, out).await?;
        return Ok(Next::Keep);
    }
    let (runner, keep) = (runner(asked, &model, default_num_ctx), keep_alive(&asked["keep_alive"]));
    // Before it is asked what the model can do, as in the real server: one for vectors leaves by this way, too.
    if nothing_said(asked, api) && keep == Some(Keep::NOT) && model.remote.is_none() {
        return unload(name, &model, api, out).await;
    }
    if let Some((status, error)) = refusal(asked, name, &model, api, cloud_disabled) {
        pass(model.script.first_token.as_ref()).await;
        out.json(status, &json!({ "error": error })).await?;
        return Ok(Next::Keep);
    }
    if nothing_said(asked, api) && keep == Some(Keep::NOT) {
        return unload(name, &model, api, out).await;
    }
    let num_ctx = runner.num_ctx;
    let lease = match lease::admit(out.shared, &model, runner, keep).await {
        Ok(lease) => lease,
        Err(refused) => return lease::refuse(&refused, out).await.map(|()| Next::Keep),
    };
    pass(model.script.first_token.as_ref()).await;
    if nothing_said(asked, api) {
        // Before the reply, so that who reads it finds the model idle.
        drop(lease);
        return nothing(name, &model, api, "load", out).await;
    }
    if let Some(error) = too_long(asked, &model, api, num_ctx) {
        out.json(400, &json!({ "error": error })).await?;
        return Ok(Next::Keep);
    }
    let loaded_now = lease.as_ref().is_some_and(|lease| lease.loaded_now);
    let plan = Plan { loaded_now, ..plan(asked, name, model, api, num_ctx, out) };
    // The lease lives until here, whatever became of the answer.
    let sent = if asked["stream"] == json!(false) { whole(&plan, out).await } else { send(&plan, out).await };
    drop(lease);
    sent
}

async fn unload(name: &str, model: &ModelSpec, api: Api, out: &mut Out<'_>) -> io::Result<Next> {
    pass(model.script.first_token.as_ref()).await;
    out.shared.until(|state| state.sched.unload(&model.name)).await;
    nothing(name, model, api, "unload", out).await
}

/// An answer without a word: one object even where a stream was asked for.
async fn nothing(name: &str, model: &ModelSpec, api: Api, why: &str, out: &mut Out<'_>) -> io::Result<Next> {
    let mut reply = model.line(name);
    match api {
        Api::Chat => reply["message"] = json!({ "role": "assistant", "content": "" }),
        Api::Generate => reply["response"] = json!(""),
    }
    reply["done"] = json!(true);
    reply["done_reason"] = json!(why);
    out.json(200, &reply).await?;
    Ok(Next::Keep)
}

/// What will be said.
fn plan(asked: &Value, name: &str, model: ModelSpec, api: Api, num_ctx: u64, out: &mut Out<'_>) -> Plan {
    let mut state = out.shared.lock();
    let prompt = prompt_tokens(asked, api);
    // A prompt that is too long is cut in silence, to about half of the window.
    let prompt_eval_count = if prompt > num_ctx { num_ctx / 2 + 2 } else { prompt };
    let turn = state.answered.entry(model.name.clone()).or_default();
    let answers = &model.script.answers;
    let mut tokens = match answers.len() {
        0 => super::pieces(&format!("Hello from {}.", model.name)),
        length => answers[*turn % length].clone(),
    };
    if model.script.fits_format && asked["format"].is_object() {
        tokens = super::pieces(&super::format::fitting(&asked["format"], *turn));
    }
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
        loaded_now: false,
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
