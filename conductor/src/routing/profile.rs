//! A model as the router sees it: the row of `[[models]]`, what its server says, and what was measured here, joined.
//!
//! What must stay true: pure; what was measured wins over what was guessed; a model without a row is told by its name.

use crate::config::{Config, ModelSettings};
use crate::domain::{
    BackendId, Capabilities, LatencyClass, Licence, Location, Measured, Milli, Model, ModelCapability, ModelId, ModelProfile,
    Slot, TaskClass, family_of,
};
use aho_corasick::AhoCorasick;
use std::collections::HashSet;
use std::sync::LazyLock;

/// The profile of `model`.
pub fn profile(model: &Model, config: &Config, measured: Option<&Measured>) -> ModelProfile {
    let row = config.models.iter().find(|row| row.id == model.id);
    let measured = measured.cloned().unwrap_or_default();
    let billions = model.billions().filter(|_| model.location.is_local() || !model.parameters.is_empty());
    let first_token_ms = measured.first_token_ms.unwrap_or_else(|| row.map_or(GUESSED_MS, |row| row.avg_ttft_ms));
    let speed =
        measured.tokens_per_second.unwrap_or_else(|| Milli::of(row.map_or(GUESSED_SPEED, |row| row.avg_tokens_per_sec as f32)));
    let (strengths, weaknesses) =
        row.map_or_else(|| by_name(model, billions), |row| (row.strengths.clone(), row.weaknesses.clone()));
    let latency = LatencyClass::of(first_token_ms);
    ModelProfile {
        model: model.id.clone(),
        backend: model.backend.clone(),
        location: model.location.clone(),
        capabilities: capabilities(model, row, &strengths, latency),
        strengths,
        weaknesses,
        latency,
        first_token_ms,
        tokens_per_second: speed,
        billions: billions.map(Milli::of),
        context: model.num_ctx,
        cost: row.map(|row| row.cost_tier).unwrap_or_default(),
        licence: model.licence.clone(),
        resident: model.is_warm(),
        measured,
    }
}

/// For models without a row: the defaults of a row of `[[models]]`.
const GUESSED_MS: u64 = 1000;
const GUESSED_SPEED: f32 = 20.0;
/// Smaller models of no other strength are quick, in billions of parameters.
const QUICK: f32 = 4.5;

fn capabilities(
    model: &Model,
    row: Option<&ModelSettings>,
    strengths: &[TaskClass],
    latency: LatencyClass,
) -> Vec<ModelCapability> {
    use ModelCapability::{LowLatency, TextGeneration, ToolUse, VisionInput};
    let can = &model.capabilities;
    let mut found: Vec<ModelCapability> = strengths.iter().filter_map(|class| ModelCapability::for_class(*class)).collect();
    let also = [
        (can.completion, TextGeneration),
        (can.tools || row.is_some_and(|row| row.supports_tools), ToolUse),
        (can.vision || row.is_some_and(|row| row.supports_vision), VisionInput),
        (latency <= LatencyClass::Fast, LowLatency),
    ];
    found.retain(|capability| *capability != ToolUse || also[1].0);
    found.extend(also.into_iter().filter(|(there, _)| *there).map(|(_, capability)| capability));
    found.sort_unstable();
    found.dedup();
    found
}

/// Parts of names, and what models so called are made for. The first that is found counts.
const HINTS: [(&str, TaskClass); 12] = [
    ("code", TaskClass::CodeGeneration),
    ("devstral", TaskClass::CodeGeneration),
    ("math", TaskClass::Mathematical),
    ("-r1", TaskClass::DeepThinking),
    ("qwq", TaskClass::DeepThinking),
    ("reason", TaskClass::DeepThinking),
    ("think", TaskClass::DeepThinking),
    ("magistral", TaskClass::DeepThinking),
    ("mistral", TaskClass::Creative),
    ("gemma", TaskClass::Creative),
    ("writer", TaskClass::Creative),
    ("story", TaskClass::Creative),
];

/// What a name says, in one pass over it: a plan looks at many.
fn hint(name: &str) -> Option<TaskClass> {
    static PARTS: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(HINTS.map(|(part, _)| part)).ok());
    let found = PARTS.as_ref()?.find_overlapping_iter(name).map(|found| found.pattern().as_usize()).min();
    found.map(|at| HINTS[at].1)
}

/// What a model's name and size say that it is made for.
fn by_name(model: &Model, billions: Option<f32>) -> (Vec<TaskClass>, Vec<TaskClass>) {
    use TaskClass::{CodeGeneration, Creative, DeepThinking, General, Mathematical, QuickResponse, ToolUse};
    let hint = hint(model.id.as_str());
    if hint == Some(CodeGeneration) {
        return (vec![CodeGeneration], vec![Creative, DeepThinking, General, Mathematical, QuickResponse]);
    }
    if hint == Some(Mathematical) {
        return (vec![Mathematical], vec![CodeGeneration, Creative, General, ToolUse]);
    }
    if hint == Some(DeepThinking) || model.capabilities.thinking {
        let slow = if model.capabilities.thinking { vec![] } else { vec![QuickResponse] };
        return (vec![DeepThinking, Mathematical], slow);
    }
    let mut strengths = Vec::new();
    if model.capabilities.tools {
        strengths.push(ToolUse);
    }
    if billions.is_some_and(|billions| billions <= QUICK) {
        strengths.push(QuickResponse);
        return (strengths, vec![DeepThinking]);
    }
    if hint == Some(Creative) {
        strengths.push(Creative);
    }
    (strengths, Vec::new())
}

/// The local models that a configuration names, as if they were installed: for routing without a server.
pub fn hypothetical(config: &Config) -> Vec<Model> {
    let of_providers = |id: &ModelId| config.models.iter().any(|row| row.id == *id && !config.is_host(&row.backend));
    let slots = Slot::ALL.into_iter().map(|slot| config.defaults.get(slot).clone());
    let rows = config.models.iter().map(|row| row.id.clone());
    let mut seen = HashSet::new();
    rows.chain(slots).filter(|id| !of_providers(id) && seen.insert(id.clone())).map(|id| installed(config, id)).collect()
}

fn installed(config: &Config, id: ModelId) -> Model {
    let row = config.models.iter().find(|row| row.id == id);
    let has = |of: fn(&ModelSettings) -> bool| row.is_some_and(of);
    let context = row.map_or(config.ollama.num_ctx, |row| row.max_context);
    Model {
        backend: BackendId::ollama(),
        location: Location::Local,
        family: family_of(id.as_str()),
        parameters: String::new(),
        quantization: String::new(),
        size_bytes: row.map_or(0, |row| row.memory_bytes),
        trained_context: Some(context),
        num_ctx: context,
        capabilities: Capabilities {
            completion: true,
            tools: has(|row| row.supports_tools),
            vision: has(|row| row.supports_vision),
            ..Capabilities::default()
        },
        resident: None,
        licence: Licence { class: row.map(|row| row.licence).unwrap_or_default(), name: String::new() },
        prices: None,
        obstacle: None,
        kv_bytes_per_token: None,
        id,
    }
}

/// Whether a name is one of the configuration's defaults.
pub(super) fn is_default(config: &Config, id: &ModelId) -> bool {
    Slot::ALL.into_iter().any(|slot| config.defaults.get(slot) == id)
}
