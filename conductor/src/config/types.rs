//! The values of a configuration, one struct a table. Plain data: that they are in range was checked while they were read.

use crate::domain::{ModelId, Slot};
use serde::Deserialize;
use std::time::Duration;

/// All settings.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Config {
    /// `[defaults]`
    pub defaults: Defaults,
    /// `[routing]`
    pub routing: Routing,
    /// `[fallbacks]`
    pub fallbacks: Fallbacks,
    /// `[timeouts]`
    pub timeouts: Timeouts,
    /// `[privacy]`
    pub privacy: Privacy,
    /// `[ollama]`
    pub ollama: OllamaSettings,
    /// `[ui]`
    pub ui: Ui,
    /// `[log]`
    pub log: Log,
    /// `[[models]]`
    pub models: Vec<ModelSettings>,
}

/// One value for each slot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PerSlot<T> {
    /// Everything without a specialist.
    pub general: T,
    /// Code.
    pub code: T,
    /// Mathematics.
    pub math: T,
    /// Short facts.
    pub quick: T,
    /// Long reasoning.
    pub deep: T,
    /// Invented text.
    pub creative: T,
}

impl<T> PerSlot<T> {
    /// The value of `slot`.
    pub fn get(&self, slot: Slot) -> &T {
        match slot {
            Slot::General => &self.general,
            Slot::Code => &self.code,
            Slot::Math => &self.math,
            Slot::Quick => &self.quick,
            Slot::Deep => &self.deep,
            Slot::Creative => &self.creative,
        }
    }
}

/// `[defaults]`: the model of each slot.
pub type Defaults = PerSlot<ModelId>;

/// `[fallbacks]`: who is asked next when the model of a slot fails. Entries are slots or model names.
pub type Fallbacks = PerSlot<Vec<String>>;

/// `[routing]`: words that speak for a class; matched whole, without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Routing {
    /// For code.
    pub code_keywords: Vec<String>,
    /// For mathematics.
    pub math_keywords: Vec<String>,
    /// For invented text.
    pub creative_keywords: Vec<String>,
}

/// `[timeouts]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Timeouts {
    /// Budget for the first token of a warm model, quick answers, in milliseconds.
    pub quick_ms: u64,
    /// The same, standard answers.
    pub standard_ms: u64,
    /// The same, deep answers.
    pub deep_ms: u64,
    /// Hard limit for connecting.
    #[serde(with = "super::duration")]
    pub connect: Duration,
    /// Hard limit for the first token of a model that must be loaded first.
    #[serde(with = "super::duration")]
    pub first_token: Duration,
    /// Hard limit for the first token of a model that is in memory.
    #[serde(with = "super::duration")]
    pub first_token_resident: Duration,
    /// Hard limit between two pieces of an answer.
    #[serde(with = "super::duration")]
    pub stall: Duration,
}

/// `[privacy]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Privacy {
    /// Where models run unless the user says otherwise.
    pub default_location: DefaultLocation,
    /// Whether external models may be offered at all.
    pub allow_external: bool,
    /// Whether what is sent off the machine is scanned for secrets first.
    pub secret_scan_before_external: bool,
}

/// The value of `privacy.default_location`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DefaultLocation {
    /// This machine.
    Local,
}

/// `[ollama]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OllamaSettings {
    /// The server, in any form that `OLLAMA_HOST` takes.
    pub host: String,
    /// The context window asked for, in tokens, where the model was trained for as many.
    pub num_ctx: u32,
    /// The most tokens an answer may have.
    pub num_predict: u32,
}

/// `[ui]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ui {
    /// Whether the wheel scrolls; selecting text then needs Shift.
    pub mouse: bool,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
    /// Whether the words of prompts and answers may be written to the log.
    pub message_text: bool,
}

/// A row of `[[models]]`: what is known of a model beforehand.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ModelSettings {
    /// Its name.
    pub id: ModelId,
    /// Its backend.
    pub backend: String,
    /// What it is good at: names of classes.
    pub strengths: Vec<String>,
    /// What it is bad at: names of classes.
    pub weaknesses: Vec<String>,
    /// Milliseconds to the first token, warm, as a starting guess.
    pub avg_ttft_ms: u64,
    /// Tokens a second, as a starting guess.
    pub avg_tokens_per_sec: f64,
    /// The longest context, in tokens.
    pub max_context: u32,
    /// Bytes of memory it takes with a context of 8192 tokens; 0 where that is not known.
    pub memory_bytes: u64,
    /// Whether it streams.
    pub supports_streaming: bool,
    /// Whether it takes tools.
    pub supports_tools: bool,
    /// What it costs.
    pub cost_tier: CostTier,
}

/// What a model costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CostTier {
    /// Nothing.
    Free,
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}
