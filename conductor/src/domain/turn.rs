//! One question and what came of it.

use super::{BackendId, Cost, Decision, Failure, Label, Location, ModelId, SelectionReason, TaskClass};
use serde::{Deserialize, Serialize};

/// Tokens, as the server counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: Option<u32>,
    /// Tokens of the answer, thinking included.
    pub answer_tokens: Option<u32>,
}

impl Usage {
    /// All tokens, where both are known.
    pub fn total(&self) -> Option<u32> {
        Some(self.prompt_tokens?.saturating_add(self.answer_tokens?))
    }
}

/// Times in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// From sending the request to the first piece of the answer, measured here.
    pub first_token_ms: Option<u64>,
    /// From sending the request to the end, measured here.
    pub total_ms: u64,
    /// Loading the model, as the server says.
    pub load_ms: Option<u64>,
    /// Writing the answer, as the server says, in microseconds: short answers take less than a millisecond.
    pub eval_us: Option<u64>,
}

impl Timing {
    /// Tokens a second while writing, from the server's own figures. `None` for fewer than two tokens or less than a
    /// millisecond: a server reports 1 µs for a one-token answer, which is no speed.
    pub fn tokens_per_second(&self, usage: &Usage) -> Option<f64> {
        let (tokens, us) = (usage.answer_tokens?, self.eval_us?);
        (tokens >= 2 && us >= 1000).then(|| f64::from(tokens) * 1e6 / us as f64)
    }
}

/// Who made an answer, and where: the sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The model.
    pub model: ModelId,
    /// Its family.
    pub family: String,
    /// Its backend.
    pub backend: BackendId,
    /// Where it ran.
    pub location: Location,
    /// What the prompt was taken for.
    pub class: TaskClass,
    /// Why this model.
    pub reason: SelectionReason,
}

impl Signature {
    /// True where no model answered, but the built-in guide.
    pub fn is_guide(&self) -> bool {
        self.backend == BackendId::guide()
    }
}

/// A try that came to nothing before its first token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Who was asked.
    pub model: ModelId,
    /// What happened.
    pub failure: Failure,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Who made it.
    pub signature: Signature,
    /// The answer.
    pub text: String,
    /// What the model thought before; apart from the answer, never part of it.
    pub thinking: String,
    /// Tokens.
    pub usage: Usage,
    /// Times.
    pub timing: Timing,
    /// True where the answer stopped at a limit of length, not at its end.
    pub cut_by_length: bool,
    /// What it cost, where the prices are known.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// Warnings to show under it.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// Who was asked before, in vain.
    pub attempts: Vec<Attempt>,
    /// How the model was chosen.
    #[serde(default)]
    pub decision: Option<Box<Decision>>,
}
