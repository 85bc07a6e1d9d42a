//! How those who answer are: what is known of a model or a server, as it is shown and as it is stored.
//!
//! What must stay true: a row says all that a restart needs, so that a rest goes on where it was, and with it the step of its
//! backoff.

use super::{BackendId, Failure, ModelId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who is well or is not. The order puts a backend before all models.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A server, or a provider: whether it can be reached.
    Backend(BackendId),
    /// A model of one: whether it answers.
    Model(BackendId, ModelId),
}

impl Target {
    /// The backend, or the model's.
    pub fn backend(&self) -> &BackendId {
        match self {
            Self::Backend(backend) | Self::Model(backend, _) => backend,
        }
    }

    /// The model, where it is one.
    pub fn model(&self) -> Option<&ModelId> {
        match self {
            Self::Backend(_) => None,
            Self::Model(_, model) => Some(model),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backend(backend) => backend.fmt(f),
            Self::Model(_, model) => model.fmt(f),
        }
    }
}

/// How a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Condition {
    /// Nothing failed of late.
    Healthy,
    /// Some of late failed; it is asked all the same.
    Failing {
        /// How many of those of late.
        failures: u32,
    },
    /// It failed too often, and is not asked.
    Resting {
        /// Until when, in milliseconds since 1970.
        until_ms: i64,
        /// How many failed before.
        failures: u32,
    },
    /// Its rest is over: one question, or one probe, decides.
    Trying,
}

/// One question that was answered, or was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try(
    /// When that was known, in milliseconds since 1970.
    pub i64,
    /// True for an answer.
    pub bool,
);

/// What is kept of a target beside what is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthMemory {
    /// The tries that count, the oldest first.
    pub window: Vec<Try>,
    /// How many rests it has had without an answer between them: the step of the backoff.
    pub rests: u32,
    /// Since when it has failed without an answer, in milliseconds since 1970.
    pub failing_since_ms: Option<i64>,
    /// Whether the user was alerted to this run of failures.
    pub alerted: bool,
}

/// What is known of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthRow {
    /// Who.
    pub target: Target,
    /// How it is.
    pub condition: Condition,
    /// How many in a hundred of the tries of late were answered, rounded down; `None` where there were none.
    pub success_percent: Option<u8>,
    /// How many tries there were of late.
    pub tries: u32,
    /// How many failed in a row, up to the last.
    pub consecutive_failures: u32,
    /// The last answer, in milliseconds since 1970.
    pub last_success_ms: Option<i64>,
    /// The last failure that says something about the target.
    pub last_failure: Option<Failure>,
    /// When that was, in milliseconds since 1970.
    pub last_failure_ms: Option<i64>,
    /// It goes on failing, and the user has not seen that yet.
    pub alert: bool,
    /// What else a restart needs.
    #[serde(default)]
    pub memory: HealthMemory,
}

impl HealthRow {
    /// How it is, in few words: `answers`, `2 of the last 9 failed`, `resting for 12 s after 3 failures`.
    pub fn words(&self, now_ms: i64) -> String {
        match self.condition {
            Condition::Healthy => "answers".to_owned(),
            Condition::Failing { failures: 1 } if self.tries <= 1 => "the last one failed".to_owned(),
            Condition::Failing { failures } if failures >= self.tries => format!("the last {failures} failed"),
            Condition::Failing { failures } => format!("{failures} of the last {} failed", self.tries),
            Condition::Resting { until_ms, failures } => {
                let seconds = until_ms.saturating_sub(now_ms).max(1).unsigned_abs().div_ceil(1000);
                let s = if failures == 1 { "" } else { "s" };
                format!("resting for {seconds} s after {failures} failure{s}")
            }
            Condition::Trying => "rested; the next try decides".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    fn row(condition: Condition, tries: u32) -> HealthRow {
        HealthRow {
            target: Target::Model(BackendId::ollama(), ModelId::new("qwen3:8b")),
            condition,
            success_percent: Some(66),
            tries,
            consecutive_failures: 1,
            last_success_ms: Some(5),
            last_failure: Some(Failure::new(FailureKind::Stalled, "it did not answer", "")),
            last_failure_ms: Some(7),
            alert: true,
            memory: HealthMemory { window: vec![Try(5, true), Try(7, false)], rests: 2, ..HealthMemory::default() },
        }
    }

    #[test]
    fn a_condition_is_said_in_few_words() {
        for (condition, tries, words) in [
            (Condition::Healthy, 3, "answers"),
            (Condition::Failing { failures: 1 }, 1, "the last one failed"),
            (Condition::Failing { failures: 2 }, 2, "the last 2 failed"),
            (Condition::Failing { failures: 2 }, 9, "2 of the last 9 failed"),
            (Condition::Resting { until_ms: 13_000, failures: 3 }, 3, "resting for 12 s after 3 failures"),
            (Condition::Resting { until_ms: 1_001, failures: 3 }, 3, "resting for 1 s after 3 failures"),
            (Condition::Resting { until_ms: 0, failures: 1 }, 1, "resting for 1 s after 1 failure"),
            (Condition::Resting { until_ms: i64::MIN, failures: 0 }, 0, "resting for 1 s after 0 failures"),
            (Condition::Trying, 3, "rested; the next try decides"),
        ] {
            assert_eq!(row(condition, tries).words(1_000), words, "{condition:?}");
        }
    }

    #[test]
    fn a_row_is_the_same_after_it_was_stored() {
        let conditions = [
            Condition::Healthy,
            Condition::Failing { failures: 1 },
            Condition::Resting { until_ms: 9, failures: 3 },
            Condition::Trying,
        ];
        for condition in conditions {
            let row = row(condition, 3);
            let json = serde_json::to_string(&row).unwrap();
            assert_eq!(serde_json::from_str::<HealthRow>(&json).unwrap(), row, "{json}");
        }
    }

    #[test]
    fn targets_have_names() {
        let (backend, model) = (BackendId::ollama(), ModelId::new("mistral"));
        for (target, name, of) in [
            (Target::Backend(backend.clone()), "ollama", None),
            (Target::Model(backend.clone(), model.clone()), "mistral", Some(&model)),
        ] {
            assert_eq!((target.to_string().as_str(), target.backend(), target.model()), (name, &backend, of));
        }
    }
}
