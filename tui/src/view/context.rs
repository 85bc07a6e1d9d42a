//! What of the conversation a model is shown.

use crate::app::{App, Overlay};
use crate::words::context;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) {
    let keys = super::keys_at_foot(app, &super::hints(super::SCROLLED), area.width);
    let inner = super::pane(app, "context", &keys, area, buffer);
    let lines =
        app.report().map(|report| context::lines(report, usize::from(inner.width), &app.settings.names)).unwrap_or_default();
    let rows = super::why::rows(&lines, inner.width);
    let last = rows.len().saturating_sub(usize::from(inner.height));
    let Some(Overlay::Context(top)) = &mut app.overlay else { return };
    *top = (*top).min(last);
    let top = *top;
    super::why::write(&app.theme, &rows[top..], inner, buffer);
}
