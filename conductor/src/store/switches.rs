//! Switches that the user turns while Segno runs, by name.
//!
//! What must stay true: what a switch means is not known here; one that was never turned has no row.

use super::error::Trouble;
use rusqlite::{Connection, OptionalExtension};

/// See [`super::Store::switch`].
pub(super) fn get(conn: &Connection, name: &str) -> Result<Option<String>, Trouble> {
    let sql = "SELECT value FROM switches WHERE name = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?)
}

/// See [`super::Store::set_switch`].
pub(super) fn set(conn: &Connection, name: &str, value: &str) -> Result<(), Trouble> {
    conn.prepare_cached("INSERT OR REPLACE INTO switches (name, value) VALUES (?1, ?2)")?.execute([name, value])?;
    Ok(())
}
