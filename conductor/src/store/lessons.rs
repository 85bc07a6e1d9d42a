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
    // One that is not stored, or nobody answered, has nothing to be learnt from.
    let answered = "SELECT 1 FROM messages WHERE id = ?1 AND role = 'assistant' AND model IS NOT NULL";
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

fn queue_in(conn: &Connection, message: MessageId, at_ms: i64) -> Result<(), Trouble> {
    conn.prepare_cached("INSERT OR REPLACE INTO lessons (message_id, queued_ms) VALUES (?1, ?2)")?
        .execute(params![message.0, at_ms])?;
    Ok(())
}

/// See [`super::Store::next_lesson`].
pub(super) fn next(conn: &Connection, now_ms: i64) -> Result<Option<Lesson>, Trouble> {
    let sql = "SELECT l.message_id, l.tries, m.conversation_id, q.spans, m.text, f.rating,
            m.model, m.family, m.backend, m.location, m.class, m.reason, m.decision
        FROM lessons l
        JOIN messages m ON m.id = l.message_id
        JOIN messages q ON q.conversation_id = m.conversation_id AND q.seq = m.seq - 1
        LEFT JOIN feedback f ON f.message_id = l.message_id
        WHERE l.state = 'waits' AND l.not_before_ms <= ?1 AND m.model IS NOT NULL
        ORDER BY l.queued_ms, l.message_id LIMIT 1";
    let found = conn.prepare_cached(sql)?.query_row([now_ms], lesson).optional()?;
    Ok(found.flatten())
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
        signature,
        rating: rating.map(|Json(rating)| rating),
        shown: rows::decision(row).and_then(|decision| decision.shown),
        tries: row.get("tries")?,
    }))
}

/// See [`super::Store::lesson_ended`].
pub(super) fn ended(conn: &Connection, message: MessageId, failed: Option<&str>) -> Result<(), Trouble> {
    let state = if failed.is_some() { "failed" } else { "done" };
    conn.prepare_cached("UPDATE lessons SET state = ?2, why = ?3, tries = tries + 1 WHERE message_id = ?1")?.execute(params![
        message.0,
        state,
        failed.unwrap_or_default()
    ])?;
    Ok(())
}

/// See [`super::Store::lesson_waits`].
pub(super) fn waits(conn: &Connection, message: MessageId, not_before_ms: i64) -> Result<(), Trouble> {
    conn.prepare_cached("UPDATE lessons SET tries = tries + 1, not_before_ms = ?2 WHERE message_id = ?1 AND state = 'waits'")?
        .execute(params![message.0, not_before_ms])?;
    Ok(())
}

/// See [`super::Store::lesson_counts`].
pub(super) fn counts(conn: &Connection) -> Result<LessonCounts, Trouble> {
    let sql = "SELECT count(*) FILTER (WHERE state = 'waits'), count(*) FILTER (WHERE state = 'done'),
        count(*) FILTER (WHERE state = 'failed') FROM lessons";
    Ok(conn.query_row(sql, [], |row| Ok(LessonCounts { waiting: row.get(0)?, done: row.get(1)?, failed: row.get(2)? }))?)
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
