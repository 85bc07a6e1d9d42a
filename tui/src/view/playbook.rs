//! The playbook: its bullets, how each does, which took part in the last answer, which have just changed; what is typed to narrow them.
//!
//! What must stay true: nothing is said by colour alone; whatever is stored is cleaned before it is drawn.

mod frame;
mod inside;

use super::theme::Theme;
use crate::app::{App, Inside, Overlay, Page};
use crate::transcript::wrap::wrap;
use crate::words::bullet;
use crate::words::playbook::{line, lines, standing};
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
    /// It has just changed.
    fresh: bool,
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
        let (title, keys) = (frame::title(page, area.width), frame::keys(page, area.width));
        let inner = super::pane(app, &title, &keys, area, buffer);
        let mut open = std::mem::take(&mut page.inside);
        cursor = within(app, page, &mut open, inner, buffer);
        page.inside = open;
    }
    app.overlay = overlay;
    cursor
}

/// What is open inside; returns where the cursor goes.
fn within(app: &App, page: &Page, open: &mut Inside, inner: Rect, buffer: &mut Buffer) -> Option<Position> {
    match open {
        Inside::List if page.is_narrowed() => _ = narrowed(app, page, "Esc shows all", inner, buffer),
        Inside::List => list(app, page, inner, buffer),
        Inside::Filter => return Some(narrowed(app, page, "", inner, buffer)),
        Inside::Why(why) => inside::explanation(app, why, inner, buffer),
        Inside::History(history) => inside::history(app, history, inner, buffer),
        Inside::Books(books) => return Some(inside::books(app, page, books, inner, buffer)),
        Inside::Keys(top) => inside::all_keys(&app.theme, top, inner, buffer),
        Inside::Edit(draft) => {
            // Two rows of the list, the line that says what is done, and the words.
            draft.words.set_width(inner.width);
            let rows = u16::try_from(draft.words.rows()).unwrap_or(u16::MAX);
            let (above, below) = super::split_bottom(inner, rows.min(inner.height.saturating_sub(3)).max(1) + 1);
            list(app, page, above, buffer);
            return inside::written(&app.theme, draft, below, buffer);
        }
    }
    None
}

/// The list, with what is typed to narrow it below, its end where it is long, and a word beside that; returns where the cursor goes.
fn narrowed(app: &App, page: &Page, beside: &str, inner: Rect, buffer: &mut Buffer) -> Position {
    let (above, row) = super::split_bottom(inner, 1);
    list(app, page, above, buffer);
    let theme = &app.theme;
    let words = u16::try_from(crate::words::width(beside)).unwrap_or(u16::MAX);
    let room = row.width.saturating_sub(words + 4);
    let column = super::write(buffer, row, 0, "/", theme.strong);
    let column = super::write(buffer, row, column, &super::tail(&page.filter, usize::from(room)), theme.text);
    super::write(buffer, row, row.width.saturating_sub(words), beside, theme.dim);
    Position::new(row.x + column.min(row.width.saturating_sub(1)), row.y)
}

fn list(app: &App, page: &Page, inner: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let bullets = page.bullets();
    let mut top = 0;
    let width = usize::from(inner.width);
    for (words, style) in above(theme, page, bullets.len()) {
        for range in wrap(&words, width) {
            let row = Rect { y: inner.y + top, height: inner.height.saturating_sub(top).min(1), ..inner };
            super::write(buffer, row, 0, &words[range], style);
            top = (top + 1).min(inner.height);
        }
    }
    let rows = rows(theme, page, &bullets, width);
    let mut list = Rect { y: inner.y + top, height: inner.height.saturating_sub(top), ..inner };
    let mut first = first_row(&rows, page.selected, usize::from(list.height));
    // What has changed and is not seen is told of.
    let seen = rows.iter().skip(first).take(usize::from(list.height)).filter(|row| row.fresh).count();
    let unseen = page.changed().saturating_sub(seen);
    if unseen > 0 && list.height > 1 {
        super::write(buffer, list, 0, &format!("~ {} out of sight changed", lines(unseen)), theme.note);
        list = Rect { y: list.y + 1, height: list.height - 1, ..list };
        first = first_row(&rows, page.selected, usize::from(list.height));
    }
    for (area, row) in super::rows(list).zip(rows.iter().skip(first)) {
        app.rows.note(area, row.bullet, page.selected);
        if row.fresh {
            super::write(buffer, area, 1, "~", theme.strong);
        }
        super::write(buffer, area, 2, row.lead, theme.strong);
        super::write(buffer, area, LEAD as u16, &row.text, row.style);
        if row.bullet == page.selected {
            super::write(buffer, area, 0, "›", theme.text);
            buffer.set_style(area, theme.selected);
        }
    }
}

/// What stands above the list: what was said, what has just gone, and why there is nothing.
fn above(theme: &Theme, page: &Page, bullets: usize) -> Vec<(String, Style)> {
    let mut out: Vec<(String, Style)> = page.said.iter().map(|said| (said.clone(), theme.note)).collect();
    match page.gone()[..] {
        [] => {}
        [gone] => out.push((format!("gone: {}", line(gone)), theme.note)),
        ref gone => out.push((format!("gone: {} lines", gone.len()), theme.note)),
    }
    let (off, all) = (page.playbook().is_some_and(|playbook| playbook.off), page.total());
    match page.playbook() {
        None => out.push((inside::LOOKING.to_owned(), theme.dim)),
        Some(_) if off => out.push(("off: nothing of it goes into a prompt; o switches it on".to_owned(), theme.dim)),
        Some(playbook) if all == 0 => out.push((
            format!(
                "nothing yet. `segno playbook add {} \"your advice\"` in a shell writes a line of advice, which goes into prompts of \
                 this kind from then on",
                playbook.key
            ),
            theme.dim,
        )),
        Some(_) => {}
    }
    if bullets == 0 && all > 0 {
        let all = if all == 1 { "the one that is there".to_owned() } else { format!("all {all}") };
        out.push((format!("no line fits: Esc shows {all}"), theme.warning));
    }
    out
}

fn rows(theme: &Theme, page: &Page, bullets: &[&Bullet], width: usize) -> Vec<Row> {
    let room = width.saturating_sub(LEAD).max(8);
    let mut rows = Vec::new();
    for (at, bullet) in bullets.iter().enumerate() {
        let style = if bullet.stage.is_active() || bullet.stage == Stage::Proposed { theme.text } else { theme.dim };
        let (text, part, news) = (line(bullet), page.part(bullet.id), page.news(bullet));
        for (at_line, range) in wrap(&text, room).enumerate() {
            let first = at_line == 0;
            let lead = if first { part.symbol() } else { " " };
            rows.push(Row { bullet: at, fresh: first && !news.is_empty(), lead, text: text[range].to_owned(), style });
        }
        let condemned = page.condemned == Some(bullet.id);
        let facts = match bullet.stage {
            _ if condemned => "d again deletes it".to_owned(),
            Stage::Proposed => "waits for your yes: a accepts it, r refuses it".to_owned(),
            _ => format!("{}{}", standing(bullet), part.words()),
        };
        let facts = if news.is_empty() || condemned { facts } else { format!("~ {news} · {facts}") };
        let style = if condemned || bullet.stage == Stage::Proposed { theme.warning } else { theme.dim };
        rows.push(Row { bullet: at, fresh: false, lead: " ", text: facts, style });
        if let Some(origin) = page.origin(bullet).filter(|_| bullet.stage == Stage::Proposed) {
            rows.push(Row { bullet: at, fresh: false, lead: " ", text: bullet::from(origin), style: theme.dim });
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
