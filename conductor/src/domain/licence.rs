//! What a model's licence allows, in four classes.

mod text;

use serde::{Deserialize, Serialize};

/// How open a licence is; the more open, the smaller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LicenceClass {
    /// Use it for anything: Apache, MIT, BSD, CC-BY.
    Permissive,
    /// Use it for anything; what is made of it stays open: GPL, AGPL, CC-BY-SA.
    Copyleft,
    /// Some uses, or users, are not allowed: Llama, Gemma, CC-BY-NC, OpenRAIL.
    Restricted,
    /// Nobody sees the weights.
    Proprietary,
    /// Not known.
    #[default]
    Unknown,
}

impl LicenceClass {
    /// The word for a person.
    pub fn word(self) -> &'static str {
        match self {
            Self::Permissive => "permissive",
            Self::Copyleft => "copyleft",
            Self::Restricted => "restricted",
            Self::Proprietary => "proprietary",
            Self::Unknown => "unknown",
        }
    }
}

/// A model's licence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// How open it is.
    pub class: LicenceClass,
    /// Its name, `Apache-2.0`; empty where not known.
    pub name: String,
}

impl Licence {
    /// The licence that `text` is, or that it names: the whole text, its first lines, or an SPDX identifier. Of several the
    /// least open counts. What is not known for certain is [`LicenceClass::Unknown`]; that something may be used for anything
    /// is never guessed.
    pub fn of_text(text: &str) -> Self {
        text::classify(text)
    }
}
