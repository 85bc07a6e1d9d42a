//! Conversations as files.
//!
//! What must stay true: pure but for [`answer`]; JSON holds all versions and is what [`super::import`] reads; Markdown and HTML hold the
//! path that is shown, and HTML loads nothing and runs nothing.

mod html;
mod markdown;

use crate::domain::{
    Conversation, ConversationId, Domain, ExportFormat, Failure, FailureKind, Message, MessageId, Override, Role, Status,
    Summary, SummaryId, Versions,
};
use crate::protocol::Reply;
use crate::store::{Store, StoreError, Tree};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The number of the form that is written.
pub(super) const FORM: u32 = 1;

/// A conversation as a line of a JSON file. Numbers of messages count from 1 in each file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    /// The number of the form; it tells what the file is.
    pub(super) segno_conversation: u32,
    pub(super) title: String,
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) domain: Option<Domain>,
    /// The model that is fixed for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<Override>,
    /// The last message of the path that is shown.
    pub(super) shown: i64,
    /// All versions, each after its parent.
    pub(super) messages: Vec<Entry>,
    /// Summaries that stand; their `last` is a number of this file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) summaries: Vec<Summary>,
}

/// A message in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The message before it; a first question has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<i64>,
    pub(super) message: Message,
}

/// Writes a conversation, or all of them.
pub(super) async fn answer(store: &Store, id: Option<ConversationId>, format: ExportFormat) -> Result<Reply, StoreError> {
    let Some(id) = id else {
        if format != ExportFormat::Json {
            let what = "all conversations together are written as JSON alone";
            return Ok(Reply::Failed(Failure::new(FailureKind::Refused, what, "`segno history export --all --format json`")));
        }
        let mut lines = String::new();
        let mut list = store.conversations(u32::MAX).await?;
        // The oldest first, so that what is imported stands in the same order.
        list.reverse();
        for summary in list {
            let Some(tree) = store.tree(summary.id).await? else { continue };
            match json(&tree) {
                Ok(line) => lines.push_str(&line),
                Err(failure) => return Ok(Reply::Failed(failure)),
            }
        }
        return Ok(Reply::Text(lines));
    };
    let Some(tree) = store.tree(id).await? else { return Err(StoreError::NoSuchConversation(id)) };
    Ok(match format {
        ExportFormat::Markdown => Reply::Text(markdown::page(&tree.shown)),
        ExportFormat::Html => Reply::Text(html::page(&tree.shown)),
        ExportFormat::Json => json(&tree).map_or_else(Reply::Failed, Reply::Text),
    })
}

/// A conversation as one line of JSON.
pub(super) fn json(tree: &Tree) -> Result<String, Failure> {
    let line = serde_json::to_string(&file(tree)).map_err(|error| {
        Failure::new(
            FailureKind::Broken,
            format!("the conversation cannot be written as JSON: {error}"),
            "the log has the details",
        )
    })?;
    Ok(line + "\n")
}

fn file(tree: &Tree) -> File {
    let summary = &tree.shown.summary;
    let numbers: HashMap<MessageId, i64> = tree.nodes.iter().map(|node| node.message.id).zip(1..).collect();
    let number = |id: &MessageId| numbers.get(id).copied();
    let entry = |node: &crate::store::Node| {
        let id = MessageId(number(&node.message.id).unwrap_or_default());
        // What is still coming is cut off in the file.
        let status = match &node.message.status {
            Status::Streaming => Status::Interrupted,
            status => status.clone(),
        };
        let message = Message { id, status, versions: Versions::default(), imported: false, ..node.message.clone() };
        Entry { parent: node.parent.as_ref().and_then(number), message }
    };
    let summary_of = |(n, summary): (i64, &Summary)| {
        let last = MessageId(number(&summary.last)?);
        // That it comes from a file is said by whoever reads it.
        Some(Summary { id: SummaryId(n), last, imported: false, ..summary.clone() })
    };
    File {
        segno_conversation: FORM,
        title: summary.title.clone(),
        created_ms: summary.created_ms,
        updated_ms: summary.updated_ms,
        domain: summary.domain.clone(),
        model: summary.model_override.clone(),
        shown: tree.shown.messages.last().and_then(|last| number(&last.id)).unwrap_or_default(),
        messages: tree.nodes.iter().map(entry).collect(),
        summaries: (1..).zip(&tree.shown.summaries).filter_map(summary_of).collect(),
    }
}

/// Who speaks, in words: a model and where it ran, the guide, or the user.
fn speaker(message: &Message) -> String {
    match (message.role, &message.signature) {
        (Role::User, _) => "You".to_owned(),
        (Role::Assistant, Some(by)) if by.is_guide() => "The guide of Segno".to_owned(),
        (Role::Assistant, Some(by)) => format!("{} · {}", by.model, by.location),
        (Role::Assistant, None) => "Nobody answered".to_owned(),
    }
}

/// The summary that stands in prompts for the messages up to and with this one, in words: what it is, and its text.
fn summed_up(conversation: &Conversation, at: MessageId) -> Option<(String, String)> {
    let (summary, covers) = Summary::in_force(&conversation.summaries, &conversation.messages)?;
    let head = format!("Summary of the {covers} messages above, by {} · {}", summary.model, summary.location);
    (summary.last == at).then(|| (head, plain(&summary.text)))
}

/// How far an answer came, where it is not whole.
fn ending(message: &Message) -> Option<String> {
    match &message.status {
        Status::Complete if message.cut_by_length => Some("The answer stops at a limit of length.".to_owned()),
        Status::Complete => None,
        Status::Streaming => Some("The answer is still coming.".to_owned()),
        Status::Cancelled => Some("The answer was stopped.".to_owned()),
        Status::Partial(failure) => Some(format!("The answer broke off: {}.", failure.what)),
        Status::Failed(failure) => Some(format!("No answer came: {}.", failure.what)),
        Status::Interrupted => Some("Segno ended while the answer came.".to_owned()),
    }
}

/// The words of a message as a person reads them: what is attached is named, and an image is not in it.
fn words(message: &Message) -> String {
    if message.role == Role::Assistant {
        return message.text.to_string();
    }
    let mut words = message.prompt.text();
    for image in message.prompt.spans.iter().filter(|span| span.image.is_some()) {
        words.push_str(&format!("\n\n[image {}]", image.name));
    }
    words
}

/// A time as people and programs read it; UTC.
fn when(ms: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| format!("{ms} ms"))
}

/// Without what a terminal or a browser may take for a command: control characters but line breaks and tabs, and those that turn the
/// direction of text.
fn plain(text: &str) -> String {
    let hostile = |c: &char| {
        c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().filter(|c| !hostile(c)).collect()
}

#[cfg(test)]
mod tests;
