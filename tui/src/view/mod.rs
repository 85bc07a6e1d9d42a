//! What is drawn, one file a region of the screen.
//!
//! What must stay true: drawing changes nothing but what depends on the size of the screen (wrapping, scrolling); a frame
//! costs by the rows on the screen; it works from 30x6 on, and says so where the screen is smaller.

mod choosing;
mod compare;
mod composer;
mod consent;
mod context;
mod conversations;
mod foot;
mod grants;
mod help;
pub mod icons;
mod ledger;
mod markdown;
mod notices;
mod palette;
mod past;
mod picker;
mod playbook;
mod small;
mod status;
pub mod theme;
pub mod transcript;
mod welcome;
mod why;

pub(crate) use grants::{facts as grant_facts, whom as grant_whom};

use crate::app::{App, Overlay};
use crate::keymap::Action;
use foot::{Hint, hints};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// The keys of a text that is only read.
const SCROLLED: [&str; 2] = ["Esc closes", "Up Down scroll"];

/// From so many columns on a playbook stands beside the conversation, and not before it.
const BESIDE: u16 = 110;

/// Draws all of it into `area`, which is blank; returns where the cursor goes.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    app.links.clear();
    app.rows.clear();
    app.columns = area.width;
    let cursor = regions(app, area, buffer);
    if app.settings.screen.ascii {
        icons::in_ascii(buffer);
    }
    cursor
}

fn regions(app: &mut App, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    if area.width < small::WIDTH || area.height < small::HEIGHT {
        small::draw(area, buffer);
        if let Some(asked) = app.asked() {
            asked.in_sight = false;
        }
        return None;
    }
    let (mut main, status) = split_bottom(area, 1);
    status::draw(app, status, buffer);
    if app.asked().is_some() {
        consent::draw(app, main, buffer);
        return None;
    }
    let mut beside = None;
    match &app.overlay {
        None => {}
        Some(Overlay::Playbook(_)) if main.width >= BESIDE => {
            let pane = main.width * 2 / 5;
            let area = Rect { x: main.x + main.width - pane, width: pane, ..main };
            beside = playbook::draw(app, area, buffer);
            main = Rect { width: main.width - pane, ..main };
        }
        Some(_) => return overlay(app, main, buffer),
    }
    let (whole, is_beside) = (main, app.overlay.is_some());
    let (main, draft) = split_bottom(whole, composer::height(app, whole));
    let cursor = composer::draw(app, draft, whole, buffer);
    let (main, rule) = split_bottom(main, 1);
    let (main, pull) = split_bottom(main, u16::from(app.pull.is_some()));
    status::pull(app, pull, buffer);
    conversation(app, main, buffer);
    composer::rule(app, rule, buffer);
    if composer::popup(app, main, buffer) {
        // It lies over some of them.
        app.links.clear();
    }
    // The keys are the pane's.
    if is_beside { beside } else { cursor }
}

/// What lies over all of the conversation; returns where the cursor goes.
fn overlay(app: &mut App, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    match &app.overlay {
        Some(Overlay::Help(_)) => help::draw(app, area, buffer),
        Some(Overlay::Why(_)) => why::draw(app, area, buffer),
        Some(Overlay::Context(_)) => context::draw(app, area, buffer),
        Some(Overlay::Notices(_)) => notices::draw(app, area, buffer),
        Some(Overlay::Palette(palette)) => return palette::draw(app, palette, area, buffer),
        Some(Overlay::Past(past)) => return past::draw(app, past, area, buffer),
        Some(Overlay::Models(picker)) => return picker::models(app, picker, area, buffer),
        Some(Overlay::Conversations(_)) => return conversations::draw(app, area, buffer),
        Some(Overlay::Compare(_)) => compare::draw(app, area, buffer),
        Some(Overlay::Consent(grants)) => grants::draw(app, grants, area, buffer),
        Some(Overlay::Ledger) => ledger::draw(app, area, buffer),
        Some(Overlay::Playbook(_)) => return playbook::draw(app, area, buffer),
        // A message is marked where it stands.
        Some(Overlay::Messages(_)) | None => {}
    }
    None
}

/// The conversation; before it, the first screen, with what was said since below it.
fn conversation(app: &mut App, area: Rect, buffer: &mut Buffer) {
    let mut below = area;
    if app.room.blank {
        app.room.transcript.set_width(area.width);
        let rows = u16::try_from(app.room.transcript.height()).unwrap_or(u16::MAX).min((area.height * 2).div_ceil(3));
        let (first, rest) = split_bottom(area, rows);
        welcome::draw(app, first, buffer);
        below = rest;
    }
    let links = transcript::draw(&mut app.room.transcript, &mut app.room.scroll, &app.theme, below, buffer);
    if app.settings.screen.links {
        app.links = links;
    }
}

fn split_bottom(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let above = Rect { height: area.height - rows, ..area };
    (above, Rect { y: area.y + above.height, height: rows, ..area })
}

/// Writes `text` at a column of `area`'s first row, cut to fit; returns the column after it.
fn write(buffer: &mut Buffer, area: Rect, column: u16, text: &str, style: Style) -> u16 {
    if area.is_empty() || column >= area.width {
        return column;
    }
    let room = usize::from(area.width - column);
    let (end, _) = buffer.set_stringn(area.x + column, area.y, crate::words::fit(text, room), room, style);
    end - area.x
}

/// The end of a text that has at most so many columns.
fn tail(text: &str, columns: usize) -> String {
    if crate::words::width(text) <= columns {
        return text.to_owned();
    }
    let mut from = text.len();
    for (at, _) in text.char_indices().rev() {
        if crate::words::width(&text[at..]) + 1 > columns {
            break;
        }
        from = at;
    }
    format!("…{}", &text[from..])
}

/// The rows of `area`, one by one.
fn rows(area: Rect) -> impl Iterator<Item = Rect> {
    (area.y..area.y + area.height).map(move |y| Rect { y, height: 1, ..area })
}

/// The first row to show of `count` so that `selected` is among the `height` shown.
fn first_shown(selected: usize, count: usize, height: usize) -> usize {
    selected.saturating_sub(height.saturating_sub(1) / 2).min(count.saturating_sub(height))
}

/// The longest of `forms` that fits into the frame of a pane of so many columns; the last where none does.
fn longest<T: AsRef<str>>(forms: impl IntoIterator<Item = T>, width: u16) -> String {
    let mut shortest = String::new();
    for form in forms {
        form.as_ref().clone_into(&mut shortest);
        if crate::words::width(&shortest) <= inside(width) {
            break;
        }
    }
    shortest
}

/// The keys for the foot of a pane of so many columns; where one is left out, the key that shows all.
fn keys_at_foot(app: &App, entries: &[Hint], width: u16) -> String {
    foot::fit(entries, &all_keys(app), inside(width))
}

/// What shows all keys, the longest form first.
fn all_keys(app: &App) -> Vec<String> {
    app.key_of(Action::Help).map(|key| vec![format!("{key} all keys"), key]).unwrap_or_default()
}

/// The columns for words in the frame of a pane: without two corners, and a blank on both sides.
fn inside(width: u16) -> usize {
    usize::from(width).saturating_sub(4)
}

/// A box over all of `area` with a title, and keys at its foot; returns the inside.
fn pane(app: &App, title: &str, keys: &str, area: Rect, buffer: &mut Buffer) -> Rect {
    use ratatui::text::Line;
    use ratatui::widgets::{Block, BorderType, Widget};
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(app.theme.border)
        .title_top(Line::styled(format!(" {title} "), app.theme.strong));
    let block = if keys.is_empty() {
        block
    } else {
        block.title_bottom(Line::styled(format!(" {keys} "), app.theme.dim).right_aligned())
    };
    let inner = block.inner(area);
    block.render(area, buffer);
    // A column of air on both sides.
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_text_fits() {
        for (text, columns, want) in
            [("abc", 3, "abc"), ("abcd", 3, "…cd"), ("雨の俳句", 5, "…俳句"), ("雨の俳句", 4, "…句"), ("ab", 0, "…")]
        {
            assert_eq!(tail(text, columns), want, "{text} {columns}");
        }
    }
}
