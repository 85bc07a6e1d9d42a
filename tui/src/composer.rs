//! The draft: text of several lines, its origins, what is attached to it, and the prompts sent before.
//!
//! What must stay true: what was typed is never lost (a cleared draft goes into the history, a draft left for the history
//! comes back); what is pasted is cleaned as model text is; the cursor never stands inside of a character of several parts or of a
//! folded paste.

mod attached;
mod chips;
mod edits;
mod history;
mod modal;
mod origins;
pub mod stored;
mod undo;
mod vim;
mod words;

use crate::sanitise::clean;
use chips::Chips;
use conductor::domain::{Origin, Prompt, Span};
use history::History;
pub use modal::Handled;
use origins::Origins;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;
use ratatui_textarea::{CursorMove, TextArea, WrapMode};
use undo::Undo;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;
use vim::Vim;
pub use vim::VimMode;

/// The draft.
#[derive(Debug)]
pub struct Composer {
    /// The text, with chips in the place of long pastes.
    area: TextArea<'static>,
    origins: Origins,
    chips: Chips,
    undo: Undo,
    /// What was deleted last, in parts: the text, and whether it was pasted.
    killed: Vec<(bool, String)>,
    attached: Vec<Span>,
    /// Set where the last change was that something was attached; true where words were taken out for it.
    just_attached: Option<bool>,
    history: History,
    width: u16,
    rows: usize,
    /// Counts the changes of the words.
    changes: u64,
    /// The state of the keys of vi, where they are in force.
    vim: Option<Vim>,
}

impl Default for Composer {
    fn default() -> Self {
        let mut composer = Self {
            area: TextArea::default(),
            origins: Origins::default(),
            chips: Chips::default(),
            undo: Undo::default(),
            killed: Vec::new(),
            attached: Vec::new(),
            just_attached: None,
            history: History::default(),
            width: 0,
            rows: 1,
            changes: 0,
            vim: None,
        };
        composer.load(&Prompt::default());
        composer
    }
}

impl Composer {
    /// The text, whole.
    pub fn text(&self) -> String {
        let raw = self.raw();
        self.chips.expanded(&raw).into_iter().map(|(_, part)| part).collect()
    }

    /// The text as it stands there, with chips.
    fn raw(&self) -> String {
        self.area.lines().join("\n")
    }

    /// True where nothing is typed, and nothing attached.
    pub fn is_empty(&self) -> bool {
        !self.has_words() && self.attached.is_empty()
    }

    /// True where something is typed.
    pub fn has_words(&self) -> bool {
        !self.area.is_empty()
    }

    /// A number that is another after each change of the words.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The words with their origins.
    pub fn words(&self) -> Prompt {
        let mut prompt = Prompt::default();
        for span in self.origins.prompt(&self.raw()).spans {
            for (folded, part) in self.chips.expanded(&span.text) {
                prompt.push(if folded { Origin::Pasted } else { span.origin }, part);
            }
        }
        prompt
    }

    /// The draft with its origins, and what is attached behind it.
    pub fn prompt(&self) -> Prompt {
        let mut prompt = self.words();
        for span in &self.attached {
            prompt.attach(span.clone());
        }
        prompt
    }

    /// True where the cursor stands behind the last character.
    pub fn at_end(&self) -> bool {
        let cursor = self.area.cursor();
        let lines = self.area.lines();
        cursor.0 + 1 == lines.len() && lines.last().is_some_and(|l| l.chars().count() == cursor.1)
    }

    /// A row up, or the prompt before where there is no row above.
    pub fn up(&mut self) {
        self.undo.cut();
        if self.area.screen_cursor().row > 0 {
            self.area.move_cursor(CursorMove::Up);
            self.snap();
        } else if let Some(prompt) = self.history.older(self.prompt()) {
            self.load(&prompt);
        }
    }

    /// A row down, or the prompt after where there is no row below.
    pub fn down(&mut self) {
        self.undo.cut();
        if self.area.screen_cursor().row + 1 < self.rows {
            self.area.move_cursor(CursorMove::Down);
            self.snap();
        } else if let Some(prompt) = self.history.newer(self.prompt()) {
            self.load(&prompt);
        }
    }

    /// Takes the draft out and remembers it.
    pub fn take(&mut self) -> Prompt {
        let prompt = self.prompt();
        self.history.push(prompt.clone());
        self.load(&Prompt::default());
        prompt
    }

    /// Takes the words out and remembers them; what is attached stays.
    pub fn take_words(&mut self) {
        self.history.push(self.words());
        self.load_words(&Prompt::default());
    }

    /// Puts `prompt` in place of the draft, with what is attached to it.
    pub fn load(&mut self, prompt: &Prompt) {
        self.attached = prompt.spans.iter().filter(|span| span.is_attachment()).cloned().collect();
        self.load_words(prompt);
    }

    /// Puts the words of `prompt` in place of those of the draft, cleaned: a question may have come through a pipe. Long pastes are
    /// folded.
    pub fn load_words(&mut self, prompt: &Prompt) {
        self.just_attached = None;
        self.undo = Undo::default();
        self.chips = Chips::default();
        let mut raw = Prompt::default();
        for span in prompt.spans.iter().filter(|span| !span.is_attachment()) {
            let text = clean_paste(&span.text);
            let chip = if span.origin != Origin::Typed && chips::is_long(&text) { self.chips.fold(&text) } else { None };
            match chip {
                Some(chip) => raw.push(Origin::Typed, chip),
                None => raw.push(span.origin, text),
            }
        }
        self.origins = Origins::of(&raw);
        let text: String = raw.spans.iter().map(|span| span.text.as_str()).collect();
        self.area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        // What can be taken back is remembered here, by words and not by letters.
        self.area.set_max_histories(0);
        self.area.set_wrap_mode(WrapMode::WordOrGlyph);
        // The terminal's own cursor is shown instead.
        self.area.set_cursor_style(Style::new());
        self.area.set_cursor_line_style(Style::new());
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
        self.changes += 1;
        let width = std::mem::take(&mut self.width);
        self.set_width(width);
        self.measure();
    }

    /// Remembers a prompt that was sent before this start.
    pub fn remember(&mut self, prompt: Prompt) {
        self.history.push(prompt);
    }

    /// Wraps at `width` columns.
    pub fn set_width(&mut self, width: u16) {
        if self.width == width {
            return;
        }
        self.width = width;
        if width > 0 {
            // The text area learns its width only by being drawn.
            let area = Rect::new(0, 0, width, 1);
            (&self.area).render(area, &mut Buffer::empty(area));
        }
        self.measure();
    }

    /// Rows that the text takes.
    pub fn rows(&self) -> usize {
        self.rows
    }

    fn measure(&mut self) {
        let count = |area: &mut TextArea<'_>| {
            area.move_cursor(CursorMove::Bottom);
            area.move_cursor(CursorMove::End);
            area.screen_cursor().row + 1
        };
        self.rows = match self.cursor_jump() {
            Some(back) => {
                let rows = count(&mut self.area);
                self.area.move_cursor(back);
                rows
            }
            None => count(&mut self.area.clone()),
        };
    }

    /// The move that leads back here; there is none where the cursor is further than such a move can say.
    fn cursor_jump(&self) -> Option<CursorMove> {
        let cursor = self.area.cursor();
        Some(CursorMove::Jump(u16::try_from(cursor.0).ok()?, u16::try_from(cursor.1).ok()?))
    }

    /// Draws the part around the cursor; returns where the cursor is.
    pub fn render(&mut self, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        self.set_width(area.width);
        // No empty rows below the text while there are rows above that do not show.
        let top = usize::from(self.area.scroll_offset().0);
        let most = self.rows.saturating_sub(usize::from(area.height));
        if let (true, Some(back)) = (top > most, self.cursor_jump()) {
            self.area.scroll((i16::try_from(top - most).map_or(i16::MIN, |n| -n), 0));
            self.area.move_cursor(back);
        }
        self.draw(area, buffer);
        draw_chips(area, buffer);
        let cursor = self.area.screen_cursor();
        let row = cursor.row.checked_sub(usize::from(self.area.scroll_offset().0))?;
        let row = u16::try_from(row).ok().filter(|r| *r < area.height)?;
        let column = u16::try_from(self.column(cursor.row)).unwrap_or(u16::MAX).min(area.width - 1);
        Some(Position::new(area.x + column, area.y + row))
    }
}

impl Composer {
    /// Draws the text, with what is marked.
    fn draw(&mut self, area: Rect, buffer: &mut Buffer) {
        let Some(marked) = self.marked() else { return (&self.area).render(area, buffer) };
        let here = self.place();
        self.go(marked.start);
        self.area.set_selection_style(Style::new().add_modifier(Modifier::REVERSED));
        self.area.start_selection();
        self.go(marked.end);
        (&self.area).render(area, buffer);
        self.area.cancel_selection();
        self.go(here);
    }

    /// The column of the cursor in its row. The text area counts the parts of a character one by one, and draws them as one.
    fn column(&self, row: usize) -> usize {
        let (start, cursor) = (self.area.screen_to_data(row, 0), self.area.cursor());
        let Some(line) = self.area.lines().get(cursor.0) else { return 0 };
        let tab = usize::from(self.area.tab_length().max(1));
        let before: String = line.chars().take(cursor.1).skip(start.1).collect();
        let wide = |column: usize, part: &str| column + if part == "\t" { tab - column % tab } else { part.width() };
        before.graphemes(true).fold(0, wide)
    }
}

/// Draws the marks of chips as what they stand for, and the chips so that they are seen.
fn draw_chips(area: Rect, buffer: &mut Buffer) {
    let mut inside = false;
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            let cell = &mut buffer[(x, y)];
            if cell.symbol().starts_with(chips::is_mark) {
                inside = true;
                cell.set_symbol(chips::OPEN);
            }
            if inside {
                cell.set_style(Style::new().add_modifier(Modifier::BOLD));
                inside = cell.symbol() != "]";
                if cell.symbol() == "\u{a0}" {
                    cell.set_symbol(" ");
                }
            }
        }
    }
}

pub(crate) fn clean_paste(text: &str) -> String {
    chips::without_marks(&clean(&text.replace("\r\n", "\n").replace('\r', "\n")))
}

#[cfg(test)]
mod tests;
