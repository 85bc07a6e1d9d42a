//! What is said of how models and servers do.

use super::{Names, ago};
use crate::sanitise::clean_line;
use conductor::domain::{Condition, HealthRow, Model, QuotaState, Target};
use conductor::protocol::ModelsSnapshot;

/// How a model does, where it does not do well; its server's trouble is its own.
pub fn trouble<'a>(snapshot: &'a ModelsSnapshot, model: &Model) -> Option<&'a HealthRow> {
    let rows = snapshot.health.iter().filter(|row| row.condition != Condition::Healthy);
    let of_it = rows.filter(|row| row.target.backend() == &model.backend);
    of_it.filter(|row| row.target.model().is_none_or(|id| *id == model.id)).max_by_key(|row| row.target.model().is_some())
}

/// How a target does, why, and when it did well last: `3 of the last 4 failed: it did not answer in 30 s; answered 5 min ago`.
pub fn health(row: &HealthRow, now_ms: i64) -> String {
    let mut text = row.words(now_ms);
    if let Some(failure) = &row.last_failure {
        text.push_str(&format!(": {}", clean_line(&failure.what)));
    }
    match row.last_success_ms {
        Some(then) => text.push_str(&format!("; answered {}", ago(now_ms, then))),
        None => text.push_str("; never answered"),
    }
    text
}

/// Those of whom the user should know, and does not yet: `qwen3:8b goes on failing`.
pub fn alert(snapshot: &ModelsSnapshot, names: &Names) -> Option<String> {
    let called: Vec<String> = snapshot.health.iter().filter(|row| row.alert).map(|row| target(&row.target, names)).collect();
    match called.as_slice() {
        [] => None,
        [one] => Some(format!("{one} goes on failing")),
        [one, rest @ ..] => Some(format!("{one} and {} more go on failing", rest.len())),
    }
}

/// What a server or a model is called.
pub fn target(target: &Target, names: &Names) -> String {
    match target {
        Target::Backend(backend) => clean_line(backend.as_str()).into_owned(),
        Target::Model(_, model) => names.model(model),
    }
}

/// How much of a quota is used: `83% of 100000 tokens a day`.
pub fn quota(state: &QuotaState) -> String {
    format!("{}% of {} a day", state.percent, state.most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::{BackendId, Failure, FailureKind, HealthMemory, ModelId};

    fn row(condition: Condition, last: Option<i64>) -> HealthRow {
        HealthRow {
            target: Target::Model(BackendId::ollama(), ModelId::new("m:1")),
            condition,
            success_percent: Some(50),
            tries: 4,
            consecutive_failures: 2,
            last_success_ms: last,
            last_failure: Some(Failure::new(FailureKind::Stalled, "m:1 did not answer in 30 s", "")),
            last_failure_ms: Some(0),
            alert: false,
            memory: HealthMemory::default(),
        }
    }

    #[test]
    fn how_a_model_does() {
        for (row, want) in [
            (
                row(Condition::Failing { failures: 2 }, Some(0)),
                "2 of the last 4 failed: m:1 did not answer in 30 s; answered 5 min ago",
            ),
            (
                row(Condition::Resting { until_ms: 303_000, failures: 3 }, None),
                "resting for 3 s after 3 failures: m:1 did not answer in 30 s; never answered",
            ),
        ] {
            assert_eq!(health(&row, 300_000), want);
        }
    }
}
