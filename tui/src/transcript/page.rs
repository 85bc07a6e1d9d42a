//! A long text that is read row by row: what would be sent.
//!
//! What must stay true: it is cleaned once and wrapped once for a width, so that a frame costs by its own rows, whatever the
//! length; rows are offsets.

use super::wrap::{next_row, visible};
use crate::sanitise::clean;

/// A text with its rows.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
    rows: Vec<usize>,
    width: usize,
}

impl Page {
    /// Takes a raw text.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: clean(text).into_owned(), rows: Vec::new(), width: 0 }
    }

    /// How many rows it has in `width` columns.
    pub(crate) fn height(&mut self, width: usize) -> usize {
        let width = width.max(1);
        if self.width != width {
            self.width = width;
            self.rows.clear();
            let mut next = Some(0);
            while let Some(at) = next {
                self.rows.push(at);
                next = next_row(&self.text, at, width);
            }
        }
        self.rows.len()
    }

    /// What the row shows, as last wrapped.
    pub(crate) fn row(&self, row: usize) -> &str {
        let at = |row: usize| self.rows.get(row).copied().unwrap_or(self.text.len());
        visible(self.text.get(at(row)..at(row + 1)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_for_each_width() {
        let mut page = Page::new("{\"text\":\"one two\u{1b}[2J three\"}\nend");
        for (width, rows) in
            [(40, vec!["{\"text\":\"one two three\"}", "end"]), (12, vec!["{\"text\":\"one", "two three\"}", "end"])]
        {
            assert_eq!(page.height(width), rows.len());
            assert_eq!((0..rows.len()).map(|row| page.row(row)).collect::<Vec<_>>(), rows);
        }
        assert_eq!(page.row(99), "");
    }
}
