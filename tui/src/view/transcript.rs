//! Draws the conversation.
//!
//! What must stay true: a frame reads the rows on the screen and no others; nothing is drawn outside of the area.

use super::theme::Theme;
use crate::transcript::{BlockKind, Part, Scroll, Transcript, first_atom, needs_base};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the part of `transcript` that `scroll` stands at into `area`, which is blank. Afterwards
/// [`Scroll::rows_below`] is right for this frame.
pub fn draw(transcript: &mut Transcript, scroll: &mut Scroll, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    transcript.set_width(area.width);
    let top = scroll.settle(transcript, area.height);
    let margin = u16::try_from(transcript.margin()).unwrap_or(0);
    let text_area = Rect { x: area.x + margin, width: area.width - margin, ..area };
    for ((kind, part), y) in transcript.rows(top, usize::from(area.height)).zip(area.y..) {
        let (style, lead) = (theme.block(kind), theme.lead(kind));
        let mut pen = Pen::at(buffer, Rect { y, height: 1, ..text_area });
        match part {
            Part::Gap => {}
            Part::Lead(word) => pen.write(word, style),
            Part::Thought(words) => pen.write(&thought(words), style),
            Part::Text { text, label, first } => {
                pen.write(&text[..label], lead);
                pen.write(&text[label..], style);
                if first && margin > 0 {
                    mark(kind, lead, area.x, y, buffer);
                }
            }
        }
    }
}

/// The mark in the margin of a block's first row.
fn mark(kind: BlockKind, style: Style, x: u16, y: u16, buffer: &mut Buffer) {
    let symbol = kind.mark();
    if let Some(cell) = buffer.cell_mut((x, y)).filter(|_| !symbol.is_empty()) {
        cell.set_symbol(symbol).set_style(style);
    }
}

fn thought(words: usize) -> String {
    if words == 1 { "thought for 1 word".to_owned() } else { format!("thought for {words} words") }
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
