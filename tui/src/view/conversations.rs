//! The stored conversations: those whose titles fit what is typed, below them the messages in which it was found, and beside them, where
//! there is room, the end of the marked one.
//!
//! What must stay true: what was found is told by more than colour; whatever is stored is cleaned before it is drawn.

use super::Hint;
use crate::app::{App, BESIDE, Doing, Overlay, Pane};
use crate::keymap::{Action, Mode};
use crate::sanitise::clean_line;
use crate::words;
use conductor::domain::{ConversationSummary, Hit, Role};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

/// Columns of the mark before a row.
const LEAD: u16 = 2;
/// From so many columns on a row says how many messages there are, and from the second on who answered last.
const COUNT: u16 = 50;
const ANSWERED: u16 = 64;
/// Columns for who answered last.
const MODEL: usize = 16;

/// A row of the list.
enum Line<'a> {
    Title(usize, &'a ConversationSummary),
    /// Of the messages below.
    Head,
    /// Where something was found.
    Of(usize, &'a Hit),
    /// What was found.
    Found(usize, &'a Hit),
    Note(&'static str),
}

impl Line<'_> {
    fn row(&self) -> Option<usize> {
        match self {
            Self::Title(row, _) | Self::Of(row, _) | Self::Found(row, _) => Some(*row),
            Self::Head | Self::Note(_) => None,
        }
    }
}

pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    // What depends on the size of the screen changes in the title that is written.
    let mut overlay = app.overlay.take();
    let mut cursor = None;
    if let Some(Overlay::Conversations(pane)) = &mut overlay {
        cursor = parts(app, pane, area, buffer);
    }
    app.overlay = overlay;
    cursor
}

fn parts(app: &App, pane: &mut Pane, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let wide = area.width >= BESIDE;
    let beside = if wide { area.width * 2 / 5 } else { 0 };
    let left = Rect { width: area.width - beside, ..area };
    let title = if pane.deleted { "deleted conversations" } else { "conversations" };
    let inner = super::pane(app, title, &keys(app, pane, left.width), left, buffer);
    if wide {
        preview(app, pane, Rect { x: left.right(), width: beside, ..area }, buffer);
    }
    let (cursor, list) = match &mut pane.doing {
        Doing::Name(naming) => {
            let row = Rect { height: 1, ..inner };
            let column = super::write(buffer, row, 0, "title: ", app.theme.strong);
            let words = Rect { x: row.x + column, width: row.width.saturating_sub(column), ..row };
            let below = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
            (naming.words.render(words, buffer), below)
        }
        Doing::Format(_, title) => {
            super::write(buffer, inner, 0, &format!("write as? {}", clean_line(title)), app.theme.strong);
            (None, Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner })
        }
        Doing::List => {
            let (cursor, list) = super::picker::find(app, &pane.filter, inner, buffer);
            (Some(cursor), list)
        }
    };
    let (list, said) = super::split_bottom(list, u16::from(pane.said.is_some() && list.height > 1));
    super::write(buffer, said, 0, pane.said.as_deref().unwrap_or_default(), app.theme.warning);
    rows(app, pane, list, buffer);
    cursor
}

/// What stands at the foot.
fn keys(app: &App, pane: &Pane, width: u16) -> String {
    let keymap = &app.settings.keymap;
    let key =
        |action, does: &str| keymap.keys_of(Mode::Conversations, action).next().map(|key| Hint::new(format!("{key} {does}")));
    let alone = |entries: &[Hint]| super::foot::fit(entries, &[], super::inside(width));
    let named = match &pane.doing {
        Doing::Name(_) => return alone(&[Hint::new("Enter stores"), Hint::or("Esc leaves it as it was", "Esc leaves it")]),
        Doing::Format(..) => {
            let forms = [("m Markdown", "m .md"), ("j JSON", "j .json"), ("h HTML", "h .html")];
            let forms = forms.map(|(long, short)| Hint::or(long, short));
            return alone(&[&forms[..], &[Hint::new("Esc back")]].concat());
        }
        Doing::List if pane.deleted => vec![key(Action::ShowDeleted, "shows the others")],
        Doing::List => vec![
            key(Action::Rename, "renames"),
            key(Action::DeleteConversation, "deletes"),
            key(Action::Restore, "undoes that"),
            key(Action::Export, "writes a file"),
            key(Action::ShowDeleted, "shows deleted ones"),
        ],
    };
    let enter = if pane.deleted { "Enter brings back" } else { "Enter opens" };
    let mut entries = super::hints([enter, "Esc closes"]);
    entries.extend(named.into_iter().flatten());
    // The row above the list says it, too.
    entries.push(Hint::new("type to find"));
    super::keys_at_foot(app, &entries, width)
}

fn rows(app: &App, pane: &Pane, list: Rect, buffer: &mut Buffer) {
    let lines = lines(pane);
    let last = lines.iter().rposition(|line| line.row() == Some(pane.selected)).unwrap_or(0);
    let first = lines.iter().position(|line| line.row() == Some(pane.selected)).unwrap_or(0);
    let height = usize::from(list.height);
    let top = super::first_shown(last, lines.len(), height).min(first);
    for (row, line) in super::rows(list).zip(lines.iter().skip(top)) {
        match line {
            Line::Title(_, summary) => title(app, summary, pane.now_ms, row, buffer),
            Line::Head => _ = super::write(buffer, row, 0, "in what was said", app.theme.strong),
            Line::Note(words) => _ = super::write(buffer, row, 0, words, app.theme.dim),
            Line::Of(_, hit) => place(app, hit, pane.now_ms, row, buffer),
            Line::Found(_, hit) => excerpt(app, hit, row, buffer),
        }
        if let Some(index) = line.row() {
            app.rows.note(row, index, pane.selected);
        }
        if line.row() == Some(pane.selected) {
            if !matches!(line, Line::Found(..)) {
                super::write(buffer, row, 0, "›", app.theme.text);
            }
            buffer.set_style(row, app.theme.selected);
        }
    }
}

fn lines(pane: &Pane) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = pane.titles().enumerate().map(|(row, summary)| Line::Title(row, summary)).collect();
    let titles = lines.len();
    let typed = !pane.filter.trim().is_empty();
    if titles == 0 {
        lines.push(Line::Note(match (pane.is_loading(), pane.is_bare(), pane.deleted) {
            (true, ..) => "looking …",
            (_, true, true) => "nothing is deleted that could be brought back",
            (_, true, false) => "no earlier conversations",
            (_, false, _) => "nothing found: no title has these letters",
        }));
    }
    if !typed || pane.deleted || pane.is_bare() {
        return lines;
    }
    lines.push(Line::Head);
    if pane.is_searching() {
        lines.push(Line::Note("looking …"));
    } else if pane.hits().is_empty() {
        lines.push(Line::Note("nobody said these words"));
    }
    for (row, hit) in (titles..).zip(pane.hits()) {
        lines.extend([Line::Of(row, hit), Line::Found(row, hit)]);
    }
    lines
}

fn title(app: &App, summary: &ConversationSummary, now_ms: i64, row: Rect, buffer: &mut Buffer) {
    let when = words::ago(now_ms, summary.updated_ms);
    let coming = app.is_answering(summary.id);
    let facts = match (coming, row.width) {
        (true, ..COUNT) => "… coming".to_owned(),
        (true, _) => "an answer is coming".to_owned(),
        (false, ..COUNT) => when,
        (false, _) => {
            let count = if summary.messages == 1 { "1 message".to_owned() } else { format!("{} messages", summary.messages) };
            let by = summary.answered_by.as_ref().map(|model| words::fit(&app.settings.names.model(model), MODEL));
            match by.filter(|_| row.width >= ANSWERED) {
                Some(by) => format!("{by} · {count:>12} · {when:>10}"),
                None if row.width >= ANSWERED => format!("{count:>12} · {when:>10}"),
                None => format!("{when} · {count}"),
            }
        }
    };
    let width = u16::try_from(words::width(&facts)).unwrap_or(u16::MAX);
    let name = Rect { width: row.width.saturating_sub(width + 2), ..row };
    super::write(buffer, name, LEAD, &clean_line(&summary.title), app.theme.text);
    super::write(buffer, row, row.width.saturating_sub(width), &facts, app.theme.dim);
}

/// Where something was found: who said it, when, and in which conversation.
fn place(app: &App, hit: &Hit, now_ms: i64, row: Rect, buffer: &mut Buffer) {
    let who = if hit.role == Role::User { "you" } else { "answer" };
    let version = if hit.archived { " · other version" } else { "" };
    let facts = format!("{who} · {}{version}", words::ago(now_ms, hit.at_ms));
    let width = u16::try_from(words::width(&facts)).unwrap_or(u16::MAX);
    let name = Rect { width: row.width.saturating_sub(width + 2), ..row };
    super::write(buffer, name, LEAD, &clean_line(&hit.conversation.title), app.theme.dim);
    super::write(buffer, row, row.width.saturating_sub(width), &facts, app.theme.dim);
}

/// The words around what was found, from where it can be seen.
fn excerpt(app: &App, hit: &Hit, row: Rect, buffer: &mut Buffer) {
    let room = usize::from(row.width.saturating_sub(2 * LEAD));
    let found = app.theme.strong.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
    let (mut column, mut at) = (2 * LEAD, 0);
    for mark in &hit.marks {
        // Places come from elsewhere: one that is none marks nothing.
        let (Some(before), Some(words)) = (hit.excerpt.get(at..mark.start), hit.excerpt.get(mark.clone())) else { break };
        let before = clean_line(before);
        let before = if at == 0 { super::tail(&before, room / 3) } else { before.into_owned() };
        column = super::write(buffer, row, column, &before, app.theme.text);
        column = super::write(buffer, row, column, &clean_line(words), found);
        at = mark.end;
    }
    super::write(buffer, row, column, &clean_line(hit.excerpt.get(at..).unwrap_or_default()), app.theme.text);
}

/// The end of the marked conversation.
fn preview(app: &App, pane: &mut Pane, area: Rect, buffer: &mut Buffer) {
    let marked = pane.marked().map(|row| clean_line(&row.summary().title).into_owned());
    let title = marked.clone().filter(|title| !title.is_empty()).unwrap_or_else(|| "nothing is marked".to_owned());
    let inner = super::pane(app, &words::fit(&title, usize::from(area.width.saturating_sub(4))), "", area, buffer);
    match pane.preview() {
        Some(preview) if preview.transcript.is_empty() => {
            super::write(buffer, inner, 0, "there is nothing to show of it", app.theme.dim);
        }
        Some(preview) => {
            super::transcript::draw(&mut preview.transcript, &mut preview.scroll, &app.theme, inner, buffer);
        }
        None => {
            super::write(buffer, inner, 0, if marked.is_some() { "looking …" } else { "" }, app.theme.dim);
        }
    }
}
