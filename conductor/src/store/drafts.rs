//! What is being written and was not sent.
//!
//! What must stay true: one draft a conversation and window at most, and one for the conversation that is not begun yet; a draft of a
//! window that is open shows in no other.

use super::error::Trouble;
use super::window::Window;
use super::worker::Database;
use crate::domain::ConversationId;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// See [`super::Store::draft`].
pub(super) fn get(db: &mut Database, of: Option<ConversationId>) -> Result<Option<String>, Trouble> {
    let first = db.window.is_none();
    let here = window(db);
    let sql = "SELECT text FROM drafts WHERE coalesce(conversation_id, 0) = ?1 AND window = ?2";
    let own = db.conn.prepare_cached(sql)?.query_row(params![key(of), here], |row| row.get(0)).optional()?;
    // What another window left of a conversation that is not begun yet shows when one opens, and not in the middle of it.
    if own.is_some() || of.is_none() && !first { Ok(own) } else { inherit(db, of, here) }
}

/// See [`super::Store::keep_draft`].
pub(super) fn keep(db: &mut Database, of: Option<ConversationId>, text: &str, now_ms: i64) -> Result<(), Trouble> {
    let here = window(db);
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "DELETE FROM drafts WHERE coalesce(conversation_id, 0) = ?1 AND window = ?2";
    tx.prepare_cached(sql)?.execute(params![key(of), here])?;
    if !text.is_empty() {
        // One that was purged meanwhile has no draft any more.
        let sql = "INSERT INTO drafts (conversation_id, text, at_ms, window)
            SELECT ?1, ?2, ?3, ?4 WHERE ?1 IS NULL OR EXISTS (SELECT 1 FROM conversations WHERE id = ?1)";
        tx.prepare_cached(sql)?.execute(params![of.map(|id| id.0), text, now_ms, here])?;
    }
    tx.commit()?;
    Ok(())
}

/// Takes over the newest draft of `of` that a window left which is open no more.
fn inherit(db: &Database, of: Option<ConversationId>, here: i64) -> Result<Option<String>, Trouble> {
    for from in left(&db.conn, of)? {
        // Nobody opens it while its draft is moved.
        let Some(from) = Window::free(&db.path, from) else { continue };
        let sql = "UPDATE drafts SET window = ?1 WHERE coalesce(conversation_id, 0) = ?2 AND window = ?3 RETURNING text";
        let mut moved = db.conn.prepare_cached(sql)?;
        if let Some(text) = moved.query_row(params![here, key(of), from.number], |row| row.get(0)).optional()? {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// The windows that have a draft of `of`, the newest first.
fn left(conn: &Connection, of: Option<ConversationId>) -> Result<Vec<i64>, Trouble> {
    let sql = "SELECT window FROM drafts WHERE coalesce(conversation_id, 0) = ?1 ORDER BY at_ms DESC";
    Ok(conn.prepare_cached(sql)?.query_map([key(of)], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn key(of: Option<ConversationId>) -> i64 {
    of.map_or(0, |id| id.0)
}

/// The number of the window that we are: from the first draft on, so that who writes none is none.
fn window(db: &mut Database) -> i64 {
    db.window.get_or_insert_with(|| Window::first_free(&db.path)).number
}
