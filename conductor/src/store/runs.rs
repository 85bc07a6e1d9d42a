//! Trainings: what came of each sample, what they did to their playbook, and where they stand.
//!
//! What must stay true: a run that goes on writes over what came after its last checkpoint; the user's playbook is in other tables,
//! and changes by [`change_playbook`](super::Store::change_playbook) alone.

use super::error::Trouble;
use super::rows::{self, Json};
use crate::ace::adapt::{Checkpoint, Output, Part};
use crate::ace::environment::Outcome;
use crate::domain::{Delta, Digest, PlaybookKey, TrainPlan};
use rusqlite::{Connection, TransactionBehavior, params};

/// A training that begins.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// What is wanted of it.
    pub plan: TrainPlan,
    /// The sum over its samples.
    pub samples: Digest,
    /// Milliseconds since 1970-01-01 UTC.
    pub begun_ms: i64,
}

/// An answer of a run, with what the call for it took.
#[derive(Debug, Clone)]
pub struct RunOutput {
    /// The answer.
    pub output: Output,
    /// Tokens of the request, where they are known.
    pub prompt_tokens: Option<u32>,
    /// Tokens of the answer, where they are known.
    pub answer_tokens: Option<u32>,
    /// Milliseconds in all.
    pub total_ms: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
}

/// See [`super::Store::begin_run`].
pub(super) fn begin(conn: &Connection, new: &NewRun) -> Result<i64, Trouble> {
    let NewRun { plan, samples, begun_ms } = new;
    let sql = "INSERT INTO runs (playbook_id, begun_ms, settings, samples)
        VALUES ((SELECT id FROM playbooks WHERE base = ?1 AND family = ?2 AND sub = ?3), ?4, ?5, ?6)";
    let PlaybookKey { base, family, sub } = &plan.key;
    let row = params![base, family, sub.as_deref().unwrap_or_default(), begun_ms, Json(plan), samples.bytes()];
    Ok(conn.prepare_cached(sql)?.insert(row)?)
}

/// See [`super::Store::unfinished_run`].
pub(super) fn unfinished(conn: &Connection, key: &PlaybookKey) -> Result<Option<(i64, TrainPlan, Digest, Checkpoint)>, Trouble> {
    let sql = "SELECT id, settings, samples, checkpoint, result IS NOT NULL FROM runs WHERE samples IS NOT NULL ORDER BY id DESC";
    let mut statement = conn.prepare_cached(sql)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        // What another version wrote in another form cannot go on.
        let Ok(Json(plan)) = row.get::<_, Json<TrainPlan>>(1) else { continue };
        if plan.key != *key {
            continue;
        }
        // Once a later one came to its end, the playbook is another.
        if row.get(4)? {
            return Ok(None);
        }
        if let Ok(Json(checkpoint)) = row.get::<_, Json<Checkpoint>>(3) {
            return Ok(Some((row.get(0)?, plan, Digest::from_bytes(row.get(2)?), checkpoint)));
        }
    }
    Ok(None)
}

/// An answer of a run as far as it measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Of which part it is.
    pub part: Part,
    /// Counted from 1; 0 before the first.
    pub epoch: u32,
    /// 0 for the first answer to the sample, else the round of refinement.
    pub round: u32,
    /// The sample.
    pub sample: String,
    /// Nothing came that could be read.
    pub lost: bool,
    /// Whether it was right; `None` where nobody can tell.
    pub right: Option<bool>,
}

/// See [`super::Store::run_measured`].
pub(super) fn measured(conn: &Connection, run: i64, first: u64) -> Result<Vec<Measured>, Trouble> {
    let sql = "SELECT part, epoch, round, sample, answer = '', outcome FROM outputs WHERE run_id = ?1 AND n <= ?2 ORDER BY n";
    let mut statement = conn.prepare_cached(sql)?;
    let found = statement.query_map(params![run, rows::signed(first)], |row| {
        let (part, outcome): (String, String) = (row.get(0)?, row.get(5)?);
        let right = match outcome.as_str() {
            "correct" => Some(true),
            "wrong" => Some(false),
            _ => None,
        };
        Ok(Measured {
            part: match part.as_str() {
                "validation" => Part::Validation,
                "bare" => Part::Bare,
                _ => Part::Train,
            },
            epoch: row.get(1)?,
            round: row.get(2)?,
            sample: row.get(3)?,
            lost: row.get::<_, bool>(4)? && right.is_none(),
            right,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// See [`super::Store::note_output`].
pub(super) fn output(conn: &Connection, run: i64, row: &RunOutput) -> Result<(), Trouble> {
    let RunOutput { output, prompt_tokens, answer_tokens, total_ms, at_ms } = row;
    let (part, arm) = match output.part {
        Part::Train => ("train", "book"),
        Part::Validation => ("validation", "book"),
        Part::Bare => ("bare", "bare"),
    };
    let outcome = match output.verdict.as_ref().map(|verdict| verdict.outcome) {
        Some(Outcome::Correct) => "correct",
        Some(Outcome::Wrong) => "wrong",
        Some(Outcome::Unknown) | None => "unknown",
    };
    let feedback = output.verdict.as_ref().map(|verdict| verdict.feedback.as_str()).or(output.lost.as_deref());
    let sql =
        "INSERT INTO outputs (run_id, sample, epoch, arm, answer, trace, outcome, shown, cited, prompt_tokens, answer_tokens,
            total_ms, at_ms, n, part, round, feedback, confidence)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    conn.prepare_cached(sql)?.execute(params![
        run,
        output.sample,
        output.epoch,
        arm,
        output.answer.as_deref().unwrap_or_default(),
        output.trace,
        outcome,
        Json(&output.shown),
        Json(&output.cited),
        prompt_tokens,
        answer_tokens,
        rows::signed(*total_ms),
        at_ms,
        rows::signed(output.n),
        part,
        output.round,
        feedback.unwrap_or_default(),
        output.confidence.map(|sure| f64::from(sure.0) / 1000.0),
    ])?;
    Ok(())
}

/// See [`super::Store::note_run_delta`].
pub(super) fn delta(conn: &Connection, run: i64, n: u64, delta: &Delta) -> Result<(), Trouble> {
    let sql = "INSERT OR REPLACE INTO run_deltas (run_id, n, delta) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![run, rows::signed(n), Json(delta)])?;
    Ok(())
}

/// See [`super::Store::keep_checkpoint`].
pub(super) fn checkpoint(conn: &Connection, run: i64, text: &str) -> Result<(), Trouble> {
    conn.prepare_cached("UPDATE runs SET checkpoint = ?2 WHERE id = ?1")?.execute(params![run, text])?;
    Ok(())
}

/// See [`super::Store::rewind_run`].
pub(super) fn rewind(conn: &mut Connection, run: i64, outputs: u64, deltas: u64) -> Result<(), Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.prepare_cached("DELETE FROM outputs WHERE run_id = ?1 AND n > ?2")?.execute(params![run, rows::signed(outputs)])?;
    tx.prepare_cached("DELETE FROM run_deltas WHERE run_id = ?1 AND n > ?2")?.execute(params![run, rows::signed(deltas)])?;
    tx.commit()?;
    Ok(())
}

/// See [`super::Store::run_deltas`].
pub(super) fn deltas(conn: &Connection, run: i64, first: u64) -> Result<Vec<Delta>, Trouble> {
    let sql = "SELECT delta FROM run_deltas WHERE run_id = ?1 AND n <= ?2 ORDER BY n";
    let mut statement = conn.prepare_cached(sql)?;
    let found = statement.query_map(params![run, rows::signed(first)], |row| row.get(0).map(|Json(delta)| delta))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// See [`super::Store::end_run`]. What a run did is in the playbook's own history from then on, or nowhere.
pub(super) fn end(conn: &mut Connection, run: i64, result: &str) -> Result<(), Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.prepare_cached("UPDATE runs SET result = ?2, checkpoint = NULL WHERE id = ?1")?.execute(params![run, result])?;
    tx.prepare_cached("DELETE FROM run_deltas WHERE run_id = ?1")?.execute([run])?;
    tx.commit()?;
    Ok(())
}
