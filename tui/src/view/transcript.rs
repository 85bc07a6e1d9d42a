//! Draws the conversation.
//!
//! What must stay true: a frame reads the rows on the screen and no others; nothing is drawn outside of the area.

use super::markdown;
use super::theme::Theme;
use crate::painter::Link;
use crate::transcript::{BlockKind, Part, Row, Scroll, Transcript, first_atom, needs_base};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the part of `transcript` that `scroll` stands at into `area`, which is blank. Afterwards
/// [`Scroll::rows_below`] is right for this frame. Returns what leads somewhere.
pub fn draw(transcript: &mut Transcript, scroll: &mut Scroll, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Vec<Link> {
    let mut links = Vec::new();
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return links;
    }
    transcript.set_width(area.width);
    let Some(top) = scroll.settle(transcript, area.height) else { return links };
    let margin = u16::try_from(transcript.margin()).unwrap_or(0);
    let text_area = Rect { x: area.x + margin, width: area.width - margin, ..area };
    for (Row { kind, part, chosen }, y) in transcript.rows(top, usize::from(area.height)).into_iter().zip(area.y..) {
        let (style, lead) = (theme.block(kind), theme.lead(kind));
        if chosen && margin > 0 {
            put_mark("▌", theme.strong, area.x, y, buffer);
        }
        let mut pen = Pen::at(buffer, Rect { y, height: 1, ..text_area });
        match part {
            Part::Gap => {}
            Part::Lead(word) => pen.write(word, style),
            Part::Thought(words, shown) => pen.write(&thought(words, shown), style),
            Part::Text { text, label, first } => {
                pen.write(&text[..label], lead);
                pen.write(&text[label..], style);
                if first && margin > 0 && !chosen {
                    mark(kind, lead, area.x, y, buffer);
                }
            }
            Part::Styled(pieces) => {
                for (text, look, address) in pieces {
                    let from = pen.x();
                    pen.write(text, markdown::style(theme, look));
                    links.extend(address.map(|address| Link { y, columns: (from, pen.x()), address: address.into() }));
                }
            }
        }
    }
    links
}

/// The mark in the margin of a block's first row.
fn mark(kind: BlockKind, style: Style, x: u16, y: u16, buffer: &mut Buffer) {
    put_mark(kind.mark(), style, x, y, buffer);
}

fn put_mark(symbol: &str, style: Style, x: u16, y: u16, buffer: &mut Buffer) {
    if let Some(cell) = buffer.cell_mut((x, y)).filter(|_| !symbol.is_empty()) {
        cell.set_symbol(symbol).set_style(style);
    }
}

fn thought(words: usize, shown: bool) -> String {
    let text = if words == 1 { "thought for 1 word".to_owned() } else { format!("thought for {words} words") };
    if shown { text + ":" } else { text }
}

/// Writes one row from left to right, atom by atom, as it was wrapped.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    column: usize,
}

impl<'a> Pen<'a> {
    /// One for the first row of `area`.
    pub(super) fn at(buffer: &'a mut Buffer, area: Rect) -> Self {
        Self { buffer, area, column: 0 }
    }

    /// The column that is written to next.
    fn x(&self) -> u16 {
        self.area.x.saturating_add(u16::try_from(self.column).unwrap_or(u16::MAX)).min(self.area.right())
    }

    pub(super) fn write(&mut self, text: &str, style: Style) {
        let mut rest = text;
        while let Some(atom) = first_atom(rest, self.column) {
            let symbol = &rest[..atom.len];
            rest = &rest[atom.len..];
            let room = usize::from(self.area.width).saturating_sub(self.column);
            if room == 0 {
                return;
            }
            if symbol == "\t" {
                self.column += atom.width;
            } else if atom.width > room {
                // A character of two columns on a screen of one.
                self.put("…", 1, style);
            } else {
                match needs_base(symbol) {
                    None => {}
                    Some(false) => self.put(symbol, atom.width, style),
                    Some(true) => self.put(&format!(" {symbol}"), atom.width, style),
                }
            }
        }
    }

    fn put(&mut self, symbol: &str, width: usize, style: Style) {
        // What is drawn was cleaned; should it ever not be, nothing that a terminal obeys gets there.
        let symbol = if symbol.contains(char::is_control) { "\u{fffd}" } else { symbol };
        for step in 0..width {
            let column = u16::try_from(self.column + step).unwrap_or(u16::MAX);
            let Some(cell) = self.buffer.cell_mut((self.area.x.saturating_add(column), self.area.y)) else { break };
            cell.reset();
            if step == 0 {
                cell.set_symbol(symbol).set_style(style);
            }
        }
        self.column += width;
    }
}
