//! The search over all messages.
//!
//! What must stay true: whatever the user types is looked for as it stands, and is never read as a query of the index; what is
//! deleted is not found; reading changes nothing.

use super::error::Trouble;
use super::rows;
use crate::domain::{ConversationId, Hit, MessageId, Role};
use rows::Word;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::ops::Range;

/// The index knows three characters in a row; what is shorter is looked for in the words themselves.
const INDEXED: usize = 3;

/// So many words of a query count.
const MOST_WORDS: usize = 16;

/// So many characters of a word count.
const LONGEST_WORD: usize = 200;

/// Characters of an excerpt before the first find.
const BEFORE: usize = 40;

/// Characters of an excerpt.
const LENGTH: usize = 160;

/// See [`super::Store::search`].
pub(super) fn find(conn: &mut Connection, text: &str, limit: u32, before: Option<MessageId>) -> Result<Vec<Hit>, Trouble> {
    let words = words(text);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    // One transaction: an answer that ends meanwhile is in pieces or whole, not both.
    let tx = conn.transaction()?;
    let phrases: Vec<String> = words
        .iter()
        .filter(|word| word.chars().count() >= INDEXED)
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    let mut values = vec![Value::from(before.map_or(i64::MAX, |id| id.0))];
    if !phrases.is_empty() {
        values.push(Value::from(phrases.join(" AND ")));
    }
    let sql = statement(!phrases.is_empty());
    let mut hits = Vec::new();
    {
        let mut statement = tx.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while (hits.len() as u64) < u64::from(limit)
            && let Some(row) = rows.next()?
        {
            let (message, conversation) = (MessageId(row.get(0)?), ConversationId(row.get(1)?));
            let (Word(role), at_ms): (Word<Role>, i64) = (row.get(2)?, row.get(3)?);
            let text: String = row.get(4)?;
            let Some(first) = first_of(&text, &words) else { continue };
            let (excerpt, marks) = excerpt(&text, first, &words);
            let archived = !is_shown(&tx, conversation, message)?;
            let conversation = super::conversations::summary(&tx, conversation)?;
            hits.push(Hit { conversation, message, role, excerpt, marks, at_ms, archived });
        }
    }
    Ok(hits)
}

/// Messages that may hold the words, the newest first: those before `?1`, and, with `indexed`, those that match `?2` in the index.
pub(super) fn statement(indexed: bool) -> String {
    let ended = if indexed { "m.id IN (SELECT rowid FROM search WHERE search MATCH ?2 AND rowid < ?1)" } else { "m.id < ?1" };
    // What a killed process left has no end and is not in the index, but it has pieces, which nothing else has.
    format!(
        "SELECT m.id, m.conversation_id, m.role, m.created_ms, w.words
         FROM messages m JOIN message_words w ON w.id = m.id JOIN conversations c ON c.id = m.conversation_id
         WHERE c.deleted_ms IS NULL AND m.status <> 'streaming' AND {ended}
         UNION ALL
         SELECT m.id, m.conversation_id, m.role, m.created_ms,
            (SELECT group_concat(p.text, '' ORDER BY p.seq) FROM pieces p WHERE p.message_id = m.id)
         FROM messages m JOIN conversations c ON c.id = m.conversation_id
         WHERE c.deleted_ms IS NULL AND m.status = 'streaming' AND m.id IN (SELECT message_id FROM pieces WHERE message_id < ?1)
         ORDER BY 1 DESC"
    )
}

/// Whether a message is on the path that is shown.
fn is_shown(conn: &Connection, conversation: ConversationId, message: MessageId) -> Result<bool, Trouble> {
    let sql = "WITH RECURSIVE path (at) AS (SELECT leaf FROM conversations WHERE id = ?1 AND leaf IS NOT NULL UNION ALL
            SELECT m.parent FROM path JOIN messages m ON m.id = path.at WHERE m.parent IS NOT NULL AND path.at > ?2)
        SELECT 1 FROM path WHERE at = ?2";
    Ok(conn.prepare_cached(sql)?.exists([conversation.0, message.0])?)
}

/// The words that are looked for, in small letters.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.take(MOST_WORDS).map(|word| folded(&word.chars().take(LONGEST_WORD).collect::<String>())).collect()
}

/// Small letters, one for each: a letter that becomes several stays as it is, so that places stay comparable.
fn small(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn folded(text: &str) -> String {
    text.chars().map(small).collect()
}

/// Where the first of the words stands, in characters, if all of them are there.
fn first_of(text: &str, words: &[String]) -> Option<usize> {
    let folded = folded(text);
    let mut first = usize::MAX;
    for word in words {
        first = first.min(folded.find(word.as_str())?);
    }
    Some(folded[..first].chars().count())
}

/// The words around the character `first`, on one line, and what of them was looked for.
fn excerpt(text: &str, first: usize, words: &[String]) -> (String, Vec<Range<usize>>) {
    let from = first.saturating_sub(BEFORE);
    let mut rest = text.chars().skip(from);
    let mut shown = String::new();
    if from > 0 {
        shown.push('…');
    }
    let plain = |c: char| if c.is_whitespace() || c.is_control() { ' ' } else { c };
    shown.extend(rest.by_ref().take(LENGTH).map(plain));
    if rest.next().is_some() {
        shown.push('…');
    }
    let marks = marks(&shown, words);
    (shown, marks)
}

/// Where the words stand, in bytes.
fn marks(shown: &str, words: &[String]) -> Vec<Range<usize>> {
    // Small letters may be longer in bytes than great ones: places are taken character by character.
    let places: Vec<usize> = shown.char_indices().map(|(at, _)| at).chain([shown.len()]).collect();
    let folded: Vec<char> = shown.chars().map(small).collect();
    let mut found: Vec<Range<usize>> = Vec::new();
    for word in words {
        let word: Vec<char> = word.chars().collect();
        let ends = folded.windows(word.len()).enumerate().filter(|(_, window)| *window == word.as_slice());
        found.extend(ends.map(|(at, _)| places[at]..places[at + word.len()]));
    }
    found.sort_by_key(|range| (range.start, range.end));
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in found {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}
