//! Characters as a person counts them, and words among them, in a line.
//!
//! What must stay true: pure; nothing ends inside of a character of several parts, nor inside of a folded paste.

use super::chips;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A character with all that belongs to it, or a folded paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Atom {
    /// Where it begins: `char`s of the text before it.
    pub(super) at: usize,
    /// The `char`s of it.
    pub(super) len: usize,
    pub(super) kind: Kind,
    /// Its first `char`.
    pub(super) c: char,
}

/// What goes into one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Blank,
    NewLine,
    Word,
    Han,
    Kana,
    Punctuation,
    Picture,
    Chip,
}

impl Kind {
    fn of(grapheme: &str) -> Self {
        let Some(c) = grapheme.chars().next() else { return Self::Blank };
        match c {
            '\n' => Self::NewLine,
            c if c.is_whitespace() => Self::Blank,
            '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '々' => {
                Self::Han
            }
            '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' => Self::Kana,
            c if c.is_alphanumeric() || c == '_' => Self::Word,
            _ if grapheme.width() > 1 && !('\u{3000}'..='\u{303f}').contains(&c) && !('\u{ff00}'..='\u{ffef}').contains(&c) => {
                Self::Picture
            }
            _ => Self::Punctuation,
        }
    }
}

/// The atoms of `text`, the first of which is at `from`.
pub(super) fn atoms(text: &str, from: usize) -> Vec<Atom> {
    let (mut out, mut at, mut rest) = (Vec::new(), from, text);
    while let Some(c) = rest.chars().next() {
        let bytes = match chips::length(rest) {
            Some(bytes) => bytes,
            None => rest.graphemes(true).next().map_or(c.len_utf8(), str::len),
        };
        let (atom, after) = rest.split_at(bytes);
        let len = atom.chars().count();
        let kind = if chips::is_mark(c) { Kind::Chip } else { Kind::of(atom) };
        out.push(Atom { at, len, kind, c });
        (at, rest) = (at + len, after);
    }
    out
}

/// The first atom of the word before `at`; `at` and the result are numbers of atoms.
pub(super) fn before(atoms: &[Atom], mut at: usize) -> usize {
    let kind = |at: usize| at.checked_sub(1).and_then(|at| atoms.get(at)).map(|atom| atom.kind);
    while kind(at) == Some(Kind::Blank) {
        at -= 1;
    }
    let Some(word) = kind(at) else { return at };
    if word == Kind::Chip {
        return at - 1;
    }
    while kind(at) == Some(word) {
        at -= 1;
    }
    at
}

/// The end of the word after `at`.
pub(super) fn end_after(atoms: &[Atom], at: usize) -> usize {
    let at = blanks_after(atoms, at);
    word_after(atoms, at)
}

/// The beginning of the word after that at `at`.
pub(super) fn start_after(atoms: &[Atom], at: usize) -> usize {
    blanks_after(atoms, word_after(atoms, at))
}

fn blanks_after(atoms: &[Atom], mut at: usize) -> usize {
    while atoms.get(at).is_some_and(|atom| atom.kind == Kind::Blank) {
        at += 1;
    }
    at
}

fn word_after(atoms: &[Atom], mut at: usize) -> usize {
    let Some(word) = atoms.get(at).map(|atom| atom.kind).filter(|kind| *kind != Kind::Blank) else { return at };
    if word == Kind::Chip {
        return at + 1;
    }
    while atoms.get(at).is_some_and(|atom| atom.kind == word) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every stop from the end to the beginning, and from the beginning to the end, as `|` in the text.
    fn stops(text: &str, go: impl Fn(&[Atom], usize) -> usize, from: usize) -> String {
        let atoms = atoms(text, 0);
        let mut at = if from == 0 { 0 } else { atoms.len() };
        let mut stops = Vec::new();
        loop {
            let next = go(&atoms, at);
            if next == at {
                break;
            }
            at = next;
            stops.push(atoms.get(at).map_or(text.chars().count(), |atom| atom.at));
        }
        let mut out = String::new();
        for (at, c) in text.chars().chain(['\0']).enumerate() {
            out.push_str(if stops.contains(&at) { "|" } else { "" });
            out.push(c);
        }
        out.trim_end_matches('\0').to_owned()
    }

    #[test]
    fn words_end_where_a_person_sees_their_end() {
        for (text, back, forth, ends) in [
            ("one two", "|one |two", "one |two|", "one| two|"),
            ("foo.bar(x)  ", "|foo|.|bar|(|x|)  ", "foo|.|bar|(|x|)  |", "foo|.|bar|(|x|)|  |"),
            ("snake_case näh", "|snake_case |näh", "snake_case |näh|", "snake_case| näh|"),
            ("漢字かなカナ漢", "|漢字|かなカナ|漢", "漢字|かなカナ|漢|", "漢字|かなカナ|漢|"),
            ("ok 👍🏽👨‍👩‍👧x", "|ok |👍🏽👨‍👩‍👧|x", "ok |👍🏽👨‍👩‍👧|x|", "ok| 👍🏽👨‍👩‍👧|x|"),
            ("한국어 말", "|한국어 |말", "한국어 |말|", "한국어| 말|"),
            ("e\u{301}te\u{301} a", "|e\u{301}te\u{301} |a", "e\u{301}te\u{301} |a|", "e\u{301}te\u{301}| a|"),
        ] {
            assert_eq!(stops(text, before, 1), back, "back");
            assert_eq!(stops(text, start_after, 0), forth, "forth");
            assert_eq!(stops(text, end_after, 0), ends, "ends");
        }
    }
}
