//! A line that was typed, or came through a pipe, as messages for the application.
//!
//! What must stay true: pure; what is asked just now is answered first; a question that cannot go yet waits and is not lost.

mod choice;

use super::consent::{self, Word};
use super::say::Said;
use crate::app::{App, Pick};
use crate::msg::Msg;
use crate::slash::{self, Parsed};
use choice::{in_list, is_choice};

/// What a line leads to.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    /// These happen; before them this is said, where it is anything.
    Does(Vec<Msg>, String),
    /// These are said, and it is asked again.
    Say(Vec<String>),
    /// This question waits until what goes on is over.
    Waits(String),
    /// The next line goes on with it.
    GoesOn,
    /// The user leaves.
    Leaves,
}

/// What of the lines before belongs to the next.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// Lines come through a pipe: one that names nothing of a list is what it is anywhere else.
    pub(crate) piped: bool,
    /// Lines that go on in the next.
    begun: String,
    /// The line of what would be sent that is shown next.
    shown: usize,
}

impl Input {
    /// At its beginning.
    pub(crate) fn new(piped: bool) -> Self {
        Self { piped, ..Self::default() }
    }

    /// Whether a line goes on in the next.
    pub(crate) fn is_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    /// Lines that go on in the next are forgotten.
    pub(crate) fn forget(&mut self) {
        self.begun.clear();
    }

    /// Reads a line, without its end; `None` is the end of input.
    pub(crate) fn read(&mut self, app: &App, said: &Said, line: Option<&str>) -> Heard {
        if let Some(asked) = app.question() {
            let Some((_, digest)) = said.said_version().filter(|(id, _)| *id == asked.request.id && app.hears_answers()) else {
                return Heard::Say(vec!["Note: that came before the question could be heard. It is still open.".to_owned()]);
            };
            return match consent::read(asked, digest, line, &mut self.shown) {
                Word::Answer(msg, words) => Heard::Does(vec![msg], words.to_owned()),
                Word::Say(lines) => Heard::Say(lines),
            };
        }
        self.shown = 0;
        if said.shown_list().is_some_and(|list| !list.ask.is_empty()) && app.overlay.is_some() {
            let heard = in_list(app, line.map(str::trim).unwrap_or_default());
            if !self.piped || !matches!(heard, Heard::Say(_)) || line.is_some_and(is_choice) {
                return heard;
            }
        }
        let Some(line) = line else { return Heard::Leaves };
        if let Some(begun) = line.strip_suffix('\\') {
            self.begun.push_str(begun);
            self.begun.push('\n');
            return Heard::GoesOn;
        }
        let text = std::mem::take(&mut self.begun) + line;
        if text.trim().is_empty() {
            // An empty line leaves a question as it was that was to be changed.
            let left = app.room.changing.is_some().then_some(Msg::Pick(Pick::Close));
            return Heard::Does(left.into_iter().collect(), String::new());
        }
        if app.is_busy() && waits(&text) {
            return Heard::Waits(text);
        }
        Heard::Does(vec![Msg::Line(text)], String::new())
    }
}

/// Whether a line is for when the answer stands.
fn waits(text: &str) -> bool {
    use slash::Slash::{Compact, Delete, Editor, Rate, Retry};
    match slash::parse(text) {
        Parsed::Question | Parsed::Escaped | Parsed::With(_) => true,
        Parsed::Command(command) => matches!(command, Rate(_) | Retry(_) | Compact { .. } | Delete | Editor),
        Parsed::Wrong(_) => false,
    }
}
