//! Paints frames: what differs from the frame before, in one write.
//!
//! What must stay true: a frame that is as the one before writes nothing; what a terminal may have drawn otherwise than it was
//! meant is written whole; addresses reach the terminal only in the form that opens links, and hold plain characters alone.

use crate::terminal::{HIDE_CURSOR, SHOW_CURSOR, SYNC_OFF, SYNC_ON, wipe};
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr as _;

/// What was drawn beside the cells.
#[derive(Debug, Default)]
pub struct Drawn {
    /// Where the cursor goes.
    pub cursor: Option<Position>,
    /// What leads somewhere.
    pub links: Vec<Link>,
}

/// Cells of a row that lead somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The row.
    pub y: u16,
    /// The first column, and the one behind the last.
    pub columns: (u16, u16),
    /// Where they lead; printable ASCII.
    pub address: Box<str>,
}

impl Link {
    fn covers(&self, (x, y): (u16, u16)) -> bool {
        self.y == y && (self.columns.0..self.columns.1).contains(&x)
    }
}

/// Paints frames: keeps what is on the screen and writes what differs.
#[derive(Debug, Default)]
pub struct Painter {
    shown: Buffer,
    next: Buffer,
    cursor: Option<Position>,
    /// What leads somewhere, row by row and from left to right.
    links: Vec<Link>,
    /// The screen holds something else than `shown`.
    stale: bool,
    out: Vec<u8>,
}

impl Painter {
    /// A painter for a screen that holds nobody knows what.
    pub fn new() -> Self {
        Self { stale: true, ..Self::default() }
    }

    /// The next frame is painted whole.
    pub fn forget(&mut self) {
        self.stale = true;
    }

    /// Has `draw` fill a buffer of this size and paints it to `sink`.
    ///
    /// # Errors
    /// Where `sink` cannot be written to.
    pub fn paint(
        &mut self,
        (width, height): (u16, u16),
        sink: &mut impl Write,
        draw: impl FnOnce(Rect, &mut Buffer) -> Drawn,
    ) -> io::Result<()> {
        let area = Rect::new(0, 0, width, height);
        self.next.resize(area);
        self.next.reset();
        let Drawn { cursor, links } = draw(area, &mut self.next);
        self.stale |= self.shown.area != area;
        if self.stale {
            self.shown.resize(area);
            self.shown.reset();
        }
        self.out.clear();
        self.out.extend_from_slice(SYNC_ON);
        let start = self.out.len();
        if self.stale {
            self.out.extend_from_slice(b"\x1b[0m");
            self.out.extend(wipe(usize::from(height)));
        }
        distrust_doubtful_rows(&mut self.shown, &self.next);
        distrust_links(&mut self.shown, &self.links, &links);
        let updates = self.shown.diff(&self.next);
        let same = updates.is_empty() && !self.stale && cursor == self.cursor;
        if same {
            return Ok(());
        }
        if !updates.is_empty() && self.cursor.is_some() {
            self.out.extend_from_slice(HIDE_CURSOR);
        }
        if !updates.is_empty() {
            write_cells(&updates, &links, &mut self.out)?;
        }
        match cursor {
            Some(at) => {
                CrosstermBackend::new(&mut self.out).set_cursor_position(at)?;
                self.out.extend_from_slice(SHOW_CURSOR);
            }
            None => self.out.extend_from_slice(HIDE_CURSOR),
        }
        debug_assert!(self.out.len() > start);
        self.out.extend_from_slice(SYNC_OFF);
        std::mem::swap(&mut self.shown, &mut self.next);
        (self.cursor, self.links) = (cursor, links);
        self.stale = false;
        sink.write_all(&self.out)?;
        sink.flush()
    }
}

/// The last of the private characters, that no frame has: a cell with it differs from any other.
const NEVER: &str = "\u{10FFFD}";

/// Terminals disagree on how wide glyphs fill their cells (some keep two half flags, some a half of what was written over),
/// so what is written cell by cell may leave a part of one behind. Rows that change and held such are written whole.
fn distrust_doubtful_rows(shown: &mut Buffer, next: &Buffer) {
    let joined = |c: char| matches!(c, '\u{1F1E6}'..='\u{1F1FF}' | '\u{200D}' | '\u{FE0F}');
    let doubtful = |symbol: &str| !symbol.is_ascii() && (symbol.width() > 1 || symbol.chars().any(joined));
    let width = usize::from(shown.area.width).max(1);
    for (old, new) in shown.content.chunks_mut(width).zip(next.content.chunks(width)) {
        if old != new && old.iter().any(|cell| doubtful(cell.symbol())) {
            for cell in old {
                cell.set_symbol(NEVER);
            }
        }
    }
}

/// Writes the cells that differ, each run of those that lead to one place between the marks that say so (OSC 8).
fn write_cells(updates: &[(u16, u16, &Cell)], links: &[Link], out: &mut Vec<u8>) -> io::Result<()> {
    let link = |update: &(u16, u16, &Cell)| links.iter().position(|link| link.covers((update.0, update.1)));
    for run in updates.chunk_by(|a, b| link(a) == link(b)) {
        let address = run.first().and_then(link).map(|at| &links[at].address);
        if let Some(address) = address.filter(|address| address.bytes().all(|byte| byte.is_ascii_graphic())) {
            // Rows of one link have one number, so that a terminal shows them as one.
            let number = address.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
            write!(out, "\x1b]8;id={number:x};{address}\x1b\\")?;
            CrosstermBackend::new(&mut *out).draw(run.iter().copied())?;
            out.extend_from_slice(b"\x1b]8;;\x1b\\");
        } else {
            CrosstermBackend::new(&mut *out).draw(run.iter().copied())?;
        }
    }
    Ok(())
}

/// Cells that lead elsewhere than before are written anew, though they look the same.
fn distrust_links(shown: &mut Buffer, before: &[Link], after: &[Link]) {
    if before == after {
        return;
    }
    let gone = before.iter().filter(|link| !after.contains(link));
    let come = after.iter().filter(|link| !before.contains(link));
    for link in gone.chain(come) {
        for x in link.columns.0..link.columns.1 {
            if let Some(cell) = shown.cell_mut((x, link.y)) {
                cell.set_symbol(NEVER);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts the writes.
    #[derive(Default)]
    struct Sink(Vec<Vec<u8>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn paint(painter: &mut Painter, sink: &mut Sink, size: (u16, u16), text: &str) {
        let draw = |_: Rect, buffer: &mut Buffer| {
            buffer.set_string(0, 0, text, ratatui::style::Style::new());
            Drawn { cursor: Some(Position::new(0, 0)), links: Vec::new() }
        };
        painter.paint(size, sink, draw).unwrap();
    }

    #[test]
    fn one_write_a_frame_and_none_for_the_same() {
        let (mut painter, mut sink) = (Painter::new(), Sink::default());
        paint(&mut painter, &mut sink, (20, 2), "hello");
        paint(&mut painter, &mut sink, (20, 2), "hello");
        assert_eq!(sink.0.len(), 1, "nothing differed");
        paint(&mut painter, &mut sink, (20, 2), "hallo");
        assert_eq!(sink.0.len(), 2);
        let text = String::from_utf8(sink.0[1].clone()).unwrap();
        assert!(text.starts_with("\x1b[?2026h") && text.ends_with("\x1b[?2026l"), "{text:?}");
        assert!(text.contains('a') && !text.contains("llo"), "only what differs: {text:?}");
        painter.forget();
        paint(&mut painter, &mut sink, (20, 2), "hallo");
        let whole = String::from_utf8_lossy(&sink.0[2]);
        assert!(whole.contains("hallo") && whole.contains("\x1b[2;1H\x1b[2K\x1b[1;1H\x1b[2K"), "painted whole: {whole:?}");
        assert!(!whole.contains("\x1b[2J"), "which terminals keep what is erased of: {whole:?}");
        paint(&mut painter, &mut sink, (10, 2), "hallo");
        assert!(String::from_utf8_lossy(&sink.0[3]).contains("hallo"), "another size is painted whole");
    }

    #[test]
    fn a_row_that_held_a_wide_glyph_is_written_whole() {
        let (mut painter, mut sink) = (Painter::new(), Sink::default());
        paint(&mut painter, &mut sink, (8, 1), "a🇩🇪 bcd");
        paint(&mut painter, &mut sink, (8, 1), "ab  bcd");
        assert!(String::from_utf8_lossy(&sink.0[1]).contains("ab  bcd "), "{:?}", String::from_utf8_lossy(&sink.0[1]));
        paint(&mut painter, &mut sink, (8, 1), "狐  bcd");
        paint(&mut painter, &mut sink, (8, 1), "a   bcd");
        assert!(String::from_utf8_lossy(&sink.0[3]).contains("a   bcd "), "{:?}", String::from_utf8_lossy(&sink.0[3]));
    }

    #[test]
    fn what_leads_somewhere_says_so_to_the_terminal_and_ends() {
        let (mut painter, mut sink) = (Painter::new(), Sink::default());
        let mut paint = |address: Option<&str>| {
            let link = |address: &str| Link { y: 0, columns: (4, 8), address: address.into() };
            let links = address.map(link).into_iter().collect();
            let draw = |_: Rect, buffer: &mut Buffer| {
                buffer.set_string(0, 0, "see here", ratatui::style::Style::new());
                Drawn { cursor: None, links }
            };
            let before = sink.0.len();
            painter.paint((20, 1), &mut sink, draw).unwrap();
            sink.0[before..].concat()
        };
        let told = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let first = told(paint(Some("https://a.example/")));
        assert!(first.contains("see"), "{first:?}");
        assert!(first.contains(";https://a.example/\x1b\\"), "{first:?}");
        assert_eq!(first.matches("\x1b]8;;\x1b\\").count(), 1, "{first:?}");
        assert!(told(paint(Some("https://a.example/"))).is_empty());
        let other = told(paint(Some("https://b.example/")));
        assert!(other.contains("https://b.example/") && other.contains("here") && !other.contains("see"), "{other:?}");
        let gone = told(paint(None));
        assert!(gone.contains("here") && !gone.contains("]8;"), "{gone:?}");
        let hostile = told(paint(Some("https://a\x07\x1b[2J")));
        assert!(hostile.contains("here") && !hostile.contains("]8;"), "{hostile:?}");
    }
}
