//! Conversations as trees: each message knows the one before it, and the conversation knows the last one of the path that is shown.
//!
//! What must stay true: a message comes after its parent, by its number too, so that no path is a ring; which path is shown says
//! nothing of the others, which stay as they are.

use super::error::{StoreError, Trouble};
use super::worker::Database;
use super::{After, clock, conversations, messages, summaries};
use crate::domain::{Conversation, ConversationId, Domain, Message, MessageId, Override, Summary, Versions};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::collections::{HashMap, HashSet};

/// Where a new turn goes: after which message its question is stored, or which question is answered once more.
pub(super) enum Root {
    Parent(Option<MessageId>),
    Question(MessageId),
}

/// Which conversation a message is of, its parent, and whose it is.
pub(super) fn place(conn: &Connection, id: MessageId) -> Result<(ConversationId, Option<MessageId>, String), Trouble> {
    let sql = "SELECT conversation_id, parent, role FROM messages WHERE id = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok((ConversationId(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(MessageId), row.get::<_, String>(2)?))
    };
    let found = conn.prepare_cached(sql)?.query_row([id.0], read).optional()?;
    found.ok_or_else(|| StoreError::NoSuchMessage(id).into())
}

/// Finds where a turn of `conversation` goes.
pub(super) fn root(conn: &Connection, conversation: ConversationId, after: &After) -> Result<Root, Trouble> {
    let wanted = match after {
        After::Shown => return Ok(Root::Parent(leaf(conn, conversation)?)),
        After::Message(id) | After::Beside(id) | After::Again(id) => *id,
    };
    let (of, parent, role) = place(conn, wanted)?;
    let is_question = role == "user";
    match after {
        _ if of != conversation => Err(StoreError::NoSuchMessage(wanted).into()),
        After::Beside(_) if is_question => Ok(Root::Parent(parent)),
        After::Again(_) if is_question => Ok(Root::Question(wanted)),
        After::Beside(_) | After::Again(_) => Err(StoreError::NoSuchMessage(wanted).into()),
        After::Shown | After::Message(_) => Ok(Root::Parent(Some(wanted))),
    }
}

/// The last message of the path that is shown.
pub(super) fn leaf(conn: &Connection, conversation: ConversationId) -> Result<Option<MessageId>, Trouble> {
    let sql = "SELECT leaf FROM conversations WHERE id = ?1";
    let found: Option<Option<i64>> = conn.prepare_cached(sql)?.query_row([conversation.0], |row| row.get(0)).optional()?;
    Ok(found.flatten().map(MessageId))
}

/// From now on the path that ends in `leaf` is shown. Part of the caller's transaction.
pub(super) fn set_leaf(conn: &Connection, conversation: ConversationId, leaf: MessageId) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE conversations SET leaf = ?2 WHERE id = ?1")?.execute(params![conversation.0, leaf.0])?;
    Ok(())
}

/// The messages from the first question to `last`.
pub(super) fn path(conn: &Connection, last: MessageId) -> rusqlite::Result<Vec<MessageId>> {
    let mut statement = conn.prepare_cached(
        "WITH RECURSIVE path (at, depth) AS (SELECT ?1, 0 UNION ALL
            SELECT m.parent, depth + 1 FROM path JOIN messages m ON m.id = path.at WHERE m.parent IS NOT NULL)
         SELECT at FROM path ORDER BY depth DESC",
    )?;
    statement.query_map([last.0], |row| row.get(0).map(MessageId))?.collect()
}

/// What else stands in the place of a message.
pub(super) fn versions(conn: &Connection, id: MessageId) -> rusqlite::Result<Versions> {
    let mut statement = conn.prepare_cached(
        "SELECT other.id FROM messages m JOIN messages other
            ON other.conversation_id = m.conversation_id AND other.parent IS m.parent AND other.role = m.role
         WHERE m.id = ?1 ORDER BY other.id",
    )?;
    let ids = statement.query_map([id.0], |row| row.get(0).map(MessageId))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(of_place(&ids, id))
}

fn of_place(ids: &[MessageId], id: MessageId) -> Versions {
    match ids.iter().position(|other| *other == id) {
        Some(at) if ids.len() > 1 => Versions { ids: ids.to_vec(), at },
        _ => Versions::default(),
    }
}

/// Tells each of these messages of one path what else stands in its place.
pub(super) fn tell(conn: &Connection, conversation: ConversationId, messages: &mut [Message]) -> rusqlite::Result<()> {
    let mut statement = conn.prepare_cached("SELECT id, parent, role FROM messages WHERE conversation_id = ?1 ORDER BY id")?;
    let mut rows = statement.query([conversation.0])?;
    let mut places: HashMap<(Option<i64>, String), Vec<MessageId>> = HashMap::new();
    let mut place_of: HashMap<MessageId, (Option<i64>, String)> = HashMap::new();
    while let Some(row) = rows.next()? {
        let (id, place) = (MessageId(row.get(0)?), (row.get(1)?, row.get(2)?));
        places.entry(place.clone()).or_default().push(id);
        place_of.insert(id, place);
    }
    for message in messages {
        if let Some(ids) = place_of.get(&message.id).and_then(|place| places.get(place)) {
            message.versions = of_place(ids, message.id);
        }
    }
    Ok(())
}

/// The newest message of the branches that begin with `id`: its numbers grow downwards, so it is the end of one.
fn newest_below(conn: &Connection, id: MessageId) -> rusqlite::Result<MessageId> {
    let sql = "WITH RECURSIVE below (at) AS (SELECT ?1 UNION ALL SELECT m.id FROM below JOIN messages m ON m.parent = below.at)
        SELECT max(at) FROM below";
    conn.prepare_cached(sql)?.query_row([id.0], |row| row.get(0)).map(MessageId)
}

/// Whether this process writes an answer in the conversation.
pub(super) fn is_written(conn: &Connection, conversation: ConversationId, writing: &HashSet<MessageId>) -> Result<bool, Trouble> {
    for message in writing {
        match place(conn, *message) {
            Ok((of, ..)) if of == conversation => return Ok(true),
            Ok(_) | Err(Trouble::Other(StoreError::NoSuchMessage(_))) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(false)
}

/// An answer without an end that was begun so long ago is one that a process left which died.
const LONGEST_ANSWER_MS: i64 = 30 * 60_000;

/// Whether an answer is coming in the conversation: this process writes it, or another one seems to. One that
/// seems to begin later than now was left before the clock was set back.
pub(super) fn is_answering(
    conn: &Connection,
    conversation: ConversationId,
    writing: &HashSet<MessageId>,
) -> Result<bool, Trouble> {
    let now = clock::now_ms();
    let sql = "SELECT 1 FROM messages WHERE conversation_id = ?1 AND status = 'streaming' AND created_ms BETWEEN ?2 AND ?3";
    let near = params![conversation.0, now.saturating_sub(LONGEST_ANSWER_MS), now.saturating_add(LONGEST_ANSWER_MS)];
    Ok(is_written(conn, conversation, writing)? || conn.prepare_cached(sql)?.exists(near)?)
}

/// See [`super::Store::show`].
pub(super) fn show(db: &mut Database, at: MessageId) -> Result<Conversation, Trouble> {
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (conversation, ..) = place(&tx, at)?;
    if is_written(&tx, conversation, &db.writing)? {
        return Err(StoreError::Answering(conversation).into());
    }
    let leaf = newest_below(&tx, at)?;
    set_leaf(&tx, conversation, leaf)?;
    let summary = conversations::summary(&tx, conversation)?;
    let messages = messages::of(&tx, conversation, &db.writing)?;
    let summaries = summaries::of(&tx, conversation)?;
    tx.commit()?;
    Ok(Conversation { summary, messages: messages.into(), summaries })
}

/// Copies the path to `last` of one conversation into another, up to an answer that is being written; its question is left out with it.
pub(super) fn copy(
    conn: &Connection,
    (from, last): (ConversationId, Option<MessageId>),
    to: ConversationId,
    writing: &HashSet<MessageId>,
) -> Result<(), Trouble> {
    let last = match last {
        Some(last) if place(conn, last)?.0 == from => Some(last),
        Some(last) => return Err(StoreError::NoSuchMessage(last).into()),
        None => leaf(conn, from)?,
    };
    let mut path = last.map(|last| path(conn, last)).transpose()?.unwrap_or_default();
    if let Some(at) = path.iter().position(|id| writing.contains(id)) {
        path.truncate(at.saturating_sub(1));
    }
    let mut parent = None;
    let mut copies = HashMap::new();
    for (seq, id) in (0..).zip(path) {
        let copy = messages::copy(conn, id, (to, seq, parent))?;
        copies.insert(id, copy);
        parent = Some(copy);
    }
    for summary in summaries::of(conn, from)? {
        // Of another path, or of what comes after.
        let Some(last) = copies.get(&summary.last).copied() else { continue };
        summaries::insert(conn, to, &Summary { last, ..summary })?;
    }
    if let Some(leaf) = parent {
        set_leaf(conn, to, leaf)?;
    }
    Ok(())
}

/// A message of a whole conversation, with all its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The message before it.
    pub parent: Option<MessageId>,
    /// The message, without what else stands in its place: that is told by the parents.
    pub message: Message,
}

/// A conversation with all versions of its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The conversation, with the path that is shown.
    pub shown: Conversation,
    /// All messages, each after its parent.
    pub nodes: Vec<Node>,
}

/// See [`super::Store::tree`].
pub(super) fn tree(db: &mut Database, id: ConversationId) -> Result<Option<Tree>, Trouble> {
    let Database { conn, writing, .. } = db;
    let tx = conn.transaction()?;
    let Some(shown) = conversations::whole_in(&tx, id, writing)? else { return Ok(None) };
    let mut statement = tx.prepare_cached("SELECT parent FROM messages WHERE conversation_id = ?1 ORDER BY id")?;
    let parents = statement.query_map([id.0], |row| row.get(0))?.collect::<rusqlite::Result<Vec<Option<i64>>>>()?;
    let all = messages::all(&tx, id, writing)?;
    let nodes = parents.into_iter().zip(all).map(|(parent, message)| Node { parent: parent.map(MessageId), message });
    Ok(Some(Tree { shown, nodes: nodes.collect() }))
}

/// See [`super::Store::message`].
pub(super) fn message(db: &mut Database, id: MessageId) -> Result<Message, Trouble> {
    let Database { conn, writing, .. } = db;
    let tx = conn.transaction()?;
    let Some(message) = messages::one(&tx, id, writing)? else { return Err(StoreError::NoSuchMessage(id).into()) };
    Ok(Message { versions: versions(&tx, id)?, ..message })
}

/// What an imported message is stored from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Which of those before it in the list is its parent.
    pub parent: Option<usize>,
    /// The message; its number and its versions count for nothing.
    pub message: Message,
}

/// See [`super::Store::import`].
pub(super) fn import(db: &mut Database, new: &[NewTree]) -> Result<Vec<ConversationId>, Trouble> {
    let tx = db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let ids = new.iter().map(|tree| import_one(&tx, tree)).collect::<Result<_, _>>()?;
    tx.commit()?;
    Ok(ids)
}

fn import_one(conn: &Connection, new: &NewTree) -> Result<ConversationId, Trouble> {
    let conversation = conversations::create_imported(conn, new)?;
    let mut ids: Vec<MessageId> = Vec::with_capacity(new.nodes.len());
    for (seq, node) in (0..).zip(&new.nodes) {
        let parent = node.parent.map(|at| placed(&ids, at)).transpose()?;
        ids.push(messages::import(conn, &node.message, (conversation, seq, parent))?);
    }
    set_leaf(conn, conversation, placed(&ids, new.leaf)?)?;
    for (at, summary) in &new.summaries {
        let last = placed(&ids, *at)?;
        summaries::insert(conn, conversation, &Summary { last, imported: true, ..summary.clone() })?;
    }
    Ok(conversation)
}

/// The message that was stored as number `at` of a file.
fn placed(ids: &[MessageId], at: usize) -> Result<MessageId, StoreError> {
    ids.get(at).copied().ok_or(StoreError::NoSuchMessage(MessageId(at as i64)))
}

/// A conversation from a file. That it is sound is for whoever reads the file; what the schema refuses, or has no place, is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTree {
    /// Its title, which is not empty.
    pub title: String,
    /// Milliseconds since 1970-01-01 UTC; one that is yet to come counts as now.
    pub created_ms: i64,
    /// What its questions are about.
    pub domain: Option<Domain>,
    /// The model that is fixed for it.
    pub model_override: Option<Override>,
    /// Which of the messages is the last that is shown.
    pub leaf: usize,
    /// The messages, each after its parent; none is [`Streaming`](crate::domain::Status::Streaming).
    pub nodes: Vec<Imported>,
    /// Summaries, each with the place of the last message that it covers; their own numbers count for nothing.
    pub summaries: Vec<(usize, Summary)>,
}
