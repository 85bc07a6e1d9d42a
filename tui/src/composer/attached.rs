//! What is attached to the draft, and the words that named it.
//!
//! What must stay true: words are taken out only for something that came in their place, and Undo brings them back.

use super::Composer;
use conductor::domain::Span;
use ratatui_textarea::CursorMove;

impl Composer {
    /// What is attached, in order.
    pub fn attached(&self) -> &[Span] {
        &self.attached
    }

    /// Attaches something. `words` named it: where they are still there, they are taken out, the last of them.
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
        let typed = |_: &str| false;
        match new.strip_prefix(old) {
            Some(rest) => self.changed(typed, true, |area| _ = area.insert_str(rest)),
            None => self.changed(typed, true, |area| {
                for _ in old.chars() {
                    area.delete_char();
                }
                area.insert_str(new);
            }),
        }
    }

    /// Takes the last `words` out; false where they are not there, or too far away to go to.
    fn take_out(&mut self, words: &str) -> bool {
        let text = self.text();
        let Some(at) = text.rfind(words) else { return false };
        let (before, count) = (text[..at].chars().count(), words.chars().count());
        let left = [&text[..at], &text[at + words.len()..]].concat();
        let here = self.place();
        let cursor = if here >= before + count { here - count } else { here.min(before) };
        let (Some(to), Some(back)) = (jump(&text, before), jump(&left, cursor)) else { return false };
        self.changed(
            |_| false,
            true,
            |area| {
                area.move_cursor(to);
                area.delete_str(count);
                area.move_cursor(back);
            },
        );
        true
    }

    /// Characters before the cursor.
    fn place(&self) -> usize {
        let cursor = self.area.cursor();
        let rows = self.area.lines().iter().take(cursor.0);
        rows.map(|line| line.chars().count() + 1).sum::<usize>() + cursor.1
    }
}

/// The move to the character `at` of `text`.
fn jump(text: &str, at: usize) -> Option<CursorMove> {
    let (mut row, mut column) = (0, 0);
    for c in text.chars().take(at) {
        (row, column) = if c == '\n' { (row + 1, 0) } else { (row, column + 1) };
    }
    Some(CursorMove::Jump(u16::try_from(row).ok()?, u16::try_from(column).ok()?))
}
