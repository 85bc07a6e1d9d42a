//! Writing what must not be lost to a power cut.
//!
//! What must stay true: `synchronous` is FULL while such a transaction goes on, and NORMAL again after it, come of it what
//! may.

use super::error::{StoreError, Trouble};
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Does `work` in one transaction that is on the disk, and not only with the system, when this returns.
///
/// Immediate, so that what `work` reads is still so when it writes, whatever another process does.
pub(super) fn durably<T>(conn: &mut Connection, work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>) -> Result<T, Trouble> {
    // SQLite refuses to change it inside a transaction, so it is not done there.
    conn.pragma_update(None, "synchronous", "FULL")?;
    let result = committed(conn, work);
    if let Err(error) = conn.pragma_update(None, "synchronous", "NORMAL") {
        // What is written next is only safer than it needs to be.
        tracing::warn!(error = StoreError::words(&error), "synchronous stays FULL");
    }
    result
}

fn committed<T>(conn: &mut Connection, work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>) -> Result<T, Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = work(&tx)?;
    tx.commit()?;
    Ok(result)
}
