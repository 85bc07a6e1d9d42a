//! Tables, fitted to the width.
//!
//! What must stay true: no cell loses text; where a table has no room as a table, each of its rows becomes a list.

use super::flat::Flat;
use super::rendered::Page;
use super::tree::Table;
use super::{Kind, LINE, Look, Marks};
use pulldown_cmark::Alignment;
use std::ops::Range;
use unicode_width::UnicodeWidthStr as _;

/// Columns between the text of two cells: a blank, a line, a blank.
const GAP: usize = 3;
/// A column is never made narrower than its text and this.
const NARROWEST: usize = 4;

/// Writes a table.
pub(super) fn write(table: &Table, page: &mut Page) {
    let Table { columns, head, rows } = table;
    match widths(head, rows, page.room()) {
        Some(widths) => as_table(columns, &widths, head, rows, page),
        None => as_lists(head, rows, page),
    }
}

/// The width of each column; `None` where there is no room for a table.
fn widths(head: &[Flat], rows: &[Vec<Flat>], room: usize) -> Option<Vec<usize>> {
    let room = room.checked_sub(GAP * head.len().saturating_sub(1))?;
    let over = |at: usize, of: fn(&Flat) -> usize| {
        let cells = rows.iter().filter_map(move |row| row.get(at));
        head.get(at).into_iter().chain(cells).map(of).max().unwrap_or(0).max(1)
    };
    let mut widths: Vec<usize> = (0..head.len()).map(|at| over(at, Flat::width)).collect();
    let least: Vec<usize> = (0..head.len()).map(|at| over(at, Flat::word_width).min(widths[at])).collect();
    if shrink(&mut widths, &least, room) {
        return Some(widths);
    }
    // Words have to be broken.
    let least: Vec<usize> = least.iter().map(|least| (*least).min(NARROWEST)).collect();
    shrink(&mut widths, &least, room).then_some(widths)
}

/// Takes columns from the widest until they fit; false where they cannot.
fn shrink(widths: &mut [usize], least: &[usize], room: usize) -> bool {
    if least.iter().sum::<usize>() > room {
        return false;
    }
    loop {
        let total: usize = widths.iter().sum();
        if total <= room {
            return true;
        }
        let widest = (0..widths.len()).filter(|at| widths[*at] > least[*at]).max_by_key(|at| widths[*at]);
        let Some(widest) = widest else { return false };
        let second =
            (0..widths.len()).filter(|at| *at != widest && widths[*at] > least[*at]).map(|at| widths[at]).max().unwrap_or(0);
        let to = second.max(least[widest]).min(widths[widest] - 1);
        widths[widest] = to.max(widths[widest].saturating_sub(total - room));
    }
}

fn as_table(columns: &[Alignment], widths: &[usize], head: &[Flat], rows: &[Vec<Flat>], page: &mut Page) {
    let head: Vec<Flat> = head.iter().map(strong).collect();
    let tall = row(columns, widths, &head, page);
    rule(widths, head.first().map_or(0, |cell| cell.source(0)), page);
    // Where a cell has several rows, nobody can tell where it ends.
    let parted = tall | rows.iter().any(|row| row.iter().zip(widths).any(|(cell, width)| cell.rows(*width).len() > 1));
    for (index, cells) in rows.iter().enumerate() {
        if index > 0 && parted {
            rule(widths, cells.first().map_or(0, |cell| cell.source(0)), page);
        }
        row(columns, widths, cells, page);
    }
}

/// A row of cells; true where it takes more than one row of the screen.
fn row(columns: &[Alignment], widths: &[usize], cells: &[Flat], page: &mut Page) -> bool {
    let empty = Flat::default();
    let cells: Vec<(&Flat, Vec<Range<usize>>)> = widths
        .iter()
        .enumerate()
        .map(|(at, width)| {
            let cell = cells.get(at).unwrap_or(&empty);
            (cell, cell.rows(*width))
        })
        .collect();
    let height = cells.iter().map(|(_, rows)| rows.len()).max().unwrap_or(0);
    let separator = format!(" {} ", "│");
    for line in 0..height {
        page.row(cells.first().map_or(0, |(cell, rows)| cell.source(rows.get(line).map_or(0, |row| row.start))));
        for (at, ((cell, rows), width)) in cells.iter().zip(widths).enumerate() {
            if at > 0 {
                page.put(&separator, Look::of(Kind::Line));
            }
            let row = rows.get(line).cloned().unwrap_or_default();
            let free = width.saturating_sub(cell.text[row.clone()].width());
            let before = match columns.get(at) {
                Some(Alignment::Right) => free,
                Some(Alignment::Center) => free / 2,
                _ => 0,
            };
            let last = at + 1 == widths.len();
            page.put(&" ".repeat(before), Look::default());
            cell.write_row(row, page);
            page.put(&" ".repeat(if last { 0 } else { free - before }), Look::default());
        }
    }
    height > 1
}

fn rule(widths: &[usize], source: usize, page: &mut Page) {
    let line: Vec<String> = widths.iter().map(|width| LINE.repeat(*width)).collect();
    page.row(source);
    page.put(&line.join("─┼─"), Look::of(Kind::Line));
}

/// `Name: value`, a row of the table after the other.
fn as_lists(head: &[Flat], rows: &[Vec<Flat>], page: &mut Page) {
    for (index, cells) in rows.iter().enumerate() {
        if index > 0 {
            page.blank(cells.first().map_or(0, |cell| cell.source(0)));
        }
        for (at, cell) in cells.iter().enumerate() {
            let mut line = Flat::default();
            if let Some(name) = head.get(at).filter(|name| !name.is_blank()) {
                line.push(&format!("{}: ", name.text.replace('\n', " ")), Look::default().and(Marks::STRONG), cell.source(0));
            }
            line.append(cell);
            line.write(page);
        }
    }
    if rows.is_empty() {
        head.iter().for_each(|cell| strong(cell).write(page));
    }
}

fn strong(cell: &Flat) -> Flat {
    let mut bold = Flat::default();
    bold.append(cell);
    bold.mark(Marks::STRONG);
    bold
}
