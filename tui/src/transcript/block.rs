//! One block of the conversation: its text, cleaned, and where its rows begin.
//!
//! What must stay true: rows are offsets into the text, made for one width and kept until it changes; after an append only
//! the last rows are made again.

use super::BlockKind;
use super::wrap::{next_row, visible};
use crate::sanitise::Sanitiser;
use unicode_segmentation::UnicodeSegmentation as _;

/// Rows that are made again after an append. A row's start is decided by the first character that did not fit before it;
/// a character that joins the text's last one may make that narrower and so let it move up, by two rows at most (at widths
/// where one character fills a row).
const UNSETTLED: usize = 3;

/// A block's text never grows beyond this: row tables are of 32 bits.
const LONGEST: usize = u32::MAX as usize;

/// A block.
pub(super) struct Block {
    pub(super) kind: BlockKind,
    /// The label and the text after it. Clean.
    text: String,
    /// Where the rows begin, for `width` columns.
    rows: Vec<u32>,
    width: usize,
    /// Where the text ends that has rows: before the white space at its end.
    end: usize,
    /// Whether the rows are those of the text.
    settled: bool,
    state: State,
    /// Blank rows above; set by the transcript, which knows what stands before.
    pub(super) gap: usize,
}

enum State {
    /// More may come.
    Open(Sanitiser),
    /// Nothing more comes; for thinking, how many words it has.
    Closed { words: usize },
}

/// What a row of a block shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Nothing: the row between two blocks.
    Gap,
    /// A word of ours above thinking that is on its way.
    Lead(&'static str),
    /// Thinking that is over: how many words.
    Thought(usize),
    /// Text.
    Text {
        /// The row without what is not drawn at its end.
        text: &'a str,
        /// How many bytes at its start belong to the label.
        label: usize,
        /// Whether it is the block's first.
        first: bool,
    },
}

impl Block {
    pub(super) fn new(kind: BlockKind, text: &str) -> Self {
        let state = State::Open(Sanitiser::new());
        let mut block =
            Self { kind, text: kind.label().to_owned(), rows: Vec::new(), width: 0, end: 0, settled: false, state, gap: 0 };
        block.append(text);
        block
    }

    /// Adds text; false where the block is closed.
    pub(super) fn append(&mut self, text: &str) -> bool {
        let State::Open(sanitiser) = &mut self.state else { return false };
        let (label, before) = (self.kind.label().len(), self.text.len());
        // A character is replaced by nine at most, of at most three bytes each.
        if text.len().saturating_mul(27).saturating_add(before) > LONGEST {
            return false;
        }
        sanitiser.push(text, &mut self.text);
        if before == label {
            // Models like to begin with line breaks.
            let breaks = self.text[label..].bytes().take_while(|&byte| byte == b'\n').count();
            self.text.drain(label..label + breaks);
        }
        self.settled = false;
        true
    }

    /// Puts another text in the place of this one; open or closed as before.
    pub(super) fn replace(&mut self, text: &str) {
        let closed = matches!(self.state, State::Closed { .. });
        let gap = self.gap;
        *self = Self::new(self.kind, text);
        self.gap = gap;
        if closed {
            self.close();
        }
    }

    pub(super) fn close(&mut self) {
        if matches!(self.state, State::Closed { .. }) {
            return;
        }
        let folded = self.kind == BlockKind::Thinking;
        let words = if folded { self.text.unicode_words().count() } else { 0 };
        if folded {
            self.rows = Vec::new();
        }
        self.state = State::Closed { words };
        self.settled = false;
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Makes the rows for `width` columns.
    pub(super) fn settle(&mut self, width: usize) {
        if self.width != width {
            self.rows.clear();
        } else if self.settled {
            return;
        }
        self.width = width;
        self.settled = true;
        let folded = matches!(self.state, State::Closed { .. }) && self.kind == BlockKind::Thinking;
        let label = self.kind.label().len();
        self.end = self.text.trim_end().len();
        if self.end <= label || folded {
            // Nothing but white space, or nothing but the label and the space in it.
            (self.end, self.rows) = (0, Vec::new());
            return;
        }
        self.rows.truncate((self.rows.len() + 1).saturating_sub(UNSETTLED).max(1));
        let mut next = Some(self.rows.pop().unwrap_or(0) as usize);
        while let Some(at) = next {
            // A text is never longer than a row table can tell.
            self.rows.push(u32::try_from(at).unwrap_or(u32::MAX));
            next = next_row(&self.text[..self.end], at, width);
        }
    }

    /// Rows, without the gap. The block is settled.
    pub(super) fn height(&self) -> usize {
        match &self.state {
            State::Closed { words } if self.kind == BlockKind::Thinking => usize::from(*words > 0),
            State::Open(_) if self.kind == BlockKind::Thinking => 2 * usize::from(!self.rows.is_empty()),
            _ => self.rows.len(),
        }
    }

    /// What the row `local` of the block shows; the gap comes first.
    pub(super) fn part(&self, local: usize) -> Part<'_> {
        let Some(row) = local.checked_sub(self.gap) else { return Part::Gap };
        match &self.state {
            State::Closed { words } if self.kind == BlockKind::Thinking => Part::Thought(*words),
            State::Open(_) if self.kind == BlockKind::Thinking && row == 0 => Part::Lead("thinking:"),
            State::Open(_) if self.kind == BlockKind::Thinking => self.row(self.rows.len().saturating_sub(1)),
            _ => self.row(row),
        }
    }

    fn row(&self, row: usize) -> Part<'_> {
        let body = &self.text[..self.end];
        let at = |row: usize| self.rows.get(row).map_or(body.len(), |&start| start as usize);
        let text = visible(body.get(at(row)..at(row + 1)).unwrap_or_default());
        let label = self.kind.label().len().saturating_sub(at(row)).min(text.len());
        Part::Text { text, label, first: row == 0 }
    }

    /// The byte that the row `local` begins with, as something that stays when the width changes.
    pub(super) fn byte_of(&self, local: usize) -> u32 {
        let row = local.saturating_sub(self.gap);
        if self.kind == BlockKind::Thinking { 0 } else { self.rows.get(row).copied().unwrap_or(0) }
    }

    /// The row that shows `byte`; the last one where the text has become shorter.
    pub(super) fn row_of(&self, byte: u32) -> usize {
        if self.kind == BlockKind::Thinking {
            return self.gap;
        }
        self.gap + self.rows.partition_point(|&start| start <= byte).saturating_sub(1)
    }
}
