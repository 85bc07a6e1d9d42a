//! Which bullets an answer says that it used.
//!
//! What must stay true: only bullets that were shown count; in running text the word before the number must be that of the bullet, so
//! that footnotes and indices in code are none.

use super::Form;
use crate::domain::{Bullet, BulletId, Milli, Playbook};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The bullets of `book` that `answer` names, in the order in which it does, each once: `[errors-00012]`, `[e12]`, several in one
/// pair of brackets, and `errors-00012` without. `shown` are those that were in the prompt.
pub fn cited(answer: &str, book: &Playbook, shown: &BTreeSet<BulletId>) -> Vec<BulletId> {
    cited_in(answer, book, shown, Form::Short)
}

/// The same where the bullets were written in `form`: those of the wider of two playbooks count only with their mark.
pub fn cited_in(answer: &str, book: &Playbook, shown: &BTreeSet<BulletId>, form: Form) -> Vec<BulletId> {
    let mut found = Vec::new();
    let marked = |word| without_mark(word, form);
    for (word, bracketed) in words(answer).filter_map(|(word, bracketed)| Some((marked(word)?, bracketed))) {
        let Some(bullet) = bullet_of(word, book, shown) else { continue };
        let names = |name: &str| name.to_lowercase() == word.to_lowercase();
        if (names(&bullet.name()) || bracketed && names(&bullet.id.short(&bullet.text.section))) && !found.contains(&bullet.id) {
            found.push(bullet.id);
        }
    }
    found
}

/// The bullets of `book` that the names in a field `bullet_ids` mean, each once: in any of the forms, the bare number too.
pub fn cited_ids<'a>(names: impl IntoIterator<Item = &'a str>, book: &Playbook, shown: &BTreeSet<BulletId>) -> Vec<BulletId> {
    let mut found = Vec::new();
    for name in names {
        let bullet = BulletId::parse(name).filter(|id| shown.contains(id)).and_then(|id| book.bullets.get(&id));
        if let Some(bullet) = bullet.filter(|bullet| bullet.is_called(name) && !found.contains(&bullet.id)) {
            found.push(bullet.id);
        }
    }
    found
}

/// `word` without the mark of `form`; `None` where it has none and should.
fn without_mark(word: &str, form: Form) -> Option<&str> {
    let mark = form.mark();
    let (head, rest) = (word.get(..mark.len())?, word.get(mark.len()..)?);
    head.eq_ignore_ascii_case(mark).then_some(rest)
}

/// The bullet whose number stands at the end of `word`, where it was shown.
fn bullet_of<'a>(word: &str, book: &'a Playbook, shown: &BTreeSet<BulletId>) -> Option<&'a Bullet> {
    let ends = word.chars().next_back().is_some_and(|c| c.is_ascii_digit());
    let id = ends.then(|| BulletId::parse(word)).flatten().filter(|id| shown.contains(id))?;
    book.bullets.get(&id)
}

/// The words of `text` (letters, digits and hyphens), each with whether it stands in brackets. Brackets right behind a word are an
/// index, and none; those of another line are closed.
fn words(text: &str) -> impl Iterator<Item = (&str, bool)> {
    text.lines().flat_map(|line| {
        let mut bracketed = false;
        let mut rest = line;
        let mut before = ' ';
        std::iter::from_fn(move || {
            loop {
                let first = rest.chars().next()?;
                if first.is_alphanumeric() {
                    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(rest.len());
                    let (word, after) = rest.split_at(end);
                    (rest, before) = (after, 'a');
                    return Some((word.trim_end_matches('-'), bracketed));
                }
                match first {
                    '[' => bracketed = !(before.is_ascii_alphanumeric() || matches!(before, '_' | ')' | ']')),
                    ']' => bracketed = false,
                    _ => {}
                }
                (rest, before) = (&rest[first.len_utf8()..], first);
            }
        })
    })
}

/// How many of the answers that had bullets before them named one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitationRate {
    /// Answers with bullets in their prompt.
    pub shown: u32,
    /// Those of them that named one.
    pub cited: u32,
}

impl CitationRate {
    /// Takes an answer in: how many bullets were shown, and how many it named.
    pub fn note(&mut self, shown: usize, cited: usize) {
        self.shown += u32::from(shown > 0);
        self.cited += u32::from(shown > 0 && cited > 0);
    }

    /// From 0 to 1; `None` where no answer had any.
    pub fn share(self) -> Option<Milli> {
        (self.shown > 0).then(|| Milli::of(self.cited as f32 / self.shown as f32))
    }
}
