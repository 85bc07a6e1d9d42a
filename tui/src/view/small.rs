//! What a screen says that is too small for anything else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns needed.
pub(super) const WIDTH: u16 = 30;
/// Rows needed.
pub(super) const HEIGHT: u16 = 6;

pub(super) fn draw(area: Rect, buffer: &mut Buffer) {
    // Two rows where one would be cut in the middle of the figures.
    let (what, needs) = ("too small:", format!("needs {WIDTH}x{HEIGHT}"));
    let rows = if usize::from(area.width) > what.len() + needs.len() {
        vec![format!("{what} {needs}")]
    } else {
        vec![what.into(), needs]
    };
    for (text, row) in rows.iter().zip(area.rows()) {
        super::write(buffer, row, 0, text, Style::new());
    }
}
