//! What a prompt was taken for and how a model was chosen, in full: what `/why` shows.

use super::{BackendId, Location, Milli, ModelId, Shown, TaskClass};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// How hard a prompt is: from 1, trivial, to 10, a work of research. Another axis than its class or its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Complexity(u8);

impl Complexity {
    /// Rounded, and within bounds.
    pub fn of(level: f32) -> Self {
        // The cast makes 0 of what is no number.
        Self((level.round() as u8).clamp(1, 10))
    }

    /// From 1 to 10.
    pub fn level(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Complexity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of 10", self.0)
    }
}

/// What kind of model a complexity asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// A small one: what answers soonest.
    Small,
    /// One of the middle.
    Medium,
    /// The deepest that may be asked.
    Deep,
}

impl Tier {
    /// The word for a person.
    pub fn word(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Deep => "deep",
        }
    }
}

/// Something that a prompt's class was told by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What, in a few words: `“how many”`, `code fence`, `programming language`.
    pub what: String,
    /// The class that it speaks for, or against where the weight is below 0.
    pub class: TaskClass,
    /// How much, in steps of the logarithm of the odds.
    pub weight: Milli,
}

/// What a prompt was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// The class.
    pub class: TaskClass,
    /// How often such a class is right, from 0 to 1.
    pub confidence: Milli,
    /// The next likely class.
    pub second: TaskClass,
    /// How hard it is.
    pub complexity: Complexity,
    /// What counted, the most important first.
    pub evidence: Vec<Evidence>,
}

/// Why a model cannot be asked for a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// It makes embeddings, and does not write.
    NoText,
    /// The prompt has images, and it sees none.
    NoVision,
    /// The prompt does not fit its window.
    TooLong,
    /// It runs elsewhere, and nothing may leave this machine.
    Offline,
    /// It runs elsewhere, and external models are switched off.
    NotAllowed,
    /// It runs elsewhere, and neither is it on the user's own server nor did anybody name it.
    NotNamed,
    /// It runs elsewhere, and the user said that nothing goes there.
    Refused,
    /// Something is missing: a key, say.
    Obstacle,
    /// Its server is not there.
    Unreachable,
    /// It failed too often of late. It is asked only where there is nobody else.
    Resting,
    /// It needs more memory than the machine has. It is asked only where there is nobody else.
    TooLarge,
}

impl Gate {
    /// The words for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoText => "makes embeddings only",
            Self::NoVision => "sees no images",
            Self::TooLong => "the prompt does not fit its window",
            Self::Offline => "runs elsewhere, and nothing is to leave this machine",
            Self::NotAllowed => "external models are off",
            Self::NotNamed => "runs elsewhere; not named in [defaults]",
            Self::Refused => "you said never; `/consent` takes that back",
            Self::Obstacle => "cannot be asked yet",
            Self::Unreachable => "its server is not there",
            Self::Resting => "failed too often of late, and rests",
            Self::TooLarge => "needs more memory than there is",
        }
    }
}

/// Something that a model's score is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// What, in a few words: `strong at code`, `in memory`.
    pub what: Cow<'static, str>,
    /// How much.
    pub points: Milli,
}

/// A model that was thought of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// The model.
    pub model: ModelId,
    /// Its backend.
    pub backend: BackendId,
    /// Where it runs.
    pub location: Location,
    /// The sum of its points.
    pub score: Milli,
    /// What the score is made of.
    pub points: Vec<Point>,
    /// Why it cannot be asked; `None` where it can.
    pub gate: Option<Gate>,
}

/// How a model was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What the prompt was taken for.
    pub task: Classification,
    /// What kind of model its complexity asks for.
    pub tier: Tier,
    /// The models, the best first; those that cannot be asked last.
    pub considered: Vec<Considered>,
    /// Who is asked, one after the other until one answers.
    pub chain: Vec<ModelId>,
    /// On which server each of them is asked; empty where there is only one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<BackendId>,
    /// What else there is to say: that a configured model is missing, that a deeper one may not be asked.
    pub notes: Vec<String>,
    /// What the prompt had of a playbook, where it had anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
}
