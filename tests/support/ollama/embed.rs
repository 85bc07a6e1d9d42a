//! Vectors for texts.

use super::ask::{keep_alive, runner};
use super::routes::early;
use super::spec::mix;
use super::state::Out;
use super::{Behaviour, lease};
use crate::http::{Next, pass};
use serde_json::{Value, json};
use std::io;

/// Answers.
pub(super) async fn embed(asked: &Value, name: &str, out: &mut Out<'_>) -> io::Result<Next> {
    let (model, default_num_ctx) = {
        let state = out.shared.lock();
        (state.find(name).cloned(), state.default_num_ctx)
    };
    let Some(model) = model else {
        out.json(404, &json!({ "error": format!("model \"{name}\" not found, try pulling it first") })).await?;
        return Ok(Next::Keep);
    };
    if model.script.behaviour.is_early() {
        pass(model.script.first_token.as_ref()).await;
        early(&model.script.behaviour, name, out).await?;
        return Ok(Next::Keep);
    }
    let (runner, keep) = (runner(asked, &model, default_num_ctx), keep_alive(&asked["keep_alive"]));
    // Also where there is no text: that loads the model, as the real server does.
    let lease = match lease::admit(out.shared, &model, runner, keep).await {
        Ok(lease) => lease,
        Err(refused) => return lease::refuse(&refused, out).await.map(|()| Next::Keep),
    };
    pass(model.script.first_token.as_ref()).await;
    if asked["truncate"] == json!(false) && model.script.behaviour == Behaviour::TooLong {
        out.json(400, &json!({ "error": "the input length exceeds the context length" })).await?;
        return Ok(Next::Keep);
    }
    let texts: Vec<&str> = match &asked["input"] {
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        Value::String(text) if !text.is_empty() => vec![text],
        _ => Vec::new(),
    };
    let dimensions = asked["dimensions"].as_u64().unwrap_or(384);
    let vectors: Vec<Vec<f64>> = texts.iter().map(|text| vector(text, dimensions)).collect();
    let tokens: usize = texts.iter().map(|text| text.chars().count() / 4 + 1).sum();
    // Before the reply, so that who reads it finds the model idle.
    drop(lease);
    let reply = json!({
        "model": name, "embeddings": vectors, "total_duration": 14_143_917, "load_duration": 1_019_500,
        "prompt_eval_count": tokens,
    });
    out.json(200, &reply).await?;
    Ok(Next::Keep)
}

/// A vector of length one, the same for the same text.
fn vector(text: &str, dimensions: u64) -> Vec<f64> {
    let raw: Vec<f64> = (0..dimensions).map(|at| (mix(text, at) >> 11) as f64 / (1u64 << 52) as f64 - 1.0).collect();
    let length = raw.iter().map(|x| x * x).sum::<f64>().sqrt();
    raw.iter().map(|x| x / length).collect()
}
