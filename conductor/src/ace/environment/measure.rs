//! Whether two quantities are the same, whatever units they are told in.
//!
//! What must stay true: units are converted by `arithmetic` alone; a unit that is missing on one side is taken to be the other's, one that
//! does not fit makes the two differ.

use super::numeral::Decimal;
use super::quantity::{Quantity, Unit};
use super::tolerance::{Tolerance, Written, same};
use super::words::{is_common, is_stating};
use crate::arithmetic::convert;

/// How two quantities compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Same,
    /// The number is the same, what is counted is called otherwise.
    OtherWord,
    /// One cannot be told in the unit of the other.
    OtherUnit,
    Different,
}

/// What a unit turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind<'a> {
    None,
    Percent,
    Money(&'static str),
    Cents,
    Measure(&'a str),
    Thing(&'a str),
}

/// Words that are units only where no word follows: `14 in total`, `14 to go`.
const SMALL: [&str; 8] = ["in", "to", "go", "mo", "a", "as", "once", "d"];

fn kind(unit: &Unit) -> Kind<'_> {
    match unit {
        Unit::None => Kind::None,
        Unit::Percent => Kind::Percent,
        Unit::Money(code) => Kind::Money(code),
        Unit::Word(word, followed) => match word.as_str() {
            "cent" | "cents" => Kind::Cents,
            small if *followed && SMALL.contains(&small) => Kind::None,
            word if linear(word, word).is_some() => Kind::Measure(word),
            word if is_common(word) || is_stating(word) => Kind::None,
            word => Kind::Thing(word),
        },
    }
}

/// Compares an answer's quantity with the truth's. `percent` says that the question asks for percent.
pub(super) fn compare(truth: &Quantity, answer: &Quantity, tolerance: Option<Tolerance>, percent: bool) -> Match {
    let (expected, came) = (kind(&truth.unit), kind(&answer.unit));
    let plain = |factor: f64| agrees(truth, answer, tolerance, |value| value * factor, false);
    let found = |same: bool| if same { Match::Same } else { Match::Different };
    match (expected, came) {
        (Kind::Measure(to), Kind::Measure(from)) if to != from => match linear(from, to) {
            Some((slope, offset)) => found(agrees(truth, answer, tolerance, |value| value * slope + offset, true)),
            None => Match::OtherUnit,
        },
        (Kind::Money(left), Kind::Money(right)) if left != right => Match::OtherUnit,
        (Kind::Money("GBP"), Kind::Measure("pound" | "pounds")) => found(plain(1.0)),
        (Kind::Measure("pound" | "pounds"), Kind::Money("GBP")) => found(plain(1.0)),
        (Kind::Money(_), Kind::Cents) => found(plain(0.01)),
        (Kind::Cents, Kind::Money(_)) => found(plain(100.0)),
        (Kind::None, Kind::Percent) => found(plain(0.01) || ((percent || truth.value.abs() > 1.0) && plain(1.0))),
        (Kind::Percent, Kind::None) => found(plain(1.0) || plain(100.0)),
        (Kind::Measure(_), Kind::Percent | Kind::Money(_) | Kind::Cents) => Match::OtherUnit,
        (Kind::Percent | Kind::Money(_) | Kind::Cents, Kind::Measure(_)) => Match::OtherUnit,
        (Kind::Percent, Kind::Money(_) | Kind::Cents) | (Kind::Money(_) | Kind::Cents, Kind::Percent) => Match::OtherUnit,
        (Kind::Thing(left), Kind::Thing(right)) if stem(left) == stem(right) => found(plain(1.0)),
        (Kind::None, _) | (_, Kind::None) => found(plain(1.0)),
        (Kind::Thing(_), _) | (_, Kind::Thing(_)) if plain(1.0) => Match::OtherWord,
        _ => found(plain(1.0) && expected == came),
    }
}

/// Joins the quantity at `at` with those beside it that tell one size in several units: `2 hours and 30 minutes`, `5 ft 11 in`. Where it
/// stands then.
pub(super) fn join(text: &str, all: &mut Vec<Quantity>, mut at: usize) -> usize {
    for _ in 0..2 {
        if let Some(both) = at.checked_sub(1).and_then(|before| joined(text, all.get(before)?, all.get(at)?)) {
            at -= 1;
            all.splice(at..=at + 1, [both]);
        }
        if let Some(both) = all.get(at).zip(all.get(at + 1)).and_then(|(one, next)| joined(text, one, next)) {
            all.splice(at..=at + 1, [both]);
        }
    }
    at
}

/// One size of two quantities, the larger unit first, in the first one's unit.
fn joined(text: &str, large: &Quantity, small: &Quantity) -> Option<Quantity> {
    let between = text.get(large.at.end..small.at.start)?.trim().trim_start_matches(',').trim();
    let (Unit::Word(to, _), Unit::Word(from, _)) = (&large.unit, &small.unit) else { return None };
    let whole = large.whole && small.whole && large.decimal.as_ref().is_none_or(Decimal::is_whole);
    if !matches!(between, "" | "and" | "und" | "et" | "y") || !whole || small.negative || to == from {
        return None;
    }
    let (slope, offset) = linear(from, to)?;
    let sign = if large.negative { -1.0 } else { 1.0 };
    let value = large.value + sign * small.value * slope;
    let fits = offset == 0.0 && slope < 1.0 && small.value * slope < 1.0;
    fits.then(|| Quantity { value, decimal: None, other: None, at: large.at.start..small.at.end, ..large.clone() })
}

/// A word without the ending of its plural.
pub(super) fn stem(word: &str) -> &str {
    word.strip_suffix('s').filter(|stem| stem.len() > 2).unwrap_or(word)
}

/// Whether the answer's number, put into the truth's unit by `into`, is the truth's.
fn agrees(truth: &Quantity, answer: &Quantity, tolerance: Option<Tolerance>, into: impl Fn(f64) -> f64, converted: bool) -> bool {
    let value = into(answer.value);
    if let Some(tolerance) = tolerance {
        return tolerance.accepts(truth.value, value);
    }
    // What was multiplied is no longer what was written.
    let as_written = into(1.0) == 1.0 && !converted;
    let written = Written { value, negative: answer.negative, decimal: answer.decimal.as_ref().filter(|_| as_written) };
    let expected = Written { value: truth.value, negative: truth.negative, decimal: truth.decimal.as_ref() };
    if converted {
        return same(Written { decimal: None, ..expected }, written, true) || is_rounded(truth, answer, into);
    }
    let endless = truth.decimal.is_none() && answer.decimal.is_some() && into(1.0) == 1.0;
    same(expected, written, endless)
}

/// Whether the answer was rounded, to three digits or more, in its own unit: `8.70 miles` for `14 km`.
fn is_rounded(truth: &Quantity, answer: &Quantity, into: impl Fn(f64) -> f64) -> bool {
    let Some(decimal) = answer.decimal.as_ref().filter(|decimal| decimal.significant >= 3) else { return false };
    let half = format!("0.5e{}", decimal.last_place).parse::<f64>().unwrap_or(0.0);
    let (low, high) = (into(answer.value - half), into(answer.value + half));
    decimal.last_place < 0 && low.min(high) <= truth.value && truth.value <= low.max(high)
}

/// What a number in `from` is in `to`: times the first, plus the second. `None` where they do not measure the same, or are no units.
fn linear(from: &str, to: &str) -> Option<(f64, f64)> {
    if from == to {
        return converted(1, from, to).map(|_| (1.0, 0.0));
    }
    let one_way = |from: &str, to: &str| {
        let offset = converted(0, from, to)?;
        Some((converted(1, from, to)? - offset, offset))
    };
    let (slope, offset) = one_way(from, to)?;
    if slope.abs() >= 1.0 {
        return Some((slope, offset));
    }
    // The result is rounded to ten decimals: the other way round says more.
    let (slope, offset) = one_way(to, from)?;
    Some((1.0 / slope, -offset / slope))
}

fn converted(number: u8, from: &str, to: &str) -> Option<f64> {
    let worked = convert(&format!("{number} {from} to {to}")).ok()?;
    worked.result.split(' ').next()?.parse().ok()
}
