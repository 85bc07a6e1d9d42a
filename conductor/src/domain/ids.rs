//! Names of things. Newtypes, so that a conversation's number is never taken for a message's.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Chosen by the front end for each command; the events that answer the command carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub u64);

/// A stored conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationId(pub i64);

/// A stored message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub i64);

/// Which backend answers: `ollama`, `guide`, the name of another Ollama host or of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BackendId(String);

impl BackendId {
    /// How the Ollama server of `ollama.host` is called.
    pub const OLLAMA: &'static str = "ollama";

    /// The backend named `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The Ollama server of `ollama.host`.
    pub fn ollama() -> Self {
        Self::new(Self::OLLAMA)
    }

    /// The guide that is built in.
    pub fn guide() -> Self {
        Self(GUIDE.to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BackendId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A model's name as its backend knows it, with the tag written out: `llama3.1:8b`, `mistral:latest`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ModelId(String);

/// The name by which the built-in guide can be chosen. No tag: it is no model, and a model of a server has one.
const GUIDE: &str = "guide";

impl ModelId {
    /// Trims `name` and adds the tag `latest` where none is given, as Ollama does; so that `mistral` and
    /// `mistral:latest` are one model. The tag is what follows the last `:` after the last `/`.
    pub fn new(name: &str) -> Self {
        let name = name.trim();
        let last = name.rsplit('/').next().unwrap_or(name);
        if last.contains(':') || name.is_empty() || name == GUIDE {
            Self(name.to_owned())
        } else {
            Self(format!("{name}:latest"))
        }
    }

    /// The built-in guide's.
    pub fn guide() -> Self {
        Self(GUIDE.to_owned())
    }

    /// True for the built-in guide's.
    pub fn is_guide(&self) -> bool {
        self.0 == GUIDE
    }

    /// The full name, tag included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as a person writes it: without `:latest`.
    pub fn short(&self) -> &str {
        self.0.strip_suffix(":latest").unwrap_or(&self.0)
    }
}

impl<'de> Deserialize<'de> for ModelId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::new(&name))
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tag_is_latest() {
        for (given, full, short) in [
            ("mistral", "mistral:latest", "mistral"),
            (" mistral:latest ", "mistral:latest", "mistral"),
            ("llama3.1:8b", "llama3.1:8b", "llama3.1:8b"),
            ("host:5000/team/model", "host:5000/team/model:latest", "host:5000/team/model"),
            ("hf.co/a/b:Q4_K_M", "hf.co/a/b:Q4_K_M", "hf.co/a/b:Q4_K_M"),
            ("", "", ""),
        ] {
            let id = ModelId::new(given);
            assert_eq!((id.as_str(), id.short()), (full, short), "{given:?}");
        }
    }
}
