//! The draft by the keys of vi: what they come to is done here.
//!
//! What must stay true: one command, with all that is typed in it, is one change to take back; in normal mode the cursor stands on a
//! character.

use super::undo::Change;
use super::vim::{Op, Step, View, Vim, VimMode};
use super::words::{self, Atom, Kind};
use super::{Composer, edits};
use crate::keymap::{Edit, Key};
use std::ops::Range;

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// It is for others.
    No,
    /// It did something.
    Yes,
    /// The user wants a command.
    Commands,
}

impl Composer {
    /// Has keys do what they do in vi, or not.
    pub fn set_vim(&mut self, on: bool) {
        self.vim = on.then(Vim::default);
    }

    /// The mode; `None` where keys are not those of vi.
    pub fn vim_mode(&self) -> Option<VimMode> {
        self.vim.as_ref().map(|vim| vim.mode)
    }

    /// Takes in a key, if it is one of vi's.
    pub fn vim_key(&mut self, key: Key) -> Handled {
        let Some(mut vim) = self.vim.take() else { return Handled::No };
        let atoms = self.atoms();
        let before = vim.mode;
        let step = vim.key(key, View { atoms: &atoms, at: self.at(&atoms) });
        let handled = match step {
            Step::Pass => Handled::No,
            Step::Do(ops) => {
                if before != VimMode::Insert {
                    self.undo.hold();
                }
                let commands = ops.contains(&Op::Commands);
                for op in ops {
                    self.perform(op, &mut vim);
                }
                if vim.mode != VimMode::Insert {
                    self.undo.release();
                }
                if commands { Handled::Commands } else { Handled::Yes }
            }
        };
        if vim.mode == VimMode::Normal && handled != Handled::No {
            let atoms = self.atoms();
            let view = View { atoms: &atoms, at: self.at(&atoms) };
            self.go_to(&atoms, view.on(view.at));
        }
        self.vim = Some(vim);
        handled
    }

    /// What is marked: the `char`s before its ends.
    pub(super) fn marked(&self) -> Option<Range<usize>> {
        let vim = self.vim.as_ref().filter(|vim| matches!(vim.mode, VimMode::Visual | VimMode::VisualLine))?;
        let atoms = self.atoms();
        let range = vim.marked(View { atoms: &atoms, at: self.at(&atoms) })?;
        Some(chars(&atoms, range))
    }

    fn atoms(&self) -> Vec<Atom> {
        words::atoms(&self.raw(), 0)
    }

    /// The atom at the cursor.
    fn at(&self, atoms: &[Atom]) -> usize {
        let here = self.place();
        atoms.iter().take_while(|atom| atom.at < here).count()
    }

    fn go_to(&mut self, atoms: &[Atom], at: usize) {
        self.go(chars(atoms, at..at).start);
    }

    fn perform(&mut self, op: Op, vim: &mut Vim) {
        let atoms = self.atoms();
        let view = View { atoms: &atoms, at: self.at(&atoms) };
        match op {
            Op::Go(at) => self.go_to(&atoms, at),
            Op::Head => self.go_to(&atoms, view.head(view.at)),
            Op::Delete { range, lines } => self.cut_out(chars(&atoms, range), Some(lines), vim),
            Op::Drop(range) => self.cut_out(chars(&atoms, range), None, vim),
            Op::Keep { range, lines } => {
                self.killed = self.parts(chars(&atoms, range));
                vim.lines = lines;
            }
            Op::Text { at, text } => {
                self.note(Change::Other);
                self.splice(chars(&atoms, at..at).start, 0, text, false);
            }
            Op::Replace { range, with } => {
                let text: String =
                    view.atoms[range.clone()].iter().map(|atom| if atom.kind == Kind::NewLine { '\n' } else { with }).collect();
                self.put_in(chars(&atoms, range), &text);
            }
            Op::Case(range) => self.switch_case(chars(&atoms, range)),
            Op::Put { before, count } => self.put_back(view, before, count, vim.lines),
            Op::Join(count) => (0..count).for_each(|_| self.join()),
            Op::Row { down, count } => (0..count).for_each(|_| if down { self.down() } else { self.up() }),
            Op::Undo(count) => (0..count).for_each(|_| self.edit(Edit::Undo)),
            Op::Redo(count) => (0..count).for_each(|_| self.edit(Edit::Redo)),
            Op::Insert | Op::Commands => {}
        }
    }

    /// Takes a part out; `lines` says what it was, where it can be put back.
    fn cut_out(&mut self, range: Range<usize>, lines: Option<bool>, vim: &mut Vim) {
        if let Some(lines) = lines {
            self.killed = self.parts(range.clone());
            vim.lines = lines;
        }
        if !range.is_empty() {
            self.note(Change::Other);
            self.splice(range.start, range.len(), "", false);
        }
        self.go(range.start);
    }

    /// Puts `text` in the place of a part, where it is another.
    fn put_in(&mut self, range: Range<usize>, text: &str) {
        let raw = self.raw();
        if raw[edits::byte(&raw, range.start)..edits::byte(&raw, range.end)] != *text {
            self.note(Change::Other);
            self.splice(range.start, range.len(), text, false);
        }
    }

    fn switch_case(&mut self, range: Range<usize>) {
        let raw = self.raw();
        let atoms = words::atoms(&raw, 0);
        for atom in atoms.iter().filter(|atom| atom.kind != Kind::Chip && range.contains(&atom.at)).rev() {
            let switched: String =
                if atom.c.is_lowercase() { atom.c.to_uppercase().collect() } else { atom.c.to_lowercase().collect() };
            // One that becomes several stays as it is.
            if switched.chars().count() == 1 {
                self.put_in(atom.at..atom.at + 1, &switched);
            }
        }
    }

    /// Puts back what was deleted or kept last: lines below or above this one, anything else behind or before the cursor.
    fn put_back(&mut self, view: View<'_>, before: bool, count: usize, lines: bool) {
        let killed = self.killed.clone();
        if killed.is_empty() {
            return;
        }
        // What would be endless is no help to anybody.
        let length: usize = killed.iter().map(|(_, text)| text.len() + 1).sum();
        let count = count.min((1 << 20) / length).max(1);
        let at = match (lines, before) {
            (true, true) => view.start(view.at),
            (true, false) => view.end(view.at),
            (false, true) => view.at,
            (false, false) => view.at + usize::from(view.at < view.end(view.at)),
        };
        let from = chars(view.atoms, at..at).start;
        self.note(Change::Other);
        self.go(from);
        for _ in 0..count {
            if lines && !before {
                self.splice(self.place(), 0, "\n", false);
            }
            for (pasted, text) in &killed {
                self.splice(self.place(), 0, text, *pasted);
            }
            if lines && before {
                self.splice(self.place(), 0, "\n", false);
            }
        }
        if lines {
            self.go(from + usize::from(!before));
        } else {
            self.edit(Edit::Left);
        }
    }

    /// Joins this line and the next, with one blank between.
    fn join(&mut self) {
        let atoms = self.atoms();
        let view = View { atoms: &atoms, at: self.at(&atoms) };
        let end = view.end(view.at);
        if end == atoms.len() {
            return;
        }
        let next = view.head(end + 1);
        let blank = end > view.start(view.at) && atoms[end - 1].kind != Kind::Blank && next < view.end(end + 1);
        let range = chars(&atoms, end..next);
        self.put_in(range.clone(), if blank { " " } else { "" });
        self.go(range.start);
    }
}

/// The `char`s before the ends of a range of atoms.
fn chars(atoms: &[Atom], range: Range<usize>) -> Range<usize> {
    let all = atoms.last().map_or(0, |atom| atom.at + atom.len);
    let place = |at: usize| atoms.get(at).map_or(all, |atom| atom.at);
    place(range.start)..place(range.end)
}

#[cfg(test)]
mod tests;
