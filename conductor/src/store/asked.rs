//! What was asked before, in whatever conversation.

use super::error::Trouble;
use super::rows::Json;
use crate::domain::{Digest, MessageId, PastPrompt, Prompt};
use rusqlite::Connection;
use std::collections::HashSet;

/// Characters of one part of a question that go into the list: enough to find it by its words.
const LISTED: usize = 2000;

/// See [`super::Store::prompts`]. What a file brought along was not asked here.
pub(super) fn prompts(conn: &Connection, limit: usize, bytes: usize) -> Result<Vec<PastPrompt>, Trouble> {
    let sql = "SELECT m.id, m.spans FROM messages m JOIN conversations c ON c.id = m.conversation_id
        WHERE m.role = 'user' AND m.imported = 0 AND c.deleted_ms IS NULL ORDER BY m.id DESC";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let (mut seen, mut found, mut taken) = (HashSet::new(), Vec::new(), 0);
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        // What a later Segno wrote in another form is left out.
        let Ok(Json(prompt)) = row.get::<_, Json<Prompt>>(1) else { continue };
        if prompt.is_blank() || !seen.insert(Digest::of(row.get_ref(1)?.as_str().unwrap_or_default().as_bytes())) {
            continue;
        }
        let past = past(MessageId(row.get(0)?), &prompt);
        taken += past.words.len();
        if taken > bytes {
            break;
        }
        found.push(past);
    }
    Ok(found)
}

fn past(message: MessageId, prompt: &Prompt) -> PastPrompt {
    let (mut words, mut lines, mut attached) = (String::new(), 1, Vec::new());
    for span in &prompt.spans {
        if span.is_attachment() {
            attached.push(span.name.clone());
        } else {
            words.extend(span.text.chars().take(LISTED));
            lines += span.text.matches('\n').count();
        }
    }
    // An end of the last line is none between two.
    let ended = prompt.spans.iter().rfind(|span| !span.is_attachment()).is_some_and(|span| span.text.ends_with('\n'));
    let lines = u32::try_from(lines - usize::from(ended)).unwrap_or(u32::MAX);
    PastPrompt { message, words, lines, attached }
}
