//! Why the last answer came from where it came.

use crate::app::{App, Overlay};
use crate::words::{self, why};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) {
    let keys = if area.width < 50 { "Esc" } else { "Up Down scroll · Esc closes" };
    let inner = super::pane(app, "why", keys, area, buffer);
    let mut lines = app.decided().map(|(decision, reason)| why::lines(decision, reason)).unwrap_or_default();
    lines.extend(app.vain().map(why::vain));
    lines.rotate_right(usize::from(app.vain().is_some()));
    let mut rows: Vec<(u16, String, bool)> = Vec::new();
    for line in &lines {
        let room = usize::from(inner.width.saturating_sub(line.indent));
        for (nth, text) in words::wrapped(&line.text, room.saturating_sub(2).max(8)).into_iter().enumerate() {
            rows.push((line.indent + if nth > 0 { 2 } else { 0 }, text, line.head));
        }
    }
    let last = rows.len().saturating_sub(usize::from(inner.height));
    let Some(Overlay::Why(top)) = &mut app.overlay else { return };
    *top = (*top).min(last);
    for (row, (column, text, head)) in super::rows(inner).zip(rows.iter().skip(*top)) {
        super::write(buffer, row, *column, text, if *head { app.theme.strong } else { app.theme.text });
    }
}
