//! What the user said "never" to, kept until it is taken back.

use super::durable::durably;
use super::error::{StoreError, Trouble};
use super::worker::Database;
use super::{Store, rows};
use crate::domain::{BackendId, Location};
use rows::Json;
use rusqlite::params;

impl Store {
    /// Keeps that nothing may go to a provider at this place. On the disk when this returns. Said again, it is as of now.
    ///
    /// # Errors
    /// What a database may do; this machine cannot be refused.
    pub async fn refuse(&self, provider: &BackendId, location: &Location, given_ms: i64) -> Result<(), StoreError> {
        let (provider, location) = (provider.clone(), location.clone());
        self.run(move |db| refuse(db, &provider, &location, given_ms)).await
    }

    /// All that was refused and not taken back, oldest first: provider, place, and when (milliseconds since 1970-01-01 UTC).
    ///
    /// # Errors
    /// What a database may do.
    pub async fn refusals(&self) -> Result<Vec<(BackendId, Location, i64)>, StoreError> {
        self.run(refusals).await
    }

    /// Takes a refusal back; nothing happens where there is none. The user is asked again then.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn allow_again(&self, provider: &BackendId, location: &Location) -> Result<(), StoreError> {
        let (provider, location) = (provider.clone(), location.clone());
        self.run(move |db| allow_again(db, &provider, &location)).await
    }
}

fn refuse(db: &mut Database, provider: &BackendId, location: &Location, given_ms: i64) -> Result<(), Trouble> {
    durably(&mut db.conn, |tx| {
        tx.prepare_cached(
            "INSERT INTO refusals (provider, location, given_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET given_ms = excluded.given_ms",
        )?
        .execute(params![provider.as_str(), Json(location), given_ms])?;
        Ok(())
    })
}

fn refusals(db: &mut Database) -> Result<Vec<(BackendId, Location, i64)>, Trouble> {
    let mut statement =
        db.conn.prepare_cached("SELECT provider, location, given_ms FROM refusals ORDER BY given_ms, provider, location")?;
    let all = statement.query_map([], |row| {
        let Json(location) = row.get(1)?;
        Ok((BackendId::new(row.get::<_, String>(0)?), location, row.get(2)?))
    })?;
    Ok(all.collect::<rusqlite::Result<_>>()?)
}

fn allow_again(db: &mut Database, provider: &BackendId, location: &Location) -> Result<(), Trouble> {
    db.conn
        .prepare_cached("DELETE FROM refusals WHERE provider = ?1 AND location = ?2")?
        .execute(params![provider.as_str(), Json(location)])?;
    Ok(())
}
