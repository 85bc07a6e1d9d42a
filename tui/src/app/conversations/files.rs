//! Conversations as files: written out and read in.
//!
//! What must stay true: what a file holds is what the conductor wrote; nothing is written over without a word of the user's.

use super::super::App;
use super::trouble;
use crate::file::{SaveTo, name_of};
use crate::msg::Effect;
use crate::sanitise::clean_line;
use conductor::domain::{ConversationId, ConversationSummary, ExportFormat, Failure, FailureKind};
use conductor::protocol::{Command, ConversationCommand, Notice, Query, Reply};
use std::time::Instant;

/// A conversation that is being written out.
#[derive(Debug)]
pub(in crate::app) struct Exporting {
    look: u64,
    to: SaveTo,
}

/// What files of a form end with.
fn ending(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Markdown => "md",
        ExportFormat::Json => "json",
        ExportFormat::Html => "html",
    }
}

/// The form that the name of a file asks for.
fn format_of(path: &str) -> Option<ExportFormat> {
    let (_, ending) = path.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "md" | "markdown" => Some(ExportFormat::Markdown),
        "json" | "jsonl" => Some(ExportFormat::Json),
        "html" | "htm" => Some(ExportFormat::Html),
        _ => None,
    }
}

/// A file in the working folder that is called as the conversation is.
pub(super) fn beside(title: &str, format: ExportFormat) -> SaveTo {
    SaveTo::New { name: name_of(title), ending: ending(format) }
}

impl App {
    /// Has a conversation written out.
    pub(super) fn export(&mut self, id: ConversationId, to: SaveTo, format: ExportFormat) {
        let look = self.look(Query::Export { conversation: Some(id), format });
        self.shelf.exporting.push(Exporting { look, to });
    }

    /// `/export`: the open conversation; false where that was refused.
    pub(in crate::app) fn export_open(&mut self, file: Option<String>, over: bool, now: Instant) -> bool {
        let Some((id, title)) = self.room.conversation.as_ref().map(|open| (open.id, open.title.clone())) else {
            self.say("nothing of this conversation is stored yet", now);
            return false;
        };
        let (to, format) = match file {
            None => (beside(&title, ExportFormat::Markdown), ExportFormat::Markdown),
            Some(path) => match format_of(&path) {
                Some(format) => (SaveTo::Named { path, over }, format),
                None => {
                    let what = format!("{}: Segno writes no file of this kind", clean_line(&path));
                    let hint = "let the name end with .md, .json or .html";
                    self.notice(&Notice::error(&Failure::new(FailureKind::Refused, what, hint)));
                    self.room.scroll.to_bottom();
                    return false;
                }
            },
        };
        self.export(id, to, format);
        true
    }

    /// Takes the text of a conversation that is to be written; gives back the reply where it is for somebody else.
    pub(super) fn exported(&mut self, id: u64, reply: Reply) -> Option<Reply> {
        let Some(at) = self.shelf.exporting.iter().position(|exporting| exporting.look == id) else { return Some(reply) };
        let to = self.shelf.exporting.remove(at).to;
        match reply {
            Reply::Text(text) => self.effect(Effect::Save { to, text }),
            Reply::Failed(failure) => self.notice(&Notice::error(&failure)),
            reply => self.notice(&Notice::error(&Failure::new(FailureKind::Storage, trouble(reply), ""))),
        }
        None
    }

    /// What came of writing a file.
    pub(in crate::app) fn saved(&mut self, result: Result<String, Failure>, now: Instant) {
        match result {
            Ok(path) if self.pane().is_some() => self.say_there(format!("wrote {path}"), now),
            Ok(path) => self.notice(&Notice::info(format!("wrote {path}"), "")),
            Err(failure) => self.notice(&Notice::error(&failure)),
        }
        self.touch();
    }

    /// What came of reading one.
    pub(in crate::app) fn loaded(&mut self, result: Result<String, Failure>) {
        match result {
            Ok(text) => {
                let id = self.fresh_id();
                self.send(Command::Conversation(ConversationCommand::Import { id, text }));
            }
            Err(failure) => self.notice(&Notice::error(&failure)),
        }
        self.touch();
    }

    /// What came of an import.
    pub(in crate::app) fn imported(&mut self, result: &Result<Vec<ConversationSummary>, Failure>) {
        match result {
            Err(failure) => self.notice(&Notice::error(failure)),
            Ok(list) => {
                let what = match list.as_slice() {
                    [one] => format!("imported: {}", clean_line(&one.title)),
                    list => format!("imported {} conversations", list.len()),
                };
                self.notice(&Notice::info(what, "/resume shows it among the others"));
            }
        }
        self.conversations_changed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_form() {
        for (path, want) in [
            ("a.md", Some(ExportFormat::Markdown)),
            ("~/b c.HTML", Some(ExportFormat::Html)),
            ("c.tar.json", Some(ExportFormat::Json)),
            ("md", None),
            ("a.txt", None),
        ] {
            assert_eq!(format_of(path), want, "{path}");
        }
    }
}
