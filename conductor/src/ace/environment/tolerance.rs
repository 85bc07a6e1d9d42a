//! How far a number may be off.
//!
//! What must stay true: symmetric: what is accepted one way round is accepted the other; no number that is not finite is accepted.

use super::numeral::Decimal;
use serde::{Deserialize, Serialize};

/// How far two numbers may be apart: absolutely, or in proportion to the larger of them. Either is enough. Both are finite and not
/// below 0.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tolerance {
    /// In what the truth is measured in.
    pub absolute: f64,
    /// 0.01 is one percent.
    pub relative: f64,
}

/// What the arithmetic of binary numbers may do to one.
const BINARY: f64 = 1e-6;

/// The least digits that a rounded value must show to count.
const LEAST_DIGITS: usize = 3;

impl Tolerance {
    /// Whether it accepts one for the other.
    pub fn accepts(self, left: f64, right: f64) -> bool {
        let larger = left.abs().max(right.abs());
        let apart = (left - right).abs();
        // 1.1 is further from 1 than 0.1, in binary.
        let slack = 4.0 * f64::EPSILON * larger;
        left.is_finite() && right.is_finite() && (apart <= self.absolute + slack || apart <= self.relative * larger + slack)
    }
}

/// A number to be compared, and how it was written where it was in decimals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) value: f64,
    pub(super) negative: bool,
    pub(super) decimal: Option<&'a Decimal>,
}

/// Whether `answer` is `truth` where no tolerance was given. Two whole numbers are the same digit by digit; others up to one part in a
/// million. An answer may be rounded, to three digits or more, where the truth has no end, as `1/3` and what was converted from another unit
/// (`endless`); and it may have more decimals than the truth, where that shows four digits or more.
pub(super) fn same(truth: Written<'_>, answer: Written<'_>, endless: bool) -> bool {
    if let (Some(left), Some(right)) = (truth.decimal, answer.decimal)
        && left.is_whole()
        && right.is_whole()
        && !endless
    {
        let zero = left.digits.is_empty();
        return (truth.negative == answer.negative || zero) && left.digits == right.digits && (zero || left.power == right.power);
    }
    if (Tolerance { absolute: 0.0, relative: BINARY }).accepts(truth.value, answer.value) {
        return true;
    }
    let within_half = |place: i64| {
        let half = format!("0.5e{place}").parse::<f64>().unwrap_or(0.0);
        (truth.value - answer.value).abs() <= half * (1.0 + BINARY)
    };
    let rounded = |decimal: &Decimal, least: usize| {
        decimal.significant >= least && decimal.last_place < 0 && within_half(decimal.last_place)
    };
    let answer_rounded = endless && answer.decimal.is_some_and(|decimal| rounded(decimal, LEAST_DIGITS));
    let truth_rounded = match (truth.decimal, answer.decimal) {
        (Some(left), Some(right)) => right.last_place < left.last_place && rounded(left, LEAST_DIGITS + 1),
        (Some(left), None) => rounded(left, LEAST_DIGITS + 1),
        _ => false,
    };
    answer_rounded || truth_rounded
}
