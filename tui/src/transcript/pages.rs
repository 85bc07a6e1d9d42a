//! What was laid out of answers, ready to be drawn: the parts that were looked at last.

use super::BlockId;
use crate::markdown::{Highlighter, Rendered};
use std::collections::VecDeque;

/// So many bytes are kept beside what is on the screen.
const BYTES: usize = 256 * 1024;

/// Parts that are ready.
#[derive(Default)]
pub(super) struct Pages {
    /// The one put in last is the last.
    pages: VecDeque<(BlockId, usize, Rendered)>,
    bytes: usize,
    pub(super) lights: Highlighter,
}

impl Pages {
    pub(super) fn has(&self, block: BlockId, part: usize) -> bool {
        self.find(block, part).is_some()
    }

    pub(super) fn find(&self, block: BlockId, part: usize) -> Option<&Rendered> {
        self.pages.iter().rev().find(|page| (page.0, page.1) == (block, part)).map(|page| &page.2)
    }

    pub(super) fn put(&mut self, block: BlockId, part: usize, rendered: Rendered) {
        self.bytes += rendered.size();
        self.pages.push_back((block, part, rendered));
    }

    /// Lets go of the oldest, but not of the last `least`: those are on the screen.
    pub(super) fn keep(&mut self, least: usize) {
        while self.bytes > BYTES && self.pages.len() > least {
            self.bytes -= self.pages.pop_front().map_or(0, |page| page.2.size());
        }
    }

    /// The rows are of another width by now; what the code is, is not.
    pub(super) fn drop_rows(&mut self) {
        (self.pages, self.bytes) = (VecDeque::new(), 0);
    }

    /// What is known of a block is over.
    pub(super) fn forget(&mut self, block: BlockId) {
        self.drop_block(block);
        self.lights.forget(block.0);
    }

    /// The rows of a block hold no more.
    pub(super) fn drop_block(&mut self, block: BlockId) {
        self.pages.retain(|page| page.0 != block);
        self.bytes = self.pages.iter().map(|page| page.2.size()).sum();
    }
}
