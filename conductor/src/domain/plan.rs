//! Who will be asked, in which order, and why.

use super::{BackendId, Complexity, Decision, Gate, Location, ModelId, TaskClass};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a model was chosen: a value, so that it can be shown and tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum SelectionReason {
    /// The prompt is of this class, and the model is configured for it.
    Specialized {
        /// The class.
        class: TaskClass,
    },
    /// Nothing special about the prompt: the general model.
    Default,
    /// The prompt is hard, and the model the deepest that may be asked.
    Complexity {
        /// How hard.
        level: Complexity,
    },
    /// Another is a little better, and this one is in memory, or answered last: a swap takes seconds.
    Warm,
    /// The user said so.
    UserOverride,
    /// The configured model cannot be asked; this one stands in.
    Substitute {
        /// The one that is configured.
        wanted: ModelId,
        /// What stands in its way; `None` where it is not installed.
        #[serde(default)]
        why: Option<Gate>,
    },
    /// Others were asked before, in vain.
    Fallback {
        /// The first choice.
        from: ModelId,
        /// What became of it, in a few words.
        why: String,
    },
    /// No model to ask: the built-in guide answers.
    Guide {
        /// Why there is no model, in a few words.
        why: String,
    },
}

impl fmt::Display for SelectionReason {
    /// In one word: `Specialized(CodeGeneration)`, `Complexity(8)`, `Default`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Specialized { class } => write!(f, "Specialized({})", class.name()),
            Self::Complexity { level } => write!(f, "Complexity({})", level.level()),
            Self::Default => f.write_str("Default"),
            Self::Warm => f.write_str("Warm"),
            Self::UserOverride => f.write_str("UserOverride"),
            Self::Substitute { wanted, .. } => write!(f, "Substitute({wanted})"),
            Self::Fallback { from, .. } => write!(f, "Fallback({from})"),
            Self::Guide { .. } => f.write_str("Guide"),
        }
    }
}

/// Somebody who may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The model.
    pub model: ModelId,
    /// Its backend.
    pub backend: BackendId,
    /// Where it runs.
    pub location: Location,
    /// Its family.
    pub family: String,
}

/// Who will be asked, the first first. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What the prompt wants: the general class where that is not sure.
    pub class: TaskClass,
    /// Why the first candidate is the first.
    pub reason: SelectionReason,
    /// The first choice and its fallback chain; no model twice on one server.
    pub candidates: Vec<Candidate>,
    /// How it was made.
    pub decision: Box<Decision>,
}
