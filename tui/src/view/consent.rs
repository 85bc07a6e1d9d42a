//! The question whether something may leave the machine.
//!
//! What must stay true: where it would go, how many secrets there are and the buttons are always on the screen, or a yes does
//! not count; the buttons look alike and none is chosen; a frame costs by the rows on the screen.

use super::Hint;
use super::theme::Theme;
use super::transcript::Pen;
use crate::app::{App, Asked};
use crate::sanitise::clean_line;
use crate::transcript::Place;
use crate::transcript::wrap::wrap;
use crate::words::{self, Names, consent as say};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// From so many rows on there is a border.
const BORDERED: u16 = 9;
/// Columns of the names of facts.
const NAMES: u16 = 8;

/// Rows that stay in sight: text and style, and how many bytes at their start have another.
struct Row {
    text: String,
    style: Style,
    lead: (usize, Style),
}

/// Draws it over all of `area`.
pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) {
    let mut inner = area;
    if area.height >= BORDERED {
        let keys = super::foot::fit(
            &[Hint::or("Up Down PgUp PgDn Home End scroll", "PgUp PgDn scroll")],
            &[],
            super::inside(area.width),
        );
        inner = super::pane(app, "may this leave the machine?", &keys, area, buffer);
    }
    let (theme, names) = (app.theme, app.settings.names.clone());
    let elsewhere = app.asked_behind().map(|title| format!("“{}”, which is in the background", clean_line(title)));
    let Some(asked) = app.asked() else { return };
    let width = usize::from(inner.width);
    let (head, buttons) = pinned(asked, (&theme, &names), width, usize::from(inner.height));
    asked.in_sight = asked.listening && head.len() + buttons.len() <= usize::from(inner.height);
    let (above, foot) = super::split_bottom(inner, u16::try_from(buttons.len()).unwrap_or(u16::MAX));
    let mut rows = super::rows(above);
    for row in &head {
        let Some(area) = rows.next() else { break };
        let (lead, rest) = row.text.split_at(row.lead.0);
        let mut pen = Pen::at(buffer, area);
        pen.write(lead, row.lead.1);
        pen.write(rest, row.style);
    }
    let middle: Vec<Rect> = rows.collect();
    let facts = facts(asked, elsewhere, width);
    scrolled(asked, &facts, &theme, &middle, buffer);
    for (area, text) in super::rows(foot).zip(&buttons) {
        button_row(text, asked.listening, &theme, area, buffer);
    }
}

/// What stays in sight: the destination with the secrets, and the buttons; in the longest form that leaves room.
fn pinned(asked: &Asked, (theme, names): (&Theme, &Names), width: usize, height: usize) -> (Vec<Row>, Vec<String>) {
    let long = (head(asked, (theme, names), width, false), buttons(asked, width, false));
    // Two rows of what would be sent have a place beside it.
    if long.0.len() + long.1.len() + 2 <= height {
        return long;
    }
    (head(asked, (theme, names), width, true), buttons(asked, width, true))
}

fn head(asked: &Asked, (theme, names): (&Theme, &Names), width: usize, short: bool) -> Vec<Row> {
    let request = &asked.request;
    let sentence = if short { say::short_sentence(request, names) } else { say::sentence(request, names) };
    let place = words::place(&request.location).len();
    let mut rows = wrapped(&sentence, width, theme.strong, (place, theme.place(Place::from(&request.location))));
    if let Some(found) = say::secrets(request) {
        let what = match (asked.redact, request.redacted.is_some(), short) {
            (true, _, true) => "taken out",
            (true, _, false) => "taken out before it goes · r puts them back",
            (false, _, true) => "go along",
            (false, true, false) => "they would go along · r takes them out",
            (false, false, false) => "they would go along",
        };
        rows.extend(wrapped(&format!("! {found}: {what}"), width, theme.text, (1, theme.warning)));
    }
    rows
}

fn wrapped(text: &str, width: usize, style: Style, lead: (usize, Style)) -> Vec<Row> {
    let row = |(index, range): (usize, std::ops::Range<usize>)| {
        let text = text[range].to_owned();
        let bytes = if index == 0 { lead.0.min(text.len()) } else { 0 };
        Row { text, style, lead: (bytes, lead.1) }
    };
    wrap(text, width).enumerate().map(row).collect()
}

/// The buttons, as many rows as they need.
fn buttons(asked: &Asked, width: usize, short: bool) -> Vec<String> {
    let words = match (asked.may_be_for_conversation(), short) {
        (true, false) => &["y once", "c this conversation", "n no", "v never (asks no more)"][..],
        (true, true) => &["y once", "c conversation", "n no", "v never"],
        (false, false) => &["y once", "n no", "v never (asks no more)"],
        (false, true) => &["y once", "n no", "v never"],
    };
    let mut rows: Vec<String> = Vec::new();
    for word in words {
        match rows.last_mut() {
            Some(row) if words::width(row) + words::width(word) + 3 <= width => row.push_str(&format!(" · {word}")),
            _ => rows.push((*word).to_owned()),
        }
    }
    rows
}

/// Each button begins with its key, and all keys look alike.
fn button_row(text: &str, listening: bool, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if !listening {
        return;
    }
    let mut column = 0;
    for (index, button) in text.split(" · ").enumerate() {
        if index > 0 {
            column = super::write(buffer, area, column, " · ", theme.dim);
        }
        let (key, words) = button.split_at(1);
        column = super::write(buffer, area, column, key, theme.strong);
        column = super::write(buffer, area, column, words, theme.text);
    }
}

/// The facts, and below them what would be sent, from the row on that it stands at.
fn scrolled(asked: &mut Asked, facts: &[Fact], theme: &Theme, area: &[Rect], buffer: &mut Buffer) {
    let Some(first) = area.first() else { return };
    let width = usize::from(first.width);
    let total = facts.len() + asked.page.height(width);
    asked.height = area.len();
    asked.top = asked.top.min(total.saturating_sub(area.len()));
    for (row, area) in (asked.top..total).zip(area) {
        match facts.get(row) {
            Some((Some(name), text)) => {
                let column = NAMES.min(area.width / 4);
                super::write(buffer, *area, 0, name, theme.dim);
                Pen::at(buffer, Rect { x: area.x + column, width: area.width - column, ..*area }).write(text, theme.text);
            }
            Some((None, text)) => Pen::at(buffer, *area).write(text, theme.dim),
            None => Pen::at(buffer, *area).write(asked.page.row(row - facts.len()), theme.text),
        }
    }
}

/// A row: a name, where a fact begins, and what fits beside it; the line above the bytes has none.
type Fact = (Option<&'static str>, String);

/// The facts as rows. A question that was asked `elsewhere`, in a conversation that is not the one behind this, says so first.
fn facts(asked: &Asked, elsewhere: Option<String>, width: usize) -> Vec<Fact> {
    let room = width - usize::from(NAMES).min(width / 4);
    let mut rows = Vec::new();
    let facts =
        elsewhere.map(|title| ("in", title)).into_iter().chain(say::facts(&asked.request, asked.fell.as_deref(), asked.redact));
    for (name, text) in facts {
        for (index, range) in wrap(&text, room).enumerate() {
            rows.push((Some(if index == 0 { name } else { "" }), text[range].to_owned()));
        }
    }
    let heading = format!("── {}", say::heading(&asked.request, asked.redact));
    rows.extend(wrap(&heading, width).map(|range| (None, heading[range].to_owned())));
    rows
}
