//! The models, to choose one of.

use super::Hint;
use crate::app::{App, Picker};
use crate::sanitise::clean_line;
use crate::transcript::Place;
use crate::words;
use conductor::domain::{LicenceClass, Model};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

/// A column: its text, its width, its style.
struct Cell {
    text: String,
    width: u16,
    style: Style,
    /// What stands dim behind the text, as far as there is room.
    behind: String,
}

/// What a model is called, and behind it its id where that is another.
fn lead(app: &App, model: &Model) -> (String, String) {
    let (called, id) = (app.settings.names.model(&model.id), words::names::id(&model.id));
    let behind = if called == id { String::new() } else { format!(" {id}") };
    (called, behind)
}

pub(super) fn models(app: &App, picker: &Picker, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let (title, enter) = match picker.again {
        None => ("models", "Enter asks it from now on"),
        Some(_) => ("ask the question again: which model?", "Enter asks it this once"),
    };
    let keys = [Hint::or(enter, "Enter asks it"), Hint::new("Esc closes"), Hint::new("type to find")];
    let inner = super::pane(app, title, &super::keys_at_foot(app, &keys, area.width), area, buffer);
    if app.known_models().is_empty() {
        super::write(buffer, inner, 0, "no models: /pull NAME gets one", app.theme.dim);
        return None;
    }
    let (cursor, inner) = find(app, &picker.filter, inner, buffer);
    let (models, selected) = (app.models_that_fit(), picker.selected);
    // What a narrow screen has no column for is said of the marked one.
    let (inner, details) = super::split_bottom(inner, u16::from(inner.height > 5));
    if let (Some(model), Some(snapshot)) = (models.get(selected), &app.models) {
        super::write(buffer, details, 0, &words::details(model, snapshot), app.theme.dim);
    }
    if models.is_empty() {
        super::write(buffer, inner, 0, "nothing found: no model has these letters", app.theme.dim);
    }
    let name = models.iter().map(|model| lead(app, model).0.width() + lead(app, model).1.width()).max().unwrap_or(0);
    let name = u16::try_from(name).unwrap_or(u16::MAX).min(inner.width / 2).max(8);
    let first = super::first_shown(selected, models.len(), usize::from(inner.height));
    for (row, (index, model)) in super::rows(inner).zip(models.iter().enumerate().skip(first)) {
        app.rows.note(row, index, selected);
        line(app, &columns(app, model, name), index == selected, row, buffer);
    }
    Some(cursor)
}

/// The row for what is typed to find something; returns where the cursor goes, and what is below.
pub(super) fn find(app: &App, filter: &str, inner: Rect, buffer: &mut Buffer) -> (Position, Rect) {
    let row = Rect { height: 1, ..inner };
    let column = super::write(buffer, row, 0, "find: ", app.theme.dim);
    let column = super::write(buffer, row, column, filter, app.theme.text);
    let below = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    (Position::new(inner.x + column.min(inner.width.saturating_sub(1)), inner.y), below)
}

/// The columns of a model, the most needed first: those that do not fit are left out from the right.
fn columns(app: &App, model: &Model, name: u16) -> Vec<Cell> {
    let theme = &app.theme;
    let fixed = app.room.fixed.as_ref().is_some_and(|fixed| fixed.model == model.id);
    let cell = |text: String, width: u16, style: Style| Cell { text, width, style, behind: String::new() };
    let (called, behind) = lead(app, model);
    let called = format!("{} {called}", if fixed { '*' } else { ' ' });
    let mut cells = vec![
        Cell { behind, ..cell(called, name + 2, theme.text) },
        cell(words::place(&model.location), 10, theme.place(Place::from(&model.location))),
    ];
    let hosts = app.settings.names.hosts();
    if !hosts.is_empty() {
        let host = if hosts.contains(&model.backend) { model.backend.as_str() } else { "" };
        let width = hosts.iter().map(|host| host.as_str().width()).max().unwrap_or(0).min(16);
        cells.push(cell(clean_line(host).into_owned(), u16::try_from(width).unwrap_or(16), theme.text));
    }
    if let Some(obstacle) = &model.obstacle {
        cells.push(cell(clean_line(obstacle).into_owned(), 8, theme.warning));
        return cells;
    }
    if let Some(row) = app.models.as_ref().and_then(|snapshot| words::trouble(snapshot, model)) {
        let now = app.models.as_ref().map_or(0, |snapshot| snapshot.at_ms);
        cells.push(cell(row.words(now), 8, theme.warning));
        return cells;
    }
    // What costs money has no size on a disk here.
    match &model.prices {
        Some(prices) => cells.push(cell(format!("{} /M", words::prices(prices)), 14, theme.text)),
        None => cells
            .extend([cell(words::disk(model), 6, theme.text), cell(clean_line(&model.parameters).into_owned(), 6, theme.text)]),
    }
    let resident = if model.resident.is_some() { "in memory" } else { "" };
    let profile = app.profile(model);
    let strengths = profile.map(words::strengths).unwrap_or_default();
    let speed = profile.and_then(words::speed).unwrap_or_default();
    let window = if model.capabilities.completion { format!("{} ctx", words::context(model.num_ctx)) } else { String::new() };
    let licence = match model.licence.class {
        // That it is not known is said of the marked one.
        LicenceClass::Unknown => "",
        class => class.word(),
    };
    cells.extend([
        cell(resident.to_owned(), 9, theme.note),
        cell(licence.to_owned(), 11, theme.dim),
        cell(strengths, 16, theme.text),
        cell(speed, 9, theme.text),
        cell(window, 8, theme.dim),
        cell(words::capabilities(model), 5, theme.dim),
    ]);
    cells
}

fn line(app: &App, cells: &[Cell], marked: bool, row: Rect, buffer: &mut Buffer) {
    let mut column = 1;
    if marked {
        super::write(buffer, row, 0, "›", app.theme.text);
    }
    for (index, cell) in cells.iter().enumerate() {
        if column + cell.width > row.width {
            break;
        }
        // The last takes what is left.
        let width = if index + 1 == cells.len() { row.width } else { column + cell.width };
        let area = Rect { width, ..row };
        let end = super::write(buffer, area, column, &cell.text, cell.style);
        if !cell.behind.is_empty() {
            let behind = Rect { width: area.width.min(column + cell.width), ..area };
            super::write(buffer, behind, end, &cell.behind, app.theme.dim);
        }
        column += cell.width + 2;
    }
    if marked {
        buffer.set_style(row, app.theme.selected);
    }
}
