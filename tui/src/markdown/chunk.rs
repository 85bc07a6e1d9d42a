//! Where a text that still comes may be cut: into chunks that stay as they are whatever follows.
//!
//! What must stay true: the cuts depend on the text alone, not on the pieces it came in. They are made behind whole lines
//! only, since a line that is on its way may become anything; a block is finished when another one has begun behind it. What
//! never ends is cut where it has grown too large, so that the open rest stays small. Every byte is in one chunk.

use super::code::unindented;
use super::rendered::to_u32;
use super::tree::OPTIONS;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// Bytes of text that are looked at for the end of a block; a longer block is cut.
pub(super) const WINDOW: usize = 16 * 1024;
/// Bytes that are looked at first: most blocks are small.
const FIRST_LOOK: usize = 2 * 1024;
/// Lines of a piece of code.
const PIECE: u32 = 128;
/// Bytes of a piece of code.
const PIECE_BYTES: usize = 16 * 1024;
/// Definitions of links that are remembered.
const DEFINITIONS: usize = 1_000;

/// A part of a text that is laid out by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) kind: ChunkKind,
}

/// How a chunk is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkKind {
    /// Markdown.
    Text,
    /// A piece of a block of code.
    Code {
        /// Which fence it is behind.
        fence: u32,
        /// Which piece, from 0.
        piece: u32,
        /// Whether the block ends with it.
        last: bool,
    },
    /// Mathematics in lines of its own.
    Math,
}

impl ChunkKind {
    /// Which block of code it is of.
    pub(crate) fn fence(self) -> Option<usize> {
        match self {
            Self::Code { fence, .. } => Some(fence as usize),
            _ => None,
        }
    }

    /// Whether it goes on from the chunk before it, without a row between them.
    pub(crate) fn goes_on(self) -> bool {
        matches!(self, Self::Code { piece, .. } if piece > 0)
    }
}

/// A fence around code.
#[derive(Debug)]
pub(super) struct Fence {
    mark: u8,
    length: usize,
    pub(super) indent: u8,
    info: (u32, u32),
    /// Where the code begins, and where it ends.
    pub(super) body: u32,
    pub(super) end: Option<u32>,
}

impl Fence {
    /// The language: the first word behind the fence.
    pub(super) fn language<'a>(&self, text: &'a str) -> &'a str {
        let info = text.get(self.info.0 as usize..self.info.1 as usize).unwrap_or_default();
        info.split([' ', '\t', ',']).find(|word| !word.is_empty()).unwrap_or_default()
    }

    fn closes(&self, line: &str) -> bool {
        let line = line.trim_end();
        let blanks = line.bytes().take_while(|byte| *byte == b' ').count();
        let marks = &line.as_bytes()[blanks..];
        blanks <= 3 && marks.len() >= self.length && marks.iter().all(|byte| *byte == self.mark)
    }
}

/// Cuts a text into chunks, as it comes.
#[derive(Debug, Default)]
pub(crate) struct Chunker {
    chunks: Vec<Chunk>,
    fences: Vec<Fence>,
    /// Addresses by the folded labels that stand for them.
    definitions: HashMap<String, String>,
    /// Up to here the text is in chunks.
    done: usize,
    /// Up to here it was looked at.
    seen: usize,
    /// The code that is open: its piece, and the lines it has.
    code: Option<(u32, u32)>,
    /// What begins here is no mathematics.
    no_math: Option<usize>,
}

impl Chunker {
    /// The finished chunks.
    pub(crate) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The rest that is not finished, as a chunk.
    pub(crate) fn tail(&self, text: &str) -> Option<Chunk> {
        let kind = match self.code {
            Some((piece, _)) => ChunkKind::Code { fence: self.last_fence(), piece, last: false },
            None if math_opens(&text[self.done..]).is_some() && self.no_math != Some(self.done) => ChunkKind::Math,
            None => ChunkKind::Text,
        };
        (self.done < text.len()).then(|| Chunk { start: to_u32(self.done), end: to_u32(text.len()), kind })
    }

    /// Where a chunk that begins at `start` stands; that of the tail is behind the last.
    pub(super) fn index_of(&self, start: u32) -> Option<usize> {
        let at = self.chunks.partition_point(|chunk| chunk.start < start);
        (at == self.chunks.len() || self.chunks[at].start == start).then_some(at)
    }

    pub(super) fn fence(&self, fence: u32) -> Option<&Fence> {
        self.fences.get(fence as usize)
    }

    /// The address that a label stands for.
    pub(super) fn definition(&self, label: &str) -> Option<String> {
        self.definitions.get(&folded(label)).cloned()
    }

    /// How many definitions of links there are.
    pub(crate) fn definitions(&self) -> usize {
        self.definitions.len()
    }

    /// The blocks of code at the top, in order: language and code.
    pub(crate) fn code<'a>(&self, text: &'a str) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        self.fences.iter().map(move |fence| {
            let end = fence.end.map_or(text.len(), |end| end as usize);
            let code = text.get(fence.body as usize..end).unwrap_or_default();
            (fence.language(text), unindented(code, fence.indent))
        })
    }

    /// Takes in that the text has grown, and, with `ended`, that it grows no more.
    pub(crate) fn advance(&mut self, text: &str, ended: bool) {
        while self.step(text, ended) {}
    }

    /// One step; false where there is nothing to do before more comes.
    fn step(&mut self, text: &str, ended: bool) -> bool {
        if self.done >= text.len() {
            return false;
        }
        let complete = if ended {
            text.len()
        } else {
            text[self.seen.max(self.done)..].rfind('\n').map_or(self.seen, |at| self.seen.max(self.done) + at + 1)
        };
        if self.code.is_some() {
            return self.step_code(text, complete, ended);
        }
        let full = text.len() - self.done > WINDOW;
        if !full && !ended && complete <= self.seen {
            return false;
        }
        let end = if full { window_end(text, self.done) } else { complete };
        if end <= self.done {
            return false;
        }
        if let Some(stepped) = self.step_math(text, end, full, ended) {
            return stepped;
        }
        self.step_text(text, end, full, ended)
    }

    fn step_text(&mut self, text: &str, end: usize, full: bool, ended: bool) -> bool {
        let mut look = FIRST_LOOK;
        loop {
            let wanted = text.floor_char_boundary(self.done + look);
            let partial = wanted < end;
            let until =
                if partial { text[self.done..wanted].rfind('\n').map_or(self.done, |at| self.done + at + 1) } else { end };
            let blocks = if until > self.done { self.blocks(text, until) } else { Vec::new() };
            if let Some(finished) = self.finish_blocks(text, &blocks, until) {
                return finished;
            }
            if !partial {
                return self.end_of_look(text, &blocks, end, full, ended);
            }
            look *= 2;
        }
    }

    /// Finishes the blocks that others have begun behind; `None` where there are none.
    fn finish_blocks(&mut self, text: &str, blocks: &[Top], until: usize) -> Option<bool> {
        // Code at the very beginning is read line by line from here on.
        if let Some(first) =
            blocks.first().filter(|first| first.what == What::Fence && text[self.done..first.start].trim().is_empty())
            && self.open_fence(text, first.start, until)
        {
            return Some(true);
        }
        let certain = blocks.iter().rposition(|block| block.what != What::Bracket)?;
        // One at a time where what follows is read in another way, else all at once.
        let stop = (1..=certain).find(|at| blocks[*at].what == What::Fence || math_opens(&text[blocks[*at].start..]).is_some());
        let stop = stop.unwrap_or(certain);
        if stop == 0 {
            return None;
        }
        for block in &blocks[1..=stop] {
            self.push(text, block.start, ChunkKind::Text);
        }
        Some(true)
    }

    /// No block is finished: at the end of a window, or of the text, what is there is cut off.
    fn end_of_look(&mut self, text: &str, blocks: &[Top], end: usize, full: bool, ended: bool) -> bool {
        if !full {
            self.seen = end;
            if ended {
                // The last block, and what may stand behind it.
                for block in blocks.iter().skip(1) {
                    self.push(text, block.start, ChunkKind::Text);
                }
                self.push(text, text.len(), ChunkKind::Text);
            }
            return false;
        }
        let cut = match blocks.last() {
            Some(Top { what: What::List(item), .. }) if *item > self.done => *item,
            Some(Top { start, what: What::Bracket }) if *start > self.done => *start,
            _ => end,
        };
        self.push(text, cut, ChunkKind::Text);
        true
    }

    /// Mathematics between lines of `$$` or `\[`; `None` where that is not what stands here.
    fn step_math(&mut self, text: &str, end: usize, full: bool, ended: bool) -> Option<bool> {
        let (from, close) = math_opens(&text[self.done..]).filter(|_| self.no_math != Some(self.done))?;
        let mut at = self.done;
        for line in text[self.done..end].split_inclusive('\n') {
            let inside = if at == self.done { &line[from..] } else { line };
            at += line.len();
            if line.trim().is_empty() {
                break;
            }
            if inside.trim_end().ends_with(close) {
                self.push(text, at, ChunkKind::Math);
                return Some(true);
            }
            if at == end && !full && !ended {
                self.seen = end;
                return Some(false);
            }
        }
        self.no_math = Some(self.done);
        None
    }

    /// Reads code line by line.
    fn step_code(&mut self, text: &str, complete: usize, ended: bool) -> bool {
        let Some((mut piece, mut lines)) = self.code else { return false };
        let fence = self.last_fence();
        let from = self.seen.max(self.fences.last().map_or(0, |fence| fence.body as usize));
        let mut at = from;
        for line in text[from.min(complete)..complete].split_inclusive('\n') {
            let start = at;
            at += line.len();
            if self.fences.last().is_some_and(|fence| fence.closes(line)) {
                if let Some(fence) = self.fences.last_mut() {
                    fence.end = Some(to_u32(start));
                }
                self.code = None;
                self.push(text, at, ChunkKind::Code { fence, piece, last: true });
                return true;
            }
            lines += 1;
            if lines >= PIECE || at - self.done >= PIECE_BYTES {
                self.push(text, at, ChunkKind::Code { fence, piece, last: false });
                (piece, lines) = (piece + 1, 0);
            }
        }
        (self.seen, self.code) = (complete.max(self.seen), Some((piece, lines)));
        if ended {
            self.code = None;
            self.push(text, text.len(), ChunkKind::Code { fence, piece, last: true });
        }
        false
    }

    /// Begins to read code; false where no fence stands there after all.
    fn open_fence(&mut self, text: &str, start: usize, until: usize) -> bool {
        let Some(line_end) = text[start..until].find('\n').map(|at| start + at) else { return false };
        let line = &text[start..line_end];
        let indent = line.bytes().take_while(|byte| *byte == b' ').count();
        let rest = &line[indent..];
        let Some(mark) = rest.bytes().next().filter(|byte| matches!(byte, b'`' | b'~')) else { return false };
        let length = rest.bytes().take_while(|byte| *byte == mark).count();
        let info = (to_u32(start + indent + length), to_u32(line_end));
        let indent = u8::try_from(indent).unwrap_or(0);
        self.fences.push(Fence { mark, length, indent, info, body: to_u32(line_end + 1), end: None });
        self.code = Some((0, 0));
        self.seen = line_end + 1;
        true
    }

    fn push(&mut self, text: &str, end: usize, kind: ChunkKind) {
        if end > self.done {
            self.chunks.push(Chunk { start: to_u32(self.done), end: to_u32(end), kind });
            if kind == ChunkKind::Text && text[self.done..end].contains("]:") {
                self.define(&text[self.done..end]);
            }
            self.done = end;
            self.seen = self.seen.max(end);
        }
    }

    /// Remembers what labels a finished chunk defines. The first definition counts.
    fn define(&mut self, text: &str) {
        for (label, definition) in Parser::new_ext(text, OPTIONS).reference_definitions().iter() {
            if self.definitions.len() < DEFINITIONS {
                self.definitions.entry(folded(label)).or_insert_with(|| definition.dest.to_string());
            }
        }
    }

    fn last_fence(&self) -> u32 {
        to_u32(self.fences.len().saturating_sub(1))
    }

    /// The blocks at the top of the text from where it is done.
    fn blocks(&self, text: &str, until: usize) -> Vec<Top> {
        let window = &text[self.done..until];
        let mut blocks: Vec<Top> = Vec::new();
        let mut depth = 0_usize;
        for (event, range) in Parser::new_ext(window, OPTIONS).into_offset_iter() {
            let line = || window[..range.start].rfind('\n').map_or(0, |at| at + 1) + self.done;
            match &event {
                Event::Start(tag) => {
                    if depth == 0 {
                        let line = line();
                        blocks.push(Top { start: line, what: What::of(tag, &text[line..until]) });
                    } else if depth == 1
                        && *tag == Tag::Item
                        && let Some(Top { what: What::List(last), .. }) = blocks.last_mut()
                    {
                        *last = line();
                    }
                    depth += 1;
                }
                Event::End(_) => depth = depth.saturating_sub(1),
                _ if depth == 0 => blocks.push(Top { start: line(), what: What::Other }),
                _ => {}
            }
        }
        blocks
    }
}

/// A block at the top.
#[derive(Debug)]
struct Top {
    start: usize,
    what: What,
}

#[derive(Debug, PartialEq)]
enum What {
    /// Code between fences.
    Fence,
    /// A list, and where its last item begins.
    List(usize),
    /// A paragraph or note that begins with a bracket: a later line may make a definition of it, which is no block.
    Bracket,
    Other,
}

impl What {
    fn of(tag: &Tag<'_>, text: &str) -> Self {
        match tag {
            Tag::CodeBlock(CodeBlockKind::Fenced(_)) => Self::Fence,
            Tag::List(_) => Self::List(0),
            _ if text.trim_start().starts_with('[') => Self::Bracket,
            _ => Self::Other,
        }
    }
}

/// Where the window that begins at `done` ends: behind its last whole line, or, in a line without end, at its last blank.
fn window_end(text: &str, done: usize) -> usize {
    let limit = text.floor_char_boundary(done + WINDOW);
    let window = &text[done..limit];
    let cut = window.rfind('\n').or_else(|| window.rfind(' ')).map_or(window.len(), |at| at + 1);
    done + cut
}

/// Whether mathematics in lines of its own begins here: the bytes of the opening mark, and the closing one.
fn math_opens(text: &str) -> Option<(usize, &'static str)> {
    let blanks = text.bytes().take_while(|byte| *byte == b' ').count();
    let rest = text.get(blanks..).filter(|_| blanks <= 3)?;
    match rest {
        _ if rest.starts_with("\\[") => Some((blanks + 2, "\\]")),
        _ if rest.starts_with("$$") => Some((blanks + 2, "$$")),
        _ => None,
    }
}

/// Labels are compared without regard to case and to blanks.
fn folded(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
