//! Text of one paragraph, heading or cell: words in one string, and beside it how they look and where they came from.

use super::rendered::Page;
use super::{Kind, Look};
use crate::sanitise::clean;
use crate::transcript::TAB;
use crate::transcript::wrap::{next_row, visible};
use std::ops::Range;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};
use unicode_width::UnicodeWidthStr as _;

/// Inline text.
#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) text: String,
    pieces: Vec<Piece>,
    links: Vec<(Range<usize>, String)>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    start: usize,
    source: usize,
    look: Look,
}

impl Flat {
    /// Adds text that begins at the byte `source`. It is cleaned once more: Markdown writes characters as numbers, too. Tabs become blanks up to the next stop: what stands left of them may move.
    pub(super) fn push(&mut self, text: &str, look: Look, source: usize) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len();
        let text = clean(text);
        for (index, piece) in text.split('\t').enumerate() {
            if index > 0 {
                let line = self.text.rfind('\n').map_or(0, |at| at + 1);
                self.text.extend(std::iter::repeat_n(' ', TAB - self.text[line..].width() % TAB));
            }
            self.text.push_str(piece);
        }
        let follows = self.pieces.last().is_some_and(|last| last.look == look && last.source + (start - last.start) == source);
        if !follows {
            self.pieces.push(Piece { start, source, look });
        }
    }

    /// Says that what was added since `start` leads somewhere.
    pub(super) fn link(&mut self, start: usize, address: &str) {
        if start < self.text.len() {
            self.links.push((start..self.text.len(), address.to_owned()));
        }
    }

    /// Adds another behind it.
    pub(super) fn append(&mut self, other: &Self) {
        let at = self.text.len();
        self.text.push_str(&other.text);
        self.pieces.extend(other.pieces.iter().map(|piece| Piece { start: piece.start + at, ..*piece }));
        self.links.extend(other.links.iter().map(|(range, address)| (range.start + at..range.end + at, address.clone())));
    }

    /// Whether nothing shows.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Columns of the widest line.
    pub(super) fn width(&self) -> usize {
        self.text.split('\n').map(|line| line.trim_end().width()).max().unwrap_or(0)
    }

    /// Columns of the widest word: what it cannot well be narrower than.
    pub(super) fn word_width(&self) -> usize {
        self.text.split_whitespace().map(|word| if word.is_ascii() { word.len() } else { word.width().min(2) }).max().unwrap_or(0)
    }

    /// References to footnotes that are defined elsewhere: `[^1]` becomes `[1]`, as it does where the note stands beside it.
    pub(super) fn refer(&mut self) {
        let mut found = Vec::new();
        for (at, _) in self.text.match_indices("[^") {
            let label = self.text[at + 2..].find(']').map(|end| &self.text[at + 2..at + 2 + end]);
            let is_label = |label: &&str| !label.is_empty() && label.len() <= 32 && !label.contains(char::is_whitespace);
            if let Some(label) = label.filter(is_label)
                && self.look(at).kind == Kind::Text
            {
                found.push((at, at + label.len() + 3));
            }
        }
        if found.is_empty() {
            return;
        }
        let old = std::mem::take(self);
        let mut at = 0;
        for (start, end) in &found {
            old.copy(at..*start, None, self);
            old.copy(*start..start + 1, Some(Kind::Footnote), self);
            old.copy(start + 2..*end, Some(Kind::Footnote), self);
            at = *end;
        }
        old.copy(at..old.text.len(), None, self);
        let moved = |at: usize| at - found.iter().filter(|(start, _)| start + 1 < at).count();
        self.links = old.links.into_iter().map(|(range, address)| (moved(range.start)..moved(range.end), address)).collect();
    }

    fn copy(&self, range: Range<usize>, kind: Option<Kind>, to: &mut Self) {
        let mut at = range.start;
        while at < range.end {
            let index = self.pieces.partition_point(|piece| piece.start <= at);
            let end = self.pieces.get(index).map_or(range.end, |next| next.start.min(range.end));
            let look = self.look(at);
            to.push(&self.text[at..end], kind.map_or(look, |kind| Look { kind, ..look }), self.source(at));
            at = end;
        }
    }

    fn look(&self, at: usize) -> Look {
        let index = self.pieces.partition_point(|piece| piece.start <= at);
        self.pieces[..index].last().map_or_else(Look::default, |piece| piece.look)
    }

    /// Gives all of it a look where it has none of its own.
    pub(super) fn paint(&mut self, kind: Kind) {
        for piece in self.pieces.iter_mut().filter(|piece| piece.look.kind == Kind::Text) {
            piece.look.kind = kind;
        }
    }

    /// Marks all of it.
    pub(super) fn mark(&mut self, mark: super::Marks) {
        for piece in &mut self.pieces {
            piece.look = piece.look.and(mark);
        }
    }

    /// The rows for `width` columns, as ranges of the text.
    pub(super) fn rows(&self, width: usize) -> Vec<Range<usize>> {
        let body = self.text.trim_end();
        let (mut rows, mut next) = (Vec::new(), Some(0));
        while let Some(at) = next {
            next = next_row(body, at, width);
            let end = next.unwrap_or(body.len());
            rows.push(at..at + visible(&body[at..end]).len());
        }
        rows
    }

    /// Writes it, row after row.
    pub(super) fn write(&self, page: &mut Page) {
        for row in self.rows(page.room()) {
            page.row(self.source(row.start));
            self.write_row(row, page);
        }
    }

    /// Writes one of its rows into the row that was begun.
    pub(super) fn write_row(&self, row: Range<usize>, page: &mut Page) {
        let mut at = row.start;
        let mut index = self.pieces.partition_point(|piece| piece.start <= at).saturating_sub(1);
        while at < row.end {
            let Some(piece) = self.pieces.get(index) else { break };
            let end = self.pieces.get(index + 1).map_or(self.text.len(), |next| next.start);
            let end = self.boundary(end).clamp(at, row.end);
            self.write_piece(at..end, piece.look, page);
            (at, index) = (end, index + 1);
        }
    }

    fn write_piece(&self, piece: Range<usize>, look: Look, page: &mut Page) {
        let mut at = piece.start;
        while at < piece.end {
            let next = self.links.partition_point(|(range, _)| range.end <= at);
            let link = self.links.get(next).filter(|(range, _)| range.start < piece.end);
            match link {
                Some((range, address)) if range.start <= at => {
                    let end = self.boundary(range.end).min(piece.end);
                    page.put_link(&self.text[at..end], look, address);
                    at = end;
                }
                Some((range, _)) => {
                    let end = self.boundary(range.start).min(piece.end);
                    page.put(&self.text[at..end], look);
                    at = end;
                }
                None => {
                    page.put(&self.text[at..piece.end], look);
                    at = piece.end;
                }
            }
        }
    }

    /// The source's byte of a byte of the text.
    pub(super) fn source(&self, at: usize) -> usize {
        let index = self.pieces.partition_point(|piece| piece.start <= at);
        self.pieces[..index].last().map_or(0, |piece| piece.source + (at - piece.start))
    }

    /// `at`, or the end of the cluster that it lies in: a cluster is drawn in one look, as it was measured.
    fn boundary(&self, at: usize) -> usize {
        if at >= self.text.len()
            || self.text.as_bytes()[at].is_ascii() && self.text.as_bytes()[at - usize::from(at > 0)].is_ascii()
        {
            return at;
        }
        let inside = GraphemeCursor::new(at, self.text.len(), true).is_boundary(&self.text, 0).is_ok_and(|is| !is);
        if !inside {
            return at;
        }
        // A cluster may be as long as the text; so far and no further it is looked for.
        let from = self.text.floor_char_boundary(at.saturating_sub(128));
        let mut end = from;
        for cluster in self.text[from..].graphemes(true) {
            end += cluster.len();
            if end >= at {
                break;
            }
        }
        end
    }
}
