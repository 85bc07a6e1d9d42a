//! What the user said of answers, and the answers that wait to be learnt from.
//!
//! What must stay true: the words of a message stay in its own row; what waits outlives the process.

use super::error::Trouble;
use super::rows::{self, Json};
use crate::domain::{ConversationId, Lesson, LessonCounts, MessageId, Rating};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

/// What a call of a role was, for whoever asks later why something was learnt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleCall {
    /// Milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// `generator`, `reflector` or `curator`.
    pub role: &'static str,
    /// Who was asked.
    pub model: String,
    /// The version of the words that it was asked with.
    pub template: String,
    /// What for: `m` and the number of an answer, or `s`, the number of a run and the name of a sample.
    pub source: String,
    /// Tokens of the request, where they are known.
    pub prompt_tokens: Option<u32>,
    /// Tokens of the answer, where they are known.
    pub answer_tokens: Option<u32>,
    /// Milliseconds in all.
    pub total_ms: u64,
    /// `value`, or what was wrong with the answer.
    pub verdict: String,
    /// The answer word by word, where it could not be read.
    pub raw: Option<String>,
}

/// See [`super::Store::rate`]. What is said later takes the place of what was said before, but a sign never that of a word.
pub(super) fn rate(conn: &mut Connection, message: MessageId, rating: &Rating, at_ms: i64) -> Result<bool, Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "SELECT rating FROM feedback WHERE message_id = ?1";
    let before = tx.prepare_cached(sql)?.query_row([message.0], |row| row.get::<_, Json<Rating>>(0)).optional()?;
    if before.is_some_and(|Json(before)| before == *rating || rating.is_weak() && !before.is_weak()) {
        return Ok(false);
    }
    // One that is not stored, nobody answered, or a file brought along, has nothing to be learnt from.
    let answered = "SELECT 1 FROM messages WHERE id = ?1 AND role = 'assistant' AND model IS NOT NULL AND imported = 0";
    if !tx.prepare_cached(answered)?.exists([message.0])? {
        return Ok(false);
    }
    let sql = "INSERT OR REPLACE INTO feedback (message_id, rating, at_ms) VALUES (?1, ?2, ?3)";
    tx.prepare_cached(sql)?.execute(params![message.0, Json(rating), at_ms])?;
    queue_in(&tx, message, at_ms)?;
    tx.commit()?;
    Ok(true)
}

/// See [`super::Store::queue_lesson`].
pub(super) fn queue(conn: &Connection, message: MessageId, at_ms: i64) -> Result<(), Trouble> {
    queue_in(conn, message, at_ms)
}

/// What a file brought along waits for nothing, nor does an answer to a question that it brought along.
fn queue_in(conn: &Connection, message: MessageId, at_ms: i64) -> Result<(), Trouble> {
    let sql = "INSERT OR REPLACE INTO lessons (message_id, queued_ms) SELECT m.id, ?2
        FROM messages m LEFT JOIN messages q ON q.id = m.parent WHERE m.id = ?1 AND m.imported = 0 AND q.imported IS NOT 1";
    conn.prepare_cached(sql)?.execute(params![message.0, at_ms])?;
    Ok(())
}

/// An answer that was claimed so often, and of which nothing came, is given up: it may be what ends whoever learns from it.
const MOST_TRIES: u32 = 8;

/// See [`super::Store::claim_lesson`].
pub(super) fn claim(conn: &mut Connection, now_ms: i64, until_ms: i64) -> Result<Option<Lesson>, Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let first = "SELECT message_id, tries FROM lessons
        WHERE state = 'waits' AND not_before_ms <= ?1 ORDER BY queued_ms, message_id LIMIT 1";
    let give_up = "UPDATE lessons SET state = 'failed', why = ?2 WHERE message_id = ?1";
    let mut claimed = None;
    while claimed.is_none() {
        let found = tx.prepare_cached(first)?.query_row([now_ms], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((message, tries)): Option<(i64, u32)> = found else { break };
        let lesson = if tries < MOST_TRIES { read(&tx, message)? } else { None };
        match lesson {
            Some(lesson) => claimed = Some(Lesson { claimed_until_ms: until_ms, ..lesson }),
            None => _ = tx.prepare_cached(give_up)?.execute(params![message, "it cannot be learnt from"])?,
        }
    }
    if let Some(lesson) = &claimed {
        tx.prepare_cached("UPDATE lessons SET not_before_ms = ?2, tries = tries + 1 WHERE message_id = ?1")?
            .execute(params![lesson.message.0, until_ms])?;
    }
    tx.commit()?;
    Ok(claimed)
}

/// The rows that are still as whoever claimed them left them: what the user said since begins anew.
const CLAIMED: &str = "WHERE message_id = ?1 AND state = 'waits' AND not_before_ms = ?2";

/// See [`super::Store::free_lesson`].
pub(super) fn free(conn: &Connection, claim: (MessageId, i64)) -> Result<(), Trouble> {
    let sql = format!("UPDATE lessons SET not_before_ms = 0, tries = max(tries - 1, 0) {CLAIMED}");
    conn.prepare_cached(&sql)?.execute(params![claim.0.0, claim.1])?;
    Ok(())
}

/// The answer `message` with its question; `None` where one of them is gone, came from a file, or was written by a Segno that wrote in
/// another way.
fn read(conn: &Connection, message: i64) -> Result<Option<Lesson>, Trouble> {
    let sql = "SELECT l.message_id, l.tries, m.conversation_id, q.spans, m.text, f.rating,
            m.model, m.family, m.backend, m.location, m.class, m.reason, m.decision, c.domain
        FROM lessons l
        JOIN messages m ON m.id = l.message_id
        JOIN messages q ON q.id = m.parent AND q.role = 'user'
        JOIN conversations c ON c.id = m.conversation_id
        LEFT JOIN feedback f ON f.message_id = l.message_id
        WHERE l.message_id = ?1 AND m.model IS NOT NULL AND m.imported = 0 AND q.imported = 0";
    match conn.prepare_cached(sql)?.query_row([message], lesson).optional() {
        Ok(found) => Ok(found.flatten()),
        Err(rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn lesson(row: &Row<'_>) -> rusqlite::Result<Option<Lesson>> {
    let Some(signature) = rows::signature(row)? else { return Ok(None) };
    let Json(question) = row.get("spans")?;
    let rating: Option<Json<Rating>> = row.get("rating")?;
    Ok(Some(Lesson {
        message: MessageId(row.get("message_id")?),
        conversation: ConversationId(row.get("conversation_id")?),
        question,
        answer: row.get("text")?,
        domain: rows::domain(row)?,
        signature,
        rating: rating.map(|Json(rating)| rating),
        shown: rows::decision(row).and_then(|decision| decision.shown),
        tries: row.get("tries")?,
        claimed_until_ms: 0,
    }))
}

/// See [`super::Store::lesson_ended`].
pub(super) fn ended(conn: &Connection, claim: (MessageId, i64), failed: Option<&str>) -> Result<(), Trouble> {
    let state = if failed.is_some() { "failed" } else { "done" };
    let sql = format!("UPDATE lessons SET state = ?3, why = ?4 {CLAIMED}");
    conn.prepare_cached(&sql)?.execute(params![claim.0.0, claim.1, state, failed.unwrap_or_default()])?;
    Ok(())
}

/// See [`super::Store::lesson_waits`].
pub(super) fn waits(conn: &Connection, claim: (MessageId, i64), not_before_ms: i64) -> Result<(), Trouble> {
    let sql = format!("UPDATE lessons SET not_before_ms = ?3 {CLAIMED}");
    conn.prepare_cached(&sql)?.execute(params![claim.0.0, claim.1, not_before_ms])?;
    Ok(())
}

/// See [`super::Store::lesson_counts`].
pub(super) fn counts(conn: &Connection) -> Result<LessonCounts, Trouble> {
    let sql = "SELECT count(*) FILTER (WHERE state = 'waits'), count(*) FILTER (WHERE state = 'done'),
        count(*) FILTER (WHERE state = 'failed'), min(not_before_ms) FILTER (WHERE state = 'waits') FROM lessons";
    let counts =
        |row: &Row<'_>| Ok(LessonCounts { waiting: row.get(0)?, done: row.get(1)?, failed: row.get(2)?, next_ms: row.get(3)? });
    Ok(conn.query_row(sql, [], counts)?)
}

/// See [`super::Store::note_role`].
pub(super) fn note_role(conn: &mut Connection, call: &RoleCall) -> Result<(), Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let RoleCall { at_ms, role, model, template, source, prompt_tokens, answer_tokens, total_ms, verdict, raw } = call;
    let sql = "INSERT INTO role_calls (at_ms, role, model, template, source, prompt_tokens, answer_tokens, total_ms, verdict)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let total_ms = rows::signed(*total_ms);
    let row = params![at_ms, role, model, template, source, prompt_tokens, answer_tokens, total_ms, verdict];
    tx.prepare_cached(sql)?.execute(row)?;
    if let Some(raw) = raw {
        let sql = "INSERT INTO role_failures (at_ms, role, model, why, raw) VALUES (?1, ?2, ?3, ?4, ?5)";
        tx.prepare_cached(sql)?.execute(params![at_ms, role, model, verdict, raw])?;
    }
    tx.commit()?;
    Ok(())
}
