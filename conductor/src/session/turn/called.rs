//! Calls of tools in an answer: part of its text, and said to have come to nothing.
//!
//! What must stay true: Segno runs no tools, and does not keep quiet about one that a model asked for.

use super::Turn;
use super::receive::Received;
use crate::backend::Chunk;
use crate::domain::ModelId;
use crate::protocol::Notice;

/// Names of tools in one notice.
const NAMES: usize = 5;

impl Received {
    /// The words of a piece, of the answer and of the thinking; a call of a tool stands on a line of its own.
    pub(super) fn words(&mut self, piece: Chunk) -> (String, String) {
        match piece {
            Chunk::Text { text, thinking } if text.is_empty() => (text, thinking),
            Chunk::Text { text, thinking } => {
                let goes_on = std::mem::take(&mut self.after_call) && !text.starts_with('\n');
                (if goes_on { format!("\n{text}") } else { text }, thinking)
            }
            Chunk::Tools(calls) => {
                let above = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
                let lines: Vec<String> = calls.iter().map(ToString::to_string).collect();
                self.tools.extend(calls.into_iter().map(|call| call.name));
                self.after_call = true;
                (format!("{above}{}", lines.join("\n")), String::new())
            }
            Chunk::Done(_) => (String::new(), String::new()),
        }
    }
}

impl Turn {
    /// Says once which tools `model` asked for, where it did.
    pub(super) async fn say_called(&self, model: &ModelId, tools: &[String]) {
        let mut names: Vec<&str> = Vec::new();
        for name in tools {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        if names.is_empty() {
            return;
        }
        let more = if names.len() > NAMES { ", ..." } else { "" };
        let names = names[..names.len().min(NAMES)].join(", ");
        let what = format!("{model} asked for a tool ({names}{more}): Segno runs no tools, so nothing was done");
        self.notice(Notice::warning(what, "ask for the answer itself, or do it yourself")).await;
    }
}
