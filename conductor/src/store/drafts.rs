//! What is being written and was not sent.
//!
//! What must stay true: one draft a conversation and window at most, and one for the conversation that is not begun yet; a draft of a
//! window that is open shows in no other, where windows can be told apart.

use super::error::Trouble;
use super::window::Window;
use super::worker::Database;
use crate::domain::ConversationId;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// See [`super::Store::draft`].
pub(super) fn get(db: &mut Database, of: Option<ConversationId>) -> Result<Option<String>, Trouble> {
    let first = db.window.is_none();
    let (here, has_own) = own(db, of);
    // What another window left of a conversation that is not begun yet shows when one opens, and not in the middle of it.
    if !has_own && (of.is_some() || first) {
        inherit(db, of, here)?;
    }
    let sql = "SELECT text FROM drafts WHERE coalesce(conversation_id, 0) = ?1 AND window = ?2";
    Ok(db.conn.prepare_cached(sql)?.query_row(params![key(of), here], |row| row.get(0)).optional()?)
}

/// See [`super::Store::keep_draft`].
pub(super) fn keep(db: &mut Database, of: Option<ConversationId>, text: &str, now_ms: i64) -> Result<(), Trouble> {
    let (here, _) = own(db, of);
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

/// Takes over the newest draft of `of` that a window left which is open no more; it may have had our number. What was ours in that way
/// before is left in its place.
fn inherit(db: &mut Database, of: Option<ConversationId>, here: i64) -> Result<(), Trouble> {
    for from in left(&db.conn, of)? {
        if from == here {
            return Ok(());
        }
        // Nobody opens it while the two are exchanged.
        let Some(from) = Window::free(&db.path, from) else { continue };
        let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let change = "UPDATE drafts SET window = ?3 WHERE coalesce(conversation_id, 0) = ?1 AND window = ?2";
        for (from, to) in [(here, ASIDE), (from.number, here), (ASIDE, from.number)] {
            tx.prepare_cached(change)?.execute(params![key(of), from, to])?;
        }
        tx.commit()?;
        return Ok(());
    }
    Ok(())
}

/// No window has this number.
const ASIDE: i64 = i64::MAX;

/// The windows that have a draft of `of`, the newest first.
fn left(conn: &Connection, of: Option<ConversationId>) -> Result<Vec<i64>, Trouble> {
    let sql = "SELECT window FROM drafts WHERE coalesce(conversation_id, 0) = ?1 ORDER BY at_ms DESC";
    Ok(conn.prepare_cached(sql)?.query_map([key(of)], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn key(of: Option<ConversationId>) -> i64 {
    of.map_or(0, |id| id.0)
}

/// The number of the window that we are, from the first draft on, so that who writes none is none; and whether what stands there of `of`
/// is of this process, as it is from now on.
fn own(db: &mut Database, of: Option<ConversationId>) -> (i64, bool) {
    let window = db.window.get_or_insert_with(|| Window::first_free(&db.path));
    (window.number, !window.drafts.insert(key(of)))
}
