//! The first screen.

use crate::app::App;
use crate::transcript::wrap::wrap;
use crate::welcome::{Kind, Mark, lines};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// From so many rows on, blank lines and asides have a place.
const ROOMY: u16 = 10;
/// Columns before the text, for a mark.
const MARGIN: u16 = 3;

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let roomy = area.height >= ROOMY;
    let mut rows = super::rows(area).skip(usize::from(roomy));
    for line in lines(app.models.as_ref(), roomy, &app.settings.names) {
        let (mark, mark_style, style) = styles(app, line.kind);
        let column = if line.kind == Kind::Title { 1 } else { MARGIN };
        let width = usize::from(area.width.saturating_sub(column + 1));
        let mut mark = Some(mark);
        let mut parts: Vec<&str> = wrap(&line.text, width).map(|range| line.text[range].trim_end()).collect();
        if parts.is_empty() {
            parts.push("");
        }
        for part in parts {
            let Some(row) = rows.next() else { return };
            super::write(buffer, row, 1, mark.take().unwrap_or_default(), mark_style);
            super::write(buffer, row, column, part, style);
        }
    }
}

/// The mark of a line, its style, and that of the text.
fn styles(app: &App, kind: Kind) -> (&'static str, Style, Style) {
    let theme = &app.theme;
    match kind {
        Kind::Title => ("", theme.strong, theme.strong),
        Kind::Found(Mark::Nothing) => ("○", theme.warning, theme.text),
        Kind::Found(Mark::At(place)) => (place.symbol(), theme.place(place), theme.text),
        Kind::Step => ("›", theme.user_mark, theme.strong),
        Kind::Detail | Kind::Blank => ("", theme.text, theme.text),
        Kind::Aside | Kind::Extra => ("", theme.dim, theme.dim),
    }
}
