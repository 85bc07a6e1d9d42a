//! The playbook: its bullets, how each does, and which took part in the last answer.

use crate::app::{App, Page};
use crate::transcript::wrap::wrap;
use crate::words::playbook::{line, standing};
use conductor::domain::{Bullet, Stage};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns before the words: the mark, the part in the last answer.
const LEAD: usize = 4;

/// A row of the list.
struct Row {
    /// Which bullet it belongs to.
    bullet: usize,
    lead: &'static str,
    text: String,
    style: Style,
}

pub(super) fn draw(app: &App, page: &Page, area: Rect, buffer: &mut Buffer) {
    let keys = match area.width {
        0..60 => "a r p d + - u · Esc",
        60..100 => "a yes · r no · p pin · d delete · + - stage · u undo · Esc",
        _ => "a accept · r refuse · p pin · d delete · + - stage · u undo · o on/off · Esc closes",
    };
    let title = page.playbook().map_or_else(|| "playbook".to_owned(), |playbook| format!("playbook {}", playbook.key));
    let inner = super::pane(app, &title, keys, area, buffer);
    let bullets = page.bullets();
    if let Some(words) = beside(page, bullets.len()) {
        let width = usize::from(inner.width);
        for (row, range) in super::rows(inner).zip(wrap(&words, width)) {
            super::write(buffer, row, 0, &words[range], app.theme.dim);
        }
        if bullets.is_empty() {
            return;
        }
    }
    let top = beside(page, bullets.len()).map_or(0, |words| wrap(&words, usize::from(inner.width)).count());
    let list = Rect { y: inner.y + top as u16, height: inner.height.saturating_sub(top as u16), ..inner };
    let rows = rows(app, page, &bullets, usize::from(list.width));
    let first = first_row(&rows, page.selected, usize::from(list.height));
    for (area, row) in super::rows(list).zip(rows.iter().skip(first)) {
        super::write(buffer, area, 2, row.lead, app.theme.strong);
        super::write(buffer, area, LEAD as u16, &row.text, row.style);
        if row.bullet == page.selected {
            super::write(buffer, area, 0, "›", app.theme.text);
            buffer.set_style(area, app.theme.selected);
        }
    }
}

/// What stands above the list.
fn beside(page: &Page, bullets: usize) -> Option<String> {
    match page.playbook() {
        None => Some("looking …".to_owned()),
        Some(playbook) if playbook.off => Some("off: nothing of it goes into a prompt; o switches it on".to_owned()),
        Some(playbook) if bullets == 0 => Some(format!(
            "nothing yet. `segno playbook add {} --section STYLE TEXT` in a shell writes a line of advice, which goes into prompts of this \
             kind from then on",
            playbook.key
        )),
        Some(_) => None,
    }
}

fn rows(app: &App, page: &Page, bullets: &[&Bullet], width: usize) -> Vec<Row> {
    let room = width.saturating_sub(LEAD).max(8);
    let mut rows = Vec::new();
    for (at, bullet) in bullets.iter().enumerate() {
        let style = if bullet.stage.is_active() || bullet.stage == Stage::Proposed { app.theme.text } else { app.theme.dim };
        let (text, part) = (line(bullet), page.part(bullet.id));
        for (at_line, range) in wrap(&text, room).enumerate() {
            let lead = if at_line == 0 { part.symbol() } else { " " };
            rows.push(Row { bullet: at, lead, text: text[range].to_owned(), style });
        }
        let condemned = page.condemned == Some(bullet.id);
        let facts = match bullet.stage {
            _ if condemned => "d again deletes it".to_owned(),
            Stage::Proposed => "waits for your yes: a accepts it, r refuses it".to_owned(),
            _ => format!("{}{}", standing(bullet), part.words()),
        };
        let style = if condemned || bullet.stage == Stage::Proposed { app.theme.warning } else { app.theme.dim };
        rows.push(Row { bullet: at, lead: " ", text: facts, style });
    }
    rows
}

/// The first row shown, so that all of the marked bullet is in sight where it fits.
fn first_row(rows: &[Row], selected: usize, height: usize) -> usize {
    let last = rows.iter().rposition(|row| row.bullet == selected).unwrap_or(0);
    let first = rows.iter().position(|row| row.bullet == selected).unwrap_or(0);
    (last + 1).saturating_sub(height).min(first)
}
