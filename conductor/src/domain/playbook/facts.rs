//! What is noted of a playbook beside its bullets.

use super::key::PlaybookKey;
use crate::domain::Milli;
use serde::{Deserialize, Serialize};

/// What is noted of a playbook beside its bullets. Its gates are in the configuration: rows of `[[playbooks]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainConfig {
    /// Which.
    pub key: PlaybookKey,
    /// The model that it was trained with.
    #[serde(default)]
    pub model: Option<String>,
    /// How many problems it was trained on.
    #[serde(default)]
    pub problems: u32,
    /// How many times over.
    #[serde(default)]
    pub epochs: u32,
    /// The share of right answers in the validation of the training that was kept last, from 0 to 1.
    #[serde(default)]
    pub accuracy: Option<Milli>,
    /// Models that it was tried with.
    #[serde(default)]
    pub transfers: Vec<Transfer>,
}

impl DomainConfig {
    /// Of `key`, nothing noted yet.
    pub fn new(key: PlaybookKey) -> Self {
        Self { key, model: None, problems: 0, epochs: 0, accuracy: None, transfers: Vec::new() }
    }
}

/// A playbook was tried with a model, on the same problems with it and without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The model.
    pub model: String,
    /// How many problems.
    pub problems: u32,
    /// The share of right answers without it, from 0 to 1.
    pub without: Milli,
    /// The share of right answers with it, from 0 to 1.
    pub with: Milli,
    /// The lower end of the interval of 95 in a hundred for the difference.
    pub low: Milli,
    /// The upper end.
    pub high: Milli,
    /// Milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
}
