//! Soft wrap: where the rows of a text begin.
//!
//! What must stay true: a row's end depends only on its start, the text after it and the width, so that wrapping may begin
//! at any row; nothing is lost but the spaces at a row's end; every row takes at least one atom, so that it ends. Row
//! tables are offsets: the text is never copied.

use super::atom::{self, Atom};
use std::ops::Range;

/// The rows of `text` as byte ranges, for a screen of `width` columns (0 counts as 1). Line breaks and spaces at a row's end
/// are in no range. An empty text has one empty row.
pub fn wrap(text: &str, width: usize) -> impl Iterator<Item = Range<usize>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        next = next_row(text, start, width);
        let end = next.unwrap_or(text.len());
        Some(start..start + visible(&text[start..end]).len())
    })
}

/// What is drawn of a row: without its line break and the spaces at its end.
pub(crate) fn visible(row: &str) -> &str {
    row.trim_end_matches(dropped)
}

fn dropped(c: char) -> bool {
    c == '\n' || atom::hangs(c)
}

/// Where the row after the one at `start` begins; `None` where that is the last. `start` is a row's start or 0.
pub(crate) fn next_row(text: &str, start: usize, width: usize) -> Option<usize> {
    let width = width.max(1);
    match ascii_row(text.as_bytes(), start, width) {
        Some(known) => known,
        None => any_row(text, start, width),
    }
}

/// The same as [`any_row`] for a row of printable ASCII: most rows, at a tenth of the cost. `None` where it cannot tell.
fn ascii_row(bytes: &[u8], start: usize, width: usize) -> Option<Option<usize>> {
    let window = &bytes[start..bytes.len().min(start + width + 1)];
    let run = window.iter().take_while(|byte| matches!(byte, b' '..=b'~')).count();
    if run < window.len() {
        return (window[run] == b'\n').then_some(Some(start + run + 1));
    }
    if run <= width {
        return Some(None);
    }
    if window[width] != b' ' {
        let cut = window[..width].iter().rposition(|&byte| byte == b' ').map_or(width, |space| space + 1);
        return Some(Some(start + cut));
    }
    let after = start + width + bytes[start + width..].iter().take_while(|&&byte| byte == b' ').count();
    match bytes.get(after) {
        None => Some(None),
        Some(b'\n') => Some(Some(after + 1)),
        Some(b'!'..=b'~') => Some(Some(after)),
        Some(_) => None,
    }
}

fn any_row(text: &str, start: usize, width: usize) -> Option<usize> {
    let mut at = start;
    let mut column = 0;
    let mut break_at = start;
    let mut before: Option<Piece> = None;
    while let Some(atom) = atom::first(&text[at..], column) {
        if text.as_bytes()[at] == b'\n' {
            return Some(at + 1);
        }
        if atom.space {
            // However many: spaces hang over the edge, and the next row begins with what follows them.
            (at, column, before) = (at + atom.len, column + atom.width, None);
            break_at = at;
            continue;
        }
        let piece = Piece::new(&text[at..at + atom.len], atom);
        if before.is_some_and(|before| before.may_part_from(piece)) {
            break_at = at;
        }
        if column + atom.width > width && at > start {
            return Some(if break_at > start { break_at } else { at });
        }
        (at, column, before) = (at + atom.len, column + atom.width, Some(piece));
    }
    None
}

/// What the rules for breaks without a space look at.
#[derive(Clone, Copy)]
struct Piece {
    wide: bool,
    first: char,
}

impl Piece {
    fn new(text: &str, atom: Atom) -> Self {
        Self { wide: atom.width > 1, first: text.chars().next().unwrap_or(' ') }
    }

    /// East Asian text and emoji break anywhere, but a row does not begin with a closing mark or end with an opening one.
    fn may_part_from(self, next: Self) -> bool {
        (self.wide || next.wide) && !opens(self.first) && !closes(next.first)
    }
}

fn opens(c: char) -> bool {
    matches!(
        c,
        '(' | '[' | '{' | '"' | '\'' | '$' | '“' | '‘' | '（' | '［' | '｛' | '「' | '『' | '【' | '〔' | '〈' | '《' | '\u{a0}'
    )
}

fn closes(c: char) -> bool {
    matches!(
        c,
        ')' | ']'
            | '}'
            | '"'
            | '\''
            | ','
            | '.'
            | ':'
            | ';'
            | '!'
            | '?'
            | '%'
            | '”'
            | '’'
            | '）'
            | '］'
            | '｝'
            | '」'
            | '』'
            | '】'
            | '〕'
            | '〉'
            | '》'
            | '、'
            | '。'
            | '，'
            | '．'
            | '：'
            | '；'
            | '！'
            | '？'
            | '・'
            | 'ー'
            | '々'
            | '〜'
            | '…'
            | 'ぁ'
            | 'ぃ'
            | 'ぅ'
            | 'ぇ'
            | 'ぉ'
            | 'っ'
            | 'ゃ'
            | 'ゅ'
            | 'ょ'
            | 'ァ'
            | 'ィ'
            | 'ゥ'
            | 'ェ'
            | 'ォ'
            | 'ッ'
            | 'ャ'
            | 'ュ'
            | 'ョ'
            | '\u{a0}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str, width: usize) -> Vec<&str> {
        wrap(text, width).map(|range| &text[range]).collect()
    }

    #[test]
    fn rows_break_where_a_reader_expects_it() {
        for (text, width, expected) in [
            ("", 5, vec![""]),
            ("one two three", 8, vec!["one two", "three"]),
            ("one two three", 7, vec!["one two", "three"]),
            ("one   two", 4, vec!["one", "two"]),
            ("ends with spaces      ", 11, vec!["ends with", "spaces"]),
            ("a\n\nb\n", 5, vec!["a", "", "b", ""]),
            ("  indented word", 10, vec!["  indented", "word"]),
            ("abcdefghij", 4, vec!["abcd", "efgh", "ij"]),
            ("go abcdefghij", 4, vec!["go", "abcd", "efgh", "ij"]),
            ("a\tb\tc", 6, vec!["a\tb", "c"]),
            ("日本語の文章です", 6, vec!["日本語", "の文章", "です"]),
            ("日本語。文", 6, vec!["日本", "語。文"]),
            ("「日本」", 4, vec!["「日", "本」"]),
            ("use 日本語 text", 7, vec!["use 日", "本語", "text"]),
            ("日本", 1, vec!["日", "本"]),
            ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦 x", 4, vec!["👨‍👩‍👧‍👦👨‍👩‍👧‍👦", "x"]),
            ("e\u{301}e\u{301}e\u{301}", 2, vec!["e\u{301}e\u{301}", "e\u{301}"]),
            ("שלום עולם", 5, vec!["שלום", "עולם"]),
            ("10\u{a0}km away", 6, vec!["10\u{a0}km", "away"]),
        ] {
            assert_eq!(rows(text, width), expected, "{text:?} in {width}");
        }
    }

    #[test]
    fn a_cluster_without_end_takes_linear_time() {
        let family = "👩\u{200d}".repeat(20_000);
        let marks = format!("a{}", "\u{93e}".repeat(20_000));
        for text in [family, marks] {
            let total: usize = wrap(&text, 40).map(|row| row.len()).sum();
            assert_eq!(total, text.len());
        }
    }

    /// Columns that the atoms of a row take, each with its bytes.
    fn columns(row: &str) -> (usize, usize) {
        let (mut at, mut column, mut atoms) = (0, 0, 0);
        while let Some(atom) = atom::first(&row[at..], column) {
            (at, column, atoms) = (at + atom.len, column + atom.width, atoms + 1);
        }
        (column, atoms)
    }

    /// Any text, with more of what is hard.
    pub(super) fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            2 => any::<char>().prop_map(String::from),
            4 => "[a-z]{0,12} ?",
            2 => "[ \t\n]{0,4}",
            3 => proptest::sample::select(vec![
                "日本", "。", "「", "\u{301}", "\u{200d}", "\u{fe0f}", "\u{fe0e}", "👩", "🇩", "ﾞ", "\u{93e}", "क", "\u{200f}", "ש", "\u{1160}", "⌚",
                "\u{17d8}", "\u{a0}", "\u{3000}",
            ]).prop_map(String::from),
        ];
        proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_row_is_too_wide(text in text(), width in 1usize..30) {
            let mut at = 0;
            for row in wrap(&text, width) {
                prop_assert!(text[at..row.start].chars().all(dropped));
                let (columns, atoms) = columns(&text[row.clone()]);
                prop_assert!(columns <= width || atoms == 1, "{:?}", &text[row]);
                at = row.end;
            }
            prop_assert!(text[at..].chars().all(dropped));
        }

        #[test]
        fn the_fast_way_is_the_slow_way(text in "[a-c \n\té]{0,80}", start in 0usize..40, width in 1usize..12) {
            let start = text.floor_char_boundary(start);
            if let Some(known) = ascii_row(text.as_bytes(), start, width) {
                prop_assert_eq!(known, any_row(&text, start, width));
            }
        }
    }
}
