//! Deleting conversations: hidden at once, gone for good later.
//!
//! What must stay true: what is purged is in the file no more, neither in a table nor in the index nor in the log beside it; one in
//! which an answer is coming, from this process or another, is left alone; rows of the ledger stay.

use super::error::{StoreError, Trouble};
use super::worker::Database;
use super::{conversations, rows, versions};
use crate::domain::{ConversationId, ConversationSummary, Doomed};
use rusqlite::{Connection, TransactionBehavior, params};
use std::time::{Duration, Instant};

/// So often it is tried to empty the log.
const MOST_TRIES: u32 = 5;

/// No more tries after this time.
const LONGEST_SWEEP: Duration = Duration::from_secs(1);

/// So long a try waits for whoever reads.
const TRY: Duration = Duration::from_millis(200);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(10);

/// The condition on a conversation `c`, with one parameter.
fn condition(which: Doomed) -> (&'static str, i64) {
    match which {
        Doomed::One(id) => ("c.id = ?1", id.0),
        Doomed::Deleted(until_ms) => ("c.deleted_ms <= ?1", until_ms),
        Doomed::OlderThan(before_ms) => ("c.updated_ms < ?1", before_ms),
        Doomed::All => ("?1 IS NOT NULL", 0),
    }
}

/// What a step of purging did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Conversations that are gone.
    pub gone: u32,
    /// There are more.
    pub more: bool,
}

/// See [`super::Store::delete`].
pub(super) fn delete(db: &mut Database, id: ConversationId, now_ms: i64) -> Result<ConversationSummary, Trouble> {
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if versions::is_answering(&tx, id, &db.writing)? {
        return Err(StoreError::Answering(id).into());
    }
    // Deleted again, it is not kept any longer.
    let sql = "UPDATE conversations SET deleted_ms = coalesce(deleted_ms, ?2) WHERE id = ?1";
    tx.prepare_cached(sql)?.execute(params![id.0, now_ms])?;
    let summary = conversations::summary(&tx, id)?;
    tx.commit()?;
    Ok(summary)
}

/// See [`super::Store::restore`].
pub(super) fn restore(db: &mut Database, id: ConversationId) -> Result<ConversationSummary, Trouble> {
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.prepare_cached("UPDATE conversations SET deleted_ms = NULL WHERE id = ?1")?.execute([id.0])?;
    let summary = conversations::summary(&tx, id)?;
    tx.commit()?;
    Ok(summary)
}

/// See [`super::Store::doomed`].
pub(super) fn doomed(conn: &Connection, which: Doomed) -> Result<Vec<ConversationSummary>, Trouble> {
    let (condition, value) = condition(which);
    let sql = format!("SELECT {} FROM conversations c WHERE {condition} ORDER BY c.updated_ms DESC, c.id DESC", rows::SUMMARY);
    let found = conn.prepare(&sql)?.query_map([value], rows::summary)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// See [`super::Store::purge`].
pub(super) fn step(db: &mut Database, which: Doomed, most: u32) -> Result<Purged, Trouble> {
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (condition, value) = condition(which);
    let sql = format!("SELECT c.id FROM conversations c WHERE {condition} ORDER BY c.id");
    let all =
        tx.prepare(&sql)?.query_map([value], |row| row.get(0).map(ConversationId))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut purged = Purged::default();
    for id in all {
        if versions::is_answering(&tx, id, &db.writing)? {
            if which == Doomed::One(id) {
                return Err(StoreError::Answering(id).into());
            }
            continue;
        }
        if purged.gone == most {
            purged.more = true;
            break;
        }
        tx.prepare_cached("DELETE FROM conversations WHERE id = ?1")?.execute([id.0])?;
        purged.gone += 1;
    }
    if purged.gone > 0 {
        // Answers that could not be read while something was learnt quote what was asked, and do not say where.
        tx.execute("DELETE FROM role_failures", [])?;
    }
    tx.commit()?;
    Ok(purged)
}

/// See [`super::Store::sweep`].
pub(super) fn sweep(conn: &mut Connection, everything: bool) -> Result<(), Trouble> {
    if everything {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch("DELETE FROM drafts; DELETE FROM role_failures;")?;
        tx.commit()?;
    }
    let patience = Duration::from_millis(conn.query_row("PRAGMA busy_timeout", [], |row| row.get::<_, u32>(0))?.into());
    // All who wait for the database wait for this, too.
    conn.busy_timeout(patience.min(TRY))?;
    let emptied = empty_the_log(conn);
    conn.busy_timeout(patience)?;
    emptied
}

/// Each try waits for whoever reads as long as the connection has patience, but not at all for another who empties the log.
fn empty_the_log(conn: &Connection) -> Result<(), Trouble> {
    let begun = Instant::now();
    for tried in 1.. {
        if conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? == 0 {
            break;
        }
        if tried == MOST_TRIES || begun.elapsed() > LONGEST_SWEEP {
            return Err(StoreError::Unswept.into());
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
