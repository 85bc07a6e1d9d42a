//! Markdown as rows of a terminal.
//!
//! What must stay true: pure; a finished text is cut into [`Chunk`]s by its own words alone, so that it does not matter in
//! which pieces it came; each chunk is laid out by itself, so that a frame costs by the chunks it shows; what is nested
//! without end, or never ends, is bounded; the text is clean already, and nothing here makes a control character of it.

mod chunk;
mod code;
mod flat;
pub(crate) mod highlight;
mod layout;
mod look;
mod math;
mod rendered;
mod symbols;
mod table;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use chunk::{Chunk, ChunkKind, Chunker};
pub(crate) use highlight::{Highlighter, Token};
pub(crate) use look::{Kind, Look, Marks};
pub(crate) use rendered::Rendered;

use highlight::Place;

/// A line from left to right. All glyphs take one column.
const LINE: &str = "─";

/// Lays out a chunk of `text` in `width` columns. Without a highlighter code has one colour, and the rows are the same.
pub(crate) fn render(
    chunker: &Chunker,
    text: &str,
    chunk: Chunk,
    width: usize,
    lights: Option<(&mut Highlighter, u64)>,
) -> Rendered {
    let source = &text[chunk.start as usize..chunk.end as usize];
    match chunk.kind {
        ChunkKind::Code { .. } => code::render(chunker, text, chunk, width, lights),
        ChunkKind::Math => math::render(source, width),
        ChunkKind::Text => {
            let nodes = tree::read(source, &|label| chunker.definition(label));
            let lights = lights.map(|(lights, block)| (lights, Place { block, start: u64::from(chunk.start) }));
            layout::render(&nodes, width, lights)
        }
    }
}
