//! What stands around a calculation, and whether that may change what it means.

use super::lines::Piece;
use super::words::{GOES_ON, LINE, TEXT, WORKS_ON};
use crate::arithmetic::expression::Op;
use crate::arithmetic::token::{Kind, Token, is_unspaced};
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// How plain the surroundings of a calculation are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Surroundings {
    /// Nothing in them changes it.
    Plain,
    /// It may mean something else.
    Doubtful,
    /// It is part of something larger.
    Part,
}
use Surroundings::{Doubtful, Part, Plain};

/// What surrounds the tokens from `start` to `end`. `next` is the equals sign after them, where there is one.
pub(super) fn around(text: &str, tokens: &[Token], start: usize, end: usize, next: Option<usize>) -> Surroundings {
    let before = match start.checked_sub(1) {
        None => Plain,
        Some(at) => before(text, tokens, at),
    };
    let after = if next == Some(end) { Plain } else { tokens.get(end).map_or(Plain, |_| after(text, tokens, end)) };
    let sign = matches!(tokens[start].kind, Kind::Op(_)) && !takes_sign(tokens, start);
    if sign { Part } else { before.max(after) }
}

/// Whether a minus at `start` can be that of a negative number.
fn takes_sign(tokens: &[Token], start: usize) -> bool {
    let glued = tokens.get(start + 1).is_some_and(|next| !next.spaced);
    let Some(before) = start.checked_sub(1).map(|at| &tokens[at].kind) else { return glued };
    glued && matches!(before, Kind::Equals | Kind::Approx | Kind::Open | Kind::Mark(',' | ';' | ':' | '→' | '.' | '—'))
}

fn before(text: &str, tokens: &[Token], at: usize) -> Surroundings {
    let (token, first) = (&tokens[at], &tokens[at + 1]);
    match token.kind {
        Kind::Equals | Kind::Approx => Plain,
        // A parenthesis around it all; what it belongs to stands before it.
        Kind::Open => match at.checked_sub(1).map(|before| &tokens[before]) {
            None => Plain,
            Some(outer) if outer.kind == Kind::Word && !token.spaced => Part,
            Some(outer) if matches!(outer.kind, Kind::Word | Kind::Mark(_)) => word_or_mark(text, tokens, at - 1, token),
            Some(_) => Doubtful,
        },
        _ => word_or_mark(text, tokens, at, first),
    }
}

fn word_or_mark(text: &str, tokens: &[Token], at: usize, first: &Token) -> Surroundings {
    let token = &tokens[at];
    let number_before = at.checked_sub(1).map(|before| &tokens[before]).filter(|t| matches!(t.kind, Kind::Number(_)));
    match token.kind {
        Kind::Word => {
            let word = text[token.at.clone()].to_lowercase();
            let unspaced_script = word.chars().any(is_unspaced);
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            let odd = letters < 2 || word.contains(|c: char| c.is_ascii_digit() || matches!(c, '_' | '\\'));
            match first.spaced {
                false if !unspaced_script => Part,
                _ if unspaced_script || odd || WORKS_ON.split(' ').any(|begin| works_on(begin, &word)) => Doubtful,
                _ => Plain,
            }
        }
        Kind::Mark(mark) => {
            // `12:30 + 1`, `5'2`: inside something that is no number here.
            let inside = number_before.is_some() && !token.spaced && !first.spaced;
            // `Step 2: 3 + 4`, but not `20: 2 + 3`, which divides in German.
            let step = mark != ':' || number_before.is_none() || at.checked_sub(2).is_some_and(|b| tokens[b].kind == Kind::Word);
            let plain = matches!(
                mark,
                ',' | ';'
                    | ':'
                    | '.'
                    | '?'
                    | '!'
                    | '|'
                    | '['
                    | '"'
                    | '\''
                    | '“'
                    | '”'
                    | '„'
                    | '«'
                    | '»'
                    | '>'
                    | '→'
                    | '⇒'
                    | '⟹'
                    | '—'
                    | '…'
                    | '✓'
                    | '✅'
                    | '✔'
                    | '、'
                    | '。'
                    | '，'
                    | '：'
                    | '；'
                    | '（'
            );
            let factorial = mark == '!' && number_before.is_some();
            if plain && !inside && step && !factorial { Plain } else { Doubtful }
        }
        _ => Doubtful,
    }
}

/// Short words as they are, longer ones by their beginning.
fn works_on(begin: &str, word: &str) -> bool {
    if begin.chars().count() <= 3 { word == begin } else { word.starts_with(begin) }
}

fn after(text: &str, tokens: &[Token], at: usize) -> Surroundings {
    let token = &tokens[at];
    match token.kind {
        Kind::Word if !token.spaced => {
            let word = text[token.at.clone()].chars().next();
            if word.is_some_and(is_unspaced) { Doubtful } else { Part }
        }
        Kind::Word => {
            let word = text[token.at.clone()].to_lowercase();
            if GOES_ON.split(' ').any(|known| known == word) { Plain } else { Doubtful }
        }
        // The end of a remark: what follows belongs to the sentence around it.
        Kind::Close => match tokens.get(at + 1).map(|next| &next.kind) {
            None | Some(Kind::Word | Kind::Mark(_)) => Plain,
            Some(_) => Doubtful,
        },
        Kind::Mark(mark) => {
            let inside = !token.spaced && tokens.get(at + 1).is_some_and(|t| matches!(t.kind, Kind::Number(_)) && !t.spaced);
            let plain = matches!(
                mark,
                '.' | ','
                    | ';'
                    | ':'
                    | '!'
                    | '?'
                    | '|'
                    | '"'
                    | '\''
                    | '“'
                    | '”'
                    | '»'
                    | ']'
                    | '→'
                    | '⇒'
                    | '⟹'
                    | '—'
                    | '✓'
                    | '✅'
                    | '✔'
                    | '、'
                    | '。'
                    | '，'
                    | '；'
                    | '！'
                    | '？'
                    | '）'
            );
            if plain && !inside { Plain } else { Doubtful }
        }
        // A sign of arithmetic that is no part of the number: `= 5 (as before)`, `= 5 - which`.
        Kind::Op(Op::Sub) => Plain,
        _ => Doubtful,
    }
}

/// True for what looks like a date, a range, a score or a telephone number: whole numbers, and strokes without blanks.
pub(super) fn is_doubtful_shape(run: &[Token], before: Option<&Token>) -> bool {
    let ops: Vec<&Token> = run.iter().filter(|token| matches!(token.kind, Kind::Op(_))).collect();
    let numbers: Vec<&str> =
        run.iter().filter_map(|token| if let Kind::Number(plain) = &token.kind { Some(plain.as_str()) } else { None }).collect();
    let leading_zero = numbers.iter().any(|n| n.len() > 1 && n.starts_with('0') && n.bytes().all(|b| b.is_ascii_digit()));
    if leading_zero {
        return true;
    }
    let strokes = ops.iter().all(|token| matches!(token.kind, Kind::Op(Op::Sub | Op::Div)));
    let whole = numbers.iter().all(|n| n.bytes().all(|b| b.is_ascii_digit()));
    let plain = run.len() == ops.len() + numbers.len() && numbers.len() == ops.len() + 1;
    if !strokes || !whole || !plain || run.iter().skip(1).any(|token| token.spaced) {
        return false;
    }
    let after_word = before.is_some_and(|token| token.kind == Kind::Word);
    let range = ops.len() == 1
        && ops[0].kind == Kind::Op(Op::Sub)
        && matches!(numbers[..], [low, high] if (low.len(), low) < (high.len(), high));
    ops.len() > 1 || after_word || range
}

/// True where the line, or the one that announces it, tells of a mistake, supposes something, or rounds.
pub(super) fn is_doubtful_line(piece: &Piece<'_>) -> bool {
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| searcher(LINE));
    let signs = |text: &str| text.contains(['❌', '✗', '✘', '❎', '≠', '~', '±', '¬']);
    let marked = |text: &str| signs(text) || ["n't", "n’t", "\\neq"].iter().any(|mark| text.contains(mark));
    [piece.text, piece.before].into_iter().any(|text| marked(text) || has_word(text, WORDS.as_ref()))
}

/// True where the text is about another arithmetic than the ordinary one.
pub(super) fn is_doubtful_text(text: &str) -> bool {
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| searcher(TEXT));
    has_word(text, WORDS.as_ref())
}

/// All words at once: texts may be long.
fn searcher(words: &str) -> Option<AhoCorasick> {
    AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest).build(words.split(' ')).ok()
}

/// Whether one of the words stands in `text` as a whole word. Without a searcher everything is doubtful.
fn has_word(text: &str, words: Option<&AhoCorasick>) -> bool {
    let Some(words) = words else { return true };
    let whole = |found: aho_corasick::Match| {
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c));
        !letter(text[..found.start()].chars().next_back()) && !letter(text[found.end()..].chars().next())
    };
    words.find_iter(text).any(whole)
}
