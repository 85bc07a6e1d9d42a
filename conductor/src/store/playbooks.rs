//! Playbooks and all that changed them.
//!
//! What must stay true: a delta and what it made of the bullets are written together; a playbook that another process changed
//! meanwhile is not written over.

use super::error::{StoreError, Trouble};
use super::rows::Json;
use crate::domain::{
    Bullet, BulletId, Cause, Counts, Delta, DeltaSeq, DomainConfig, Playbook, PlaybookKey, Provenance, Reject, Stage, Step, Text,
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, named_params, params};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A change of a playbook, to be stored.
#[derive(Debug, Clone)]
pub struct Change {
    /// The playbook as it is after.
    pub playbook: Playbook,
    /// The last delta that it was made from: that of the playbook before.
    pub after: DeltaSeq,
    /// What was done, in this order.
    pub deltas: Vec<Delta>,
}

const BULLET: &str = "number, section, content, helpful, harmful, neutral, stage, pinned, provenance, created_ms, updated_ms";

/// See [`super::Store::playbooks`].
pub(super) fn all(conn: &mut Connection) -> Result<Vec<Playbook>, Trouble> {
    let tx = conn.transaction()?;
    let mut statement =
        tx.prepare_cached("SELECT id, base, family, sub, next, last, off FROM playbooks ORDER BY base, family, sub")?;
    let rows = statement.query_map([], head)?.collect::<rusqlite::Result<Vec<_>>>()?;
    rows.into_iter().map(|(id, playbook)| whole(&tx, id, playbook)).collect()
}

/// See [`super::Store::playbook`].
pub(super) fn one(conn: &mut Connection, key: &PlaybookKey) -> Result<Option<Playbook>, Trouble> {
    let tx = conn.transaction()?;
    let found = find(&tx, key)?;
    found.map(|(id, playbook)| whole(&tx, id, playbook)).transpose()
}

pub(super) fn find(conn: &Connection, key: &PlaybookKey) -> Result<Option<(i64, Playbook)>, Trouble> {
    let sql = "SELECT id, base, family, sub, next, last, off FROM playbooks WHERE base = ?1 AND family = ?2 AND sub = ?3";
    let sub = key.sub.as_deref().unwrap_or_default();
    Ok(conn.prepare_cached(sql)?.query_row([&key.base, &key.family, sub], head).optional()?)
}

/// A playbook without its bullets.
fn head(row: &Row<'_>) -> rusqlite::Result<(i64, Playbook)> {
    let sub: String = row.get(3)?;
    let key = PlaybookKey { base: row.get(1)?, family: row.get(2)?, sub: Some(sub).filter(|sub| !sub.is_empty()) };
    let (next, last, off) = (row.get(4)?, DeltaSeq(row.get(5)?), row.get(6)?);
    Ok((row.get(0)?, Playbook { next, last, off, ..Playbook::new(key) }))
}

pub(super) fn whole(conn: &Connection, id: i64, mut playbook: Playbook) -> Result<Playbook, Trouble> {
    let sql = format!("SELECT {BULLET} FROM bullets WHERE playbook_id = ?1 ORDER BY number");
    let mut statement = conn.prepare_cached(&sql)?;
    let bullets = statement.query_map([id], bullet)?.collect::<rusqlite::Result<Vec<_>>>()?;
    playbook.bullets = bullets.into_iter().map(|bullet| (bullet.id, bullet)).collect();
    Ok(playbook)
}

fn bullet(row: &Row<'_>) -> rusqlite::Result<Bullet> {
    let stage: String = row.get(6)?;
    Ok(Bullet {
        id: BulletId(row.get(0)?),
        text: Text { section: row.get(1)?, content: row.get(2)? },
        counts: Counts { helpful: row.get(3)?, harmful: row.get(4)?, neutral: row.get(5)? },
        stage: Stage::parse(&stage).unwrap_or(Stage::Archived),
        pinned: row.get(7)?,
        provenance: json::<Provenance>(row, 8)?,
        created_ms: row.get(9)?,
        updated_ms: row.get(10)?,
    })
}

fn json<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    row.get(at).map(|Json(value)| value)
}

/// See [`super::Store::change_playbook`].
pub(super) fn change(conn: &mut Connection, change: &Change) -> Result<Vec<DeltaSeq>, Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Change { playbook, after, deltas } = change;
    let id = match find(&tx, &playbook.key)? {
        Some((_, found)) if found.last != *after => {
            return Err(StoreError::Changed { playbook: playbook.key.to_string() }.into());
        }
        Some((id, _)) => id,
        None if *after != DeltaSeq(0) => return Err(StoreError::Changed { playbook: playbook.key.to_string() }.into()),
        None => make(&tx, &playbook.key)?,
    };
    let seqs = deltas.iter().map(|delta| insert_delta(&tx, id, delta)).collect::<Result<Vec<_>, _>>()?;
    let touched: BTreeSet<BulletId> = deltas.iter().flat_map(|delta| &delta.steps).filter_map(Step::bullet).collect();
    for number in touched {
        match playbook.bullets.get(&number) {
            Some(bullet) => put(&tx, id, &playbook.key.family, bullet)?,
            None => {
                _ = tx
                    .prepare_cached("DELETE FROM bullets WHERE playbook_id = ?1 AND number = ?2")?
                    .execute(params![id, number.0])?
            }
        }
    }
    let last = seqs.last().copied().unwrap_or(*after);
    tx.prepare_cached("UPDATE playbooks SET next = ?2, last = ?3, off = ?4 WHERE id = ?1")?.execute(params![
        id,
        playbook.next,
        last.0,
        playbook.off
    ])?;
    tx.commit()?;
    Ok(seqs)
}

/// Numbers of deltas in a file of a family begin here, so that those that come along from the main database keep theirs.
const ABOVE: i64 = 1_000_000;

/// Has the numbers of deltas that are made here begin high, where none was made yet.
pub(super) fn count_from_above(conn: &Connection) -> Result<(), Trouble> {
    let sql = "INSERT INTO sqlite_sequence (name, seq) SELECT 'deltas', ?1
        WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'deltas')";
    conn.prepare_cached(sql)?.execute([ABOVE])?;
    Ok(())
}

/// A playbook with all that changed it, the oldest first, and what is noted of it.
#[derive(Debug)]
pub(super) struct Whole {
    playbook: Playbook,
    deltas: Vec<Delta>,
    facts: String,
}

/// All that is stored of a playbook.
pub(super) fn take_out(conn: &mut Connection, key: &PlaybookKey) -> Result<Option<Whole>, Trouble> {
    let tx = conn.transaction()?;
    let Some((id, head)) = find(&tx, key)? else { return Ok(None) };
    let facts = tx.query_row("SELECT facts FROM playbooks WHERE id = ?1", [id], |row| row.get(0))?;
    let mut deltas = deltas(&tx, key, None, None)?;
    deltas.reverse();
    Ok(Some(Whole { playbook: whole(&tx, id, head)?, deltas, facts }))
}

/// Puts all of a playbook into a database that has it not, under the numbers that it has.
pub(super) fn put_in(conn: &mut Connection, whole: &Whole) -> Result<(), Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Whole { playbook, deltas, facts } = whole;
    let id = make(&tx, &playbook.key)?;
    tx.execute(
        "UPDATE playbooks SET next = ?2, last = ?3, off = ?4, facts = ?5 WHERE id = ?1",
        params![id, playbook.next, playbook.last.0, playbook.off, facts],
    )?;
    playbook.bullets.values().try_for_each(|bullet| put(&tx, id, &playbook.key.family, bullet))?;
    for delta in deltas {
        let sql =
            "INSERT INTO deltas (seq, playbook_id, at_ms, cause, reasoning, steps, rejects) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let Delta { seq, at_ms, cause, reasoning, steps, rejects } = delta;
        let row = params![seq.0, id, at_ms, Json(cause), reasoning, Json(steps), Json(rejects)];
        tx.prepare_cached(sql)?.execute(row)?;
    }
    tx.commit()?;
    Ok(())
}

/// Takes a playbook away, bullets, deltas and all.
pub(super) fn remove(conn: &Connection, key: &PlaybookKey) -> Result<(), Trouble> {
    if let Some((id, _)) = find(conn, key)? {
        conn.execute("DELETE FROM playbooks WHERE id = ?1", [id])?;
    }
    Ok(())
}

fn make(tx: &Transaction<'_>, key: &PlaybookKey) -> rusqlite::Result<i64> {
    let sub = key.sub.as_deref().unwrap_or_default();
    tx.prepare_cached("INSERT INTO playbooks (base, family, sub) VALUES (?1, ?2, ?3)")?.insert([&key.base, &key.family, sub])
}

/// The one fact that has columns of its own.
const KEY: &str = "key";

/// See [`super::Store::facts`].
pub(super) fn facts(conn: &Connection, key: PlaybookKey) -> Result<DomainConfig, Trouble> {
    let Some((id, _)) = find(conn, &key)? else { return Ok(DomainConfig::new(key)) };
    let sql = "SELECT facts FROM playbooks WHERE id = ?1";
    let found = conn.prepare_cached(sql)?.query_row([id], |row| {
        let mut facts = json::<Map<String, Value>>(row, 0)?;
        facts.insert(KEY.to_owned(), serde_json::to_value(&key).map_err(unreadable)?);
        serde_json::from_value::<DomainConfig>(Value::Object(facts)).map_err(unreadable)
    })?;
    Ok(found)
}

fn unreadable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}

/// See [`super::Store::set_facts`].
pub(super) fn set_facts(conn: &mut Connection, facts: DomainConfig) -> Result<(), Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let id = match find(&tx, &facts.key)? {
        Some((id, _)) => id,
        None => make(&tx, &facts.key)?,
    };
    let mut noted = serde_json::to_value(&facts).map_err(unreadable)?;
    if let Value::Object(noted) = &mut noted {
        noted.remove(KEY);
    }
    tx.prepare_cached("UPDATE playbooks SET facts = ?2 WHERE id = ?1")?.execute(params![id, Json(noted)])?;
    tx.commit()?;
    Ok(())
}

fn insert_delta(tx: &Transaction<'_>, playbook: i64, delta: &Delta) -> Result<DeltaSeq, Trouble> {
    let sql = "INSERT INTO deltas (playbook_id, at_ms, cause, reasoning, steps, rejects) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let Delta { at_ms, cause, reasoning, steps, rejects, .. } = delta;
    let row = params![playbook, at_ms, Json(cause), reasoning, Json(steps), Json(rejects)];
    Ok(DeltaSeq(tx.prepare_cached(sql)?.insert(row)?))
}

fn put(tx: &Transaction<'_>, playbook: i64, family: &str, bullet: &Bullet) -> Result<(), Trouble> {
    let Bullet { id, text, counts, stage, pinned, provenance, created_ms, updated_ms } = bullet;
    tx.prepare_cached(
        "INSERT OR REPLACE INTO bullets (playbook_id, number, family, section, content, helpful, harmful, neutral, stage, pinned,
             provenance, created_ms, updated_ms)
         VALUES (:playbook, :number, :family, :section, :content, :helpful, :harmful, :neutral, :stage, :pinned,
             :provenance, :created_ms, :updated_ms)",
    )?
    .execute(named_params! {
        ":playbook": playbook,
        ":number": id.0,
        ":family": family,
        ":section": text.section,
        ":content": text.content,
        ":helpful": counts.helpful,
        ":harmful": counts.harmful,
        ":neutral": counts.neutral,
        ":stage": stage.word(),
        ":pinned": pinned,
        ":provenance": Json(provenance),
        ":created_ms": created_ms,
        ":updated_ms": updated_ms,
    })?;
    Ok(())
}

/// See [`super::Store::deltas`].
pub(super) fn deltas(
    conn: &Connection,
    key: &PlaybookKey,
    before: Option<DeltaSeq>,
    limit: Option<u32>,
) -> Result<Vec<Delta>, Trouble> {
    let Some((id, _)) = find(conn, key)? else { return Ok(Vec::new()) };
    let sql = "SELECT seq, at_ms, cause, reasoning, steps, rejects FROM deltas
        WHERE playbook_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3";
    let before = before.map_or(i64::MAX, |seq| seq.0);
    let limit = limit.map_or(-1, i64::from);
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![id, before, limit], delta)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn delta(row: &Row<'_>) -> rusqlite::Result<Delta> {
    Ok(Delta {
        seq: DeltaSeq(row.get(0)?),
        at_ms: row.get(1)?,
        cause: json::<Cause>(row, 2)?,
        reasoning: row.get(3)?,
        steps: json::<Vec<Step>>(row, 4)?,
        rejects: json::<Vec<Reject>>(row, 5)?,
    })
}

/// The last `most` that touched a bullet of the playbook with this row, the newest first.
pub(super) fn touching(conn: &Connection, playbook: i64, bullet: BulletId, most: usize) -> Result<Vec<Delta>, Trouble> {
    let sql = "SELECT seq, at_ms, cause, reasoning, steps, rejects FROM deltas WHERE playbook_id = ?1 ORDER BY seq DESC";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([playbook], delta)?;
    let touches = |delta: &Delta| delta.steps.iter().any(|step| step.bullet() == Some(bullet));
    let found = rows.filter(|read| read.as_ref().map_or(true, touches)).take(most);
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
