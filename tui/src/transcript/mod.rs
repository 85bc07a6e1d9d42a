//! The conversation as blocks of rows.
//!
//! What must stay true: every text is cleaned on its way in; finished text is wrapped once for a width, and after an append
//! only the last rows are wrapped again, at the next frame and not before; a frame costs by its own rows. Memory stays near
//! the text's own size: rows are offsets.

mod atom;
mod block;
mod kind;
mod page;
mod scroll;
#[cfg(test)]
mod tests;
pub mod wrap;

pub(crate) use atom::{first as first_atom, needs_base};
use block::Block;
pub(crate) use block::Part;
pub use kind::{BlockKind, Outcome, Place, SignStyle};
pub(crate) use page::Page;
pub use scroll::Scroll;

/// Columns left of the text, for a mark.
const MARGIN: usize = 2;
/// A narrower screen has no margin.
const NARROW: usize = 10;

/// Names a block. Never used twice in one [`Transcript`], so that a name from before [`Transcript::clear`] names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(u64);

/// The conversation on the screen.
pub struct Transcript {
    blocks: Vec<Block>,
    /// Rows from the top to the end of each block. Right for the blocks before `stale`.
    ends: Vec<usize>,
    /// The first block that has changed since the rows were counted.
    stale: usize,
    /// The number of the first block.
    base: u64,
    /// Columns of the screen.
    width: usize,
}

/// A place in the text that stays where it is when rows come or the width changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    block: BlockId,
    byte: u32,
    /// The blank row above the block.
    gap: bool,
}

impl Default for Transcript {
    fn default() -> Self {
        Self::new()
    }
}

impl Transcript {
    /// An empty one, 80 columns wide.
    pub fn new() -> Self {
        Self { blocks: Vec::new(), ends: Vec::new(), stale: 0, base: 0, width: 80 }
    }

    /// Adds a block that is open: more may be appended. The text is raw; it is cleaned here.
    pub fn push(&mut self, kind: BlockKind, text: &str) -> BlockId {
        self.blocks.push(Block::new(kind, text));
        BlockId(self.base + (self.blocks.len() - 1) as u64)
    }

    /// Adds a block that is closed: nothing more comes.
    pub fn add(&mut self, kind: BlockKind, text: &str) -> BlockId {
        let id = self.push(kind, text);
        self.close(id);
        id
    }

    /// Adds raw text to an open block; text for one that is closed or gone is dropped, and `false` says so. Costs by the
    /// text alone: wrapping waits for the next frame.
    pub fn append(&mut self, id: BlockId, text: &str) -> bool {
        self.change(id, |block| block.append(text)).unwrap_or(false)
    }

    /// Puts another raw text in the place of a block's: for a line that shows progress. The block stays open or closed.
    pub fn replace(&mut self, id: BlockId, text: &str) {
        self.change(id, |block| block.replace(text));
    }

    /// Changes what a block is, with its text: for a line of progress that ends in an error.
    pub fn replace_as(&mut self, id: BlockId, kind: BlockKind, text: &str) {
        self.change(id, |block| {
            block.kind = kind;
            block.replace(text);
        });
    }

    /// Nothing more comes for this block. Thinking folds to one row.
    pub fn close(&mut self, id: BlockId) {
        self.change(id, Block::close);
    }

    /// Takes all blocks away.
    pub fn clear(&mut self) {
        self.base += self.blocks.len() as u64;
        self.blocks.clear();
        self.ends.clear();
        self.stale = 0;
    }

    /// Whether there are no blocks.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The text of a block, cleaned, with the word it begins with.
    pub fn text(&self, id: BlockId) -> Option<&str> {
        self.index(id).map(|index| self.blocks[index].text())
    }

    /// Sets the width of the screen in columns; the drawing does it by itself.
    pub fn set_width(&mut self, width: u16) {
        let width = usize::from(width).max(1);
        if self.width != width {
            self.width = width;
            self.stale = 0;
        }
    }

    /// Rows in all, wrapped up to date.
    pub fn height(&mut self) -> usize {
        self.settle();
        self.ends.last().copied().unwrap_or(0)
    }

    /// Columns of the margin.
    pub(crate) fn margin(&self) -> usize {
        if self.width < NARROW { 0 } else { MARGIN }
    }

    /// What `count` rows from the row `from` on show.
    pub(crate) fn rows(&mut self, from: usize, count: usize) -> impl Iterator<Item = (BlockKind, Part<'_>)> {
        self.settle();
        let this = &*self;
        let mut index = this.block_at(from);
        let total = this.ends.last().copied().unwrap_or(0);
        (from..from.saturating_add(count).min(total)).map(move |row| {
            while this.ends[index] <= row {
                index += 1;
            }
            let block = &this.blocks[index];
            (block.kind, block.part(row - this.start(index)))
        })
    }

    /// The place that the row `row` shows; `None` beyond the end.
    pub(crate) fn anchor(&mut self, row: usize) -> Option<Anchor> {
        self.settle();
        let index = self.block_at(row);
        let block = self.blocks.get(index)?;
        let local = row - self.start(index);
        Some(Anchor { block: BlockId(self.base + index as u64), byte: block.byte_of(local), gap: local < block.gap })
    }

    /// The row that shows a place; `None` where its block is gone.
    pub(crate) fn find(&mut self, anchor: Anchor) -> Option<usize> {
        self.settle();
        let index = self.index(anchor.block)?;
        let block = &self.blocks[index];
        let local = if anchor.gap { 0 } else { block.row_of(anchor.byte) };
        Some(self.start(index) + local)
    }

    fn index(&self, id: BlockId) -> Option<usize> {
        let index = usize::try_from(id.0.checked_sub(self.base)?).ok()?;
        (index < self.blocks.len()).then_some(index)
    }

    fn change<T>(&mut self, id: BlockId, change: impl FnOnce(&mut Block) -> T) -> Option<T> {
        let index = self.index(id)?;
        self.stale = self.stale.min(index);
        Some(change(&mut self.blocks[index]))
    }

    /// The row that a block begins with, its gap included.
    fn start(&self, index: usize) -> usize {
        index.checked_sub(1).map_or(0, |before| self.ends[before])
    }

    /// The block that shows `row`.
    fn block_at(&self, row: usize) -> usize {
        self.ends.partition_point(|&end| end <= row)
    }

    /// Wraps what has changed and counts the rows from there on.
    fn settle(&mut self) {
        self.stale = self.stale.min(self.ends.len());
        if self.stale == self.blocks.len() {
            return;
        }
        let columns = self.width - self.margin();
        self.ends.truncate(self.stale);
        // A block without rows is not there for the eye.
        let mut before = self.blocks[..self.stale].iter().rev().find(|block| block.height() > 0).map(|block| block.kind);
        let mut end = self.ends.last().copied().unwrap_or(0);
        for block in &mut self.blocks[self.stale..] {
            block.settle(columns);
            let height = block.height();
            block.gap = usize::from(height > 0 && before.is_some_and(|before| block.kind.parts_from(before)));
            if height > 0 {
                before = Some(block.kind);
            }
            end += block.gap + height;
            self.ends.push(end);
        }
        self.stale = self.blocks.len();
    }
}
