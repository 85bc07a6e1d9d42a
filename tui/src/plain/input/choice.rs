//! A line about the list that was said last: a number, or a word of that list, some with a number.
//!
//! What must stay true: the words of a list stand in one table, which says also what is none of them (the sentence that tells them is
//! in `list/panes.rs`); what names nothing of the list changes nothing.

use super::Heard;
use crate::app::{App, Doing, Inside, Overlay, Pick};
use crate::keymap::Action;
use crate::msg::Msg;
use crate::plain::words::speakable;

/// A word of a list.
struct Word {
    word: &'static str,
    /// It is about one row: the number of that stands behind it.
    numbered: bool,
    does: Does,
}

/// What a word stands for: what a key does on a screen.
enum Does {
    Act(Action),
    Letter(char),
}

const fn to_one(word: &'static str, action: Action) -> Word {
    Word { word, numbered: true, does: Does::Act(action) }
}

const fn alone(word: &'static str, action: Action) -> Word {
    Word { word, numbered: false, does: Does::Act(action) }
}

const fn letter(word: &'static str, numbered: bool, letter: char) -> Word {
    Word { word, numbered, does: Does::Letter(letter) }
}

const CONVERSATIONS: &[Word] = &[
    to_one("rename", Action::Rename),
    to_one("delete", Action::DeleteConversation),
    to_one("export", Action::Export),
    alone("deleted", Action::ShowDeleted),
    alone("restore", Action::Restore),
];
const DELETED: &[Word] = &[alone("others", Action::ShowDeleted)];
const MESSAGES: &[Word] = &[
    to_one("copy", Action::CopyChosen),
    to_one("change", Action::Change),
    to_one("again", Action::AskAgain),
    to_one("fork", Action::ForkHere),
    to_one("good", Action::Rate { good: true }),
    to_one("bad", Action::Rate { good: false }),
    to_one("before", Action::VersionBefore),
    to_one("after", Action::VersionAfter),
];
const GRANTS: &[Word] = &[letter("all", false, 'a')];
const LEDGER: &[Word] = &[letter("verify", false, 'v')];
const PLAYBOOK: &[Word] = &[
    letter("accept", true, 'a'),
    letter("refuse", true, 'r'),
    letter("edit", true, 'e'),
    letter("pin", true, 'p'),
    letter("delete", true, 'd'),
    letter("raise", true, '+'),
    letter("lower", true, '-'),
    letter("history", true, 'h'),
    letter("undo", false, 'u'),
];
/// Of a playbook that is used, and of one that is not.
const SWITCH: [&[Word]; 2] = [&[letter("off", false, 'o')], &[letter("on", false, 'o')]];

/// The words of the list that lies in front.
fn words(app: &App) -> impl Iterator<Item = &'static Word> {
    let (words, more): (&[Word], &[Word]) = match &app.overlay {
        Some(Overlay::Conversations(pane)) if pane.deleted => (DELETED, &[]),
        Some(Overlay::Conversations(_)) => (CONVERSATIONS, &[]),
        Some(Overlay::Messages(_)) => (MESSAGES, &[]),
        Some(Overlay::Consent(_)) => (GRANTS, &[]),
        Some(Overlay::Ledger) => (LEDGER, &[]),
        Some(Overlay::Playbook(page)) => (PLAYBOOK, SWITCH[usize::from(page.playbook().is_some_and(|book| book.off))]),
        _ => (&[], &[]),
    };
    words.iter().chain(more)
}

/// Whether a line can only be meant for a list, whichever lies in front: a number, or one word of a list with a number or alone.
pub(super) fn is_choice(line: &str) -> bool {
    let number = |word: &str| word.parse::<i64>().is_ok();
    let lists = [CONVERSATIONS, DELETED, MESSAGES, GRANTS, LEDGER, PLAYBOOK, SWITCH[0], SWITCH[1]];
    // The last is one of the question whether something may leave the machine.
    let of_a_list = |word: &str| lists.iter().copied().flatten().any(|known| known.word == word) || word == "show";
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        [one] => number(one) || of_a_list(one),
        [one, two] => of_a_list(one) && number(two) || number(one) && of_a_list(two),
        _ => false,
    }
}

/// Reads a line about the list that was said last.
pub(super) fn in_list(app: &App, line: &str) -> Heard {
    let does = |pick| Heard::Does(vec![Msg::Pick(pick)], String::new());
    if line.is_empty() {
        return does(Pick::Close);
    }
    if is_writing(app) {
        return does(Pick::Words(line.to_owned()));
    }
    // A command is one wherever it stands.
    if line.starts_with('/') {
        return Heard::Does(vec![Msg::Line(line.to_owned())], String::new());
    }
    let row = |number: &str| number.parse::<usize>().ok()?.checked_sub(1).filter(|row| *row < count(app));
    let (word, number) = line.split_once(char::is_whitespace).map_or((line, None), |(word, rest)| (word, Some(rest.trim())));
    let known = words(app).find(|known| known.word == word);
    match (known, number) {
        (None, None) => row(line).map_or_else(|| none_of(app, line), |row| does(Pick::Take(row))),
        (Some(known), None) if known.numbered => {
            let last = count(app);
            Heard::Say(vec![match last {
                0 => format!("Error: {word} is for a row, and there is none. Enter alone leaves."),
                last => format!("Error: {word} wants a number, as in \"{word} 1\". They go from 1 to {last}."),
            }])
        }
        (Some(known), None) => does(known.does.pick(None)),
        (Some(known), Some(number)) if known.numbered => match row(number) {
            Some(row) => does(known.does.pick(Some(row))),
            None => none_of(app, line),
        },
        (_, Some(_)) => none_of(app, line),
    }
}

impl Does {
    fn pick(&self, row: Option<usize>) -> Pick {
        match self {
            Self::Act(action) => Pick::Act(row, *action),
            Self::Letter(letter) => Pick::Letter(row, *letter),
        }
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

fn none_of(app: &App, line: &str) -> Heard {
    let line = speakable(line);
    let last = count(app);
    let numbers = if last == 0 { "There are no rows".to_owned() } else { format!("Numbers go from 1 to {last}") };
    Heard::Say(vec![format!("Error: {line} is nothing that can be chosen here. {numbers}; Enter alone leaves.")])
}
