//! What a prompt wants, and which configured slot serves it.

use serde::{Deserialize, Serialize};

/// The kind of work a prompt asks for. Written down by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TaskClass {
    /// A fact that one or two sentences settle.
    #[serde(rename = "quick")]
    QuickResponse,
    /// Several dependent steps, trade-offs, analysis.
    #[serde(rename = "deep")]
    DeepThinking,
    /// Code is wanted, or to be explained, mended or tested.
    #[serde(rename = "code")]
    CodeGeneration,
    /// The result is a number, an expression or a proof.
    #[serde(rename = "math")]
    Mathematical,
    /// Invented text.
    #[serde(rename = "creative")]
    Creative,
    /// An action on an outside system or device.
    #[serde(rename = "tools")]
    ToolUse,
    /// A vector is wanted; an API kind, not a prompt kind.
    #[serde(rename = "embedding")]
    Embedding,
    /// The rest.
    #[serde(rename = "general")]
    General,
}

impl TaskClass {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::QuickResponse,
        Self::DeepThinking,
        Self::CodeGeneration,
        Self::Mathematical,
        Self::Creative,
        Self::ToolUse,
        Self::Embedding,
        Self::General,
    ];

    /// The name in lists of labelled prompts: `CodeGeneration`.
    pub fn name(self) -> &'static str {
        match self {
            Self::QuickResponse => "QuickResponse",
            Self::DeepThinking => "DeepThinking",
            Self::CodeGeneration => "CodeGeneration",
            Self::Mathematical => "Mathematical",
            Self::Creative => "Creative",
            Self::ToolUse => "ToolUse",
            Self::Embedding => "Embedding",
            Self::General => "General",
        }
    }

    /// The class called `text`, by its name or its word, without regard to case, `_` and `-`.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = text.trim().chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect();
        Self::ALL.into_iter().find(|c| plain.eq_ignore_ascii_case(c.name()) || plain.eq_ignore_ascii_case(c.word()))
    }

    /// The word shown to a person.
    pub fn word(self) -> &'static str {
        match self {
            Self::QuickResponse => "quick",
            Self::DeepThinking => "deep",
            Self::CodeGeneration => "code",
            Self::Mathematical => "math",
            Self::Creative => "creative",
            Self::ToolUse => "tools",
            Self::Embedding => "embedding",
            Self::General => "general",
        }
    }

    /// The slot of `[defaults]` and `[fallbacks]` that serves this class.
    pub fn slot(self) -> Slot {
        match self {
            Self::QuickResponse => Slot::Quick,
            Self::DeepThinking => Slot::Deep,
            Self::CodeGeneration => Slot::Code,
            Self::Mathematical => Slot::Math,
            Self::Creative => Slot::Creative,
            Self::ToolUse | Self::Embedding | Self::General => Slot::General,
        }
    }
}

/// A key of `[defaults]`: a post that a model fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Slot {
    /// Everything without a specialist.
    General,
    /// Code.
    Code,
    /// Mathematics.
    Math,
    /// Short facts.
    Quick,
    /// Long reasoning.
    Deep,
    /// Invented text.
    Creative,
}

impl Slot {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::General, Self::Code, Self::Math, Self::Quick, Self::Deep, Self::Creative];

    /// The key in the configuration.
    pub fn key(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Code => "code",
            Self::Math => "math",
            Self::Quick => "quick",
            Self::Deep => "deep",
            Self::Creative => "creative",
        }
    }
}
