//! Messages: a turn begins with two of them, the answer grows by pieces, and at its end it is one row.
//!
//! What must stay true: text that is there is never rewritten while an answer comes; reading changes nothing, since another
//! process may be writing what looks abandoned here.

use super::error::{StoreError, Trouble};
use super::versions::{self, Root};
use super::worker::Database;
use super::{Begun, Finish, NewTurn, conversations, rows};
use crate::domain::{ConversationId, Message, MessageId, Prompt, Signature, Status};
use rows::{Json, Word, signed};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, named_params, params};
use std::collections::HashSet;

/// See [`super::Store::begin_turn`].
pub(super) fn begin(db: &mut Database, turn: &NewTurn) -> Result<Begun, Trouble> {
    // Immediate: a transaction that reads first and writes later fails at once, without waiting, when another process
    // wrote in between.
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let conversation = match turn.conversation {
        Some(id) => conversations::touch(&tx, id, turn.now_ms)?,
        None => conversations::create(&tx, &turn.prompt, (turn.model_override.as_ref(), turn.domain.as_ref()), turn.now_ms)?,
    };
    let next = "SELECT coalesce(max(seq) + 1, 0) FROM messages WHERE conversation_id = ?1";
    let seq: i64 = tx.prepare_cached(next)?.query_row([conversation.0], |row| row.get(0))?;
    let insert = |seq: i64,
                  role: &str,
                  prompt: &Prompt,
                  status: &Status,
                  parent: Option<MessageId>|
     -> rusqlite::Result<MessageId> {
        tx.prepare_cached(
            "INSERT INTO messages (conversation_id, seq, role, spans, status, created_ms, parent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .insert(params![
            conversation.0,
            seq,
            role,
            Json(prompt),
            rows::status_columns(status).0,
            turn.now_ms,
            parent.map(|parent| parent.0)
        ])
        .map(MessageId)
    };
    let user = match versions::root(&tx, conversation, &turn.after)? {
        Root::Parent(parent) => insert(seq, "user", &turn.prompt, &Status::Complete, parent)?,
        Root::Question(question) => question,
    };
    let answer = insert(seq + 1, "assistant", &Prompt::default(), &Status::Streaming, Some(user))?;
    versions::set_leaf(&tx, conversation, answer)?;
    let (user_versions, answer_versions) = (versions::versions(&tx, user)?, versions::versions(&tx, answer)?);
    let conversation = conversations::summary(&tx, conversation)?;
    tx.commit()?;
    db.writing.insert(answer);
    Ok(Begun { conversation, user, user_versions, answer, answer_versions })
}

/// See [`super::Store::sign`].
pub(super) fn sign(conn: &Connection, answer: MessageId, by: &Signature) -> Result<(), Trouble> {
    let changed = conn
        .prepare_cached(
            "UPDATE messages SET model = ?2, family = ?3, backend = ?4, location = ?5, class = ?6, reason = ?7
             WHERE id = ?1 AND status = 'streaming'",
        )?
        .execute(params![
            answer.0,
            by.model.as_str(),
            by.family,
            by.backend.as_str(),
            Json(&by.location),
            Word(by.class),
            Json(&by.reason)
        ])?;
    only(changed, answer)
}

/// See [`super::Store::append`].
pub(super) fn append(conn: &Connection, answer: MessageId, text: &str, thinking: &str) -> Result<(), Trouble> {
    let changed = conn
        .prepare_cached(
            "INSERT INTO pieces (message_id, seq, text, thinking)
             SELECT id, (SELECT coalesce(max(seq) + 1, 0) FROM pieces WHERE message_id = ?1), ?2, ?3
             FROM messages WHERE id = ?1 AND status = 'streaming'",
        )?
        .execute(params![answer.0, text, thinking])?;
    only(changed, answer)
}

/// See [`super::Store::finish`].
pub(super) fn finish(db: &mut Database, answer: MessageId, end: &Finish) -> Result<(), Trouble> {
    if end.status == Status::Streaming {
        return Err(StoreError::NotAnEnd(answer).into());
    }
    // Whatever comes of it, nothing more will be written: what is read after a failure here was interrupted.
    db.writing.remove(&answer);
    let (status, failure) = rows::status_columns(&end.status);
    let by = end.signature.as_ref();
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let changed = tx
        .prepare_cached(
            "UPDATE messages SET text = :text, thinking = :thinking, model = :model, family = :family, backend = :backend,
                 location = :location, class = :class, reason = :reason, prompt_tokens = :prompt_tokens,
                 answer_tokens = :answer_tokens, first_token_ms = :first_token_ms, total_ms = :total_ms, load_ms = :load_ms,
                 eval_us = :eval_us, status = :status, failure = :failure, cut_by_length = :cut_by_length,
                 attempts = :attempts, cost = :cost, labels = :labels, decision = :decision
             WHERE id = :id AND status = 'streaming'",
        )?
        .execute(named_params! {
            ":id": answer.0,
            ":text": end.text,
            ":thinking": end.thinking,
            ":model": by.map(|by| by.model.as_str()),
            ":family": by.map(|by| by.family.as_str()),
            ":backend": by.map(|by| by.backend.as_str()),
            ":location": by.map(|by| Json(&by.location)),
            ":class": by.map(|by| Word(by.class)),
            ":reason": by.map(|by| Json(&by.reason)),
            ":prompt_tokens": end.usage.prompt_tokens,
            ":answer_tokens": end.usage.answer_tokens,
            ":first_token_ms": end.timing.first_token_ms.map(signed),
            ":total_ms": signed(end.timing.total_ms),
            ":load_ms": end.timing.load_ms.map(signed),
            ":eval_us": end.timing.eval_us.map(signed),
            ":status": status,
            ":failure": failure,
            ":cut_by_length": end.cut_by_length,
            ":attempts": Json(&end.attempts),
            ":cost": end.cost.map(|cost| signed(cost.0)),
            ":labels": Json(&end.labels),
            ":decision": end.decision.as_ref().map(Json),
        })?;
    only(changed, answer)?;
    tx.prepare_cached("DELETE FROM pieces WHERE message_id = ?1")?.execute([answer.0])?;
    conversations::answered(&tx, answer)?;
    tx.commit()?;
    Ok(())
}

/// Copies a message to a place in another conversation. One that a killed process left is copied as it is read: interrupted, with the
/// pieces that had come.
pub(super) fn copy(
    conn: &Connection,
    id: MessageId,
    (to, seq, parent): (ConversationId, i64, Option<MessageId>),
) -> rusqlite::Result<MessageId> {
    const SAME: &str =
        "role, spans, model, family, backend, location, class, reason, prompt_tokens, answer_tokens, first_token_ms,
        total_ms, load_ms, eval_us, failure, cut_by_length, attempts, created_ms, cost, labels, decision, imported";
    let pieces = |column: &str| {
        format!(
            "CASE status WHEN 'streaming' THEN (SELECT coalesce(group_concat({column}, '' ORDER BY seq), '') FROM pieces
             WHERE message_id = messages.id) ELSE {column} END"
        )
    };
    conn.prepare_cached(&format!(
        "INSERT INTO messages (conversation_id, seq, parent, status, text, thinking, {SAME})
         SELECT ?2, ?3, ?4, iif(status = 'streaming', 'interrupted', status), {}, {}, {SAME} FROM messages WHERE id = ?1",
        pieces("text"),
        pieces("thinking")
    ))?
    .insert(params![id.0, to.0, seq, parent.map(|parent| parent.0)])
    .map(MessageId)
}

/// Stores a message that a file brought along.
pub(super) fn import(
    conn: &Connection,
    message: &Message,
    (to, seq, parent): (ConversationId, i64, Option<MessageId>),
) -> Result<MessageId, Trouble> {
    let (status, failure) = rows::status_columns(&message.status);
    let by = message.signature.as_ref();
    let id = conn
        .prepare_cached(
            "INSERT INTO messages (conversation_id, seq, parent, imported, role, spans, text, thinking, model, family, backend,
                 location, class, reason, prompt_tokens, answer_tokens, first_token_ms, total_ms, load_ms, eval_us, status,
                 failure, cut_by_length, attempts, cost, labels, decision, created_ms)
             VALUES (:conversation, :seq, :parent, 1, :role, :spans, :text, :thinking, :model, :family, :backend, :location,
                 :class, :reason, :prompt_tokens, :answer_tokens, :first_token_ms, :total_ms, :load_ms, :eval_us, :status,
                 :failure, :cut_by_length, :attempts, :cost, :labels, :decision, :created_ms)",
        )?
        .insert(named_params! {
            ":conversation": to.0,
            ":seq": seq,
            ":parent": parent.map(|parent| parent.0),
            ":role": Word(message.role),
            ":spans": Json(&message.prompt),
            ":text": message.text,
            ":thinking": message.thinking,
            ":model": by.map(|by| by.model.as_str()),
            ":family": by.map(|by| by.family.as_str()),
            ":backend": by.map(|by| by.backend.as_str()),
            ":location": by.map(|by| Json(&by.location)),
            ":class": by.map(|by| Word(by.class)),
            ":reason": by.map(|by| Json(&by.reason)),
            ":prompt_tokens": message.usage.prompt_tokens,
            ":answer_tokens": message.usage.answer_tokens,
            ":first_token_ms": message.timing.first_token_ms.map(signed),
            ":total_ms": signed(message.timing.total_ms),
            ":load_ms": message.timing.load_ms.map(signed),
            ":eval_us": message.timing.eval_us.map(signed),
            ":status": status,
            ":failure": failure,
            ":cut_by_length": message.cut_by_length,
            ":attempts": Json(&message.attempts),
            ":cost": message.cost.map(|cost| signed(cost.0)),
            ":labels": Json(&message.labels),
            ":decision": message.decision.as_ref().map(Json),
            ":created_ms": message.created_ms,
        })
        .map(MessageId)?;
    if let Some(rating) = &message.rating {
        let sql = "INSERT INTO feedback (message_id, rating, at_ms) VALUES (?1, ?2, ?3)";
        conn.prepare_cached(sql)?.execute(params![id.0, Json(rating), message.created_ms])?;
    }
    Ok(id)
}

/// Exactly one answer was streaming under this number, or none.
fn only(changed: usize, answer: MessageId) -> Result<(), Trouble> {
    if changed == 1 { Ok(()) } else { Err(StoreError::NotStreaming(answer).into()) }
}

/// The messages of a conversation that are shown, oldest first; how a model was chosen only of the newest that knows it: nobody asks of
/// the others, and they are as long as short answers. What is `streaming` there and not in `writing` was interrupted, as far
/// as can be seen from here.
pub(super) fn of(conn: &Connection, id: ConversationId, writing: &HashSet<MessageId>) -> rusqlite::Result<Vec<Message>> {
    // Their numbers first: sorting whole rows takes as much memory again as the conversation.
    let mut path = conn.prepare_cached(
        "WITH RECURSIVE path (at) AS (SELECT leaf FROM conversations WHERE id = ?1 AND leaf IS NOT NULL UNION ALL
            SELECT m.parent FROM path JOIN messages m ON m.id = path.at WHERE m.parent IS NOT NULL)
         SELECT at FROM path",
    )?;
    let newest_first = path.query_map([id.0], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
    let mut one = conn.prepare_cached(&format!("SELECT {} FROM messages WHERE id = ?1", rows::MESSAGE))?;
    let mut messages = Vec::with_capacity(newest_first.len());
    for id in newest_first.into_iter().rev() {
        messages.push(one.query_row([id], rows::message).optional()?.ok_or_else(missing)?);
    }
    let last = messages.iter().rposition(|message| message.decision.is_some());
    messages.iter_mut().take(last.unwrap_or_default()).for_each(|message| message.decision = None);
    complete(conn, &mut messages, writing)?;
    versions::tell(conn, id, &mut messages)?;
    Ok(messages)
}

/// A message that others name is not there, which only damage to the file can bring about.
fn missing() -> rusqlite::Error {
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(corrupt, Some("a message is missing".to_owned()))
}

/// All versions of its messages, oldest first. They are not told of each other: the list of `n` versions in each of them is `n` times `n`
/// long.
pub(super) fn all(conn: &Connection, id: ConversationId, writing: &HashSet<MessageId>) -> rusqlite::Result<Vec<Message>> {
    let sql = format!("SELECT {} FROM messages WHERE conversation_id = ?1 ORDER BY id", rows::MESSAGE);
    read(conn, &sql, id.0, writing)
}

/// One message, which is not told of its versions.
pub(super) fn one(conn: &Connection, id: MessageId, writing: &HashSet<MessageId>) -> rusqlite::Result<Option<Message>> {
    let sql = format!("SELECT {} FROM messages WHERE id = ?1", rows::MESSAGE);
    Ok(read(conn, &sql, id.0, writing)?.pop())
}

fn read(conn: &Connection, sql: &str, of: i64, writing: &HashSet<MessageId>) -> rusqlite::Result<Vec<Message>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut messages = statement.query_map([of], rows::message)?.collect::<rusqlite::Result<Vec<_>>>()?;
    complete(conn, &mut messages, writing)?;
    Ok(messages)
}

/// Adds the pieces of what is still coming, or came no further.
fn complete(conn: &Connection, messages: &mut [Message], writing: &HashSet<MessageId>) -> rusqlite::Result<()> {
    for message in messages.iter_mut().filter(|message| message.status == Status::Streaming) {
        let mut statement = conn.prepare_cached("SELECT text, thinking FROM pieces WHERE message_id = ?1 ORDER BY seq")?;
        let mut pieces = statement.query([message.id.0])?;
        let (mut text, mut thinking) = (message.text.to_string(), message.thinking.to_string());
        while let Some(piece) = pieces.next()? {
            text.push_str(&piece.get::<_, String>(0)?);
            thinking.push_str(&piece.get::<_, String>(1)?);
        }
        (message.text, message.thinking) = (text.into(), thinking.into());
        if !writing.contains(&message.id) {
            message.status = Status::Interrupted;
        }
    }
    Ok(())
}
