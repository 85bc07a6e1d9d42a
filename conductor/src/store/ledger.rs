//! The ledger on disk: rows are put at its end, and never touched again.
//!
//! What must stay true: a row is on the disk when [`Store::note`] returns; of two processes that note at once, one comes
//! after the other in one chain.

use super::durable::durably;
use super::error::{StoreError, Trouble};
use super::worker::Database;
use super::{Store, rows};
use crate::domain::{Digest, LedgerEvent, LedgerRow, LedgerSeq, LedgerVerdict};
use crate::privacy::ledger::{self, Chain};
use rusqlite::{Connection, Error as SqlError, OptionalExtension, Row, params};

/// Rows that are looked at in one go: enough to be fast, few enough that an answer being written does not wait.
const STRETCH: u32 = 500;

impl Store {
    /// Adds a row to the ledger. When this returns, the row is on the disk: what it announces may leave.
    ///
    /// # Errors
    /// `NoOpenIntent` for an outcome whose intent is not there or has one, and what a database may do. Then there is no row, and
    /// nothing may leave.
    pub async fn note(&self, event: LedgerEvent, now_ms: i64) -> Result<LedgerSeq, StoreError> {
        self.run(move |db| note(db, event, now_ms)).await
    }

    /// At most `limit` rows of the ledger, newest first; with `before` only those before that one.
    ///
    /// # Errors
    /// `Unreadable` where a row is none any more, and what a database may do.
    pub async fn ledger(&self, before: Option<LedgerSeq>, limit: u32) -> Result<Vec<LedgerRow>, StoreError> {
        self.run(move |db| list(&db.conn, before, limit)).await
    }

    /// A row of the ledger and, where it is an intent, its outcome after it. Empty where there is no such row.
    ///
    /// # Errors
    /// `Unreadable` where a row is none any more, and what a database may do.
    pub async fn ledger_row(&self, seq: LedgerSeq) -> Result<Vec<LedgerRow>, StoreError> {
        self.run(move |db| with_outcome(&db.conn, seq)).await
    }

    /// Looks through the whole ledger, in memory that does not grow with it; other jobs are done in between. A row that
    /// cannot be read is part of the verdict, not an error.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn verify_ledger(&self) -> Result<LedgerVerdict, StoreError> {
        let (mut chain, mut after) = (Chain::default(), Some(i64::MIN));
        while let Some(seq) = after {
            (chain, after) = self.run(move |db| stretch(&db.conn, chain, seq)).await?;
        }
        Ok(chain.verdict())
    }
}

fn note(db: &mut Database, event: LedgerEvent, now_ms: i64) -> Result<LedgerSeq, Trouble> {
    durably(&mut db.conn, |tx| {
        if let LedgerEvent::Outcome { intent, .. } = &event
            && !is_open(tx, *intent)?
        {
            return Err(StoreError::NoOpenIntent(*intent).into());
        }
        // Only what the chain needs: one row that cannot be read does not end the ledger, and looking through it finds it.
        let last: Option<(i64, rows::Word<Digest>)> = tx
            .prepare_cached("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let row = ledger::next(last.map(|(seq, hash)| (LedgerSeq(seq), hash.0)), now_ms, event);
        tx.prepare_cached("INSERT INTO ledger (seq, time_ms, event, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
            params![row.seq.0, row.time_ms, ledger::canonical(&row.event), rows::Word(row.previous), rows::Word(row.hash)],
        )?;
        Ok(row.seq)
    })
}

/// Whether this is an intent that waits for its outcome.
fn is_open(conn: &Connection, intent: LedgerSeq) -> rusqlite::Result<bool> {
    conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM ledger WHERE seq = ?1 AND intent IS NULL)
             AND NOT EXISTS (SELECT 1 FROM ledger WHERE intent = ?1)",
    )?
    .query_row([intent.0], |row| row.get(0))
}

fn list(conn: &Connection, before: Option<LedgerSeq>, limit: u32) -> Result<Vec<LedgerRow>, Trouble> {
    let sql = format!("SELECT {} FROM ledger WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2", rows::LEDGER);
    let mut statement = conn.prepare_cached(&sql)?;
    let before = before.map_or(i64::MAX, |seq| seq.0);
    Ok(statement.query_map(params![before, limit], rows::ledger)?.collect::<rusqlite::Result<_>>()?)
}

fn with_outcome(conn: &Connection, seq: LedgerSeq) -> Result<Vec<LedgerRow>, Trouble> {
    let sql = format!("SELECT {} FROM ledger WHERE seq = ?1 OR intent = ?1 ORDER BY seq", rows::LEDGER);
    Ok(conn.prepare_cached(&sql)?.query_map([seq.0], rows::ledger)?.collect::<rusqlite::Result<_>>()?)
}

/// Looks at the rows after `after`, as many as go in one go. Gives out the last of them where there may be more to look at.
fn stretch(conn: &Connection, mut chain: Chain, after: i64) -> Result<(Chain, Option<i64>), Trouble> {
    let sql = format!("SELECT {} FROM ledger WHERE seq > ?1 ORDER BY seq LIMIT ?2", rows::LEDGER);
    let mut statement = conn.prepare_cached(&sql)?;
    let mut found = statement.query(params![after, STRETCH])?;
    let (mut count, mut last) = (0, None);
    while let Some(row) = found.next()? {
        let seq: i64 = row.get("seq")?;
        if !look(row, seq, &mut chain)? {
            return Ok((chain, None));
        }
        (count, last) = (count + 1, Some(seq));
    }
    Ok((chain, last.filter(|_| count == STRETCH)))
}

/// Looks at one row, at its very text: what was added to it and means nothing was not written by us either.
fn look(row: &Row<'_>, seq: i64, chain: &mut Chain) -> Result<bool, Trouble> {
    let fault = match rows::ledger(row) {
        Ok(read) if is_verbatim(row, &read)? => return Ok(chain.read(&read)),
        Ok(_) => "it was changed after it was written",
        Err(SqlError::FromSqlConversionFailure(..) | SqlError::InvalidColumnType(..) | SqlError::Utf8Error(..)) => {
            "it cannot be read"
        }
        Err(error) => return Err(error.into()),
    };
    chain.unreadable(LedgerSeq(seq), fault.to_owned());
    Ok(false)
}

fn is_verbatim(row: &Row<'_>, read: &LedgerRow) -> rusqlite::Result<bool> {
    let is = |column: &str, text: String| Ok::<_, SqlError>(row.get_ref(column)?.as_str().is_ok_and(|there| there == text));
    Ok(is("event", ledger::canonical(&read.event))?
        && is("previous", read.previous.to_string())?
        && is("hash", read.hash.to_string())?)
}
