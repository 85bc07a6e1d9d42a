//! Long pastes, folded: in the draft stands a short text in their place, which is expanded when the draft is read.
//!
//! What must stay true: what is sent is the whole paste, at the place where its chip stands; a chip begins with a mark that can be
//! neither typed nor pasted, so that no other text is one.

use crate::words::{bytes, grouped};
use std::ops::RangeInclusive;

/// A paste of more lines is folded.
const LINES: usize = 10;
/// One of more characters, too.
const CHARACTERS: usize = 2000;
/// The marks, for as many pastes. At the end of what Unicode leaves to programs: fonts with icons keep theirs before it.
const MARKS: RangeInclusive<char> = '\u{10f000}'..='\u{10fffd}';
/// What is drawn in the place of a mark.
pub(super) const OPEN: &str = "[";
/// How a chip ends.
const CLOSE: char = ']';

/// The pastes that are folded in a draft, or were.
#[derive(Debug, Default)]
pub(super) struct Chips(Vec<String>);

/// True for a mark.
pub(super) fn is_mark(c: char) -> bool {
    MARKS.contains(&c)
}

/// `text` without marks: what comes from elsewhere holds none.
pub(super) fn without_marks(text: &str) -> String {
    text.chars().map(|c| if is_mark(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Bytes of the chip that `text` begins with.
pub(super) fn length(text: &str) -> Option<usize> {
    if !text.chars().next().is_some_and(is_mark) {
        return None;
    }
    text.find(CLOSE).map(|at| at + CLOSE.len_utf8())
}

/// True for a paste that is folded.
pub(super) fn is_long(text: &str) -> bool {
    text.lines().nth(LINES).is_some() || text.chars().nth(CHARACTERS).is_some()
}

impl Chips {
    /// Folds `text`: what stands in its place. `None` where there are too many.
    pub(super) fn fold(&mut self, text: &str) -> Option<String> {
        let mark = char::from_u32(*MARKS.start() as u32 + u32::try_from(self.0.len()).ok()?).filter(|mark| is_mark(*mark))?;
        let lines = text.lines().count();
        let lines = if lines == 1 { "1 line".to_owned() } else { format!("{} lines", grouped(lines)) };
        self.0.push(text.to_owned());
        // In one piece where the line is wrapped.
        let label = format!("pasted {lines} · {}", bytes(text.len() as u64)).replace(' ', "\u{a0}");
        Some(format!("{mark}{label}{CLOSE}"))
    }

    /// The paste of the chip that `text` begins with.
    pub(super) fn paste(&self, text: &str) -> Option<&str> {
        let mark = text.chars().next().filter(|c| is_mark(*c))?;
        let at = mark as usize - *MARKS.start() as usize;
        self.0.get(at).map(String::as_str)
    }

    /// `text` in parts: what stands there, and the pastes of the chips.
    pub(super) fn expanded<'a>(&'a self, mut text: &'a str) -> Vec<(bool, &'a str)> {
        let mut parts = Vec::new();
        while let Some(at) = text.find(is_mark) {
            let (before, chip) = text.split_at(at);
            let (Some(length), Some(paste)) = (length(chip), self.paste(chip)) else { break };
            parts.push((false, before));
            parts.push((true, paste));
            text = &chip[length..];
        }
        parts.push((false, text));
        parts.retain(|(_, part)| !part.is_empty());
        parts
    }
}
