//! The schema and its history. The number of a database's schema is its `user_version`: how many steps were applied to it.
//!
//! What must stay true: a step that was released never changes; a new one is one more line in [`STEPS`] and its fixture one
//! more in the test. Each step is one transaction, so a database is at one number or the next, never between.

use super::error::{StoreError, Trouble};
use rusqlite::{Connection, TransactionBehavior};

/// The steps, from nothing to the newest schema.
pub(super) const STEPS: &[&str] = &[
    include_str!("migrations/0001_conversations.sql"),
    include_str!("migrations/0002_ledger.sql"),
    include_str!("migrations/0003_routing.sql"),
    include_str!("migrations/0004_dispatch.sql"),
    include_str!("migrations/0005_playbooks.sql"),
    include_str!("migrations/0006_learning.sql"),
    include_str!("migrations/0007_history.sql"),
    include_str!("migrations/0008_summaries.sql"),
    include_str!("migrations/0009_windows.sql"),
];

/// `PRAGMA application_id` of a database of ours: "Segn".
pub(super) const APPLICATION_ID: i64 = 0x5365_676e;

/// The number of a database's schema.
pub(super) fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Applies the steps that `conn` lacks, and returns the number that the first of them found. Foreign keys must be off: a step may rebuild a table.
///
/// The number is read again inside each transaction, since another process may migrate the same file at the same time.
pub(super) fn migrate(conn: &mut Connection, steps: &[&str]) -> Result<i64, Trouble> {
    let known = steps.len() as i64;
    let mut at = version(conn)?;
    let mut found = None;
    while at < known {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        at = version(&tx)?;
        let Some(step) = usize::try_from(at).ok().and_then(|index| steps.get(index)) else { break };
        tx.execute_batch(step)?;
        if tx.prepare("PRAGMA foreign_key_check")?.exists([])? {
            return Err(Trouble::Migration { to: at + 1, what: "rows would point nowhere".to_owned() });
        }
        found.get_or_insert(at);
        at += 1;
        tx.pragma_update(None, "user_version", at)?;
        tx.commit()?;
    }
    if at > known {
        return Err(Trouble::Newer { found: at, known });
    }
    Ok(found.unwrap_or(at))
}

/// Says whose the database is and whether this Segno may touch it. Reads only.
pub(super) fn inspect(conn: &mut Connection, known: i64) -> Result<(), Trouble> {
    // One transaction: another process may be making the tables just now.
    let tx = conn.transaction()?;
    let found = version(&tx)?;
    if found > known {
        return Err(Trouble::Newer { found, known });
    }
    let tables: i64 = tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i64 = tx.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let ours = if found == 0 { tables == 0 } else { found > 0 && application == APPLICATION_ID };
    if ours { Ok(()) } else { Err(Trouble::Foreign) }
}

/// Reads a little of each table: what is damaged there, or missing, is damaged for good.
pub(super) fn probe(conn: &Connection) -> Result<(), Trouble> {
    for sql in [
        "SELECT id, title, model_locked, domain, leaf, deleted_ms FROM conversations ORDER BY updated_ms DESC, id DESC LIMIT 1",
        "SELECT id, spans, text, cost, labels, decision, parent, imported FROM messages ORDER BY id DESC LIMIT 1",
        "SELECT conversation_id, seq FROM messages ORDER BY conversation_id DESC, seq DESC LIMIT 1",
        "SELECT message_id, seq, text FROM pieces ORDER BY message_id DESC, seq DESC LIMIT 1",
        "SELECT seq, event, hash FROM ledger ORDER BY seq DESC LIMIT 1",
        "SELECT target, row FROM health ORDER BY target DESC LIMIT 1",
        "SELECT provider, day, money FROM spent ORDER BY provider DESC, day DESC LIMIT 1",
        "SELECT model, num_ctx, bytes FROM memory_sizes ORDER BY model DESC, num_ctx DESC LIMIT 1",
        "SELECT base, family, next, last, facts FROM playbooks ORDER BY id DESC LIMIT 1",
        "SELECT number, content, stage FROM bullets ORDER BY playbook_id DESC, number DESC LIMIT 1",
        "SELECT seq, cause, steps FROM deltas ORDER BY seq DESC LIMIT 1",
        "SELECT message_id, rating FROM feedback ORDER BY message_id DESC LIMIT 1",
        "SELECT message_id, state FROM lessons ORDER BY message_id DESC LIMIT 1",
        "SELECT id, settings FROM runs ORDER BY id DESC LIMIT 1",
        "SELECT id, outcome FROM outputs ORDER BY id DESC LIMIT 1",
        "SELECT id, role, verdict FROM role_calls ORDER BY id DESC LIMIT 1",
        "SELECT id, raw FROM role_failures ORDER BY id DESC LIMIT 1",
        "SELECT model, value FROM embeddings ORDER BY model DESC LIMIT 1",
        "SELECT model, first_token_ms, late FROM measured_models ORDER BY model DESC LIMIT 1",
        "SELECT model, class, solved FROM measured_classes ORDER BY model DESC, class DESC LIMIT 1",
        "SELECT name, value FROM switches ORDER BY name DESC LIMIT 1",
        "SELECT run_id, n, delta FROM run_deltas ORDER BY run_id DESC, n DESC LIMIT 1",
        "SELECT rowid FROM search ORDER BY rowid DESC LIMIT 1",
        "SELECT conversation_id, window, text FROM drafts LIMIT 1",
        "SELECT id, last, text, undone FROM summaries ORDER BY id DESC LIMIT 1",
        "SELECT provider, location FROM refusals ORDER BY provider DESC, location DESC LIMIT 1",
    ] {
        conn.prepare(sql).and_then(|mut statement| statement.exists([])).map_err(|error| match Trouble::from(error) {
            // "no such table": the number says that there is one.
            Trouble::Sql(error) if StoreError::is_plain(&error) => Trouble::Damaged(StoreError::words(&error)),
            other => other,
        })?;
    }
    Ok(())
}
