//! The palette: a row for each action and command, with its key and what it does.

use crate::app::{App, Palette};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

/// The columns of a name at most, where there is more to say.
const NAME: u16 = 24;
/// The columns of keys at most.
const KEYS: u16 = 20;
/// Less room than this has nothing to say.
const ABOUT: u16 = 24;

pub(super) fn draw(app: &App, palette: &Palette, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let keys = super::keys_at_foot(app, &super::hints(["Enter runs it", "Esc closes", "type to find"]), area.width);
    let inner = super::pane(app, "commands and actions", &keys, area, buffer);
    let (cursor, list) = super::picker::find(app, &palette.filter, inner, buffer);
    let rows = app.palette();
    // What a narrow screen has no room for is said of the marked one.
    let keys = rows.iter().map(|item| item.keys.width()).max().unwrap_or(0);
    let keys = u16::try_from(keys).unwrap_or(KEYS).min(KEYS);
    let wide = list.width >= NAME + keys + 6 + ABOUT;
    let (list, details) = super::split_bottom(list, u16::from(list.width < 100 && list.height > 3));
    let theme = &app.theme;
    if let Some(item) = rows.get(palette.selected) {
        super::write(buffer, details, 0, item.about, theme.dim);
    } else {
        super::write(buffer, list, 0, "nothing found: no command has these letters", theme.dim);
    }
    let first = super::first_shown(palette.selected, rows.len(), usize::from(list.height));
    for (row, (index, item)) in super::rows(list).zip(rows.iter().enumerate().skip(first)) {
        app.rows.note(row, index, palette.selected);
        let marked = index == palette.selected;
        super::write(buffer, row, 0, if marked { "›" } else { " " }, theme.text);
        if wide {
            super::write(buffer, Rect { width: 2 + NAME, ..row }, 2, &item.name, theme.text);
            super::write(buffer, Rect { width: 4 + NAME + keys, ..row }, 4 + NAME, &item.keys, theme.strong);
            super::write(buffer, row, 6 + NAME + keys, item.about, theme.dim);
        } else {
            let width = u16::try_from(item.keys.width()).unwrap_or(0);
            let at = row.width.saturating_sub(width);
            super::write(buffer, Rect { width: at.saturating_sub(1), ..row }, 2, &item.name, theme.text);
            super::write(buffer, row, at, &item.keys, theme.strong);
        }
        if marked {
            buffer.set_style(row, theme.selected);
        }
    }
    Some(cursor)
}
