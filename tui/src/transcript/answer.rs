//! The rows of an answer: Markdown, chunk by chunk.
//!
//! What must stay true: a chunk is laid out where somebody looks at it, and not before; what is finished is laid out once for
//! a width; of what still comes only the open rest is laid out again.

use std::borrow::Cow;

use crate::markdown::{Chunk, Chunker, Highlighter, Rendered, render};

/// The height of a chunk that was not laid out yet.
const UNKNOWN: u32 = u32::MAX;

/// An answer's chunks.
#[derive(Default)]
pub(super) struct Rows {
    chunker: Chunker,
    /// Of each finished chunk: its rows, for `width` columns.
    heights: Vec<u32>,
    width: usize,
    /// The rest that is not finished, where it is laid out as it is now.
    tail: Option<Rendered>,
    /// Bytes of the text that the chunks are of.
    taken: usize,
    ended: bool,
    definitions: usize,
    /// All rows, once they are known and nothing more comes.
    total: Option<usize>,
}

impl Rows {
    /// Takes in what the text is now; true where what was laid out before holds no more.
    pub(super) fn settle(&mut self, text: &str, ended: bool, width: usize) -> bool {
        let mut anew = self.width != width;
        if self.taken != text.len() || self.ended != ended {
            self.chunker.advance(text, ended);
            (self.taken, self.ended) = (text.len(), ended);
            (self.tail, self.total) = (None, None);
            // What a label stands for is known by now.
            anew |= std::mem::replace(&mut self.definitions, self.chunker.definitions()) != self.chunker.definitions();
        }
        if anew {
            (self.width, self.tail, self.total) = (width, None, None);
            self.heights.clear();
        }
        self.heights.resize(self.chunker.chunks().len(), UNKNOWN);
        anew
    }

    /// How many parts it has: the finished chunks, and the rest.
    pub(super) fn parts(&self, text: &str) -> usize {
        self.heights.len() + usize::from(self.chunker.tail(text).is_some())
    }

    /// The chunk at `part`.
    pub(super) fn chunk(&self, text: &str, part: usize) -> Option<Chunk> {
        self.chunker.chunks().get(part).copied().or_else(|| self.chunker.tail(text).filter(|_| part == self.heights.len()))
    }

    /// Rows of a part, where that is known.
    pub(super) fn known(&self, part: usize) -> Option<usize> {
        match self.heights.get(part) {
            Some(height) => (*height != UNKNOWN).then_some(*height as usize),
            None => self.tail.as_ref().map(Rendered::height),
        }
    }

    /// All rows with those between the parts, where they are known for `width` columns and a text of so many bytes.
    pub(super) fn total(&mut self, bytes: usize, width: usize) -> Option<usize> {
        if self.width != width || self.taken != bytes || !self.ended {
            return None;
        }
        if self.total.is_none() && !self.heights.contains(&UNKNOWN) {
            let gaps = self
                .chunker
                .chunks()
                .iter()
                .zip(&self.heights)
                .skip(1)
                .filter(|(chunk, rows)| **rows > 0 && !chunk.kind.goes_on())
                .count();
            self.total = Some(self.heights.iter().map(|rows| *rows as usize).sum::<usize>() + gaps);
        }
        self.total
    }

    /// Lays out a part, and keeps its height.
    pub(super) fn lay_out(&mut self, text: &str, part: usize, lights: Option<(&mut Highlighter, u64)>) -> Option<Rendered> {
        let chunk = self.chunk(text, part)?;
        let rendered = render(&self.chunker, text, chunk, self.width, lights);
        if let Some(height) = self.heights.get_mut(part) {
            *height = u32::try_from(rendered.height()).unwrap_or(UNKNOWN - 1);
        }
        Some(rendered)
    }

    /// Whether the rest is laid out as it is now.
    pub(super) fn has_tail(&self, part: usize) -> bool {
        part < self.heights.len() || self.tail.is_some()
    }

    /// Whether a part is a finished chunk.
    pub(super) fn is_finished(&self, part: usize) -> bool {
        part < self.heights.len()
    }

    pub(super) fn keep_tail(&mut self, rendered: Rendered) {
        self.tail = Some(rendered);
    }

    pub(super) fn tail(&self) -> Option<&Rendered> {
        self.tail.as_ref()
    }

    /// The part that a byte of the text is in.
    pub(super) fn part_of(&self, byte: u32) -> usize {
        self.chunker.chunks().partition_point(|chunk| chunk.end <= byte)
    }

    /// The blocks of code at the top: language and code.
    pub(super) fn code<'a>(&self, text: &'a str) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        self.chunker.code(text)
    }
}
