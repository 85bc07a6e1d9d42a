//! Why the last answer came from where it came.

use super::theme::Theme;
use crate::app::{App, Overlay};
use crate::words::{self, why};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) {
    let keys = super::keys_at_foot(app, &super::hints(super::SCROLLED), area.width);
    let inner = super::pane(app, "why", &keys, area, buffer);
    let mut lines = app
        .decided()
        .map(|(decision, reason)| why::lines(decision, reason, app.advice.as_deref(), &app.settings.names))
        .unwrap_or_default();
    lines.extend(app.vain().map(why::vain));
    lines.rotate_right(usize::from(app.vain().is_some()));
    let rows = rows(&lines, inner.width);
    let last = rows.len().saturating_sub(usize::from(inner.height));
    let Some(Overlay::Why(top)) = &mut app.overlay else { return };
    *top = (*top).min(last);
    let top = *top;
    write(&app.theme, &rows[top..], inner, buffer);
}

/// A row of an explanation: the column that it begins in, its text, whether it is a heading.
pub(super) type Row = (u16, String, bool);

/// The rows of an explanation in so many columns.
pub(super) fn rows(lines: &[why::Line], width: u16) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in lines {
        let room = usize::from(width.saturating_sub(line.indent));
        for (nth, text) in words::wrapped(&line.text, room.saturating_sub(2).max(8)).into_iter().enumerate() {
            rows.push((line.indent + if nth > 0 { 2 } else { 0 }, text, line.head));
        }
    }
    rows
}

/// Draws as many of `rows` as there is room for.
pub(super) fn write(theme: &Theme, rows: &[Row], area: Rect, buffer: &mut Buffer) {
    for (row, (column, text, head)) in super::rows(area).zip(rows) {
        super::write(buffer, row, *column, text, if *head { theme.strong } else { theme.text });
    }
}
