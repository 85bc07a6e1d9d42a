//! What is open inside of a playbook's pane: an explanation, a history, the words that are being changed, all playbooks, all keys.

use super::super::{theme::Theme, why};
use crate::app::{App, Books, Draft, History, Page, Why};
use crate::sanitise::clean_line;
use crate::words::playbook::{EMPTY, lines, wait};
use crate::words::{self, bullet};
use conductor::domain::{Playbook, Stage};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Said while something is on its way.
pub(super) const LOOKING: &str = "looking …";
/// From so many columns on a row of a playbook has whole words.
const WORDS: u16 = 60;

pub(super) fn explanation(app: &App, why: &mut Why, inner: Rect, buffer: &mut Buffer) {
    let lines = why.why.as_ref().map(|found| bullet::lines(found, why.now_ms, &app.settings.names));
    text(&app.theme, lines, &mut why.top, inner, buffer);
}

pub(super) fn history(app: &App, history: &mut History, inner: Rect, buffer: &mut Buffer) {
    let lines = history.lines(app.settings.screen.utc_offset_s);
    text(&app.theme, lines, &mut history.top, inner, buffer);
}

/// Draws lines from the row `top` on, which is kept inside of them.
fn text(theme: &Theme, lines: Option<Vec<words::why::Line>>, top: &mut usize, inner: Rect, buffer: &mut Buffer) {
    let Some(lines) = lines else {
        super::super::write(buffer, inner, 0, LOOKING, theme.dim);
        return;
    };
    let rows = why::rows(&lines, inner.width);
    *top = (*top).min(rows.len().saturating_sub(usize::from(inner.height)));
    why::write(theme, &rows[*top..], inner, buffer);
}

pub(super) fn all_keys(theme: &Theme, top: &mut usize, inner: Rect, buffer: &mut Buffer) {
    let rows = super::frame::all_keys(inner.width);
    *top = (*top).min(rows.len().saturating_sub(usize::from(inner.height)));
    for (area, (column, text, head)) in super::super::rows(inner).zip(&rows[*top..]) {
        super::super::write(buffer, area, *column, text, if *head { theme.strong } else { theme.text });
    }
}

/// The words that are being changed, with a line above that says so.
pub(super) fn written(theme: &Theme, draft: &mut Draft, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let doing = if draft.sent.is_some() { "storing" } else { "edit" };
    let name = clean_line(&draft.name);
    let end = super::super::write(buffer, area, 0, &format!("{doing} [{name}] "), theme.strong);
    let rule = "─".repeat(usize::from(area.width.saturating_sub(end)));
    super::super::write(buffer, area, end, &rule, theme.border);
    let words = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    draft.words.render(words, buffer)
}

/// All playbooks, to choose one of; returns where the cursor goes.
pub(super) fn books(app: &App, page: &Page, books: &Books, inner: Rect, buffer: &mut Buffer) -> Position {
    let (cursor, list) = super::super::picker::find(app, &books.filter, inner, buffer);
    let rows = books.fitting();
    let nothing = match &books.list {
        None => LOOKING,
        Some(list) if list.is_empty() => EMPTY,
        Some(_) => "nothing found: no playbook has these letters",
    };
    if rows.is_empty() {
        super::super::write(buffer, list, 0, nothing, app.theme.dim);
    }
    let names = rows.iter().map(|book| words::width(&book.key.to_string())).max().unwrap_or(0);
    let column = u16::try_from(names).unwrap_or(u16::MAX).min(list.width / 2) + 2;
    let first = super::super::first_shown(books.selected, rows.len(), usize::from(list.height));
    for (area, (at, book)) in super::super::rows(list).zip(rows.iter().enumerate().skip(first)) {
        let name = Rect { width: column.min(area.width), ..area };
        super::super::write(buffer, name, 2, &book.key.to_string(), app.theme.text);
        super::super::write(buffer, area, column + 2, &facts(page, book, area.width >= WORDS), app.theme.dim);
        if at == books.selected {
            super::super::write(buffer, area, 0, "›", app.theme.text);
            buffer.set_style(area, app.theme.selected);
        }
    }
    cursor
}

/// How many lines it has, whether it is off, how many of them wait for a yes, whether it is that of the last answer.
fn facts(page: &Page, book: &Playbook, whole: bool) -> String {
    let waiting = book.in_stage(Stage::Proposed).count();
    let answering = page.answering.as_ref() == Some(&book.key);
    let mut parts = vec![lines(book.bullets.len())];
    if book.off {
        parts.push("off".to_owned());
    }
    if waiting > 0 {
        parts.push(if whole { wait(waiting) } else { format!("{waiting} to accept") });
    }
    if answering {
        parts.push(if whole { "of the last answer" } else { "answering" }.to_owned());
    }
    parts.join(" · ")
}
