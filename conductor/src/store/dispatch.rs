//! What dispatch remembers over runs: who is well, what providers were sent in a day, and what models take in memory.

use super::error::Trouble;
use super::rows::signed;
use crate::domain::{BackendId, Cost, HealthRow, ModelId, Spent, Target};
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// A day, counted from 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub i64);

impl Day {
    /// The day of a time in milliseconds since 1970.
    pub fn of(ms: i64) -> Self {
        Self(ms.div_euclid(86_400_000))
    }
}

/// What earlier runs left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remembered {
    /// Who is well.
    pub health: Vec<HealthRow>,
    /// What each provider was sent today.
    pub spent: HashMap<BackendId, Spent>,
    /// Bytes that models were seen to take, by the window that they were loaded with.
    pub sizes: HashMap<(ModelId, u32), u64>,
}

fn key(target: &Target) -> String {
    match target {
        Target::Backend(backend) => format!("b|{backend}"),
        Target::Model(backend, model) => format!("m|{backend}|{}", model.as_str()),
    }
}

/// See [`super::Store::remembered`]. A row that cannot be read any more is passed over: its target is as good as new.
pub(super) fn all(conn: &Connection, day: Day) -> Result<Remembered, Trouble> {
    let mut found = Remembered::default();
    let mut health = conn.prepare_cached("SELECT row FROM health")?;
    let rows = health.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    found.health.extend(rows.iter().filter_map(|row| serde_json::from_str::<HealthRow>(row).ok()));
    let mut spent = conn.prepare_cached("SELECT provider, tokens, money FROM spent WHERE day = ?1")?;
    let mut rows = spent.query([day.0])?;
    while let Some(row) = rows.next()? {
        let [tokens, money] = [row.get::<_, i64>(1)?, row.get::<_, i64>(2)?].map(i64::unsigned_abs);
        found.spent.insert(BackendId::new(row.get::<_, String>(0)?), Spent { tokens, money: Cost(money) });
    }
    let mut sizes = conn.prepare_cached("SELECT model, num_ctx, bytes FROM memory_sizes")?;
    let mut rows = sizes.query([])?;
    while let Some(row) = rows.next()? {
        let window = row.get::<_, u32>(1)?;
        found.sizes.insert((ModelId::new(&row.get::<_, String>(0)?), window), row.get::<_, i64>(2)?.unsigned_abs());
    }
    Ok(found)
}

/// See [`super::Store::keep_health`].
pub(super) fn keep_health(conn: &mut Connection, rows: &[HealthRow], gone: &[Target]) -> Result<(), Trouble> {
    let tx = conn.transaction()?;
    for row in rows {
        let text = serde_json::to_string(row).unwrap_or_default();
        tx.prepare_cached(
            "INSERT INTO health (target, row) VALUES (?1, ?2) ON CONFLICT (target) DO UPDATE SET row = excluded.row",
        )?
        .execute(params![key(&row.target), text])?;
    }
    for target in gone {
        tx.prepare_cached("DELETE FROM health WHERE target = ?1")?.execute([key(target)])?;
    }
    tx.commit()?;
    Ok(())
}

/// See [`super::Store::spend`].
pub(super) fn spend(conn: &mut Connection, provider: &BackendId, day: Day, spent: Spent) -> Result<Spent, Trouble> {
    let tx = conn.transaction()?;
    tx.prepare_cached(
        "INSERT INTO spent (provider, day, tokens, money) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (provider, day) DO UPDATE SET tokens = tokens + excluded.tokens, money = money + excluded.money",
    )?
    .execute(params![provider.as_str(), day.0, signed(spent.tokens), signed(spent.money.0)])?;
    let all = tx.query_row(
        "SELECT tokens, money FROM spent WHERE provider = ?1 AND day = ?2",
        params![provider.as_str(), day.0],
        |row| Ok(Spent { tokens: row.get::<_, i64>(0)?.unsigned_abs(), money: Cost(row.get::<_, i64>(1)?.unsigned_abs()) }),
    )?;
    tx.commit()?;
    Ok(all)
}

/// See [`super::Store::keep_size`].
pub(super) fn keep_size(conn: &Connection, model: &ModelId, num_ctx: u32, bytes: u64) -> Result<(), Trouble> {
    conn.prepare_cached(
        "INSERT INTO memory_sizes (model, num_ctx, bytes) VALUES (?1, ?2, ?3)
         ON CONFLICT (model, num_ctx) DO UPDATE SET bytes = excluded.bytes",
    )?
    .execute(params![model.as_str(), num_ctx, signed(bytes)])?;
    Ok(())
}
