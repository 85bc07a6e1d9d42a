//! What a model is known to be good for: what the router chooses by.

use super::{BackendId, Licence, Location, Milli, Model, ModelId, TaskClass};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Something that a model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelCapability {
    /// Writes text.
    TextGeneration,
    /// Is good at code.
    CodeGeneration,
    /// Is good at mathematics.
    MathReasoning,
    /// Answers at once.
    LowLatency,
    /// Is good at reasoning in several steps.
    DeepReasoning,
    /// Is good at invented text.
    CreativeWriting,
    /// Calls tools.
    ToolUse,
    /// Takes images.
    VisionInput,
    /// Takes sound.
    AudioInput,
    /// Makes images.
    ImageGeneration,
}

impl ModelCapability {
    /// What a class asks of a model; `None` for classes that any model serves.
    pub fn for_class(class: TaskClass) -> Option<Self> {
        match class {
            TaskClass::QuickResponse => Some(Self::LowLatency),
            TaskClass::DeepThinking => Some(Self::DeepReasoning),
            TaskClass::CodeGeneration => Some(Self::CodeGeneration),
            TaskClass::Mathematical => Some(Self::MathReasoning),
            TaskClass::Creative => Some(Self::CreativeWriting),
            TaskClass::ToolUse => Some(Self::ToolUse),
            TaskClass::Embedding | TaskClass::General => None,
        }
    }
}

/// How soon the first token comes of a model that is in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LatencyClass {
    /// Under 100 ms.
    Instant,
    /// 100 to 500 ms.
    Fast,
    /// 500 ms to 2 s.
    Standard,
    /// Longer.
    Deliberate,
}

impl LatencyClass {
    /// The class of a time to the first token.
    pub fn of(first_token_ms: u64) -> Self {
        match first_token_ms {
            0..100 => Self::Instant,
            100..500 => Self::Fast,
            500..2000 => Self::Standard,
            _ => Self::Deliberate,
        }
    }
}

/// What a model costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CostTier {
    /// Nothing.
    #[default]
    Free,
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

/// What was counted of a model's answers to one class of prompts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassRecord {
    /// Answers that came whole.
    pub answers: u32,
    /// Ratings of the user: good ones.
    pub good: u32,
    /// Ratings of the user: bad ones.
    pub bad: u32,
    /// Tasks of an evaluation.
    pub evaluated: u32,
    /// Those of them that were solved.
    pub solved: u32,
}

/// What was measured of a model on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Milliseconds to the first token while it was in memory, the average of late; `None` before the first.
    pub first_token_ms: Option<u64>,
    /// Tokens a second, the average of late; `None` before the first.
    pub tokens_per_second: Option<Milli>,
    /// Answers that were held against a budget of time while it was in memory.
    #[serde(default)]
    pub timed: u32,
    /// Those of them whose first token came later.
    #[serde(default)]
    pub late: u32,
    /// By class.
    pub classes: HashMap<TaskClass, ClassRecord>,
}

impl Measured {
    /// What was counted for a class.
    pub fn of(&self, class: TaskClass) -> ClassRecord {
        self.classes.get(&class).copied().unwrap_or_default()
    }
}

/// What was measured of all models.
pub type Measurements = HashMap<ModelId, Measured>;

/// A model as the router sees it: the configuration's row, what its server says, and what was measured here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelProfile {
    /// The model.
    pub model: ModelId,
    /// Its backend.
    pub backend: BackendId,
    /// Where it runs.
    pub location: Location,
    /// What it can do.
    pub capabilities: Vec<ModelCapability>,
    /// Classes that it is good at.
    pub strengths: Vec<TaskClass>,
    /// Classes that it is bad at.
    pub weaknesses: Vec<TaskClass>,
    /// How soon its first token comes.
    pub latency: LatencyClass,
    /// Milliseconds to the first token.
    pub first_token_ms: u64,
    /// Tokens a second.
    pub tokens_per_second: Milli,
    /// Parameters in billions, where that can be told.
    pub billions: Option<Milli>,
    /// The context window it is asked with, in tokens.
    pub context: u32,
    /// What it costs.
    pub cost: CostTier,
    /// What its licence allows.
    pub licence: Licence,
    /// It is in memory, with the window that it is asked with.
    pub resident: bool,
    /// What was measured here.
    pub measured: Measured,
}

impl Model {
    /// Parameters in billions: as the server says (`8.0B`), as the tag says (`:70b`), or about what the file's size is of a model
    /// of four bits a weight. `None` where nothing tells.
    pub fn billions(&self) -> Option<f32> {
        let said = parameters(&self.parameters);
        let tag = || self.id.as_str().split([':', '-', '_']).rev().find_map(parameters);
        let size = || (self.size_bytes > 0).then(|| self.size_bytes as f32 / 6e8);
        said.or_else(tag).or_else(size)
    }

    /// Whether it is in memory with the window that it is asked with: with another one the server loads it anew.
    pub fn is_warm(&self) -> bool {
        self.resident.is_some_and(|held| held.context.is_none_or(|context| context == self.num_ctx))
    }
}

/// `8.0B`, `70b`, `135M`, `8x7b` in billions.
fn parameters(text: &str) -> Option<f32> {
    let text = text.trim().to_ascii_lowercase();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "b" => 1.0,
        "m" => 1e-3,
        "t" => 1e3,
        _ => return None,
    };
    let product: Option<f32> = number.split('x').map(|part| part.parse::<f32>().ok()).product();
    product.map(|number| number * unit).filter(|billions| *billions > 0.0 && billions.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, want) in [
            ("8.0B", Some(8.0)),
            ("70b", Some(70.0)),
            ("135M", Some(0.135)),
            ("8x7b", Some(56.0)),
            ("1T", Some(1000.0)),
            ("", None),
            ("b", None),
            ("latest", None),
            ("é", None),
            ("-1b", None),
            ("nanb", None),
        ] {
            assert_eq!(parameters(text), want, "{text:?}");
        }
    }

    #[test]
    fn latencies() {
        use LatencyClass::{Deliberate, Fast, Instant, Standard};
        for (ms, want) in
            [(0, Instant), (99, Instant), (100, Fast), (499, Fast), (500, Standard), (1999, Standard), (2000, Deliberate)]
        {
            assert_eq!(LatencyClass::of(ms), want, "{ms}");
        }
    }
}
