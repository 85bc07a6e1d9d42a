//! Summaries of the beginning of conversations.
//!
//! What must stay true: a summary is of the conversation that its last message is of; one that was taken back is read no more, and
//! stays until its conversation is purged.

use super::error::{StoreError, Trouble};
use super::versions;
use super::worker::Database;
use super::{Store, rows};
use crate::domain::{BackendId, ConversationId, MessageId, ModelId, Summary, SummaryId};
use rows::Json;
use rusqlite::{Connection, Row, TransactionBehavior, params};

const COLUMNS: &str = "id, last, text, model, family, backend, location, imported, external, created_ms";

impl Store {
    /// Stores a summary, whose own number counts for nothing, and gives it as it is stored.
    ///
    /// # Errors
    /// `NoSuchMessage` where its last message is none of the conversation, and what a database may do.
    pub async fn summarise(&self, conversation: ConversationId, summary: Summary) -> Result<Summary, StoreError> {
        self.run(move |db| add(db, conversation, summary)).await
    }

    /// Takes a summary back, or does nothing where it is gone.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn take_back(&self, summary: SummaryId) -> Result<(), StoreError> {
        self.run(move |db| {
            db.conn.prepare_cached("UPDATE summaries SET undone = 1 WHERE id = ?1")?.execute([summary.0])?;
            Ok(())
        })
        .await
    }
}

fn add(db: &mut Database, conversation: ConversationId, summary: Summary) -> Result<Summary, Trouble> {
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if versions::place(&tx, summary.last)?.0 != conversation {
        return Err(StoreError::NoSuchMessage(summary.last).into());
    }
    let id = insert(&tx, conversation, &summary)?;
    tx.commit()?;
    Ok(Summary { id, ..summary })
}

/// Part of the caller's transaction.
pub(super) fn insert(conn: &Connection, conversation: ConversationId, summary: &Summary) -> rusqlite::Result<SummaryId> {
    conn.prepare_cached(
        "INSERT INTO summaries (conversation_id, last, text, model, family, backend, location, imported, external, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .insert(params![
        conversation.0,
        summary.last.0,
        summary.text,
        summary.model.as_str(),
        summary.family,
        summary.backend.as_str(),
        Json(&summary.location),
        summary.imported,
        summary.external,
        summary.created_ms
    ])
    .map(SummaryId)
}

/// Those of a conversation that stand, by their numbers.
pub(super) fn of(conn: &Connection, conversation: ConversationId) -> rusqlite::Result<Vec<Summary>> {
    let sql = format!("SELECT {COLUMNS} FROM summaries WHERE conversation_id = ?1 AND undone = 0 ORDER BY id");
    conn.prepare_cached(&sql)?.query_map([conversation.0], read)?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Summary> {
    Ok(Summary {
        id: SummaryId(row.get("id")?),
        last: MessageId(row.get("last")?),
        text: row.get("text")?,
        model: ModelId::new(&row.get::<_, String>("model")?),
        family: row.get("family")?,
        backend: BackendId::new(row.get::<_, String>("backend")?),
        location: row.get::<_, Json<_>>("location")?.0,
        imported: row.get("imported")?,
        external: row.get("external")?,
        created_ms: row.get("created_ms")?,
    })
}
