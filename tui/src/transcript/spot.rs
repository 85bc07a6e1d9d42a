//! Places in the conversation, and how to go from one to another row by row.
//!
//! What must stay true: going costs by the rows gone over, not by those before or behind them.

use super::block::about;
use super::{BlockId, Transcript};

/// Bytes of text that are laid out in one frame only to count their rows.
const LOOKED_AT: usize = 8 * 1024;

/// A row: of which block, of which of its parts, and which row of that, the blank one above it among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Spot {
    pub(super) block: usize,
    pub(super) part: usize,
    pub(super) row: usize,
}

/// A place in the text that stays where it is when rows come or the width changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    block: BlockId,
    byte: u32,
    /// Which of the rows that begin with the byte.
    extra: usize,
    /// The blank row above the part.
    gap: bool,
}

impl Transcript {
    /// The part behind another that has rows.
    fn part_after(&mut self, block: usize, part: usize) -> Option<(usize, usize)> {
        let mut next = (block, part + 1);
        while next.0 < self.blocks.len() {
            let parts = self.parts(next.0);
            while next.1 < parts {
                if self.height_of(next.0, next.1) > 0 {
                    return Some(next);
                }
                next.1 += 1;
            }
            next = (next.0 + 1, 0);
        }
        None
    }

    /// The part before another that has rows.
    fn part_before(&mut self, block: usize, part: usize) -> Option<(usize, usize)> {
        let mut before = (block, part);
        loop {
            while before.1 > 0 {
                before.1 -= 1;
                if self.height_of(before.0, before.1) > 0 {
                    return Some(before);
                }
            }
            before.0 = before.0.checked_sub(1)?;
            before.1 = self.parts(before.0);
        }
    }

    /// The first row.
    pub(super) fn first(&mut self) -> Option<Spot> {
        if self.blocks.is_empty() {
            return None;
        }
        if self.parts(0) > 0 && self.height_of(0, 0) > 0 {
            return Some(Spot::default());
        }
        self.part_after(0, 0).map(|(block, part)| Spot { block, part, row: 0 })
    }

    /// The last row.
    pub(super) fn last(&mut self) -> Option<Spot> {
        let (block, part) = self.part_before(self.blocks.len(), 0)?;
        Some(Spot { block, part, row: self.height_of(block, part) - 1 })
    }

    /// The row behind another.
    pub(super) fn after(&mut self, spot: Spot) -> Option<Spot> {
        if spot.row + 1 < self.height_of(spot.block, spot.part) {
            return Some(Spot { row: spot.row + 1, ..spot });
        }
        self.part_after(spot.block, spot.part).map(|(block, part)| Spot { block, part, row: 0 })
    }

    /// So many rows further down, or as many as there are; says how many.
    pub(super) fn forward(&mut self, from: Spot, rows: usize) -> (Spot, usize) {
        let (mut spot, mut left) = (from, rows);
        while left > 0 {
            let here = self.height_of(spot.block, spot.part).saturating_sub(spot.row + 1);
            if here >= left {
                return (Spot { row: spot.row + left, ..spot }, rows);
            }
            let Some((block, part)) = self.part_after(spot.block, spot.part) else {
                return (Spot { row: spot.row + here, ..spot }, rows - left + here);
            };
            left -= here + 1;
            spot = Spot { block, part, row: 0 };
        }
        (spot, rows)
    }

    /// So many rows further up, or as many as there are.
    pub(super) fn backward(&mut self, from: Spot, rows: usize) -> Spot {
        let (mut spot, mut left) = (from, rows);
        while left > spot.row {
            let Some((block, part)) = self.part_before(spot.block, spot.part) else { return Spot { row: 0, ..spot } };
            left -= spot.row + 1;
            spot = Spot { block, part, row: self.height_of(block, part) - 1 };
        }
        Spot { row: spot.row - left, ..spot }
    }

    /// Rows behind a row, and whether that is exact: what nobody has looked at yet is estimated, but for a little.
    pub(super) fn rows_after(&mut self, spot: Spot) -> (usize, bool) {
        let mut rows = self.height_of(spot.block, spot.part).saturating_sub(spot.row + 1);
        let (mut exact, mut looks) = (true, LOOKED_AT);
        for part in spot.part + 1..self.parts(spot.block) {
            rows += self.height_of(spot.block, part);
        }
        for block in spot.block + 1..self.blocks.len() {
            let bytes = self.blocks[block].text().len();
            rows += match self.total(block) {
                Some(total) => total,
                None if bytes <= looks => {
                    looks -= bytes;
                    (0..self.parts(block)).map(|part| self.height_of(block, part)).sum()
                }
                None => {
                    exact = false;
                    about(bytes, self.columns())
                }
            };
        }
        (rows, exact)
    }

    /// Rows of a block, where they are known.
    fn total(&mut self, block: usize) -> Option<usize> {
        let (columns, unfolded) = (self.columns(), self.unfolded);
        let total = self.blocks[block].total(columns, unfolded)?;
        Some(if total == 0 { 0 } else { total + self.lead(block, 0) })
    }

    /// The place that a row shows.
    pub(super) fn anchor(&mut self, spot: Spot) -> Anchor {
        let (id, unfolded) = (self.id(spot.block), self.unfolded);
        let lead = self.lead(spot.block, spot.part);
        let gap = spot.row < lead;
        let row = spot.row.saturating_sub(lead);
        let (byte, extra) = match self.source(spot.block, spot.part) {
            None => (self.blocks[spot.block].byte_of(row, unfolded), 0),
            Some((start, sources)) => {
                let source = sources.get(row).copied().unwrap_or(0);
                let same = sources.iter().take(row).filter(|other| **other == source).count();
                (start + source, same)
            }
        };
        Anchor { block: id, byte, extra, gap }
    }

    /// The row that shows a place; `None` where its block is gone.
    pub(super) fn find(&mut self, anchor: Anchor) -> Option<Spot> {
        let block = self.index(anchor.block)?;
        if self.parts(block) == 0 {
            return None;
        }
        let part = self.blocks[block].answer().map_or(0, |(answer, _)| answer.part_of(anchor.byte));
        let part = part.min(self.parts(block) - 1);
        let lead = self.lead(block, part);
        let row = match self.source(block, part) {
            None => self.blocks[block].row_of(anchor.byte, self.unfolded),
            Some((start, sources)) => {
                let wanted = anchor.byte.saturating_sub(start);
                let at = sources.iter().rposition(|source| *source <= wanted).unwrap_or(0);
                // The first of those that begin with it, and on from there.
                let first = sources.iter().position(|source| *source == sources[at]).unwrap_or(at);
                (first + anchor.extra).min(at.max(first))
            }
        };
        let height = self.height_of(block, part);
        let row = if anchor.gap { 0 } else { row + lead };
        Some(Spot { block, part, row: row.min(height.saturating_sub(1)) })
    }

    /// Where a part of an answer begins in its text, and where its rows begin in it.
    fn source(&mut self, block: usize, part: usize) -> Option<(u32, Vec<u32>)> {
        self.blocks[block].answer()?;
        self.lay_out(block, part);
        let (answer, text) = self.blocks[block].answer()?;
        let start = answer.chunk(text, part)?.start;
        let rendered = self.pages.find(self.id(block), part).or_else(|| answer.tail())?;
        // A chunk of code tells places in the whole text.
        Some((start, (0..rendered.height()).map(|row| rendered.source(row)).collect()))
    }
}
