//! Exact arithmetic: works out expressions, converts units, and checks the calculations of a text.
//!
//! What must stay true: pure, and bounded in time whatever it is given; the engine sees only what our own grammar wrote
//! anew; of a text's calculations none is called wrong that can be read in another way.

mod check;
mod engine;
mod expression;
mod number;
mod token;
mod units;

pub use check::check;
pub use units::convert;

use expression::{Expr, parse};
use number::Style;
use std::fmt;
use token::{Token, lex};

/// The longest text that is taken for an expression, in bytes.
const LONGEST: usize = 400;

/// Why something was not worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no expression, or none of those that are known here.
    #[error("this is no calculation that the calculator knows")]
    NotArithmetic,
    /// It means two things: `100 + 10%`.
    #[error("this can be read in two ways: write parentheses, or the percentage as a number")]
    Ambiguous,
    /// It, or what it comes to, is too large.
    #[error("this is too large to be worked out here")]
    TooLarge,
    /// There is no such value: a division by zero, grams in metres.
    #[error("this has no value")]
    Undefined,
}

/// What was asked, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worked {
    /// As it was understood: `17 × 23`.
    pub asked: String,
    /// A decimal number, with its unit where it has one.
    pub result: String,
    /// False where `result` was rounded, to ten decimals.
    pub exact: bool,
}

impl fmt::Display for Worked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.asked, if self.exact { "=" } else { "≈" }, self.result)
    }
}

/// Works out an expression: numbers with a point or a comma and with separators of thousands, `+ - * / × ÷ · ^ %`,
/// parentheses, `sqrt`, `cbrt`, `abs`, `15% of 80`. Where a numeral has two readings, `1,234`, the comma separates thousands.
///
/// # Errors
/// [`Refused`] for everything else, and for what is too large.
pub fn evaluate(text: &str) -> Result<Worked, Refused> {
    if text.len() > LONGEST {
        return Err(Refused::TooLarge);
    }
    let (expr, _) = read(&lex(text).tokens)?;
    if !expr.is_calculation() {
        return Err(Refused::NotArithmetic);
    }
    let value = engine::compute(&expr.canonical())?;
    Ok(Worked { asked: expr.shown(), result: value.text, exact: value.exact })
}

/// The expression that all of `tokens` is, in the first style that fits.
fn read(tokens: &[Token]) -> Result<(Expr, Style), Refused> {
    let mut refused = Refused::NotArithmetic;
    for style in Style::ALL {
        match parse(tokens, style) {
            Ok(parsed) => return Ok((parsed.expr, style)),
            Err(Refused::NotArithmetic) => {}
            Err(other) => refused = other,
        }
    }
    Err(refused)
}

#[cfg(test)]
mod tests;
