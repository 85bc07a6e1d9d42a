//! What was said in this run.

use crate::app::{App, Overlay};
use crate::sanitise::clean_line;
use crate::words;
use conductor::protocol::Level;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

/// `11:22:43 `
const CLOCK: u16 = 9;

pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) {
    let keys = super::keys_at_foot(app, &super::hints(super::SCROLLED), area.width);
    let inner = super::pane(app, "notices", &keys, area, buffer);
    let rows = rows(app, inner.width);
    if rows.is_empty() {
        super::write(buffer, inner, 0, "nothing was said yet", app.theme.dim);
    }
    let last = rows.len().saturating_sub(usize::from(inner.height));
    let Some(Overlay::Notices(top)) = &mut app.overlay else { return };
    *top = (*top).min(last);
    for (row, (clock, lead, text, style)) in super::rows(inner).zip(rows.iter().skip(*top)) {
        super::write(buffer, row, 0, clock, app.theme.dim);
        let column = super::write(buffer, row, CLOCK, lead, *style);
        super::write(buffer, row, column, text, app.theme.text);
    }
}

/// The time, the word and its style, and the text of each row; what is wrapped has neither time nor word.
fn rows(app: &App, width: u16) -> Vec<(String, &'static str, String, Style)> {
    let theme = &app.theme;
    let room = usize::from(width.saturating_sub(CLOCK)).max(8);
    let mut rows = Vec::new();
    let mut add = |clock: String, lead: &'static str, text: &str, style: Style| {
        let mut first = Some((clock, lead));
        for part in words::wrapped(&format!("{}{}", " ".repeat(lead.width()), clean_line(text)), room) {
            let (clock, lead) = first.take().unwrap_or_default();
            let part = if lead.is_empty() { part } else { part.trim_start().to_owned() };
            rows.push((clock, lead, part, style));
        }
    };
    for said in app.log().iter() {
        let (lead, style) = match said.level {
            Some(Level::Error) => ("error: ", theme.error),
            Some(Level::Warning) => ("warning: ", theme.warning),
            Some(Level::Info) => ("note: ", theme.note),
            None => ("", theme.text),
        };
        add(said.clock(app.settings.screen.utc_offset_s), lead, &said.what, style);
        if !said.hint.is_empty() {
            add(String::new(), "hint: ", &said.hint, theme.strong);
        }
    }
    rows
}
