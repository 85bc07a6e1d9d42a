//! Short warnings under an answer.

use serde::{Deserialize, Serialize};

/// What a label is about. Each kind can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    /// Calculations.
    Maths,
    /// Code.
    Code,
    /// The prompt left the machine.
    External,
    /// Tax, medicine, law.
    HighStakes,
}

impl LabelKind {
    /// All, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::External, Self::HighStakes, Self::Maths, Self::Code];

    /// As it is written in the configuration and in commands.
    pub fn key(self) -> &'static str {
        match self {
            Self::Maths => "maths",
            Self::Code => "code",
            Self::External => "external",
            Self::HighStakes => "high_stakes",
        }
    }
}

/// A calculation of an answer, checked exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calculation {
    /// As it stands in the answer: `17 * 23`.
    pub expression: String,
    /// What the answer says it is.
    pub claimed: String,
    /// What it is.
    pub exact: String,
    /// Whether the two agree, to the digits that were claimed.
    pub correct: bool,
}

/// A short warning under an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// What it is about.
    pub kind: LabelKind,
    /// The words.
    pub text: String,
    /// Calculations that were checked; for [`LabelKind::Maths`] alone.
    pub calculations: Vec<Calculation>,
}
