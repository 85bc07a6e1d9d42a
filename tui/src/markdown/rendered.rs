//! Rows that are ready to be drawn: their text, how its pieces look, and where in the source they came from.

use super::Look;
use std::ops::Range;

/// A chunk as rows.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Rendered {
    text: String,
    rows: Vec<Row>,
    runs: Vec<Run>,
    links: Vec<(Range<u32>, Box<str>)>,
}

#[derive(Debug, PartialEq)]
struct Row {
    start: u32,
    /// The first of its runs.
    run: u32,
    /// The byte of the source that it begins with; never less than that of the row before.
    source: u32,
}

#[derive(Debug, PartialEq)]
struct Run {
    end: u32,
    look: Look,
}

impl Rendered {
    /// How many rows.
    pub(crate) fn height(&self) -> usize {
        self.rows.len()
    }

    /// Bytes that it takes.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + self.rows.len() * size_of::<Row>() + self.runs.len() * size_of::<Run>()
    }

    /// The pieces of a row, from left to right.
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = (&str, Look, Option<&str>)> {
        let end = self.rows.get(row + 1).map_or(self.runs.len(), |next| next.run as usize);
        let (first, mut at) = self.rows.get(row).map_or((end, 0), |row| (row.run as usize, row.start as usize));
        self.runs[first.min(end)..end].iter().map(move |run| {
            let piece = at..run.end as usize;
            at = run.end as usize;
            (&self.text[piece.clone()], run.look, self.link(piece.start))
        })
    }

    /// Where the text that begins at `at` leads.
    fn link(&self, at: usize) -> Option<&str> {
        let next = self.links.partition_point(|(range, _)| range.end as usize <= at);
        self.links.get(next).filter(|(range, _)| range.start as usize <= at).map(|(_, address)| &**address)
    }

    /// The byte of the source that a row begins with.
    pub(crate) fn source(&self, row: usize) -> u32 {
        self.rows.get(row).map_or(0, |row| row.source)
    }

    /// A row without looks.
    #[cfg(test)]
    pub(crate) fn plain(&self, row: usize) -> &str {
        let end = self.rows.get(row + 1).map_or(self.text.len(), |next| next.start as usize);
        self.rows.get(row).map_or("", |row| &self.text[row.start as usize..end])
    }
}

/// Writes rows, each after what stands at its left: the lines of quotes, the marks of items.
pub(super) struct Page {
    out: Rendered,
    width: usize,
    /// What each row begins with, from the outermost.
    margins: Vec<Margin>,
}

struct Margin {
    /// For the next row alone, such as the mark of an item.
    once: Option<(String, Look)>,
    /// For each row after it.
    text: String,
    look: Look,
}

impl Page {
    pub(super) fn new(width: usize) -> Self {
        Self { out: Rendered::default(), width, margins: Vec::new() }
    }

    pub(super) fn finish(mut self) -> Rendered {
        self.out.text.shrink_to_fit();
        self.out.runs.shrink_to_fit();
        self.out.rows.shrink_to_fit();
        self.out
    }

    /// Columns left for text.
    pub(super) fn room(&self) -> usize {
        use unicode_width::UnicodeWidthStr as _;
        let taken: usize = self.margins.iter().map(|margin| margin.text.width()).sum();
        self.width.saturating_sub(taken).max(1)
    }

    /// Has each row begin with `text`, and the next one with `once`; both are of one width.
    pub(super) fn indent(&mut self, once: Option<(String, Look)>, text: impl Into<String>, look: Look) {
        self.margins.push(Margin { once, text: text.into(), look });
    }

    /// Takes the last indent back.
    pub(super) fn dedent(&mut self) {
        self.margins.pop();
    }

    /// Begins a row.
    pub(super) fn row(&mut self, source: usize) {
        self.begin(source);
        for at in 0..self.margins.len() {
            let margin = &mut self.margins[at];
            let (text, look) = margin.once.take().unwrap_or_else(|| (margin.text.clone(), margin.look));
            self.put(&text, look);
        }
    }

    fn begin(&mut self, source: usize) {
        let (start, run) = (to_u32(self.out.text.len()), to_u32(self.out.runs.len()));
        let source = to_u32(source).max(self.out.rows.last().map_or(0, |row| row.source));
        self.out.rows.push(Row { start, run, source });
    }

    /// A row without words. Marks stay for the next.
    pub(super) fn blank(&mut self, source: usize) {
        self.begin(source);
        let lines: Vec<(String, Look)> = self.margins.iter().map(|margin| (margin.text.clone(), margin.look)).collect();
        let used = lines.iter().rposition(|(text, _)| !text.trim().is_empty()).map_or(0, |last| last + 1);
        for (text, look) in &lines[..used] {
            self.put(text, *look);
        }
    }

    /// Adds a piece to the row.
    pub(super) fn put(&mut self, text: &str, look: Look) {
        if text.is_empty() {
            return;
        }
        self.out.text.push_str(text);
        let end = to_u32(self.out.text.len());
        let first = self.out.rows.last().map_or(0, |row| row.run as usize);
        // What leads somewhere is a piece of its own.
        let linked = self.out.links.last().is_some_and(|(range, _)| range.end as usize == end as usize - text.len());
        let joins = self.out.runs.len() > first && !linked;
        match self.out.runs.last_mut().filter(|last| joins && last.look == look) {
            Some(last) => last.end = end,
            None => self.out.runs.push(Run { end, look }),
        }
    }

    /// Adds a piece that leads somewhere.
    pub(super) fn put_link(&mut self, text: &str, look: Look, address: &str) {
        if text.is_empty() {
            return;
        }
        let start = to_u32(self.out.text.len());
        self.out.text.push_str(text);
        let end = to_u32(self.out.text.len());
        self.out.runs.push(Run { end, look });
        self.out.links.push((start..end, address.into()));
    }
}

pub(super) fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
