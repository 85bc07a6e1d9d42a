//! The draft: text of several lines, its origins, what is attached to it, and the prompts sent before.
//!
//! What must stay true: what was typed is never lost (a cleared draft goes into the history, a draft left for the history
//! comes back); what is pasted is cleaned as model text is.

mod attached;
mod history;
mod origins;

use crate::keymap::Edit;
use crate::sanitise::clean;
use conductor::domain::{Prompt, Span};
use history::History;
use origins::Origins;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::Widget;
use ratatui_textarea::{CursorMove, TextArea, WrapMode};

/// Pastes remembered for one draft, to know them again when an undo or a yank brings them back.
const PASTES: usize = 32;

/// The draft.
#[derive(Debug)]
pub struct Composer {
    area: TextArea<'static>,
    origins: Origins,
    pastes: Vec<String>,
    attached: Vec<Span>,
    /// Set where the last change was that something was attached; true where words were taken out for it.
    just_attached: Option<bool>,
    history: History,
    width: u16,
    rows: usize,
}

impl Default for Composer {
    fn default() -> Self {
        let mut composer = Self {
            area: TextArea::default(),
            origins: Origins::default(),
            pastes: Vec::new(),
            attached: Vec::new(),
            just_attached: None,
            history: History::default(),
            width: 0,
            rows: 1,
        };
        composer.load(&Prompt::default());
        composer
    }
}

impl Composer {
    /// The text.
    pub fn text(&self) -> String {
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

    /// The draft with its origins, and what is attached behind it.
    pub fn prompt(&self) -> Prompt {
        let mut prompt = self.origins.prompt(&self.text());
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

    /// Changes the text or moves in it.
    pub fn edit(&mut self, edit: Edit) {
        let to = match edit {
            Edit::Left => CursorMove::Back,
            Edit::Right => CursorMove::Forward,
            Edit::WordLeft => CursorMove::WordBack,
            Edit::WordRight => CursorMove::WordForward,
            Edit::Head => CursorMove::Head,
            Edit::End => CursorMove::End,
            Edit::Backspace if self.at_start() && self.attached.pop().is_some() => return self.just_attached = None,
            _ => return self.change(edit),
        };
        self.area.move_cursor(to);
    }

    fn change(&mut self, edit: Edit) {
        if let Some(took_words) = self.just_attached.take()
            && edit == Edit::Undo
        {
            self.attached.pop();
            if !took_words {
                return;
            }
        }
        // What an undo, a redo or a yank brings back was pasted if it is part of a paste.
        let back = matches!(edit, Edit::Undo | Edit::Redo | Edit::Yank);
        let pastes = std::mem::take(&mut self.pastes);
        self.changed(
            |text| back && pastes.iter().any(|p| p.contains(text)),
            !pastes.is_empty(),
            |area| {
                match edit {
                    Edit::Insert(c) => area.insert_char(c),
                    Edit::Newline => area.insert_newline(),
                    Edit::Backspace => _ = area.delete_char(),
                    Edit::Delete => _ = area.delete_next_char(),
                    Edit::DeleteWord => _ = area.delete_word(),
                    Edit::DeleteNextWord => _ = area.delete_next_word(),
                    Edit::DeleteToHead => _ = area.delete_line_by_head(),
                    Edit::DeleteToEnd => _ = area.delete_line_by_end(),
                    Edit::Undo => _ = area.undo(),
                    Edit::Redo => _ = area.redo(),
                    Edit::Yank => _ = area.paste(),
                    // Moves, which do not come here.
                    Edit::Left | Edit::Right | Edit::WordLeft | Edit::WordRight | Edit::Head | Edit::End => {}
                }
            },
        );
        self.pastes = pastes;
    }

    /// Inserts what was pasted: line ends made one, and made fit for a terminal. Says what it inserted.
    pub fn paste(&mut self, text: &str) -> String {
        let text = clean_paste(text);
        if text.is_empty() {
            return text;
        }
        self.just_attached = None;
        self.changed(|_| true, true, |area| _ = area.insert_str(&text));
        if self.pastes.len() < PASTES {
            self.pastes.push(text.clone());
        }
        text
    }

    /// Runs `change`, and follows the origins where `follow` says that there are any to follow.
    fn changed(&mut self, pasted: impl FnOnce(&str) -> bool, follow: bool, change: impl FnOnce(&mut TextArea<'static>)) {
        let old = (follow || !self.origins.is_empty()).then(|| self.text());
        change(&mut self.area);
        if let Some(old) = old {
            self.origins.edit(&old, &self.text(), pasted);
        }
        self.measure();
    }

    /// A row up, or the prompt before where there is no row above.
    pub fn up(&mut self) {
        if self.area.screen_cursor().row > 0 {
            self.area.move_cursor(CursorMove::Up);
        } else if let Some(prompt) = self.history.older(self.prompt()) {
            self.load(&prompt);
        }
    }

    /// A row down, or the prompt after where there is no row below.
    pub fn down(&mut self) {
        if self.area.screen_cursor().row + 1 < self.rows {
            self.area.move_cursor(CursorMove::Down);
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
        self.history.push(self.origins.prompt(&self.text()));
        self.load_words(&Prompt::default());
    }

    /// Puts `prompt` in place of the draft, with what is attached to it.
    pub fn load(&mut self, prompt: &Prompt) {
        self.attached = prompt.spans.iter().filter(|span| span.is_attachment()).cloned().collect();
        self.load_words(prompt);
    }

    /// Puts the words of `prompt` in place of those of the draft.
    pub fn load_words(&mut self, prompt: &Prompt) {
        self.just_attached = None;
        let words = prompt.spans.iter().filter(|span| !span.is_attachment());
        let text: String = words.map(|span| span.text.as_str()).collect();
        self.area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        self.area.set_wrap_mode(WrapMode::WordOrGlyph);
        // The terminal's own cursor is shown instead.
        self.area.set_cursor_style(Style::new());
        self.area.set_cursor_line_style(Style::new());
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
        self.origins = Origins::of(prompt);
        self.pastes.clear();
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
        (&self.area).render(area, buffer);
        let cursor = self.area.screen_cursor();
        let row = cursor.row.checked_sub(usize::from(self.area.scroll_offset().0))?;
        let row = u16::try_from(row).ok().filter(|r| *r < area.height)?;
        let column = u16::try_from(cursor.col).unwrap_or(u16::MAX).min(area.width - 1);
        Some(Position::new(area.x + column, area.y + row))
    }
}

fn clean_paste(text: &str) -> String {
    clean(&text.replace("\r\n", "\n").replace('\r', "\n")).into_owned()
}

#[cfg(test)]
mod tests;
