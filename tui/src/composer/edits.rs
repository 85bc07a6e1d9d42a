//! Changes of the text, and moves in it.
//!
//! What must stay true: every change is one splice or a few, noted for the undo before; what was pasted is told apart through all of
//! them.

use super::undo::{Change, Step};
use super::words::{self, Atom};
use super::{Composer, chips, clean_paste};
use crate::keymap::Edit;
use conductor::domain::Origin;
use ratatui_textarea::CursorMove;
use std::ops::Range;

impl Composer {
    /// Changes the text or moves in it.
    pub fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Head => self.go_in_line(0),
            Edit::End => self.area.move_cursor(CursorMove::End),
            Edit::Left | Edit::Right | Edit::WordLeft | Edit::WordRight => {
                let to = self.target(edit);
                self.go(to);
            }
            Edit::Backspace if self.at_start() && self.attached.pop().is_some() => self.just_attached = None,
            _ => return self.change(edit),
        }
        self.undo.cut();
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
        match edit {
            Edit::Insert(c) if !chips::is_mark(c) => self.insert(c),
            Edit::Newline => self.insert('\n'),
            Edit::Undo => self.undo(),
            Edit::Redo => self.redo(),
            Edit::Yank => self.yank(),
            Edit::Backspace | Edit::Delete => self.delete_to(self.target(edit), false),
            Edit::DeleteWord | Edit::DeleteNextWord | Edit::DeleteToHead | Edit::DeleteToEnd => {
                self.delete_to(self.target(edit), true)
            }
            _ => {}
        }
    }

    /// Where a move leads, or to where something is deleted: `char`s before it.
    fn target(&self, edit: Edit) -> usize {
        let cursor = self.area.cursor();
        let here = self.place();
        let line = self.area.lines().get(cursor.0).map_or("", String::as_str);
        let atoms = words::atoms(line, here - cursor.1);
        let at = atoms.iter().take_while(|atom| atom.at < here).count();
        let end = here - cursor.1 + line.chars().count();
        let place = |at: usize| atoms.get(at).map_or(end, |atom: &Atom| atom.at);
        let (is_head, is_end) = (cursor.1 == 0, here == end);
        let is_last = cursor.0 + 1 == self.area.lines().len();
        match edit {
            // Over the end of a line, alone.
            Edit::Left | Edit::WordLeft | Edit::Backspace | Edit::DeleteWord | Edit::DeleteToHead if is_head => {
                here.saturating_sub(1)
            }
            Edit::Right | Edit::WordRight | Edit::Delete | Edit::DeleteNextWord | Edit::DeleteToEnd if is_end => {
                here + usize::from(!is_last)
            }
            Edit::Left | Edit::Backspace => place(at - 1),
            Edit::Right | Edit::Delete => place(at + 1),
            Edit::WordLeft | Edit::DeleteWord => place(words::before(&atoms, at)),
            Edit::WordRight => place(words::start_after(&atoms, at)),
            Edit::DeleteNextWord => place(words::end_after(&atoms, at)),
            Edit::DeleteToHead => here - cursor.1,
            Edit::DeleteToEnd => end,
            _ => here,
        }
    }

    fn insert(&mut self, c: char) {
        self.note(Change::Typed(c));
        let mut bytes = [0; 4];
        self.splice(self.place(), 0, c.encode_utf8(&mut bytes), false);
        // A mark over a letter makes one character with it.
        self.snap_forth();
    }

    /// Deletes between the cursor and `to`.
    fn delete_to(&mut self, to: usize, kill: bool) {
        let here = self.place();
        let range = here.min(to)..here.max(to);
        if range.is_empty() {
            return;
        }
        let deleted = (range.len() == 1).then(|| self.raw().chars().nth(range.start)).flatten();
        self.note(if kill { Change::Other } else { Change::Deleted(deleted) });
        if kill {
            self.killed = self.parts(range.clone());
        }
        self.splice(range.start, range.len(), "", false);
    }

    fn yank(&mut self) {
        if self.killed.is_empty() {
            return;
        }
        self.note(Change::Other);
        for (pasted, text) in self.killed.clone() {
            self.splice(self.place(), 0, &text, pasted);
        }
    }

    /// Inserts what was pasted: line ends made one, and made fit for a terminal; a long one is folded. Says what it inserted, but of
    /// a folded one nothing.
    pub fn paste(&mut self, text: &str) -> String {
        let text = clean_paste(text);
        if text.is_empty() {
            return text;
        }
        self.just_attached = None;
        self.note(Change::Other);
        let chip = if chips::is_long(&text) { self.chips.fold(&text) } else { None };
        match chip {
            Some(chip) => {
                self.splice(self.place(), 0, &chip, false);
                String::new()
            }
            None => {
                self.splice(self.place(), 0, &text, true);
                text
            }
        }
    }

    /// Shows a folded paste whole: the one at the cursor, else the last; false where there is none.
    pub fn unfold(&mut self) -> bool {
        let raw = self.raw();
        let here = self.place();
        let folded: Vec<Atom> = words::atoms(&raw, 0).into_iter().filter(|atom| atom.kind == words::Kind::Chip).collect();
        let near = folded.iter().find(|atom| atom.at + atom.len == here || atom.at == here).or(folded.last());
        let Some(atom) = near else { return false };
        let Some(text) = self.chips.paste(&raw[byte(&raw, atom.at)..]).map(str::to_owned) else { return false };
        self.note(Change::Other);
        self.splice(atom.at, atom.len, "", false);
        self.splice(atom.at, 0, &text, true);
        true
    }

    /// Puts `text` in the place of the words, as if it was typed; one undo takes it back.
    pub fn replace(&mut self, text: &str) {
        self.just_attached = None;
        self.note(Change::Other);
        let count = self.raw().chars().count();
        self.splice(0, count, text, false);
    }

    /// The draft as it is now is what the next undo brings back, unless the change belongs to the one before.
    pub(super) fn note(&mut self, change: Change) {
        let mut undo = std::mem::take(&mut self.undo);
        undo.note(change, || self.step());
        self.undo = undo;
    }

    fn step(&self) -> Step {
        Step { text: self.raw(), origins: self.origins.clone(), place: self.place() }
    }

    fn undo(&mut self) {
        let now = self.step();
        if let Some(step) = self.undo.back(now) {
            self.restore(step);
        }
    }

    fn redo(&mut self) {
        let now = self.step();
        if let Some(step) = self.undo.forth(now) {
            self.restore(step);
        }
    }

    /// Makes the draft what it was. Only what differs is touched, so that the view stays where it is.
    fn restore(&mut self, step: Step) {
        let raw = self.raw();
        let same = raw.chars().zip(step.text.chars()).take_while(|(a, b)| a == b).count();
        let (old, new) = (raw.chars().count(), step.text.chars().count());
        let most = old.min(new) - same;
        let tail = raw.chars().rev().zip(step.text.chars().rev()).take(most).take_while(|(a, b)| a == b).count();
        let with: String = step.text.chars().skip(same).take(new - same - tail).collect();
        self.splice(same, old - same - tail, &with, false);
        self.origins = step.origins;
        self.go(step.place);
    }

    /// Puts `with` in the place of `count` `char`s from `at` on; the cursor is behind it then.
    pub(super) fn splice(&mut self, at: usize, count: usize, with: &str, pasted: bool) {
        if !self.origins.is_empty() || pasted {
            let raw = self.raw();
            let start = byte(&raw, at);
            let end = start + byte(&raw[start..], count);
            self.origins.splice(start..end, with.len(), pasted);
        }
        self.go(at);
        self.area.delete_str(count);
        match with.chars().next() {
            None => {}
            Some('\n') if with.len() == 1 => self.area.insert_newline(),
            Some(c) if with.len() == c.len_utf8() => self.area.insert_char(c),
            Some(_) => _ = self.area.insert_str(with),
        }
        self.changes += 1;
        self.measure();
    }

    /// A part of the draft: the texts, and whether they were pasted.
    pub(super) fn parts(&self, range: Range<usize>) -> Vec<(bool, String)> {
        let raw = self.raw();
        let bytes = byte(&raw, range.start)..byte(&raw, range.end);
        let mut at = 0;
        let mut parts = Vec::new();
        for span in self.origins.prompt(&raw).spans {
            let part = bytes.start.max(at)..bytes.end.min(at + span.text.len());
            if part.start < part.end {
                parts.push((span.origin != Origin::Typed, raw[part].to_owned()));
            }
            at += span.text.len();
        }
        parts
    }

    /// Goes to the place with `char`s before it.
    pub(super) fn go(&mut self, place: usize) {
        let (mut row, mut column, mut left) = (0, place, place);
        for (at, line) in self.area.lines().iter().enumerate() {
            let length = line.chars().count();
            (row, column) = (at, left.min(length));
            if left <= length {
                break;
            }
            left -= length + 1;
        }
        let near = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.area.move_cursor(CursorMove::Jump(near(row), near(column)));
        // A move cannot say more.
        for _ in 0..row.saturating_sub(usize::from(u16::MAX)) {
            self.area.move_cursor(CursorMove::End);
            self.area.move_cursor(CursorMove::Forward);
        }
        let at = self.area.cursor().1;
        for _ in at..column {
            self.area.move_cursor(CursorMove::Forward);
        }
    }

    fn go_in_line(&mut self, column: usize) {
        let here = self.place();
        self.go(here - self.area.cursor().1 + column);
    }

    /// Leaves the inside of a character or of a chip, for its beginning.
    pub(super) fn snap(&mut self) {
        if let Some(atom) = self.around() {
            self.go(atom.at);
        }
    }

    fn snap_forth(&mut self) {
        if let Some(atom) = self.around() {
            self.go(atom.at + atom.len);
        }
    }

    /// The character or the chip that the cursor stands inside of.
    fn around(&self) -> Option<Atom> {
        let cursor = self.area.cursor();
        let line = self.area.lines().get(cursor.0).filter(|line| !line.is_ascii())?;
        let here = self.place();
        let atoms = words::atoms(line, here - cursor.1);
        atoms.into_iter().find(|atom| atom.at < here && here < atom.at + atom.len)
    }
}

/// Bytes of the first `count` `char`s of `text`.
pub(super) fn byte(text: &str, count: usize) -> usize {
    text.char_indices().nth(count).map_or(text.len(), |(at, _)| at)
}
