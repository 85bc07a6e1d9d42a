//! Blocks of code as rows.
//!
//! What must stay true: a row begins where the code begins, without a mark, so that what a terminal's own selection takes is
//! code; blanks at the start of lines stay; nothing is cut off.

use super::chunk::{Chunk, ChunkKind, Chunker, Fence};
use super::highlight::{Line, Place};
use super::layout::Lights;
use super::rendered::{Page, Rendered};
use super::{Highlighter, Kind, LINE, Look, Token};
use crate::transcript::first_atom;
use unicode_width::UnicodeWidthStr as _;

/// After so many pieces of one block of code its reading begins anew: whoever jumps into the middle of it waits for no more.
const READ_ON: u32 = 4;

/// Lays out a piece of a block of code that stands at the top.
pub(super) fn render(
    chunker: &Chunker,
    text: &str,
    chunk: Chunk,
    width: usize,
    lights: Option<(&mut Highlighter, u64)>,
) -> Rendered {
    let mut page = Page::new(width);
    let ChunkKind::Code { fence, piece, last } = chunk.kind else { return page.finish() };
    let Some(fence) = chunker.fence(fence) else { return page.finish() };
    let language = fence.language(text);
    if piece == 0 {
        head(language, 0, &mut page);
    }
    let (code, start) = body(fence, text, chunk);
    let code = unindented(code, fence.indent);
    let lines = lights.map(|(lights, block)| {
        let place = Place { block, start: start as u64 };
        let before = before(chunker, fence, text, chunk, lights, block);
        lights.lines(place, language, &code, before)
    });
    self::lines(&code, lines.as_deref().unwrap_or_default(), start - chunk.start as usize, &mut page);
    if last {
        foot((chunk.end - chunk.start) as usize, &mut page);
    }
    page.finish()
}

/// The code of a piece, and where it begins.
fn body<'a>(fence: &Fence, text: &'a str, chunk: Chunk) -> (&'a str, usize) {
    let ChunkKind::Code { piece, .. } = chunk.kind else { return ("", 0) };
    let start = if piece == 0 { fence.body as usize } else { chunk.start as usize };
    let end = fence.end.map_or(chunk.end, |end| end.min(chunk.end)) as usize;
    (text.get(start..end).unwrap_or_default(), start)
}

/// Where the reading of the code before this piece ended: it is read where it was not yet.
fn before(
    chunker: &Chunker,
    fence: &Fence,
    text: &str,
    chunk: Chunk,
    lights: &mut Highlighter,
    block: u64,
) -> Option<super::highlight::State> {
    let ChunkKind::Code { piece, .. } = chunk.kind else { return None };
    let at = chunker.index_of(chunk.start)?;
    let mut state = None;
    for back in (1..=piece % READ_ON).rev() {
        let earlier = chunker.chunks().get(at.checked_sub(back as usize)?)?;
        let (code, start) = body(fence, text, *earlier);
        let place = Place { block, start: start as u64 };
        lights.lines(place, fence.language(text), &unindented(code, fence.indent), state);
        state = lights.state(place);
    }
    state
}

/// Code within a list or a quotation.
pub(super) fn nested(language: &str, text: &str, source: usize, page: &mut Page, lights: &mut Lights<'_>) {
    head(language, source, page);
    let lines = match lights {
        Some((lights, place)) => lights.lines(Place { start: place.start + source as u64, ..*place }, language, text, None),
        None => Vec::new(),
    };
    self::lines(text, &lines, source, page);
    foot(source, page);
}

/// Columns of the lines around code, at the most.
const LONGEST: usize = 80;

/// `─ rust ─────`
fn head(language: &str, source: usize, page: &mut Page) {
    page.row(source);
    let (line, room) = (LINE, page.room().min(LONGEST));
    let name = crate::words::fit(language, room.saturating_sub(4));
    if name.is_empty() {
        return page.put(&line.repeat(room), Look::of(Kind::Line));
    }
    page.put(line, Look::of(Kind::Line));
    page.put(&format!(" {name} "), Look::of(Kind::Label));
    page.put(&line.repeat(room.saturating_sub(name.width() + 3)), Look::of(Kind::Line));
}

fn foot(source: usize, page: &mut Page) {
    page.row(source);
    let line = LINE.repeat(page.room().min(LONGEST));
    page.put(&line, Look::of(Kind::Line));
}

/// The lines of code, each broken where the width ends.
fn lines(code: &str, lit: &[Line], source: usize, page: &mut Page) {
    let mut start = 0;
    for (index, line) in code.split_terminator('\n').enumerate() {
        let pieces = lit.get(index).map_or(&[][..], |line| line);
        self::line(line, pieces, source + start, page);
        start += line.len() + 1;
    }
}

fn line(line: &str, lit: &[(u32, Token)], source: usize, page: &mut Page) {
    page.row(source);
    let room = page.room();
    let (mut at, mut column, mut piece) = (0, 0, 0);
    let mut run = String::new();
    let mut token = lit.first().map_or(Token::Plain, |(_, token)| *token);
    while let Some(atom) = first_atom(&line[at..], column) {
        while lit.get(piece).is_some_and(|(end, _)| *end as usize <= at) {
            piece += 1;
        }
        let now = lit.get(piece).map_or(Token::Plain, |(_, token)| *token);
        if now != token {
            page.put(&std::mem::take(&mut run), Look::of(Kind::Block(token)));
            token = now;
        }
        if column + atom.width > room && column > 0 {
            page.put(&std::mem::take(&mut run), Look::of(Kind::Block(token)));
            page.row(source + at);
            column = 0;
        }
        match &line[at..at + atom.len] {
            "\t" => run.extend(std::iter::repeat_n(' ', atom.width.min(room.saturating_sub(column)))),
            symbol => run.push_str(symbol),
        }
        (at, column) = (at + atom.len, column + atom.width);
    }
    page.put(&run, Look::of(Kind::Block(token)));
}

/// Without the blanks that stand before each line because they stand before the fence.
pub(super) fn unindented(code: &str, indent: u8) -> std::borrow::Cow<'_, str> {
    if indent == 0 {
        return code.into();
    }
    let strip = |line: &str| {
        let blanks = line.bytes().take(usize::from(indent)).take_while(|byte| *byte == b' ').count();
        line[blanks..].to_owned()
    };
    code.split_inclusive('\n').map(strip).collect::<String>().into()
}
