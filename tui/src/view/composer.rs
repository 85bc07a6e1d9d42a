//! The draft, what is attached above it, the line above that, and the completions above all.

use crate::app::App;
use crate::attach::chip;
use crate::composer::VimMode;
use crate::keymap::{Action, Move};
use crate::words;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};
use unicode_width::UnicodeWidthStr;

/// The draft takes at most so many rows, and at most a third of the screen.
const MOST_ROWS: u16 = 8;
/// Columns of the mark before the draft.
const MARK: u16 = 2;
/// Rows of what is attached at most.
const CHIP_ROWS: usize = 2;
/// Rows of completions at most.
const POPUP_ROWS: u16 = 8;

pub(super) fn height(app: &mut App, area: Rect) -> u16 {
    // A column is left free at the right, so that a full row has a place for the cursor behind its last character.
    app.composer.set_width(area.width.saturating_sub(MARK + 1));
    let most = MOST_ROWS.min((area.height + 1) / 3).max(1);
    let text = u16::try_from(app.composer.rows()).unwrap_or(u16::MAX).clamp(1, most);
    text + u16::try_from(chips(app, area).len()).unwrap_or(0)
}

/// Something attached, or on its way.
type Chip = (String, Style);

/// What is attached, in rows as wide as `area`, the one that the draft is cut from; where that is low, in one.
fn chips(app: &App, area: Rect) -> Vec<Vec<Chip>> {
    let theme = &app.theme;
    let attached = app.composer.attached().iter().map(|span| (chip::of(span), theme.strong));
    let reading = app.reading.iter().map(|reading| (format!("reading {}…", reading.name), theme.dim));
    let most = if area.height < 12 { 1 } else { CHIP_ROWS };
    in_rows(attached.chain(reading).collect(), usize::from(area.width.saturating_sub(MARK + 1)), most, theme.dim)
}

/// Fills rows of `width` columns one after the other; what has no place in `most` rows is counted at the end of the last.
fn in_rows(chips: Vec<Chip>, width: usize, most: usize, style: Style) -> Vec<Vec<Chip>> {
    let used = |row: &[Chip]| row.iter().map(|(text, _)| text.width() + 1).sum::<usize>();
    let count = chips.len();
    let mut rows: Vec<Vec<Chip>> = vec![Vec::new()];
    for (text, look) in chips {
        let chip = (words::fit(&text, width), look);
        let full = rows.last().is_some_and(|row| !row.is_empty() && used(row) + chip.0.width() > width);
        if full && rows.len() == most {
            break;
        }
        if full {
            rows.push(Vec::new());
        }
        if let Some(row) = rows.last_mut() {
            row.push(chip);
        }
    }
    loop {
        let left = count - rows.iter().map(Vec::len).sum::<usize>();
        let more = format!("+{left} more");
        match rows.last_mut() {
            Some(row) if left > 0 && row.len() > 1 && used(row) + more.width() > width => _ = row.pop(),
            Some(row) if left > 0 => {
                if let [(only, _)] = row.as_mut_slice() {
                    *only = words::fit(only, width.saturating_sub(more.width() + 1));
                }
                row.push((more, style));
                return rows;
            }
            _ => return rows.into_iter().filter(|row| !row.is_empty()).collect(),
        }
    }
}

/// Draws it into `area`, which was cut from `whole` by its height.
pub(super) fn draw(app: &mut App, area: Rect, whole: Rect, buffer: &mut Buffer) -> Option<Position> {
    let chips = chips(app, whole);
    let (above, area) = super::split_bottom(area, area.height.saturating_sub(u16::try_from(chips.len()).unwrap_or(0)));
    for (row, chips) in super::rows(above).zip(chips) {
        let mut column = MARK;
        for (text, style) in chips {
            column = super::write(buffer, row, column, &text, style) + 1;
        }
    }
    super::write(buffer, area, 0, "›", app.theme.user_mark);
    let text = Rect { x: area.x + MARK, width: area.width.saturating_sub(MARK + 1), ..area };
    if !app.composer.has_words() {
        let words = match &app.room.turn {
            Some(turn) if turn.cancelling => "stopping the answer".to_owned(),
            Some(_) => app.stops("stops the answer; type the next"),
            None if !app.composer.is_empty() => "ask about it; Backspace takes it off".to_owned(),
            None => "ask something, or / for commands".to_owned(),
        };
        super::write(buffer, text, 0, &words, app.theme.dim);
        // The text area would paint its blanks over the words above.
        return Some(Position::new(text.x, text.y));
    }
    app.composer.render(text, buffer)
}

/// The line above the draft; it says how much of the conversation is below the screen.
pub(super) fn rule(app: &App, area: Rect, buffer: &mut Buffer) {
    let line = "─".repeat(usize::from(area.width));
    super::write(buffer, area, 0, &line, app.theme.border);
    let label = if app.is_choosing() {
        let [keys, _] = super::choosing::keys(app, [label_room(area.width), 0]);
        keys
    } else if let Some(label) = app.composer.vim_mode().map(VimMode::label).filter(|label| !label.is_empty()) {
        label.to_owned()
    } else if app.room.changing.is_some() {
        "changes a question · Esc leaves it".to_owned()
    } else {
        String::new()
    };
    let end = if label.is_empty() { 0 } else { super::write(buffer, area, 2, &format!(" {label} "), app.theme.strong) };
    if let Some(text) = below(app) {
        let width = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
        let at = area.width.saturating_sub(width + 2);
        if at > end {
            super::write(buffer, area, at, &text, app.theme.strong);
        }
    }
}

/// How much of the conversation is below the screen, and how to get there.
fn below(app: &App) -> Option<String> {
    let (below, exact) = app.room.scroll.rows_below();
    if below == 0 || app.room.scroll.is_following() {
        return None;
    }
    // With a message chosen its own keys of that go first.
    let key = app.key_of(Action::Scroll(Move::Bottom)).filter(|_| !app.is_choosing());
    let key = key.map(|key| format!("· {key} ")).unwrap_or_default();
    Some(format!(" ↓ {}{below} more {key}", if exact { "" } else { "~" }))
}

/// The columns for words in the line above the draft: two of the line on both sides, and a blank before and behind the words.
pub(super) fn label_room(width: u16) -> usize {
    usize::from(width).saturating_sub(6)
}

/// The completions, over the last rows of `area`; false where there are none.
pub(super) fn popup(app: &App, area: Rect, buffer: &mut Buffer) -> bool {
    let Some(popup) = &app.popup else { return false };
    let count = u16::try_from(popup.items.len()).unwrap_or(u16::MAX);
    let (_, list) = super::split_bottom(area, count.min(POPUP_ROWS));
    Clear.render(list, buffer);
    let label = popup.items.iter().map(|item| item.label.chars().count()).max().unwrap_or(0);
    let label = u16::try_from(label).unwrap_or(0).min(list.width / 2);
    let first = super::first_shown(popup.selected, popup.items.len(), usize::from(list.height));
    for (row, (index, item)) in super::rows(list).zip(popup.items.iter().enumerate().skip(first)) {
        app.rows.note(row, index, popup.selected);
        let marked = index == popup.selected;
        let style = if marked { app.theme.selected } else { app.theme.text };
        if marked {
            buffer.set_style(row, style);
        }
        let name = Rect { width: 2 + label, ..row };
        super::write(buffer, row, 0, if marked { "›" } else { " " }, style);
        super::write(buffer, name, 2, &item.label, style);
        super::write(buffer, row, label + 4, &item.about, if marked { style } else { app.theme.dim });
    }
    true
}
