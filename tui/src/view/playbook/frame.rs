//! What stands around a playbook: its title, and its keys.
//!
//! What must stay true: the title says which playbook it is, and whether it is that of the last answer, however narrow the pane is; each
//! key of the pane is in the list of all keys.

use super::super::foot::{self, Hint, hints};
use crate::app::{Inside, Page};
use crate::words::playbook::wait;
use crate::words::{self, fit};
use std::borrow::Cow;

/// A key of the pane and what it does.
type Key = (&'static str, &'static str);

/// All keys of the pane, in the order in which they are told. A heading has no second part.
pub(super) const KEYS: &[Key] = &[
    ("the marked line", ""),
    ("Up Down", "mark another"),
    ("a", "accept it, where it waits for your yes"),
    ("r", "refuse it, where it waits for your yes"),
    ("e", "change its words"),
    ("w Enter", "why it stands where it stands"),
    ("h", "all that changed it"),
    ("p", "pin it, or no longer"),
    ("+ -", "a stage up, a stage down"),
    ("d d", "delete it"),
    ("the playbook", ""),
    ("u", "take the last change back"),
    ("o", "switch it off or on"),
    ("/", "narrow the lines: words, stage:prod"),
    ("Left [", "the playbook before this one"),
    ("Right ]", "the playbook after it"),
    ("s", "all playbooks, to choose one"),
    ("? F1", "these keys; F1 again: all help"),
    ("Esc", "back; all lines again; close"),
    ("the signs", ""),
    ("›", "the marked line"),
    ("~", "it has just changed"),
    ("·", "in the last prompt"),
    ("*", "named by the last answer"),
];

/// Which playbook, how many of its lines fit what is typed, how many wait for a yes, whether it is that of the last answer.
pub(super) fn title(page: &Page, width: u16) -> String {
    if let Inside::Books(books) = &page.inside {
        let (found, all) = (books.fitting().len(), books.list.as_ref().map_or(0, Vec::len));
        return if books.filter.trim().is_empty() { "playbooks".to_owned() } else { format!("playbooks · {found} of {all}") };
    }
    let Some(playbook) = page.playbook() else { return "playbook".to_owned() };
    let key = playbook.key.to_string();
    let of = if page.is_narrowed() { format!(" · {} of {}", page.bullets().len(), page.total()) } else { String::new() };
    let waits = match page.waiting() {
        0 => [String::new(), String::new()],
        n => [format!(" · {}", wait(n)), format!(" · {n} to accept")],
    };
    let whose = match &page.answering {
        None => [" · no answer yet", " · no answer"],
        Some(answering) if *answering == playbook.key => [" · of the last answer", " · answering"],
        Some(_) => [" · not of the last answer", " · other"],
    };
    let room = usize::from(width).saturating_sub(4 + words::width(&of) + words::width(whose[1]));
    let forms = [
        format!("playbook {key}{of}{}{}", waits[0], whose[0]),
        format!("playbook {key}{of}{}{}", waits[0], whose[1]),
        format!("{key}{of}{}{}", waits[1], whose[0]),
        format!("{key}{of}{}{}", waits[1], whose[1]),
        format!("{}{of}{}", fit(&key, room), whose[1]),
    ];
    super::super::longest(forms, width)
}

/// The keys at the foot.
pub(super) fn keys(page: &Page, width: u16) -> String {
    let entries = match &page.inside {
        Inside::Why(_) => hints(["Up Down scroll", "Esc back", "h history", "a r e p + - as in the list"]),
        Inside::History(_) => hints(["Up Down scroll", "Esc back", "w why"]),
        Inside::Edit(_) => vec![Hint::new("Enter stores"), Hint::or("Esc leaves it as it was", "Esc leaves it")],
        Inside::Filter => {
            vec![
                Hint::or("Enter keeps it", "Enter keeps"),
                Hint::or("Esc shows all", "Esc all"),
                Hint::new("words, or stage:prod"),
            ]
        }
        Inside::Books(_) => hints(["Enter shows it", "Esc back", "type to find"]),
        Inside::Keys(_) => vec![Hint::new("Up Down scroll"), Hint::new("Esc back"), Hint::or("F1 the help of all", "F1 help")],
        // Nothing can be done to a line where there is none.
        Inside::List if page.total() == 0 => hints(["Esc closes", "u undoes", "s other playbooks", "o on/off"]),
        Inside::List => hints(LIST),
    };
    let more: &[String] = match page.inside {
        Inside::List => &["? all keys".to_owned(), "? keys".to_owned()],
        _ => &[],
    };
    foot::fit(&entries, more, super::super::inside(width))
}

/// Those of the list, the most important first.
const LIST: [&str; 14] = [
    "Esc closes",
    "a accepts",
    "r refuses",
    "e edits",
    "d d deletes",
    "u undoes",
    "w why",
    "p pins",
    "o on/off",
    "s other playbooks",
    "/ finds",
    "h history",
    "+ - stage",
    "? keys",
];

/// The rows of all keys: what is pressed, what it does; a heading has no second part.
pub(super) fn all_keys(width: u16) -> Vec<(u16, Cow<'static, str>, bool)> {
    let column = KEYS.iter().filter(|(_, does)| !does.is_empty()).map(|(key, _)| words::width(key)).max().unwrap_or(0) + 2;
    let room = usize::from(width).saturating_sub(column);
    let mut rows: Vec<(u16, Cow<'static, str>, bool)> = Vec::new();
    for (key, does) in KEYS {
        if does.is_empty() {
            if !rows.is_empty() {
                rows.push((0, "".into(), false));
            }
            rows.push((0, (*key).into(), true));
            continue;
        }
        let blanks = column.saturating_sub(words::width(key));
        for (nth, line) in words::wrapped(does, room.max(8)).into_iter().enumerate() {
            let row = if nth == 0 { format!("{key}{:blanks$}{line}", "") } else { format!("{:column$}{line}", "") };
            rows.push((0, row.into(), false));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_the_list_are_told_of() {
        let told: Vec<&str> = KEYS.iter().filter(|(_, does)| !does.is_empty()).flat_map(|(key, _)| key.split(' ')).collect();
        for entry in LIST {
            assert!(told.contains(&entry.split(' ').next().unwrap_or_default()), "{entry}");
        }
    }
}
