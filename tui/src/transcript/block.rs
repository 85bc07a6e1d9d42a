//! One block of the conversation: its text, cleaned, and what its rows are.
//!
//! What must stay true: the text is cleaned on its way in; rows are made for one width and kept until it changes; after an
//! append only the last ones are made again.

use super::{BlockKind, answer, plain};
use crate::markdown::Look;
use crate::sanitise::Sanitiser;
use std::sync::{Arc, LazyLock};
use unicode_segmentation::UnicodeSegmentation as _;

/// A block's text never grows beyond this: row tables are of 32 bits.
const LONGEST: usize = u32::MAX as usize;

/// A block.
pub(super) struct Block {
    pub(super) kind: BlockKind,
    /// The label and the text after it. Clean.
    text: Words,
    rows: Rows,
    state: State,
}

enum Words {
    /// Cleaned, and more may be added.
    Own(String),
    /// Clean as it came: the same that the session holds.
    Shared(Arc<str>),
}

impl std::ops::Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Own(text) => text,
            Self::Shared(text) => text,
        }
    }
}

enum Rows {
    Plain(plain::Rows),
    /// None before anybody looks: most of a long conversation nobody does.
    Answer(Option<Box<answer::Rows>>),
}

/// The rows of an answer that nobody looked at.
static UNSEEN: LazyLock<answer::Rows> = LazyLock::new(answer::Rows::default);

enum State {
    /// More may come.
    Open(Sanitiser),
    /// Nothing more comes; for thinking, how many words it has.
    Closed { words: usize },
}

/// What a row of a block shows.
pub(crate) enum Part<'a> {
    /// Nothing: the row between two blocks, or two parts of one.
    Gap,
    /// A word of ours above thinking.
    Lead(&'static str),
    /// Thinking that is over: how many words, and whether they are shown below.
    Thought(usize, bool),
    /// Text.
    Text {
        /// The row without what is not drawn at its end.
        text: &'a str,
        /// How many bytes at its start belong to the label.
        label: usize,
        /// Whether it is the block's first.
        first: bool,
    },
    /// A row of an answer: pieces, how they look, and where they lead.
    Styled(Vec<(&'a str, Look, Option<&'a str>)>),
}

impl Block {
    pub(super) fn new(kind: BlockKind, text: &str) -> Self {
        let rows = match kind {
            BlockKind::Answer => Rows::Answer(None),
            _ => Rows::Plain(plain::Rows::default()),
        };
        let own = Words::Own(kind.label().to_owned());
        let mut block = Self { kind, text: own, rows, state: State::Open(Sanitiser::new()) };
        block.append(text);
        block
    }

    /// One of which nothing more comes.
    pub(super) fn whole(kind: BlockKind, text: &Arc<str>) -> Self {
        let mut block = Self::new(kind, text);
        if *block.text == **text {
            block.text = Words::Shared(text.clone());
        }
        block.close();
        block
    }

    /// Adds text; false where the block is closed.
    pub(super) fn append(&mut self, text: &str) -> bool {
        let (State::Open(sanitiser), Words::Own(own)) = (&mut self.state, &mut self.text) else { return false };
        let (label, before) = (self.kind.label().len(), own.len());
        // A character is replaced by nine at most, of at most three bytes each.
        if text.len().saturating_mul(27).saturating_add(before) > LONGEST {
            return false;
        }
        sanitiser.push(text, own);
        if before == label {
            // Models like to begin with line breaks.
            let breaks = own[label..].bytes().take_while(|&byte| byte == b'\n').count();
            own.drain(label..label + breaks);
        }
        if let Rows::Plain(rows) = &mut self.rows {
            rows.grown();
        }
        true
    }

    /// Puts another text in the place of this one; open or closed as before.
    pub(super) fn replace(&mut self, text: &str) {
        let closed = self.is_closed();
        *self = Self::new(self.kind, text);
        if closed {
            self.close();
        }
    }

    pub(super) fn close(&mut self) {
        if self.is_closed() {
            return;
        }
        let folded = self.kind == BlockKind::Thinking;
        let words = if folded { self.text.unicode_words().count() } else { 0 };
        if let Words::Own(text) = &mut self.text {
            text.shrink_to_fit();
        }
        if let Rows::Plain(rows) = &mut self.rows {
            rows.grown();
            if folded {
                rows.drop_all();
            }
        }
        self.state = State::Closed { words };
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is something of it to see.
    pub(super) fn is_visible(&self) -> bool {
        match self.state {
            State::Closed { words } if self.kind == BlockKind::Thinking => words > 0,
            _ => !self.text[self.kind.label().len()..].trim_start().is_empty(),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }

    /// The answer's rows, where it is one.
    pub(super) fn answer(&self) -> Option<(&answer::Rows, &str)> {
        match &self.rows {
            Rows::Answer(rows) => Some((rows.as_deref().unwrap_or(&UNSEEN), &self.text)),
            Rows::Plain(_) => None,
        }
    }

    /// The same, to be changed.
    pub(super) fn answer_mut(&mut self) -> Option<(&mut answer::Rows, &str)> {
        match &mut self.rows {
            Rows::Answer(rows) => Some((rows.get_or_insert_default(), &self.text)),
            Rows::Plain(_) => None,
        }
    }

    /// Makes the rows for `width` columns; true where an answer's parts are laid out anew. Thinking is folded unless `unfolded`.
    pub(super) fn settle(&mut self, width: usize, unfolded: bool) -> bool {
        let closed = self.is_closed();
        match &mut self.rows {
            Rows::Answer(rows) => rows.get_or_insert_default().settle(&self.text, closed, width),
            Rows::Plain(rows) => {
                if self.kind != BlockKind::Thinking || !closed || unfolded {
                    rows.settle(&self.text, self.kind.label().len(), width);
                }
                false
            }
        }
    }

    /// Rows of plain text. The block is settled.
    pub(super) fn height(&self, unfolded: bool) -> usize {
        let Rows::Plain(rows) = &self.rows else { return 0 };
        match &self.state {
            State::Closed { words: 0 } if self.kind == BlockKind::Thinking => 0,
            State::Closed { .. } if self.kind == BlockKind::Thinking => 1 + if unfolded { rows.len() } else { 0 },
            State::Open(_) if self.kind == BlockKind::Thinking => match rows.len() {
                0 => 0,
                _ if !unfolded => 2,
                rows => 1 + rows,
            },
            _ => rows.len(),
        }
    }

    /// All rows, without the blank one above, where they are known for `width` columns.
    pub(super) fn total(&mut self, width: usize, unfolded: bool) -> Option<usize> {
        if !self.is_visible() {
            return Some(0);
        }
        let folded = self.kind == BlockKind::Thinking && self.is_closed() && !unfolded;
        let bytes = self.text.len();
        match &mut self.rows {
            Rows::Answer(rows) => rows.as_mut()?.total(bytes, width),
            Rows::Plain(rows) => (folded || rows.is_settled(width)).then(|| self.height(unfolded)),
        }
    }

    /// What a row of plain text shows.
    pub(super) fn part(&self, row: usize, unfolded: bool) -> Part<'_> {
        let Rows::Plain(rows) = &self.rows else { return Part::Gap };
        let label = self.kind.label().len();
        let text = |row: usize| {
            let (text, label) = rows.row(&self.text, label, row);
            Part::Text { text, label, first: row == 0 }
        };
        if self.kind != BlockKind::Thinking {
            return text(row);
        }
        match &self.state {
            State::Closed { words } if row == 0 => Part::Thought(*words, unfolded),
            State::Open(_) if row == 0 => Part::Lead("thinking:"),
            State::Open(_) if !unfolded => text(rows.len().saturating_sub(1)),
            _ => text(row - 1),
        }
    }

    /// The byte that a row of plain text begins with, as something that stays when the width changes.
    pub(super) fn byte_of(&self, row: usize, unfolded: bool) -> u32 {
        match &self.rows {
            Rows::Plain(rows) if self.kind != BlockKind::Thinking => rows.start(row),
            Rows::Plain(rows) if unfolded && row > 0 => rows.start(row - 1),
            _ => 0,
        }
    }

    /// The row of plain text that shows `byte`.
    pub(super) fn row_of(&self, byte: u32, unfolded: bool) -> usize {
        match &self.rows {
            Rows::Plain(rows) if self.kind != BlockKind::Thinking => rows.row_of(byte),
            Rows::Plain(rows) if unfolded && byte > 0 => 1 + rows.row_of(byte),
            _ => 0,
        }
    }
}

/// About how many rows so many bytes take.
pub(super) fn about(bytes: usize, width: usize) -> usize {
    // Rows are seldom full.
    bytes / (width * 2 / 3).max(1) + 1
}
