//! What was measured of models: averages of late, and counts by class.

use super::error::Trouble;
use super::rows::{Word, signed};
use crate::domain::{ClassRecord, Measurements, Milli, ModelId, TaskClass};
use rusqlite::{Connection, TransactionBehavior, params};

/// Something that was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Of whom.
    pub model: ModelId,
    /// At what.
    pub class: TaskClass,
    /// An answer came whole.
    pub answered: bool,
    /// Milliseconds to the first token, where the model was in memory before.
    pub first_token_ms: Option<u64>,
    /// Tokens a second.
    pub tokens_per_second: Option<Milli>,
    /// Whether its first token came later than its budget of time, where the model was in memory before.
    pub late: Option<bool>,
    /// What the user said of it: good, or not.
    pub rating: Option<bool>,
}

/// See [`super::Store::measure`]. A new value counts a fifth, so that a model's figures follow the machine within some answers.
pub(super) fn add(conn: &mut Connection, measure: &Measure) -> Result<(), Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if measure.first_token_ms.is_some() || measure.tokens_per_second.is_some() || measure.late.is_some() {
        tx.prepare_cached(
            "INSERT INTO measured_models (model, first_token_ms, tokens_per_second, timed, late) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (model) DO UPDATE SET timed = timed + excluded.timed, late = late + excluded.late,
                first_token_ms = coalesce((first_token_ms * 4 + excluded.first_token_ms) / 5, excluded.first_token_ms, first_token_ms),
                tokens_per_second = coalesce((tokens_per_second * 4 + excluded.tokens_per_second) / 5,
                    excluded.tokens_per_second, tokens_per_second)",
        )?
        .execute(params![
            measure.model.as_str(),
            measure.first_token_ms.map(signed),
            measure.tokens_per_second.map(|speed| i64::from(speed.0.max(0))),
            measure.late.is_some(),
            measure.late == Some(true)
        ])?;
    }
    let (good, bad) = (measure.rating == Some(true), measure.rating == Some(false));
    if measure.answered || good || bad {
        tx.prepare_cached(
            "INSERT INTO measured_classes (model, class, answers, good, bad) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (model, class) DO UPDATE SET
                answers = answers + excluded.answers, good = good + excluded.good, bad = bad + excluded.bad",
        )?
        .execute(params![measure.model.as_str(), Word(measure.class), measure.answered, good, bad])?;
    }
    tx.commit()?;
    Ok(())
}

/// See [`super::Store::measurements`].
pub(super) fn all(conn: &Connection) -> Result<Measurements, Trouble> {
    let mut found = Measurements::new();
    let mut models = conn.prepare_cached("SELECT model, first_token_ms, tokens_per_second, timed, late FROM measured_models")?;
    let mut rows = models.query([])?;
    while let Some(row) = rows.next()? {
        let measured = found.entry(ModelId::new(&row.get::<_, String>(0)?)).or_default();
        measured.first_token_ms = row.get::<_, Option<i64>>(1)?.and_then(|ms| u64::try_from(ms).ok());
        let speed: Option<i64> = row.get(2)?;
        measured.tokens_per_second = speed.map(|speed| Milli(i32::try_from(speed).unwrap_or(i32::MAX)));
        (measured.timed, measured.late) = (row.get(3)?, row.get(4)?);
    }
    let mut classes = conn.prepare_cached("SELECT model, class, answers, good, bad, evaluated, solved FROM measured_classes")?;
    let mut rows = classes.query([])?;
    while let Some(row) = rows.next()? {
        let Word(class): Word<TaskClass> = row.get(1)?;
        let record = ClassRecord {
            answers: row.get(2)?,
            good: row.get(3)?,
            bad: row.get(4)?,
            evaluated: row.get(5)?,
            solved: row.get(6)?,
        };
        found.entry(ModelId::new(&row.get::<_, String>(0)?)).or_default().classes.insert(class, record);
    }
    Ok(found)
}
