//! A pull: manifest, layers, success; or an error inside a 200. A second pull goes on where the first one ended.

use super::spec::{digest, normal};
use super::state::Out;
use super::{ModelSpec, PullScript};
use crate::http::{Next, pass};
use serde_json::{Value, json};
use std::io;

/// A line, and what of which layer is there once it is sent.
struct Step {
    line: Value,
    there: Option<(usize, u64)>,
}

/// Pulls.
pub(super) async fn pull(asked: &Value, name: &str, out: &mut Out<'_>) -> io::Result<Next> {
    if name.is_empty() {
        out.json(400, &json!({ "error": "invalid model name" })).await?;
        return Ok(Next::Keep);
    }
    let name = normal(name);
    let (script, there) = {
        let state = out.shared.lock();
        let present = state.find(&name).cloned();
        let script =
            state.pulls.get(&name).cloned().or_else(|| present.clone().map(PullScript::of)).unwrap_or_else(|| unknown(&name));
        let there = if present.is_some() { script.layers.clone() } else { state.pulled.get(&name).cloned().unwrap_or_default() };
        (script, there)
    };
    let steps = steps(&script, there);
    let streams = asked["stream"] != json!(false);
    if streams {
        out.start("application/x-ndjson", "").await?;
    }
    let mut last = json!({ "status": "success" });
    for (at, step) in steps.into_iter().enumerate() {
        if at > 0 {
            pass(script.gate.as_ref()).await;
        }
        let error = script.fails.as_ref().filter(|(line, _)| *line == at).map(|(_, error)| json!({ "error": error }));
        let failed = error.is_some();
        last = error.unwrap_or(step.line);
        if streams {
            out.line(format!("{last}\n").as_bytes()).await?;
        }
        if failed {
            break;
        }
        keep(&name, &script, step.there, out);
        if let Some(pace) = script.pace {
            tokio::time::sleep(pace).await;
        }
    }
    finish(&last, script.model, streams, out).await
}

async fn finish(last: &Value, model: ModelSpec, streams: bool, out: &mut Out<'_>) -> io::Result<Next> {
    if last["status"] == json!("success") {
        let mut state = out.shared.lock();
        if state.find(&model.name).is_none() {
            state.add(model);
        }
    }
    if streams {
        out.end().await?;
    } else {
        out.json(if last["error"].is_null() { 200 } else { 500 }, last).await?;
    }
    Ok(Next::Keep)
}

/// Remembers how much of a layer is there.
fn keep(name: &str, script: &PullScript, there: Option<(usize, u64)>, out: &Out<'_>) {
    if let Some((layer, bytes)) = there {
        let mut state = out.shared.lock();
        let layers = state.pulled.entry(name.to_owned()).or_default();
        layers.resize(script.layers.len(), 0);
        layers[layer] = bytes;
    }
}

/// What the registry says of a name it does not have.
fn unknown(name: &str) -> PullScript {
    PullScript::of(ModelSpec::new(name)).failing(1, "pull model manifest: file does not exist")
}

fn steps(script: &PullScript, there: Vec<u64>) -> Vec<Step> {
    let plain = |status: &str| Step { line: json!({ "status": status }), there: None };
    let mut steps = vec![plain("pulling manifest")];
    for (layer, total) in script.layers.iter().copied().enumerate() {
        let hash = digest(&format!("{} layer {layer}", script.model.name));
        let before = there.get(layer).copied().unwrap_or(0);
        let marks = (1..=script.steps).map(|step| (u128::from(total) * u128::from(step) / u128::from(script.steps)) as u64);
        for completed in [before].into_iter().chain(marks.filter(|mark| *mark > before)) {
            let mut line =
                json!({ "status": format!("pulling {}", &hash[..12]), "digest": format!("sha256:{hash}"), "total": total });
            // A zero is left out, as Go does.
            if completed > 0 {
                line["completed"] = json!(completed);
            }
            steps.push(Step { line, there: Some((layer, completed)) });
        }
    }
    steps.extend(["verifying sha256 digest", "writing manifest"].map(plain));
    if !script.cut {
        steps.push(plain("success"));
    }
    steps
}
