//! What went wrong, in words for a person and a kind for a program.

use super::{BackendId, ModelId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of failure it was: named by what one does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The server could not be reached.
    Unreachable,
    /// The server has no such model.
    NotFound,
    /// The server has too much to do.
    Busy,
    /// The prompt is longer than the model's window.
    TooLong,
    /// The server understood and said no; the same again gets the same answer.
    Refused,
    /// It stopped saying anything.
    Stalled,
    /// The model did not fit into memory.
    OutOfMemory,
    /// It died, or what it said could not be read.
    Broken,
    /// It said nothing at all.
    Empty,
    /// Segno itself did not let it go out.
    NotSealed,
    /// The user said no, or nothing.
    Denied,
    /// Nobody is there to ask.
    NoCandidate,
    /// The user stopped it.
    Cancelled,
    /// The database did not take it.
    Storage,
}

/// A failure as it is shown: what happened, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// Who failed, where it was a model.
    pub model: Option<ModelId>,
    /// Whose it is.
    pub backend: Option<BackendId>,
    /// What happened, to what: one sentence without a full stop at the end, lower case at the start.
    pub what: String,
    /// What to do next; empty where there is nothing to say.
    pub hint: String,
}

impl Failure {
    /// A failure of no model in particular.
    pub fn new(kind: FailureKind, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, model: None, backend: None, what: what.into(), hint: hint.into() }
    }

    /// The same, of `model`.
    #[must_use]
    pub fn of(mut self, backend: &BackendId, model: &ModelId) -> Self {
        self.backend = Some(backend.clone());
        self.model = Some(model.clone());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}
