//! A line that was typed, or came through a pipe, as messages for the application.
//!
//! What must stay true: pure; what is asked just now is answered first; a question that cannot go yet waits and is not lost.

use super::consent::{self, Word};
use super::say::Said;
use crate::app::{App, Doing, Inside, Overlay, Pick};
use crate::keymap::Action;
use crate::msg::Msg;
use crate::slash::{self, Parsed};

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

/// Words of lists.
const WORDS: [&str; 25] = [
    "rename", "delete", "export", "deleted", "others", "restore", "all", "verify", "accept", "refuse", "edit", "pin", "raise",
    "lower", "history", "undo", "on", "off", "copy", "again", "change", "fork", "before", "after", "show",
];

/// Whether a line can only be meant for a list: a number, or one word of a list with a number or alone.
fn is_choice(line: &str) -> bool {
    let number = |word: &str| word.parse::<i64>().is_ok();
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        [one] => number(one) || WORDS.contains(&one),
        [one, two] => WORDS.contains(&one) && number(two) || number(one) && WORDS.contains(&two),
        _ => false,
    }
}

/// Reads a line about the list that was said last.
fn in_list(app: &App, line: &str) -> Heard {
    let does = |pick| Heard::Does(vec![Msg::Pick(pick)], String::new());
    if line.is_empty() {
        return does(Pick::Close);
    }
    // A command is one wherever it stands.
    if line.starts_with('/') && !is_writing(app) {
        return Heard::Does(vec![Msg::Line(line.to_owned())], String::new());
    }
    if is_writing(app) {
        return does(Pick::Words(line.to_owned()));
    }
    let (word, number) = match line.split_once(char::is_whitespace) {
        Some((word, number)) => (word, number.trim().parse::<usize>().ok()),
        None => (line, None),
    };
    let row = number.and_then(|number| number.checked_sub(1));
    if let (Ok(number), None) = (line.parse::<usize>(), number) {
        return match number.checked_sub(1) {
            Some(row) if row < count(app) => does(Pick::Take(row)),
            _ => none_of(app, line),
        };
    }
    if number.is_some() && row.is_none_or(|row| row >= count(app)) {
        return none_of(app, line);
    }
    match (&app.overlay, word, row) {
        (Some(Overlay::Conversations(pane)), "rename", Some(_)) if !pane.deleted => does(Pick::Act(row, Action::Rename)),
        (Some(Overlay::Conversations(pane)), "delete", Some(_)) if !pane.deleted => {
            does(Pick::Act(row, Action::DeleteConversation))
        }
        (Some(Overlay::Conversations(pane)), "export", Some(_)) if !pane.deleted => does(Pick::Act(row, Action::Export)),
        (Some(Overlay::Conversations(pane)), "deleted", None) if !pane.deleted => does(Pick::Act(None, Action::ShowDeleted)),
        (Some(Overlay::Conversations(pane)), "others", None) if pane.deleted => does(Pick::Act(None, Action::ShowDeleted)),
        (Some(Overlay::Conversations(pane)), "restore", None) if !pane.deleted => does(Pick::Act(None, Action::Restore)),
        (Some(Overlay::Messages(_)), word, Some(_)) => match to_a_message(word) {
            Some(action) => does(Pick::Act(row, action)),
            None => none_of(app, line),
        },
        (Some(Overlay::Consent(_)), "all", None) => does(Pick::Letter(None, 'a')),
        (Some(Overlay::Ledger), "verify", None) => does(Pick::Letter(None, 'v')),
        (Some(Overlay::Playbook(page)), word, row) => match letter(word, row, page.playbook().is_some_and(|book| book.off)) {
            Some(letter) => does(Pick::Letter(row, letter)),
            None => none_of(app, line),
        },
        _ => none_of(app, line),
    }
}

/// What a word does to a message.
fn to_a_message(word: &str) -> Option<Action> {
    match word {
        "copy" => Some(Action::CopyChosen),
        "again" => Some(Action::AskAgain),
        "change" => Some(Action::Change),
        "fork" => Some(Action::ForkHere),
        "before" => Some(Action::VersionBefore),
        "after" => Some(Action::VersionAfter),
        _ => None,
    }
}

/// The key of a playbook that a word stands for.
fn letter(word: &str, row: Option<usize>, off: bool) -> Option<char> {
    match (word, row) {
        ("accept", Some(_)) => Some('a'),
        ("refuse", Some(_)) => Some('r'),
        ("edit", Some(_)) => Some('e'),
        ("pin", Some(_)) => Some('p'),
        ("delete", Some(_)) => Some('d'),
        ("raise", Some(_)) => Some('+'),
        ("lower", Some(_)) => Some('-'),
        ("history", Some(_)) => Some('h'),
        ("undo", None) => Some('u'),
        ("on", None) if off => Some('o'),
        ("off", None) if !off => Some('o'),
        _ => None,
    }
}

/// Whether words of the user's are asked for.
fn is_writing(app: &App) -> bool {
    match &app.overlay {
        Some(Overlay::Conversations(pane)) => !matches!(pane.doing, Doing::List),
        Some(Overlay::Playbook(page)) => matches!(page.inside, Inside::Edit(_)),
        _ => false,
    }
}

/// How many rows there are.
fn count(app: &App) -> usize {
    match &app.overlay {
        Some(Overlay::Models(_)) => app.models_that_fit().len(),
        Some(Overlay::Conversations(pane)) => pane.len(),
        Some(Overlay::Consent(_)) => app.privacy().grants.len(),
        Some(Overlay::Playbook(page)) => page.bullets().len(),
        Some(Overlay::Ledger) => app.ledger().len(),
        Some(Overlay::Messages(_)) => app.message_rows().len(),
        _ => 0,
    }
}

/// Whether a word of the list in front needs a number behind it.
fn wants_number(app: &App, word: &str) -> bool {
    match &app.overlay {
        Some(Overlay::Messages(_)) => to_a_message(word).is_some(),
        Some(Overlay::Conversations(pane)) => !pane.deleted && matches!(word, "rename" | "delete" | "export"),
        Some(Overlay::Playbook(_)) => letter(word, Some(0), false).is_some(),
        _ => false,
    }
}

fn none_of(app: &App, line: &str) -> Heard {
    let line = super::words::speakable(line);
    let last = count(app);
    if wants_number(app, &line) {
        return Heard::Say(vec![format!("Error: {line} wants a number, as in \"{line} 1\". They go from 1 to {last}.")]);
    }
    Heard::Say(vec![format!(
        "Error: {line} is nothing that can be chosen here. Numbers go from 1 to {last}; Enter alone leaves."
    )])
}
