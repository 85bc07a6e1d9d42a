//! What a playbook is about: a kind of task, a family of models, and maybe a narrower subject.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Names a playbook: `math-qwen`, or `math-qwen-multiplication`. Its parts are stored apart, since each may hold a hyphen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlaybookKey {
    /// The kind of task: `code`, `math`, ... or a word of the user's.
    pub base: String,
    /// The family of models: `qwen`, `llama`.
    pub family: String,
    /// A narrower subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
}

/// Why a name is none of a playbook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A part is empty, or holds what a name does not.
    #[error("{part} {text:?} is no name: use small letters, digits, `_`, `.` and `-`, 1 to 40 of them")]
    NoName {
        /// Which part.
        part: &'static str,
        /// As it was given.
        text: String,
    },
    /// The parts cannot be told apart.
    #[error("{text:?} could be split in more than one way: give --base, --family and --sub")]
    Ambiguous {
        /// As it was given.
        text: String,
    },
    /// No part is a known family.
    #[error("{text:?} names no known family of models: give --base, --family and --sub")]
    NoFamily {
        /// As it was given.
        text: String,
    },
}

/// The longest part, in characters.
const LONGEST: usize = 40;

impl PlaybookKey {
    /// The playbook of these parts.
    ///
    /// # Errors
    /// `NoName` where a part is empty, too long, or holds anything but small letters, digits, `_`, `.` and `-`, or begins or ends with
    /// `-`.
    pub fn new(base: &str, family: &str, sub: Option<&str>) -> Result<Self, KeyError> {
        let part = |part: &'static str, text: &str| {
            let plain = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '-'));
            let whole = !text.is_empty() && text.len() <= LONGEST && !text.starts_with('-') && !text.ends_with('-');
            if plain && whole { Ok(text.to_owned()) } else { Err(KeyError::NoName { part, text: text.to_owned() }) }
        };
        let sub = sub.map(|sub| part("subject", sub)).transpose()?;
        Ok(Self { base: part("kind of task", base)?, family: part("family", family)?, sub })
    }
}

impl fmt::Display for PlaybookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.base, self.family)?;
        self.sub.as_ref().map_or(Ok(()), |sub| write!(f, "-{sub}"))
    }
}
