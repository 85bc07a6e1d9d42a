//! The models of `segno demo`: played by Segno itself from a script, at the pace of a model.
//!
//! What must stay true: nothing is contacted and nothing leaves this process, whatever a model's location says; what they are asked goes
//! through the real seal, and what is counted is counted from the real bytes.

use super::BackendError;
use super::scripted::{Scripted, Step};
use crate::config::demo::{Demo, DemoModel};
use crate::domain::{BackendId, Capabilities, Licence, Location, Model, ModelId, Prices, Usage, estimate_tokens};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Tokens of their windows.
const WINDOW: u32 = 8192;

/// The server on this machine, and the providers, that play `demo`.
pub fn servers(demo: &Arc<Demo>) -> (Scripted, Vec<Scripted>) {
    let of = |provider: &str| {
        let models = demo.models.iter().filter(|row| row.provider == provider).map(model).collect();
        let script = demo.clone();
        Scripted::new(models)
            .called("segno demo", "simulated")
            .playing(Arc::new(move |model: &ModelId, bytes: &[u8]| steps(&script, model, bytes)))
    };
    let mut providers: Vec<&str> = demo.models.iter().map(|row| row.provider.as_str()).filter(|name| !name.is_empty()).collect();
    providers.dedup();
    (of(""), providers.into_iter().map(|name| of(name).named(name)).collect())
}

fn model(row: &DemoModel) -> Model {
    let elsewhere = !row.location.is_empty();
    Model {
        id: ModelId::new(row.id.as_str()),
        backend: if elsewhere { BackendId::new(row.provider.as_str()) } else { BackendId::ollama() },
        location: if elsewhere { Location::External(row.location.clone()) } else { Location::Local },
        family: row.family.clone(),
        parameters: row.parameters.clone(),
        quantization: String::new(),
        size_bytes: u64::from(row.size_gb) * 1_000_000_000,
        trained_context: None,
        num_ctx: WINDOW,
        capabilities: Capabilities { completion: true, ..Capabilities::default() },
        resident: None,
        licence: Licence::default(),
        prices: elsewhere.then(|| Prices::per_million(row.price_input, row.price_output)),
        obstacle: None,
        kv_bytes_per_token: None,
    }
}

/// What a model plays that is sent `bytes`.
fn steps(demo: &Demo, model: &ModelId, bytes: &[u8]) -> Vec<Step> {
    let request: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let system = text(&request["system"]);
    let question =
        request["messages"].as_array().and_then(|all| all.last()).map(|last| text(&last["content"])).unwrap_or_default();
    let said = if request["format"].is_null() {
        demo.answer(model.as_str(), &question, bullet(&system)).map_err(str::to_owned)
    } else {
        Ok(demo.role(&system).to_owned())
    };
    match said {
        Ok(said) => told(demo, &said, bytes.len()),
        Err(why) => vec![Step::Wait(Duration::from_millis(demo.think_ms)), Step::Fail(BackendError::OutOfMemory(why))],
    }
}

/// The id of the first bullet in a prompt: what stands between the first brackets of a line that begins with them.
fn bullet(system: &str) -> Option<&str> {
    system.lines().find_map(|line| line.strip_prefix("- ").unwrap_or(line).strip_prefix('[')?.split_once(']')).map(|(id, _)| id)
}

/// Word by word.
fn told(demo: &Demo, said: &str, sent: usize) -> Vec<Step> {
    let [thinks, pace] = [demo.think_ms, demo.word_ms].map(Duration::from_millis);
    let mut steps = vec![Step::Wait(thinks)];
    for word in said.split_inclusive([' ', '\n']) {
        steps.push(Step::Text(word.to_owned()));
        steps.push(Step::Wait(pace));
    }
    let whole = |tokens: usize| u32::try_from(tokens).ok();
    // Four bytes a token, as everywhere where nobody has counted.
    steps.push(Step::Counted(Usage { prompt_tokens: whole(sent / 4), answer_tokens: whole(estimate_tokens(said)) }));
    steps
}
