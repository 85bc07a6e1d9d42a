//! What bullets came from.
//!
//! What must stay true: the words of a message stay in its own row: they are read anew each time, and are gone with it.

use super::error::Trouble;
use super::playbooks;
use super::rows::{self, Json};
use crate::domain::{Bullet, BulletId, BulletWhy, ChatOrigin, Delta, MessageId, PlaybookKey, Prompt, Provenance, Rating};
use rusqlite::{Connection, OptionalExtension, Row};

/// A bullet, and what is stored of how it came to be what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The bullet.
    pub bullet: Bullet,
    /// The answer that it came from, where it came from one that is still there.
    pub chat: Option<ChatOrigin>,
    /// What touched it, whole, the newest first, at most [`BulletWhy::DELTAS`].
    pub deltas: Vec<Delta>,
}

/// See [`super::Store::bullet_trace`].
pub(super) fn trace(conn: &mut Connection, key: &PlaybookKey, id: BulletId) -> Result<Option<Trace>, Trouble> {
    let tx = conn.transaction()?;
    let Some((row, head)) = playbooks::find(&tx, key)? else { return Ok(None) };
    let Some(bullet) = playbooks::whole(&tx, row, head)?.bullets.remove(&id) else { return Ok(None) };
    let chat = match bullet.provenance {
        Provenance::Chat { message } => chat(&tx, message)?,
        Provenance::Sample { .. } | Provenance::User | Provenance::Import { .. } => None,
    };
    let deltas = playbooks::touching(&tx, row, id, BulletWhy::DELTAS)?;
    Ok(Some(Trace { bullet, chat, deltas }))
}

/// See [`super::Store::bullet_deltas`].
pub(super) fn touching(conn: &Connection, key: &PlaybookKey, id: BulletId) -> Result<Vec<Delta>, Trouble> {
    let Some((row, _)) = playbooks::find(conn, key)? else { return Ok(Vec::new()) };
    playbooks::touching(conn, row, id, usize::MAX)
}

/// See [`super::Store::chat_origins`].
pub(super) fn chats(conn: &Connection, messages: &[MessageId]) -> Result<Vec<ChatOrigin>, Trouble> {
    messages.iter().filter_map(|message| chat(conn, *message).transpose()).collect()
}

fn chat(conn: &Connection, message: MessageId) -> Result<Option<ChatOrigin>, Trouble> {
    let sql = "SELECT m.id, m.created_ms, m.model, m.family, m.backend, m.location, m.class, m.reason, q.spans, f.rating, f.at_ms
        FROM messages m
        JOIN messages q ON q.id = m.parent AND q.role = 'user'
        LEFT JOIN feedback f ON f.message_id = m.id
        WHERE m.id = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([message.0], origin).optional()?)
}

fn origin(row: &Row<'_>) -> rusqlite::Result<ChatOrigin> {
    let Json(question): Json<Prompt> = row.get("spans")?;
    let rating: Option<Json<Rating>> = row.get("rating")?;
    Ok(ChatOrigin {
        message: MessageId(row.get("id")?),
        question: first_words(&question),
        by: rows::signature(row)?,
        asked_ms: row.get("created_ms")?,
        rating: rating.map(|Json(rating)| rating),
        rated_ms: row.get("at_ms")?,
    })
}

fn first_words(question: &Prompt) -> String {
    let typed = question.typed_text();
    let typed = typed.trim();
    match typed.char_indices().nth(ChatOrigin::WORDS) {
        Some((end, _)) => format!("{}…", &typed[..end]),
        None => typed.to_owned(),
    }
}
