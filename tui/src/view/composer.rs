//! The draft, the line above it, and the completions above that.

use crate::app::App;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget};

/// The draft takes at most so many rows, and at most a third of the screen.
const MOST_ROWS: u16 = 8;
/// Columns of the mark before the draft.
const MARK: u16 = 2;
/// Rows of completions at most.
const POPUP_ROWS: u16 = 8;

pub(super) fn height(app: &mut App, area: Rect) -> u16 {
    // A column is left free at the right, so that a full row has a place for the cursor behind its last character.
    app.composer.set_width(area.width.saturating_sub(MARK + 1));
    let most = MOST_ROWS.min((area.height + 1) / 3).max(1);
    u16::try_from(app.composer.rows()).unwrap_or(u16::MAX).clamp(1, most)
}

pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    super::write(buffer, area, 0, "›", app.theme.user_mark);
    let text = Rect { x: area.x + MARK, width: area.width.saturating_sub(MARK + 1), ..area };
    if app.composer.is_empty() {
        let words = match &app.turn {
            Some(turn) if turn.cancelling => "stopping the answer",
            Some(_) => "Esc stops the answer; type the next",
            None => "ask something, or / for commands",
        };
        super::write(buffer, text, 0, words, app.theme.dim);
    }
    if app.composer.is_empty() {
        // The text area would paint its blanks over the words above.
        return Some(Position::new(text.x, text.y));
    }
    app.composer.render(text, buffer)
}

/// The line above the draft; it says how much of the conversation is below the screen.
pub(super) fn rule(app: &App, area: Rect, buffer: &mut Buffer) {
    let line = "─".repeat(usize::from(area.width));
    super::write(buffer, area, 0, &line, app.theme.border);
    let below = app.scroll.rows_below();
    if below > 0 && !app.scroll.is_following() {
        let text = format!(" ↓ {below} more · Ctrl+End ");
        let width = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
        super::write(buffer, area, area.width.saturating_sub(width + 2), &text, app.theme.strong);
    }
}

/// The completions, over the last rows of `area`.
pub(super) fn popup(app: &App, area: Rect, buffer: &mut Buffer) {
    let Some(popup) = &app.popup else { return };
    let count = u16::try_from(popup.items.len()).unwrap_or(u16::MAX);
    let (_, list) = super::split_bottom(area, count.min(POPUP_ROWS));
    Clear.render(list, buffer);
    let label = popup.items.iter().map(|item| item.label.chars().count()).max().unwrap_or(0);
    let label = u16::try_from(label).unwrap_or(0).min(list.width / 2);
    let first = super::first_shown(popup.selected, popup.items.len(), usize::from(list.height));
    for (row, (index, item)) in super::rows(list).zip(popup.items.iter().enumerate().skip(first)) {
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
}
