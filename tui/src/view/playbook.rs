//! The playbook: its bullets, how each does, and which took part in the last answer; why one stands where it stands; the words of one
//! that are being changed.

use super::theme::Theme;
use super::why;
use crate::app::{App, Draft, Inside, Overlay, Page, Why};
use crate::sanitise::clean_line;
use crate::transcript::wrap::wrap;
use crate::words::bullet;
use crate::words::playbook::{line, standing};
use conductor::domain::{Bullet, Stage};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
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

/// Draws it; returns where the cursor goes, where something is being written in it.
pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    // It lies beside what it is drawn with, and what depends on the size of the screen changes in it.
    let mut overlay = app.overlay.take();
    let mut cursor = None;
    if let Some(Overlay::Playbook(page)) = &mut overlay {
        let inner = super::pane(app, &title(page, area.width), &keys(page, area.width), area, buffer);
        let mut inside = std::mem::take(&mut page.inside);
        match &mut inside {
            Inside::List => list(&app.theme, page, inner, buffer),
            Inside::Why(why) => explanation(&app.theme, why, inner, buffer),
            Inside::Edit(draft) => {
                // Two rows of the list, the line that says what is done, and the words.
                draft.words.set_width(inner.width);
                let rows = u16::try_from(draft.words.rows()).unwrap_or(u16::MAX);
                let (above, below) = super::split_bottom(inner, rows.min(inner.height.saturating_sub(3)).max(1) + 1);
                list(&app.theme, page, above, buffer);
                cursor = written(&app.theme, draft, below, buffer);
            }
        }
        page.inside = inside;
    }
    app.overlay = overlay;
    cursor
}

fn title(page: &Page, width: u16) -> String {
    let Some(playbook) = page.playbook() else { return "playbook".to_owned() };
    let key = &playbook.key;
    match page.waiting() {
        0 => super::longest([format!("playbook {key}"), key.to_string()], width),
        1 => super::longest([format!("playbook {key} · 1 waits for your yes"), format!("{key} · 1 to accept")], width),
        n => super::longest([format!("playbook {key} · {n} wait for your yes"), format!("{key} · {n} to accept")], width),
    }
}

fn keys(page: &Page, width: u16) -> String {
    let forms: &[&str] = match &page.inside {
        Inside::Why(_) => &["Up Down scroll · a r e p + - as in the list · Esc back", "Up Down · Esc back"],
        Inside::Edit(_) => &["Enter stores · Esc leaves it as it was", "Enter stores · Esc leaves"],
        Inside::List => &[
            "a accept · r refuse · e edit · w why · p pin · d delete · + - stage · u undo · o on/off · Esc closes",
            "a yes · r no · e edit · w why · p pin · d delete · + - stage · u undo · Esc",
            "a yes · r no · e edit · w why · p d + - u · Esc",
            "a r e w p d + - u · Esc",
        ],
    };
    super::longest(forms, width)
}

fn list(theme: &Theme, page: &Page, inner: Rect, buffer: &mut Buffer) {
    let bullets = page.bullets();
    let mut top = 0;
    if let Some(words) = beside(page, bullets.len()) {
        let width = usize::from(inner.width);
        for (row, range) in super::rows(inner).zip(wrap(&words, width)) {
            super::write(buffer, row, 0, &words[range], theme.dim);
            top += 1;
        }
    }
    let list = Rect { y: inner.y + top, height: inner.height.saturating_sub(top), ..inner };
    let rows = rows(theme, page, &bullets, usize::from(list.width));
    let first = first_row(&rows, page.selected, usize::from(list.height));
    for (area, row) in super::rows(list).zip(rows.iter().skip(first)) {
        super::write(buffer, area, 2, row.lead, theme.strong);
        super::write(buffer, area, LEAD as u16, &row.text, row.style);
        if row.bullet == page.selected {
            super::write(buffer, area, 0, "›", theme.text);
            buffer.set_style(area, theme.selected);
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

fn rows(theme: &Theme, page: &Page, bullets: &[&Bullet], width: usize) -> Vec<Row> {
    let room = width.saturating_sub(LEAD).max(8);
    let mut rows = Vec::new();
    for (at, bullet) in bullets.iter().enumerate() {
        let style = if bullet.stage.is_active() || bullet.stage == Stage::Proposed { theme.text } else { theme.dim };
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
        let style = if condemned || bullet.stage == Stage::Proposed { theme.warning } else { theme.dim };
        rows.push(Row { bullet: at, lead: " ", text: facts, style });
        if let Some(origin) = page.origin(bullet).filter(|_| bullet.stage == Stage::Proposed) {
            rows.push(Row { bullet: at, lead: " ", text: bullet::from(origin), style: theme.dim });
        }
    }
    rows
}

/// The first row shown, so that all of the marked bullet is in sight where it fits.
fn first_row(rows: &[Row], selected: usize, height: usize) -> usize {
    let last = rows.iter().rposition(|row| row.bullet == selected).unwrap_or(0);
    let first = rows.iter().position(|row| row.bullet == selected).unwrap_or(0);
    (last + 1).saturating_sub(height).min(first)
}

fn explanation(theme: &Theme, why: &mut Why, inner: Rect, buffer: &mut Buffer) {
    let Some(found) = &why.why else {
        super::write(buffer, inner, 0, "looking …", theme.dim);
        return;
    };
    let rows = why::rows(&bullet::lines(found, why.now_ms), inner.width);
    why.top = why.top.min(rows.len().saturating_sub(usize::from(inner.height)));
    why::write(theme, &rows[why.top..], inner, buffer);
}

/// The words that are being changed, with a line above that says so.
fn written(theme: &Theme, draft: &mut Draft, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let doing = if draft.sent.is_some() { "storing" } else { "edit" };
    let name = clean_line(&draft.name);
    let end = super::write(buffer, area, 0, &format!("{doing} [{name}] "), theme.strong);
    let rule = "─".repeat(usize::from(area.width.saturating_sub(end)));
    super::write(buffer, area, end, &rule, theme.border);
    let words = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    draft.words.render(words, buffer)
}
