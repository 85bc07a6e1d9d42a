//! What is being written and was not sent, and what was asked before: what a composer needs.
//!
//! What must stay true: one draft a conversation at most, and one for the conversation that is not begun yet.

use super::error::Trouble;
use super::rows::Json;
use crate::domain::{ConversationId, Prompt};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::collections::HashSet;

/// See [`super::Store::draft`].
pub(super) fn get(conn: &Connection, of: Option<ConversationId>) -> Result<Option<String>, Trouble> {
    let sql = "SELECT text FROM drafts WHERE coalesce(conversation_id, 0) = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([of.map_or(0, |id| id.0)], |row| row.get(0)).optional()?)
}

/// See [`super::Store::keep_draft`].
pub(super) fn keep(conn: &mut Connection, of: Option<ConversationId>, text: &str, now_ms: i64) -> Result<(), Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "DELETE FROM drafts WHERE coalesce(conversation_id, 0) = ?1";
    tx.prepare_cached(sql)?.execute([of.map_or(0, |id| id.0)])?;
    if !text.is_empty() {
        // One that was purged meanwhile has no draft any more.
        let sql = "INSERT INTO drafts (conversation_id, text, at_ms)
            SELECT ?1, ?2, ?3 WHERE ?1 IS NULL OR EXISTS (SELECT 1 FROM conversations WHERE id = ?1)";
        tx.prepare_cached(sql)?.execute(params![of.map(|id| id.0), text, now_ms])?;
    }
    tx.commit()?;
    Ok(())
}

/// See [`super::Store::prompts`]. What a file brought along was not asked here.
pub(super) fn prompts(conn: &Connection, limit: usize, bytes: usize) -> Result<Vec<String>, Trouble> {
    let sql = "SELECT m.spans FROM messages m JOIN conversations c ON c.id = m.conversation_id
        WHERE m.role = 'user' AND m.imported = 0 AND c.deleted_ms IS NULL ORDER BY m.id DESC";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let (mut seen, mut found, mut taken) = (HashSet::new(), Vec::new(), 0);
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        // What a later Segno wrote in another form is left out.
        let Ok(Json(prompt)) = row.get::<_, Json<Prompt>>(0) else { continue };
        let typed = prompt.typed_text();
        if typed.trim().is_empty() || !seen.insert(typed.clone()) {
            continue;
        }
        taken += typed.len();
        if taken > bytes {
            break;
        }
        found.push(typed);
    }
    Ok(found)
}
