//! Conversations: made with their first message, listed by when they were last written to.

use super::error::{StoreError, Trouble};
use super::title::{title_of_copy, title_of_prompt};
use super::worker::Database;
use super::{NewTree, clock, messages, rows, summaries, versions};
use crate::domain::{Conversation, ConversationId, ConversationSummary, Domain, MessageId, Override, Prompt};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::collections::HashSet;

/// Makes one, titled by its first prompt. Part of the caller's transaction.
pub(super) fn create(
    conn: &Connection,
    prompt: &Prompt,
    (model, domain): (Option<&Override>, Option<&Domain>),
    now_ms: i64,
) -> Result<ConversationId, Trouble> {
    let sql = "INSERT INTO conversations (title, model_override, model_locked, domain, created_ms, updated_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?5)";
    let (name, locked) = (model.map(|m| m.model.as_str()), model.is_some_and(|m| m.locked));
    let row = params![title_of_prompt(prompt), name, locked, domain.map(Domain::to_string), now_ms];
    Ok(ConversationId(conn.prepare_cached(sql)?.insert(row)?))
}

/// Makes one from a file. It is written to now, else the next start might find it too old to be kept. Part of the caller's transaction.
pub(super) fn create_imported(conn: &Connection, new: &NewTree) -> Result<ConversationId, Trouble> {
    let sql = "INSERT INTO conversations (title, model_override, model_locked, domain, created_ms, updated_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let (name, locked) =
        (new.model_override.as_ref().map(|m| m.model.as_str()), new.model_override.as_ref().is_some_and(|m| m.locked));
    let domain = new.domain.as_ref().map(Domain::to_string);
    let now = clock::now_ms();
    let row = params![new.title, name, locked, domain, new.created_ms.min(now), now];
    Ok(ConversationId(conn.prepare_cached(sql)?.insert(row)?))
}

/// Says that it is written to now, which brings back one that was deleted. A clock that was set back does not take it back.
pub(super) fn touch(conn: &Connection, id: ConversationId, now_ms: i64) -> Result<ConversationId, Trouble> {
    let changed = conn
        .prepare_cached("UPDATE conversations SET updated_ms = max(updated_ms, ?2), deleted_ms = NULL WHERE id = ?1")?
        .execute(params![id.0, now_ms])?;
    if changed == 1 { Ok(id) } else { Err(StoreError::NoSuchConversation(id).into()) }
}

/// Says that it was written to when `answer` ended: when that was begun, and the time it took.
pub(super) fn answered(conn: &Connection, answer: MessageId) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE conversations SET updated_ms = max(updated_ms, m.created_ms + m.total_ms)
         FROM messages m WHERE m.id = ?1 AND conversations.id = m.conversation_id",
    )?
    .execute([answer.0])?;
    Ok(())
}

/// One of them without its messages.
pub(super) fn summary(conn: &Connection, id: ConversationId) -> Result<ConversationSummary, Trouble> {
    find(conn, id)?.ok_or_else(|| StoreError::NoSuchConversation(id).into())
}

fn find(conn: &Connection, id: ConversationId) -> rusqlite::Result<Option<ConversationSummary>> {
    conn.prepare_cached(&format!("SELECT {} FROM conversations c WHERE c.id = ?1", rows::SUMMARY))?
        .query_row([id.0], rows::summary)
        .optional()
}

/// See [`super::Store::set_model`].
pub(super) fn set_model(db: &mut Database, id: ConversationId, model: Option<&Override>) -> Result<ConversationSummary, Trouble> {
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.prepare_cached("UPDATE conversations SET model_override = ?2, model_locked = ?3 WHERE id = ?1")?.execute(params![
        id.0,
        model.map(|m| m.model.as_str()),
        model.is_some_and(|m| m.locked)
    ])?;
    let summary = summary(&tx, id)?;
    tx.commit()?;
    Ok(summary)
}

/// See [`super::Store::set_domain`].
pub(super) fn set_domain(db: &mut Database, id: ConversationId, domain: Option<&Domain>) -> Result<ConversationSummary, Trouble> {
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "UPDATE conversations SET domain = ?2 WHERE id = ?1";
    tx.prepare_cached(sql)?.execute(params![id.0, domain.map(Domain::to_string)])?;
    let summary = summary(&tx, id)?;
    tx.commit()?;
    Ok(summary)
}

/// See [`super::Store::rename`].
pub(super) fn rename(db: &mut Database, id: ConversationId, title: &str) -> Result<ConversationSummary, Trouble> {
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.prepare_cached("UPDATE conversations SET title = ?2 WHERE id = ?1")?.execute(params![id.0, title])?;
    let summary = summary(&tx, id)?;
    tx.commit()?;
    Ok(summary)
}

/// See [`super::Store::fork`]. What is being written now is not copied, nor is the question that it belongs to; what a killed process
/// left is copied as it is read: interrupted, with the pieces that had come.
pub(super) fn fork(
    db: &mut Database,
    (id, at): (ConversationId, Option<MessageId>),
    now_ms: i64,
) -> Result<Conversation, Trouble> {
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let title = title_of_copy(&summary(&tx, id)?.title);
    let sql = "INSERT INTO conversations (title, model_override, model_locked, domain, created_ms, updated_ms)
        SELECT ?3, model_override, model_locked, domain, ?2, ?2 FROM conversations WHERE id = ?1";
    let copy = ConversationId(tx.prepare_cached(sql)?.insert(params![id.0, now_ms, title])?);
    versions::copy(&tx, (id, at), copy, &db.writing)?;
    let conversation = Conversation {
        summary: summary(&tx, copy)?,
        messages: messages::of(&tx, copy, &db.writing)?.into(),
        summaries: summaries::of(&tx, copy)?,
    };
    tx.commit()?;
    Ok(conversation)
}

/// See [`super::Store::conversation`].
pub(super) fn whole(db: &mut Database, id: ConversationId) -> Result<Option<Conversation>, Trouble> {
    // One transaction, so that an answer that ends meanwhile in another process is seen either whole or in pieces.
    let tx = db.conn.transaction()?;
    whole_in(&tx, id, &db.writing)
}

/// The same, in the caller's transaction.
pub(super) fn whole_in(
    conn: &Connection,
    id: ConversationId,
    writing: &HashSet<MessageId>,
) -> Result<Option<Conversation>, Trouble> {
    let Some(summary) = find(conn, id)? else { return Ok(None) };
    Ok(Some(Conversation { summary, messages: messages::of(conn, id, writing)?.into(), summaries: summaries::of(conn, id)? }))
}

/// See [`super::Store::conversations`] and [`super::Store::deleted`].
pub(super) fn list(conn: &Connection, limit: u32, deleted: bool) -> Result<Vec<ConversationSummary>, Trouble> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {} FROM conversations c WHERE c.leaf IS NOT NULL AND (c.deleted_ms IS NOT NULL) = ?2
         ORDER BY c.updated_ms DESC, c.id DESC LIMIT ?1",
        rows::SUMMARY
    ))?;
    let list = statement.query_map(params![limit, deleted], rows::summary)?.collect::<rusqlite::Result<_>>()?;
    Ok(list)
}
