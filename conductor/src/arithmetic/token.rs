//! Text as the signs of arithmetic: numerals, operators, parentheses; and all else as words and marks.
//!
//! What must stay true: lexing never fails, takes time in proportion to the text, and loses no sign that could change the
//! meaning of a calculation. What only dresses it is passed over: bold and italics, code marks, the signs around LaTeX and
//! its spaces, the signs of currencies.

mod latex;
mod numeral;

use super::expression::{Function, Op};
use std::ops::Range;

/// What a piece of text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A numeral, its spaces and apostrophes made plain.
    Number(String),
    Op(Op),
    /// A parenthesis, or a brace of LaTeX.
    Open,
    Close,
    Percent,
    Call(Function),
    /// `\frac`, before two groups.
    Fraction,
    Equals,
    /// `≈`
    Approx,
    /// A word of any language, or a command of LaTeX.
    Word,
    /// Anything else; `≠` for every other comparison.
    Mark(char),
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Where it stands.
    pub(super) at: Range<usize>,
    /// True where blanks, or signs that were passed over, stand before it.
    pub(super) spaced: bool,
    /// True where it could be read in another way, too: an en dash for a minus, a blank between thousands.
    pub(super) odd: bool,
}

impl Token {
    /// True for what a calculation is made of.
    pub(super) fn is_arithmetic(&self) -> bool {
        !matches!(self.kind, Kind::Equals | Kind::Approx | Kind::Word | Kind::Mark(_))
    }

    /// True for what an operator may follow.
    fn ends_operand(&self) -> bool {
        matches!(self.kind, Kind::Number(_) | Kind::Close | Kind::Percent)
    }
}

/// A text as tokens.
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    /// True where signs of more than one currency were passed over.
    pub(super) currencies_mixed: bool,
}

/// Reads `text`.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { text, at: 0, spaced: false, tokens: Vec::new(), currency: None, currencies_mixed: false };
    while lexer.at < text.len() {
        lexer.next();
    }
    Lexed { tokens: lexer.tokens, currencies_mixed: lexer.currencies_mixed }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Blanks were passed over since the last token.
    spaced: bool,
    tokens: Vec<Token>,
    currency: Option<char>,
    currencies_mixed: bool,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, length: usize) {
        self.push_odd(kind, length, false);
    }

    fn push_odd(&mut self, kind: Kind, length: usize, odd: bool) {
        self.tokens.push(Token { kind, at: self.at..self.at + length, spaced: self.spaced, odd });
        self.at += length;
        self.spaced = false;
    }

    fn skip(&mut self, length: usize) {
        self.at += length;
    }

    /// Whether an operator may stand here.
    fn after_operand(&self) -> bool {
        self.tokens.last().is_some_and(Token::ends_operand)
    }

    fn next(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return };
        let length = c.len_utf8();
        match c {
            '0'..='9' => self.number(),
            '.' if rest[1..].starts_with(|d: char| d.is_ascii_digit()) && !self.after_operand() => self.number(),
            '\\' => self.command(),
            '*' => self.stars(),
            '=' => self.equals(),
            '<' | '>' | '!' | ':' | '+' | '-' | '/' | '%' | '|' | '~' if rest[1..].starts_with('=') => {
                self.push(Kind::Mark('≠'), 2);
            }
            '-' if rest.starts_with("->") => self.push(Kind::Mark('→'), 2),
            '+' => self.push(Kind::Op(Op::Add), 1),
            '-' | '−' => self.push(Kind::Op(Op::Sub), length),
            '–' => self.push_odd(Kind::Op(Op::Sub), length, true),
            '×' | '·' | '⋅' | '∗' | '✕' => self.push(Kind::Op(Op::Mul), length),
            '÷' | '∕' | '⁄' | '/' => self.push(Kind::Op(Op::Div), length),
            '^' => self.push(Kind::Op(Op::Pow), 1),
            '(' | '{' => self.push(Kind::Open, 1),
            ')' | '}' => self.push(Kind::Close, 1),
            '%' if self.after_operand() => self.push(Kind::Percent, 1),
            '√' => self.push(Kind::Call(Function::Root), length),
            '≈' | '≃' | '≅' => self.push(Kind::Approx, length),
            '`' | '&' | '_' | '\u{200B}' | '\u{FEFF}' => self.skip(length),
            '$' | '€' | '£' | '¥' => self.currency(c),
            '⁻' | '⁰' | '¹' | '²' | '³' | '⁴'..='⁹' => self.superscript(),
            c if c.is_whitespace() => {
                self.spaced = true;
                self.skip(length);
            }
            c if c.is_alphabetic() => self.word(),
            c => self.push(Kind::Mark(c), length),
        }
    }

    fn number(&mut self) {
        let numeral = numeral::read(self.rest());
        self.push_odd(Kind::Number(numeral.plain), numeral.length, numeral.odd);
    }

    /// `=` alone says that two sides are equal; `==`, `=>` and the like do not.
    fn equals(&mut self) {
        match self.rest().as_bytes().get(1) {
            Some(b'>') => self.push(Kind::Mark('→'), 2),
            Some(b'=' | b'<' | b'~') => {
                let length = self.rest().bytes().take_while(|b| matches!(b, b'=' | b'<' | b'~')).count();
                self.push(Kind::Mark('≠'), length);
            }
            _ => self.push(Kind::Equals, 1),
        }
    }

    /// Stars multiply, raise to a power, or make text bold. Those that multiply stand between two operands, with blanks on
    /// both sides or on none.
    fn stars(&mut self) {
        let rest = self.rest();
        let stars = rest.bytes().take_while(|b| *b == b'*').count();
        let after = &rest[stars..];
        let spaced_after = after.starts_with(char::is_whitespace);
        let begins = |c: char| c.is_ascii_digit() || matches!(c, '(' | '-' | '−' | '.' | '\\' | '√' | '$');
        let between = self.after_operand() && after.trim_start().starts_with(begins);
        let op = Kind::Op(if stars == 1 { Op::Mul } else { Op::Pow });
        let glued_to_word = self.tokens.last().is_some_and(|t| t.kind == Kind::Word) && !self.spaced && !spaced_after;
        if stars > 2 || self.tokens.is_empty() {
            self.skip(stars);
        } else if between && self.spaced == spaced_after {
            self.push(op, stars);
        } else if between && stars == 1 {
            self.push_odd(op, stars, true);
        } else if (self.spaced && spaced_after) || (glued_to_word && stars == 1) {
            self.push(op, stars);
        } else {
            self.skip(stars);
        }
    }

    fn currency(&mut self, sign: char) {
        self.currencies_mixed |= self.currency.is_some_and(|other| other != sign);
        self.currency = Some(sign);
        self.skip(sign.len_utf8());
    }

    /// `²`: a power.
    fn superscript(&mut self) {
        const DIGITS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
        let start = self.at;
        self.push(Kind::Op(Op::Pow), 0);
        if self.rest().starts_with('⁻') {
            self.push(Kind::Op(Op::Sub), '⁻'.len_utf8());
        }
        let (mut plain, mut length) = (String::new(), 0);
        for c in self.rest().chars() {
            let Some(digit) = DIGITS.chars().position(|d| d == c) else { break };
            plain.push_str(&digit.to_string());
            length += c.len_utf8();
        }
        if length > 0 {
            self.push(Kind::Number(plain), length);
        }
        debug_assert!(self.at > start);
    }

    fn word(&mut self) {
        let rest = self.rest();
        if rest.starts_with(['x', 'X']) && !self.spaced && self.multiplies(&rest[1..]) {
            return self.push(Kind::Op(Op::Mul), 1);
        }
        let (word, after) = rest.split_at(word_length(rest));
        let kind = match word {
            "x" | "X" if self.multiplies(after) => Kind::Op(Op::Mul),
            "sqrt" => Kind::Call(Function::Root),
            "cbrt" => Kind::Call(Function::CubeRoot),
            "abs" if after.starts_with('(') => Kind::Call(Function::Absolute),
            "percent" | "Prozent" | "prozent" if self.after_operand() => Kind::Percent,
            "of" | "von" | "de" | "di" if self.after_operand() && starts_number(after) => Kind::Op(Op::Of),
            _ => Kind::Word,
        };
        self.push(kind, word.len());
    }

    /// An `x` between two numerals, with blanks on both sides or on none; `0x` begins a number of another base.
    fn multiplies(&self, after: &str) -> bool {
        let before = self.tokens.last().filter(|t| t.ends_operand());
        let hex = !self.spaced && before.is_some_and(|t| t.kind == Kind::Number("0".to_owned()));
        before.is_some() && !hex && self.spaced == after.starts_with(char::is_whitespace) && starts_number(after)
    }
}

/// The length of the word that `text` begins with; of an address, all of it.
fn word_length(text: &str) -> usize {
    let unspaced = text.starts_with(is_unspaced);
    let ends = |&(at, c): &(usize, char)| {
        let apostrophe = matches!(c, '\'' | '’') && text[at + c.len_utf8()..].starts_with(char::is_alphabetic);
        !(c.is_alphanumeric() || c == '_' || apostrophe) || (unspaced && c.is_ascii_digit())
    };
    let end = text.char_indices().find(ends).map_or(text.len(), |(at, _)| at);
    if text[end..].starts_with("://") { text.find(char::is_whitespace).unwrap_or(text.len()) } else { end }
}

/// True for scripts that write no blanks between words, nor between a word and a number.
pub(super) fn is_unspaced(c: char) -> bool {
    ('\u{2E80}'..='\u{9FFF}').contains(&c)
}

/// True where a numeral or a group comes next.
fn starts_number(text: &str) -> bool {
    text.trim_start()
        .trim_start_matches(['$', '€', '£', '*', '`'])
        .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '(' | '.'))
}

#[cfg(test)]
mod tests;
