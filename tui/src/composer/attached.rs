//! What is attached to the draft, and the words that named it.
//!
//! What must stay true: words are taken out only for something that came in their place, and Undo brings them back.

use super::undo::Change;
use super::{Composer, edits};
use conductor::domain::Span;

impl Composer {
    /// What is attached, in order.
    pub fn attached(&self) -> &[Span] {
        &self.attached
    }

    /// Attaches something. `words` named it: where they are still there, they are taken out: those before the cursor, else the
    /// last of them.
    pub fn attach(&mut self, span: Span, words: Option<&str>) {
        let took_words = words.is_some_and(|words| self.take_out(words));
        self.attached.push(span);
        self.just_attached = Some(took_words);
    }

    /// True where the cursor stands before the first character.
    pub fn at_start(&self) -> bool {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1) == (0, 0)
    }

    /// The line that the cursor is in up to it, where a word ends there or nothing is.
    pub fn before_cursor(&self) -> Option<String> {
        let cursor = self.area.cursor();
        let line = self.area.lines().get(cursor.0)?;
        let ends = line.chars().nth(cursor.1).is_none_or(char::is_whitespace);
        ends.then(|| line.chars().take(cursor.1).collect())
    }

    /// Puts `new` in the place of `old`, which stands before the cursor.
    pub fn replace_before(&mut self, old: &str, new: &str) {
        self.just_attached = None;
        self.note(Change::Other);
        let count = old.chars().count();
        self.splice(self.place().saturating_sub(count), count, new, false);
    }

    /// Takes the last `words` out; false where they are not there.
    fn take_out(&mut self, words: &str) -> bool {
        let text = self.raw();
        let here = self.place();
        let behind = edits::byte(&text, here);
        // Those before the cursor, where they are there: the same may be named twice.
        let Some(at) = (if text[..behind].ends_with(words) { Some(behind - words.len()) } else { text.rfind(words) }) else {
            return false;
        };
        let (before, count) = (text[..at].chars().count(), words.chars().count());
        self.note(Change::Other);
        self.splice(before, count, "", false);
        self.go(if here >= before + count { here - count } else { here.min(before) });
        true
    }

    /// `char`s before the cursor.
    pub(super) fn place(&self) -> usize {
        let cursor = self.area.cursor();
        let rows = self.area.lines().iter().take(cursor.0);
        rows.map(|line| line.chars().count() + 1).sum::<usize>() + cursor.1
    }
}
