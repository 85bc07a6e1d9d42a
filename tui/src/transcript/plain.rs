//! The rows of plain text: offsets into it, made for one width.
//!
//! What must stay true: after an append only the last rows are made again.

use super::wrap::{next_row, visible};

/// Rows that are made again after an append. A row's start is decided by the first character that did not fit before it;
/// a character that joins the text's last one may make that narrower and so let it move up, by two rows at most (at widths
/// where one character fills a row).
const UNSETTLED: usize = 3;

/// Where the rows of a text begin.
#[derive(Default)]
pub(super) struct Rows {
    starts: Vec<u32>,
    /// Columns; 0 before the first.
    width: usize,
    /// Where the text ends that has rows: before the white space at its end.
    end: usize,
    /// Whether the rows are those of the text.
    settled: bool,
}

impl Rows {
    /// The text has changed at its end.
    pub(super) fn grown(&mut self) {
        self.settled = false;
    }

    /// The rows are not needed for now.
    pub(super) fn drop_all(&mut self) {
        *self = Self::default();
    }

    /// Makes the rows of `text` for `width` columns; none where there is nothing behind its first `label` bytes.
    pub(super) fn settle(&mut self, text: &str, label: usize, width: usize) {
        if self.width != width {
            self.starts.clear();
        } else if self.settled {
            return;
        }
        (self.width, self.settled) = (width, true);
        self.end = text.trim_end().len();
        if self.end <= label {
            (self.end, self.starts) = (0, Vec::new());
            return;
        }
        self.starts.truncate((self.starts.len() + 1).saturating_sub(UNSETTLED).max(1));
        let mut next = Some(self.starts.pop().unwrap_or(0) as usize);
        while let Some(at) = next {
            // A text is never longer than a row table can tell.
            self.starts.push(u32::try_from(at).unwrap_or(u32::MAX));
            next = next_row(&text[..self.end], at, width);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether [`Self::len`] is right for `width`.
    pub(super) fn is_settled(&self, width: usize) -> bool {
        self.settled && self.width == width
    }

    /// What a row shows, and how many of its bytes belong to the label.
    pub(super) fn row<'a>(&self, text: &'a str, label: usize, row: usize) -> (&'a str, usize) {
        let body = &text[..self.end];
        let at = |row: usize| self.starts.get(row).map_or(body.len(), |&start| start as usize);
        let shown = visible(body.get(at(row)..at(row + 1)).unwrap_or_default());
        (shown, label.saturating_sub(at(row)).min(shown.len()))
    }

    pub(super) fn start(&self, row: usize) -> u32 {
        self.starts.get(row).copied().unwrap_or(0)
    }

    /// The row that shows a byte; the last one where the text has become shorter.
    pub(super) fn row_of(&self, byte: u32) -> usize {
        self.starts.partition_point(|&start| start <= byte).saturating_sub(1)
    }
}
