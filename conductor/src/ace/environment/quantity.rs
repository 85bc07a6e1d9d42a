//! The quantities of a text: a number, its sign, and what it counts or measures.
//!
//! What must stay true: a digit within a word (`GPT-4`, `H2O`) is no number, and one within a date, a time, a range or a version is no
//! whole one; `14` never yields `4`, `-3` never `3`; in time proportional to the text.

mod before;
mod unit;

pub(super) use unit::Unit;

use super::numeral::{Decimal, Style, length, read, shown_style};
use std::ops::Range;

/// A number of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantity {
    /// Infinite, or no number, where it is too large or has no value.
    pub(super) value: f64,
    /// Where it was written in decimals alone.
    pub(super) decimal: Option<Decimal>,
    pub(super) negative: bool,
    /// The value where its numeral is read in the other style, `1.234` for `1,234`, and nothing in the text decides.
    pub(super) other: Option<f64>,
    /// False for a part of a date, a time, a range, a version.
    pub(super) whole: bool,
    pub(super) unit: Unit,
    /// From its sign to the end of its unit.
    pub(super) at: Range<usize>,
    /// In parentheses, or after `±`.
    pub(super) aside: bool,
    /// The number of a list's item: `2.` at the start of a line, after `1.`
    pub(super) item: bool,
}

/// The quantities of a cleaned text, in their order.
pub(super) fn quantities(text: &str) -> Vec<Quantity> {
    let mut scan = Scan { text, bytes: text.as_bytes(), at: 0, style: style(text), depth: 0, line: 0, next_item: 1 };
    let mut found = Vec::new();
    while scan.at < text.len() {
        scan.step(&mut found);
    }
    found
}

/// The style of all numerals of a text, where some show one and none the other.
fn style(text: &str) -> Option<Style> {
    let bytes = text.as_bytes();
    let (mut at, mut seen) = (0, None);
    while at < bytes.len() {
        let long = length(&bytes[at..]);
        if let Some(shown) = text.get(at..at + long).and_then(shown_style) {
            if seen.is_some_and(|style| style != shown) {
                return None;
            }
            seen = Some(shown);
        }
        at += long.max(1);
    }
    seen
}

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    style: Option<Style>,
    /// How many parentheses are open on this line.
    depth: usize,
    /// Where this line begins.
    line: usize,
    /// The number that the next item of a list would have.
    next_item: usize,
}

/// A number that was read, before its unit.
struct Number {
    value: f64,
    other: Option<f64>,
    decimal: Option<Decimal>,
    whole: bool,
}

impl Scan<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn digit(&self, at: usize) -> bool {
        self.byte(at).is_some_and(|b| b.is_ascii_digit())
    }

    fn step(&mut self, found: &mut Vec<Quantity>) {
        let starts = self.digit(self.at) || (matches!(self.byte(self.at), Some(b'.' | b',')) && self.digit(self.at + 1));
        if !starts {
            match self.bytes[self.at] {
                b'\n' => (self.depth, self.line) = (0, self.at + 1),
                b'(' => self.depth += 1,
                b')' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            return;
        }
        let start = self.at;
        let before = before::read(self.text, start);
        let long = length(&self.bytes[start..]);
        let item = self.is_item(start, long);
        self.at = start + long;
        let number = self.number(start, long);
        if before.in_word {
            return;
        }
        let (scale, unit, end) = unit::read(self.text, self.at, before.money);
        let decimal = number.decimal.filter(|_| scale == 1.0);
        let sign = if before.negative { -1.0 } else { 1.0 };
        self.at = self.at.max(end);
        found.push(Quantity {
            value: sign * number.value * scale,
            other: number.other.map(|other| sign * other * scale),
            decimal,
            negative: before.negative,
            whole: number.whole && !before.compound,
            unit,
            at: before.from..end,
            aside: self.depth > 0 || before.spread,
            item,
        });
    }

    /// `2. ` at the start of a line, where the item before had the number 1, and words follow.
    fn is_item(&mut self, start: usize, long: usize) -> bool {
        // A line that begins with more blanks is no item.
        let begins = start - self.line <= 12 && self.text[self.line..start].trim().is_empty();
        let marked = matches!(self.byte(start + long), Some(b'.' | b')')) && self.byte(start + long + 1) == Some(b' ');
        let number = self.text[start..start + long].parse::<usize>().ok();
        let item = begins && marked && number == Some(self.next_item);
        if item {
            self.next_item += 1;
        }
        item
    }

    /// The number that begins at `start`, whose first numeral is `long` bytes: with a fraction, a power, or a power of ten.
    fn number(&mut self, start: usize, long: usize) -> Number {
        let numeral = &self.text[start..start + long];
        let point = read(numeral, Style::Point)
            .filter(|_| self.style != Some(Style::Comma) || shown_style(numeral) == Some(Style::Point));
        let comma = read(numeral, Style::Comma);
        let other = match (&point, &comma, self.style) {
            (Some(point), Some(comma), None) => Some(comma.value()).filter(|other| *other != point.value()),
            _ => None,
        };
        let Some(decimal) = point.or(comma) else {
            self.skip_compound();
            return Number { value: f64::NAN, other: None, decimal: None, whole: false };
        };
        let mut number = Number { value: decimal.value(), other, decimal: Some(decimal), whole: true };
        self.mixed(&mut number);
        self.fraction(&mut number);
        self.power(&mut number);
        if self.skip_compound() {
            number.whole = false;
        }
        number
    }

    /// `1 3/4`
    fn mixed(&mut self, number: &mut Number) {
        let Some(rest) = self.text.get(self.at..).and_then(|rest| rest.strip_prefix(' ')) else { return };
        let over = rest.bytes().take(4).take_while(u8::is_ascii_digit).count();
        let Some(under) = rest.get(over..).and_then(|rest| rest.strip_prefix('/')) else { return };
        let under = under.bytes().take(5).take_while(u8::is_ascii_digit).count();
        let end = self.at + 1 + over + 1 + under;
        let parts = (rest[..over].parse::<f64>(), self.text[end - under..end].parse::<f64>());
        let ends = !self.digit(end) && self.byte(end) != Some(b'/');
        let whole = number.decimal.as_ref().is_some_and(Decimal::is_whole);
        if let (true, true, (Ok(over), Ok(under))) = (ends, whole, parts)
            && over < under
        {
            *number = Number { value: number.value + over / under, other: None, decimal: None, whole: true };
            self.at = end;
        }
    }

    /// `3/4`
    fn fraction(&mut self, number: &mut Number) {
        let spaced = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(" / "));
        let slash = spaced || self.byte(self.at) == Some(b'/');
        let start = self.at + if spaced { 3 } else { 1 };
        let long = self.bytes.get(start..).map_or(0, length);
        if !slash || long == 0 {
            return;
        }
        let under = read(&self.text[start..start + long], Style::Point).map_or(f64::NAN, |under| under.value());
        self.at = start + long;
        let value = number.value / under;
        *number = Number { value, other: None, decimal: None, whole: value.is_finite() };
    }

    /// `2^10`, and `1.4 × 10^3`
    fn power(&mut self, number: &mut Number) {
        if let Some((exponent, end)) = self.exponent(self.at) {
            self.at = end;
            *number = Number { value: number.value.powf(exponent), other: None, decimal: None, whole: true };
            return;
        }
        let Some(rest) = self.text.get(self.at..) else { return };
        let trimmed = rest.trim_start_matches(' ');
        let Some(ten) = trimmed.strip_prefix(['×', '·', '*', 'x']).map(|rest| rest.trim_start_matches(' ')) else { return };
        let Some(after) = ten.strip_prefix("10").map(|rest| self.text.len() - rest.len()) else { return };
        if let Some((exponent, end)) = self.exponent(after) {
            self.at = end;
            let scale = 10f64.powf(exponent);
            *number = Number { value: number.value * scale, other: None, decimal: None, whole: true };
        }
    }

    /// The exponent that stands at `at`, after its `^`.
    fn exponent(&self, at: usize) -> Option<(f64, usize)> {
        let rest = self.text.get(at..)?.strip_prefix('^')?;
        let open = usize::from(rest.starts_with(['(', '{']));
        let sign = usize::from(rest[open..].starts_with('-'));
        let digits = rest[open + sign..].bytes().take(4).take_while(u8::is_ascii_digit).count();
        let exponent = rest[open..open + sign + digits].parse::<f64>().ok()?;
        let closed = usize::from(open == 1 && rest[open + sign + digits..].starts_with([')', '}']));
        Some((exponent, at + 1 + open + sign + digits + closed))
    }

    /// Passes over what makes a date, a time, a version or a range of the number before it. True where it did.
    fn skip_compound(&mut self) -> bool {
        let start = self.at;
        loop {
            let joint = ["–", "—", "..", "-", ":", "/", ".", ","].into_iter().find(|joint| {
                let joined = self.bytes[self.at..].starts_with(joint.as_bytes());
                joined && self.digit(self.at + joint.len())
            });
            let Some(joint) = joint else { break };
            let next = self.at + joint.len();
            let long = length(&self.bytes[next..]);
            self.at = next + long;
        }
        self.at > start
    }
}
