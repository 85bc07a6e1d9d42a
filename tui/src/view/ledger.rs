//! The ledger: what has left the machine, newest first, and one of it whole.

use super::Hint;
use crate::app::App;
use crate::transcript::Place;
use crate::transcript::wrap::wrap;
use crate::words;
use crate::words::ledger::{self as say, Entry};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns for who was asked, at most.
const WHO: u16 = 25;
/// Columns of the names of facts.
const NAMES: u16 = 14;

pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) {
    if app.ledger().open.is_some() {
        return whole(app, area, buffer);
    }
    let keys =
        [Hint::new("Esc closes"), Hint::or("Enter shows one whole", "Enter shows it"), Hint::or("v checks it", "v checks")];
    // They are all: no list of keys has more.
    let keys = super::foot::fit(&keys, &[], super::inside(area.width));
    let inner = super::pane(app, "ledger · times in UTC", &keys, area, buffer);
    let (theme, ledger) = (app.theme, app.ledger());
    let (whole, verdict) = ledger.verdict.as_ref().map_or((true, ""), |(whole, text)| (*whole, text.as_str()));
    let verdict: Vec<&str> = wrap(verdict, usize::from(inner.width)).map(|range| &verdict[range]).collect();
    let said = if ledger.verdict.is_some() { verdict.len() } else { 0 };
    let (list, foot) = super::split_bottom(inner, u16::try_from(said).unwrap_or(u16::MAX).min(inner.height / 2));
    for (row, text) in super::rows(foot).zip(verdict) {
        super::write(buffer, row, 0, text, if whole { theme.text } else { theme.error });
    }
    if ledger.len() == 0 {
        super::write(buffer, list, 0, if ledger.is_loading() { "looking …" } else { say::EMPTY }, theme.dim);
        return;
    }
    let first = super::first_shown(ledger.selected, ledger.len(), usize::from(list.height));
    let shown = (first..ledger.len()).take(usize::from(list.height)).filter_map(|index| ledger.entry(index));
    let longest = shown.map(|entry| words::width(&asked(&entry))).max().unwrap_or(0);
    let who = u16::try_from(longest).unwrap_or(WHO).clamp(8, WHO);
    for (row, index) in super::rows(list).zip(first..ledger.len()) {
        app.rows.note(row, index, ledger.selected);
        if let Some(entry) = ledger.entry(index) {
            line(app, &entry, (index == ledger.selected, who), row, buffer);
        }
    }
}

/// Time, place, who, where, how much, by what right, what came of it: what does not fit is left out from the right.
fn line(app: &App, entry: &Entry<'_>, (marked, who): (bool, u16), row: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let place = theme.place(Place::from(&entry.entry.location));
    let time = say::time(entry.row.time_ms);
    // Without the year and the seconds where there is little room.
    let time = if row.width < 100 { time.get(5..16) } else { time.get(..16) }.unwrap_or(&time).to_owned();
    let end = say::outcome(entry.outcome.map(|(_, outcome)| outcome));
    let cells: [(String, u16, Style); 7] = [
        (time.clone(), u16::try_from(time.len()).unwrap_or(16), theme.dim),
        (words::place(&entry.entry.location), 10, place),
        (asked(entry), who, theme.text),
        (words::bytes(entry.entry.bytes), 6, theme.text),
        (end, 22, theme.text),
        (say::host(&entry.entry.location), 24, theme.dim),
        (say::basis(entry.entry.basis).to_owned(), 31, theme.dim),
    ];
    super::write(buffer, row, 0, if marked { "›" } else { " " }, theme.text);
    let mut column = 2;
    for (text, width, style) in &cells {
        if column >= row.width {
            break;
        }
        let end = (column + width).min(row.width);
        super::write(buffer, Rect { width: end, ..row }, column, text, *style);
        column = end + 2;
    }
    if marked {
        buffer.set_style(row, theme.selected);
    }
}

/// Who was asked, and what for, where it was no question.
fn asked(entry: &Entry<'_>) -> String {
    match entry.entry.purpose {
        conductor::domain::Purpose::Chat => say::who(entry.entry),
        other => format!("{} ({})", say::who(entry.entry), other.words()),
    }
}

/// All that is known of the marked one.
fn whole(app: &mut App, area: Rect, buffer: &mut Buffer) {
    let keys = [Hint::new("Up Down scroll"), Hint::or("Esc back to the list", "Esc back")];
    let keys = super::keys_at_foot(app, &keys, area.width);
    let inner = super::pane(app, "ledger · one row", &keys, area, buffer);
    let theme = app.theme;
    let ledger = app.ledger_mut();
    let Some(entry) = ledger.entry(ledger.selected) else { return };
    let names = NAMES.min(inner.width / 3);
    let room = usize::from(inner.width - names);
    let mut rows: Vec<(&str, String)> = Vec::new();
    for (name, text) in say::whole(&entry) {
        rows.extend(wrap(&text, room).enumerate().map(|(i, range)| (if i == 0 { name } else { "" }, text[range].to_owned())));
    }
    let last = rows.len().saturating_sub(usize::from(inner.height));
    let top = ledger.open.unwrap_or_default().min(last);
    ledger.open = Some(top);
    for (row, (name, text)) in super::rows(inner).zip(rows.iter().skip(top)) {
        super::write(buffer, Rect { width: names.saturating_sub(1), ..row }, 0, name, theme.dim);
        super::write(buffer, row, names, text, theme.text);
    }
}
