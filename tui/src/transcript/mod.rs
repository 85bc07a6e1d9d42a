//! The conversation as blocks of rows.
//!
//! What must stay true: every text is cleaned on its way in; finished text is laid out once for a width, and only where
//! somebody looks at it; a frame costs by its own rows, whatever the length of the conversation. Memory stays near the text's
//! own size: of plain text there are offsets, of answers the heights, and rows ready to draw for what was looked at last.

mod answer;
mod atom;
mod block;
mod kind;
mod page;
mod pages;
mod plain;
mod scroll;
mod select;
mod spot;
#[cfg(test)]
mod tests;
pub mod wrap;

pub(crate) use atom::{TAB, first as first_atom, needs_base};
use block::Block;
pub(crate) use block::Part;
pub use kind::{BlockKind, Outcome, Place, SignStyle};
pub(crate) use page::Page;
pub use scroll::Scroll;
pub use select::Chosen;
pub(crate) use spot::Anchor;
use spot::Spot;

use pages::Pages;
use std::sync::Arc;

/// Columns left of the text, for a mark.
const MARGIN: usize = 2;
/// A narrower screen has no margin.
const NARROW: usize = 10;

/// A row as it is drawn.
pub(crate) struct Row<'a> {
    /// Of what.
    pub(crate) kind: BlockKind,
    /// What it shows.
    pub(crate) part: Part<'a>,
    /// The user has chosen it.
    pub(crate) chosen: bool,
}

/// Names a block. Never used twice in one [`Transcript`], so that a name from before [`Transcript::clear`] names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(u64);

/// The text of a block, cleaned, without the word it begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    /// So far.
    pub(crate) text: &'a str,
    /// Nothing more comes.
    pub(crate) whole: bool,
}

impl<'a> Text<'a> {
    fn of(block: &'a Block) -> Self {
        Self { text: &block.text()[block.kind.label().len()..], whole: block.is_closed() }
    }
}

/// The conversation on the screen.
pub struct Transcript {
    blocks: Vec<Block>,
    /// The number of the first block.
    base: u64,
    /// Columns of the screen.
    width: usize,
    /// Thinking is shown whole.
    unfolded: bool,
    pages: Pages,
    chosen: Option<Chosen>,
}

impl Default for Transcript {
    fn default() -> Self {
        Self::new()
    }
}

impl Transcript {
    /// An empty one, 80 columns wide.
    pub fn new() -> Self {
        Self { blocks: Vec::new(), base: 0, width: 80, unfolded: false, pages: Pages::default(), chosen: None }
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

    /// Adds a block that is closed, of a text that others hold: where there is nothing to clean in it, it is not copied.
    pub(crate) fn share(&mut self, kind: BlockKind, text: &Arc<str>) -> BlockId {
        self.blocks.push(Block::whole(kind, text));
        BlockId(self.base + (self.blocks.len() - 1) as u64)
    }

    /// Adds raw text to an open block; text for one that is closed or gone is dropped, and `false` says so. Costs by the
    /// text alone: laying out waits for the next frame.
    pub fn append(&mut self, id: BlockId, text: &str) -> bool {
        self.index(id).is_some_and(|index| self.blocks[index].append(text))
    }

    /// Puts another raw text in the place of a block's: for a line that shows progress. The block stays open or closed.
    pub fn replace(&mut self, id: BlockId, text: &str) {
        let Some(index) = self.index(id) else { return };
        self.pages.forget(id);
        self.blocks[index].replace(text);
    }

    /// Changes what a block is, with its text: for a line of progress that ends in an error.
    pub fn replace_as(&mut self, id: BlockId, kind: BlockKind, text: &str) {
        let Some(index) = self.index(id) else { return };
        self.blocks[index].kind = kind;
        self.replace(id, text);
    }

    /// Nothing more comes for this block. Thinking folds to one row.
    pub fn close(&mut self, id: BlockId) {
        if let Some(index) = self.index(id) {
            self.blocks[index].close();
        }
    }

    /// Takes away what all blocks behind one show; of all blocks without one. Their names name nothing else from here on.
    pub fn hide_after(&mut self, id: Option<BlockId>) {
        let first = id.and_then(|id| self.index(id)).map_or(0, |index| index + 1);
        for index in first..self.blocks.len() {
            let id = self.id(index);
            self.close(id);
            self.replace(id, "");
        }
    }

    /// Takes all blocks away.
    pub fn clear(&mut self) {
        self.base += self.blocks.len() as u64;
        self.blocks.clear();
        self.pages = Pages::default();
    }

    /// Whether there are no blocks.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The text of a block, cleaned, with the word it begins with.
    pub fn text(&self, id: BlockId) -> Option<&str> {
        self.index(id).map(|index| self.blocks[index].text())
    }

    /// The blocks from number `from` on, in their order.
    pub(crate) fn blocks_from(&self, from: u64) -> impl Iterator<Item = (BlockId, BlockKind, Text<'_>)> {
        let first = usize::try_from(from.saturating_sub(self.base)).unwrap_or(usize::MAX).min(self.blocks.len());
        let blocks = self.blocks[first..].iter().zip(self.base + first as u64..);
        blocks.map(|(block, number)| (BlockId(number), block.kind, Text::of(block)))
    }

    /// What a block is, and its text.
    pub(crate) fn look(&self, id: BlockId) -> Option<(BlockKind, Text<'_>)> {
        self.index(id).map(|index| (self.blocks[index].kind, Text::of(&self.blocks[index])))
    }

    /// The number of the next block.
    pub(crate) fn end(&self) -> u64 {
        self.base + self.blocks.len() as u64
    }

    /// Shows thinking whole, or folds it again.
    pub fn unfold(&mut self, unfolded: bool) {
        self.unfolded = unfolded;
    }

    /// Whether thinking is shown whole.
    pub fn is_unfolded(&self) -> bool {
        self.unfolded
    }

    /// Sets the width of the screen in columns; the drawing does it by itself.
    pub fn set_width(&mut self, width: u16) {
        let width = usize::from(width).max(1);
        if self.width != width {
            self.width = width;
            self.pages.drop_rows();
        }
    }

    /// Rows in all. Lays out all there is: for few rows, and for tests.
    pub fn height(&mut self) -> usize {
        (0..self.blocks.len()).map(|block| (0..self.parts(block)).map(|part| self.height_of(block, part)).sum::<usize>()).sum()
    }

    /// Columns of the margin.
    pub(crate) fn margin(&self) -> usize {
        if self.width < NARROW { 0 } else { MARGIN }
    }

    fn columns(&self) -> usize {
        self.width - self.margin()
    }

    fn index(&self, id: BlockId) -> Option<usize> {
        let index = usize::try_from(id.0.checked_sub(self.base)?).ok()?;
        (index < self.blocks.len()).then_some(index)
    }

    fn id(&self, index: usize) -> BlockId {
        BlockId(self.base + index as u64)
    }

    /// What `count` rows from `from` on show.
    pub(crate) fn rows(&mut self, from: Spot, count: usize) -> Vec<Row<'_>> {
        let mut spots = Vec::with_capacity(count);
        let mut next = Some(from).filter(|_| !self.blocks.is_empty());
        while let Some(spot) = next.filter(|_| spots.len() < count) {
            // Only what shows has colours.
            self.lay_out(spot.block, spot.part);
            spots.push(spot);
            next = self.after(spot);
        }
        self.pages.keep(spots.len());
        let this = &*self;
        let row = |spot: Spot| {
            let part = this.part(spot);
            let chosen = !matches!(part, Part::Gap) && this.is_part_chosen(spot.block, spot.part);
            Row { kind: this.blocks[spot.block].kind, part, chosen }
        };
        spots.into_iter().map(row).collect()
    }

    /// What the row at `spot` shows, which is laid out.
    fn part(&self, spot: Spot) -> Part<'_> {
        let Some(row) = spot.row.checked_sub(self.lead(spot.block, spot.part)) else { return Part::Gap };
        let block = &self.blocks[spot.block];
        let Some((answer, _)) = block.answer() else { return block.part(row, self.unfolded) };
        let rendered = self.pages.find(self.id(spot.block), spot.part).or_else(|| answer.tail());
        rendered.map_or(Part::Gap, |rendered| Part::Styled(rendered.row(row).collect()))
    }

    /// Has the rows of a part ready to draw.
    fn lay_out(&mut self, block: usize, part: usize) {
        self.settle(block);
        let id = self.id(block);
        let Some((answer, text)) = self.blocks[block].answer_mut() else { return };
        let ready = self.pages.has(id, part);
        let lights = Some((&mut self.pages.lights, id.0));
        if !answer.has_tail(part) {
            if let Some(rendered) = answer.lay_out(text, part, lights) {
                answer.keep_tail(rendered);
            }
        } else if answer.is_finished(part)
            && !ready
            && let Some(rendered) = answer.lay_out(text, part, lights)
        {
            self.pages.put(id, part, rendered);
        }
    }

    /// Makes the rows of plain text, and the parts of an answer, fit for the width.
    fn settle(&mut self, block: usize) {
        let columns = self.columns();
        if self.blocks[block].settle(columns, self.unfolded) {
            let id = self.id(block);
            self.pages.drop_block(id);
        }
    }

    /// How many parts a block has; what shows nothing has none.
    fn parts(&mut self, block: usize) -> usize {
        if !self.blocks[block].is_visible() {
            return 0;
        }
        self.settle(block);
        self.blocks[block].answer().map_or(1, |(rows, text)| rows.parts(text))
    }

    /// Rows of a part, with the blank one above it.
    fn height_of(&mut self, block: usize, part: usize) -> usize {
        self.settle(block);
        let unfolded = self.unfolded;
        let height = match self.blocks[block].answer_mut() {
            None => self.blocks[block].height(unfolded),
            Some((answer, text)) => match answer.known(part) {
                Some(height) => height,
                None => {
                    // Colours change no heights.
                    let rendered = answer.lay_out(text, part, None);
                    rendered.map_or(0, |rendered| rendered.height())
                }
            },
        };
        if height == 0 { 0 } else { height + self.lead(block, part) }
    }

    /// Blank rows above a part.
    fn lead(&self, block: usize, part: usize) -> usize {
        if part > 0 {
            let chunk = self.blocks[block].answer().and_then(|(rows, text)| rows.chunk(text, part));
            return usize::from(chunk.is_some_and(|chunk| !chunk.kind.goes_on()));
        }
        let kind = self.blocks[block].kind;
        let before = self.blocks[..block].iter().rev().find(|before| before.is_visible());
        usize::from(before.is_some_and(|before| kind.parts_from(before.kind)))
    }
}
