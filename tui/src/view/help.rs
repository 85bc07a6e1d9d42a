//! The help: made from the keymap in force and the table of commands.

use crate::app::{App, Overlay};
use crate::keymap::{ACTIONS, Action, Keymap, Mode};
use crate::slash::COMMANDS;
use crate::transcript::wrap::wrap;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

/// A row: what is pressed or typed, and what it does. A title has no second part.
type Row = (String, &'static str);

fn rows(keymap: &Keymap) -> Vec<Row> {
    let mut out = vec![("Commands".to_owned(), "")];
    out.extend(COMMANDS.iter().map(|row| (format!("/{} {}", row.name, row.arguments).trim_end().to_owned(), row.about)));
    for (_, mode, title) in Mode::PLACES {
        let keys = keys(keymap, mode);
        if !keys.is_empty() {
            out.extend([(String::new(), ""), (title.to_owned(), "")]);
            out.extend(keys);
        }
    }
    out
}

/// The keys of a place, those of one action in one row. Ctrl+C is in no file.
fn keys(keymap: &Keymap, mode: Mode) -> Vec<Row> {
    let bound = ACTIONS.iter().filter_map(|row| {
        let mut keys: Vec<String> = keymap.keys_of(mode, row.action).map(ToString::to_string).collect();
        if (mode, row.action) == (Mode::Any, Action::Interrupt) {
            keys.insert(0, "Ctrl+C".to_owned());
        }
        let about = match (row.action, mode) {
            (Action::Up, Mode::List | Mode::Complete) => "a row up",
            (Action::Down, Mode::List | Mode::Complete) => "a row down",
            (Action::Edit(_), Mode::List) => "delete what is typed to find something",
            _ => row.about,
        };
        (!keys.is_empty()).then(|| (keys.join(", "), about))
    });
    // Neighbours that are said in the same words are one row.
    let mut out: Vec<Row> = Vec::new();
    for (keys, about) in bound {
        match out.last_mut() {
            Some((before, same)) if *same == about => *before = format!("{before}, {keys}"),
            _ => out.push((keys, about)),
        }
    }
    out
}

pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) {
    let inner =
        super::pane(app, "help", &super::foot::fit(&super::hints(super::SCROLLED), &[], super::inside(area.width)), area, buffer);
    let rows = rows(&app.settings.keymap);
    // Keys and words side by side where there is room, else one below the other.
    let keys = rows.iter().filter(|row| !row.1.is_empty()).map(|row| row.0.width()).max().unwrap_or(0);
    let words = rows.iter().map(|row| row.1.width()).max().unwrap_or(0);
    let wide = usize::from(inner.width) >= keys + 2 + words;
    let mut text: Vec<(u16, &str, ratatui::style::Style, Option<&str>)> = Vec::new();
    for (left, right) in &rows {
        let style = if right.is_empty() { app.theme.strong } else { app.theme.text };
        if wide {
            text.push((0, left, style, Some(right)));
        } else {
            let width = usize::from(inner.width);
            text.extend(wrap(left, width).map(|range| (0, &left[range], style, None)));
            text.extend(wrap(right, width.saturating_sub(2)).map(|range| (2, &right[range], app.theme.dim, None)));
        }
    }
    let last = text.len().saturating_sub(usize::from(inner.height));
    let Some(Overlay::Help(top)) = &mut app.overlay else { return };
    *top = (*top).min(last);
    let at = u16::try_from(keys + 2).unwrap_or(u16::MAX);
    for (row, (column, words, style, right)) in super::rows(inner).zip(text.iter().skip(*top)) {
        super::write(buffer, row, *column, words, *style);
        if let Some(right) = right {
            super::write(buffer, row, at, right, app.theme.dim);
        }
    }
}
