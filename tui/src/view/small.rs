//! What a screen says that is too small for anything else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns needed.
pub(super) const WIDTH: u16 = 30;
/// Rows needed.
pub(super) const HEIGHT: u16 = 6;

pub(super) fn draw(area: Rect, buffer: &mut Buffer) {
    super::write(buffer, area, 0, &format!("too small: needs {WIDTH}x{HEIGHT}"), Style::new());
}
