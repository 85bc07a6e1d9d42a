//! What the user has chosen in the conversation: a question, an answer, or a block of code in an answer.
//!
//! What must stay true: going from one to the next costs by what lies between them.

use super::{BlockId, BlockKind, Spot, Transcript};

/// Something that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// The block.
    pub block: BlockId,
    /// Which block of code of it, from 0.
    pub code: Option<usize>,
}

impl Transcript {
    /// What is chosen.
    pub fn chosen(&self) -> Option<Chosen> {
        self.chosen.filter(|chosen| self.index(chosen.block).is_some())
    }

    /// Chooses, or chooses nothing.
    pub fn choose(&mut self, chosen: Option<Chosen>) {
        self.chosen = chosen;
    }

    /// What comes before what is chosen; the last, where nothing is. `None` where there is nothing before it.
    pub fn before_chosen(&mut self) -> Option<Chosen> {
        let (mut block, mut codes) = match self.chosen() {
            Some(Chosen { block, code: Some(code) }) => (self.index(block)?, code),
            Some(Chosen { block, code: None }) => self.choosable_before(self.index(block)?)?,
            None => self.choosable_before(self.blocks.len())?,
        };
        loop {
            if let Some(code) = codes.checked_sub(1) {
                return Some(Chosen { block: self.id(block), code: Some(code) });
            }
            if self.is_choosable(block) {
                return Some(Chosen { block: self.id(block), code: None });
            }
            (block, codes) = self.choosable_before(block)?;
        }
    }

    /// What comes after what is chosen; `None` behind the last.
    pub fn after_chosen(&mut self) -> Option<Chosen> {
        let chosen = self.chosen()?;
        let index = self.index(chosen.block)?;
        let next = chosen.code.map_or(0, |code| code + 1);
        if next < self.codes(index) {
            return Some(Chosen { code: Some(next), ..chosen });
        }
        let block = (index + 1..self.blocks.len()).find(|block| self.is_choosable(*block))?;
        Some(Chosen { block: self.id(block), code: None })
    }

    /// The text of something that can be chosen: as it was written, without marks of ours.
    pub fn text_of(&mut self, chosen: Chosen) -> Option<String> {
        let index = self.index(chosen.block)?;
        match chosen.code {
            None => Some(self.blocks[index].text().trim_end().to_owned()),
            Some(code) => {
                self.settle(index);
                let (answer, text) = self.blocks[index].answer()?;
                answer.code(text).nth(code).map(|(_, code)| code.into_owned())
            }
        }
    }

    /// How many blocks of code an answer has.
    pub fn codes_of(&mut self, block: BlockId) -> usize {
        self.index(block).map_or(0, |index| self.codes(index))
    }

    /// The first row of what is chosen, and how many rows it has, as far as `most`.
    pub(super) fn rows_of_chosen(&mut self, most: usize) -> Option<(Spot, usize)> {
        let chosen = self.chosen()?;
        let block = self.index(chosen.block)?;
        let (mut first, mut rows) = (None, 0);
        for part in 0..self.parts(block) {
            if rows >= most {
                break;
            }
            let height = self.height_of(block, part);
            if height > 0 && self.is_part_chosen(block, part) {
                let lead = if first.is_none() { self.lead(block, part) } else { 0 };
                first.get_or_insert(Spot { block, part, row: lead });
                rows += height - lead;
            }
        }
        first.map(|first| (first, rows.min(most)))
    }

    /// Whether a part belongs to what is chosen.
    pub(super) fn is_part_chosen(&self, block: usize, part: usize) -> bool {
        let Some(chosen) = self.chosen.filter(|chosen| chosen.block == self.id(block)) else { return false };
        let Some(code) = chosen.code else { return true };
        let chunk = self.blocks[block].answer().and_then(|(answer, text)| answer.chunk(text, part));
        chunk.is_some_and(|chunk| chunk.kind.fence() == Some(code))
    }

    fn is_choosable(&self, block: usize) -> bool {
        matches!(self.blocks[block].kind, BlockKind::User | BlockKind::Answer) && self.blocks[block].is_visible()
    }

    fn choosable_before(&mut self, block: usize) -> Option<(usize, usize)> {
        let block = self.blocks[..block].iter().enumerate().rposition(|(index, _)| self.is_choosable(index))?;
        Some((block, self.codes(block)))
    }

    /// How many blocks of code there are in a block.
    fn codes(&mut self, block: usize) -> usize {
        self.settle(block);
        self.blocks[block].answer().map_or(0, |(answer, text)| answer.code(text).count())
    }
}
