//! The earlier questions: a row for each, and below them the marked one over some lines.

use crate::app::{App, Past};
use crate::sanitise::clean_line;
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
    let lines: Vec<&str> = marked.map(|text| text.trim().lines().take(LINES).collect()).unwrap_or_default();
    // One of a single line is seen whole in its row.
    let below = if lines.len() > 1 && list.height > 10 { lines.len() + 1 } else { 0 };
    let (list, whole) = super::split_bottom(list, u16::try_from(below).unwrap_or(0));
    if marked.is_none() {
        let words = match (past.is_loading(), past.filter.is_empty()) {
            (true, _) => "looking …",
            (false, true) => "nothing was asked yet",
            (false, false) => "none has these letters in this order",
        };
        super::write(buffer, list, 0, words, app.theme.dim);
    }
    let first = super::first_shown(past.selected, past.len(), usize::from(list.height));
    for (index, (row, text)) in super::rows(list).zip(past.rows(first)).enumerate() {
        app.rows.note(row, first + index, past.selected);
        line(app, text, first + index == past.selected, row, buffer);
    }
    for (row, text) in super::rows(whole).skip(1).zip(lines) {
        super::write(buffer, row, 2, &clean_line(text), app.theme.dim);
    }
    Some(cursor)
}

fn line(app: &App, text: &str, marked: bool, row: Rect, buffer: &mut Buffer) {
    let text = text.trim();
    let more = text.lines().count().saturating_sub(1);
    let facts = match more {
        0 => String::new(),
        1 => "+1 line".to_owned(),
        more => format!("+{more} lines"),
    };
    let width = u16::try_from(facts.width()).unwrap_or(0);
    let at = row.width.saturating_sub(width);
    let title = Rect { width: at.saturating_sub(1), ..row };
    super::write(buffer, row, 0, if marked { "›" } else { " " }, app.theme.text);
    super::write(buffer, title, 2, &clean_line(text.lines().next().unwrap_or_default()), app.theme.text);
    super::write(buffer, row, at, &facts, app.theme.dim);
    if marked {
        buffer.set_style(row, app.theme.selected);
    }
}
