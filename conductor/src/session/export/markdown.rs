//! A conversation as Markdown: a heading for each message says who speaks, and where.

use super::{ending, plain, speaker, summed_up, when, words};
use crate::domain::Conversation;

/// The path that is shown.
pub(super) fn page(conversation: &Conversation) -> String {
    let summary = &conversation.summary;
    let mut page = format!("# {}\n\n*Begun {}, exported from Segno.*\n", one_line(&summary.title), when(summary.created_ms));
    for message in conversation.messages.iter() {
        page.push_str(&format!("\n## {}\n\n*{}*\n", one_line(&speaker(message)), when(message.created_ms)));
        let words = plain(&words(message));
        if !words.trim().is_empty() {
            page.push_str(&format!("\n{}\n", words.trim_end()));
        }
        if let Some(ending) = ending(message) {
            page.push_str(&format!("\n*{}*\n", one_line(&ending)));
        }
        for label in &message.labels {
            page.push_str(&format!("\n> {}\n", one_line(&label.text)));
        }
        if let Some((head, text)) = summed_up(conversation, message.id) {
            page.push_str(&format!("\n---\n\n*{}:*\n\n{}\n\n---\n", one_line(&head), text.trim()));
        }
    }
    page
}

/// What stands in a heading or between signs of emphasis has to stay on its line.
fn one_line(text: &str) -> String {
    plain(text).split_whitespace().collect::<Vec<_>>().join(" ")
}
