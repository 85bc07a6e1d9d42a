//! The earlier questions: a row for each, and below them the marked one over some lines.

use crate::app::{App, Past};
use crate::sanitise::clean_line;
use conductor::domain::PastPrompt;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

/// Lines of the marked question at most, where there is room.
const LINES: usize = 4;

pub(super) fn draw(app: &App, past: &Past, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let keys = super::keys_at_foot(app, &super::hints(["Enter takes it", "Esc closes", "type to find"]), area.width);
    let inner = super::pane(app, "earlier questions", &keys, area, buffer);
    let (cursor, list) = super::picker::find(app, &past.filter, inner, buffer);
    let marked = past.rows(past.selected).next();
    let lines: Vec<&str> = marked.map(|past| past.words.trim().lines().take(LINES).collect()).unwrap_or_default();
    // One of a single line is seen whole in its row.
    let below = if lines.len() > 1 && list.height > 10 { lines.len() + 1 } else { 0 };
    let (list, whole) = super::split_bottom(list, u16::try_from(below).unwrap_or(0));
    if marked.is_none() {
        let words = match (past.is_loading(), past.filter.is_empty()) {
            (true, _) => "looking …",
            (false, true) => "nothing was asked yet",
            (false, false) => "nothing found: no question has these letters",
        };
        super::write(buffer, list, 0, words, app.theme.dim);
    }
    let first = super::first_shown(past.selected, past.len(), usize::from(list.height));
    for (index, (row, question)) in super::rows(list).zip(past.rows(first)).enumerate() {
        app.rows.note(row, first + index, past.selected);
        line(app, question, first + index == past.selected, row, buffer);
    }
    for (row, text) in super::rows(whole).skip(1).zip(lines) {
        super::write(buffer, row, 2, &clean_line(text), app.theme.dim);
    }
    Some(cursor)
}

fn line(app: &App, past: &PastPrompt, marked: bool, row: Rect, buffer: &mut Buffer) {
    let facts = facts(past);
    let width = u16::try_from(facts.width()).unwrap_or(0);
    let at = row.width.saturating_sub(width);
    let title = Rect { width: at.saturating_sub(1), ..row };
    super::write(buffer, row, 0, if marked { "›" } else { " " }, app.theme.text);
    let begins = past.words.trim().lines().next().map_or_else(|| past.attached.join(" "), str::to_owned);
    super::write(buffer, title, 2, &clean_line(&begins), app.theme.text);
    super::write(buffer, row, at, &facts, app.theme.dim);
    if marked {
        buffer.set_style(row, app.theme.selected);
    }
}

/// What a row does not show of a question.
fn facts(past: &PastPrompt) -> String {
    let more = past.lines.saturating_sub(1);
    let lines = match more {
        0 => None,
        1 => Some("+1 line".to_owned()),
        more => Some(format!("+{more} lines")),
    };
    let attached = match past.attached.len() {
        0 => None,
        1 => Some("+1 file".to_owned()),
        files => Some(format!("+{files} files")),
    };
    lines.into_iter().chain(attached).collect::<Vec<_>>().join(" · ")
}
