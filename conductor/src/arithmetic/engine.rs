//! The one place that calculates: `fend-core`, on what our own grammar wrote.
//!
//! What must stay true: it is lenient (`(1+2` is 3 to it) and runs until it is interrupted, so that nothing is passed to it
//! that did not come out of [`Expr::canonical`](super::expression::Expr::canonical) or the table of units, and never
//! without the limits here.

use super::Refused;
use fend_core::{Context, Interrupt};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The most steps of a calculation, as the engine counts them: about 20 ms. A root takes 1100.
const STEPS: u64 = 50_000;

/// The longest calculation: for steps that take longer than others.
const LONGEST: Duration = Duration::from_millis(100);

/// What the engine says of a value that it had to round.
const ROUNDED: &str = "approx. ";

/// A value, written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// A decimal number; after it a unit, where one was asked for.
    pub(super) text: String,
    /// False where it was rounded.
    pub(super) exact: bool,
}

/// Counts steps, and time.
struct Limit {
    steps: AtomicU64,
    until: Instant,
}

impl Interrupt for Limit {
    fn should_interrupt(&self) -> bool {
        self.steps.fetch_add(1, Ordering::Relaxed) >= STEPS || Instant::now() >= self.until
    }
}

/// Calculates `canonical`.
///
/// # Errors
/// `TooLarge` past a limit; `Undefined` where there is no value, as for a division by zero.
pub(super) fn compute(canonical: &str) -> Result<Value, Refused> {
    let limit = Limit { steps: AtomicU64::new(0), until: Instant::now() + LONGEST };
    let result = fend_core::evaluate_with_interrupt(canonical, &mut Context::new(), &limit);
    let result = result.map_err(|error| if error == "interrupted" { Refused::TooLarge } else { Refused::Undefined })?;
    let text = result.get_main_result();
    let (text, exact) = text.strip_prefix(ROUNDED).map_or((text, true), |text| (text, false));
    let begins_as_number = text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
    // The roots of negative numbers, `1.5i` or `1 + 1.7i`, are no numbers for us.
    let two_parts = text.contains(" + ") || text.contains(" - ");
    let imaginary = text.strip_suffix('i').is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()));
    if begins_as_number && !two_parts && !imaginary {
        Ok(Value { text: text.to_owned(), exact })
    } else {
        Err(Refused::Undefined)
    }
}

/// The same, rounded to so many decimals, as a number for comparing.
pub(super) fn compute_rounded(canonical: &str, decimals: u32) -> Result<f64, Refused> {
    compute(&format!("({canonical}) to {decimals} dp"))?.text.parse().map_err(|_| Refused::Undefined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_limits() {
        let value = |text: &str, exact| Ok(Value { text: text.to_owned(), exact });
        for (canonical, want) in [
            ("(17*23)", value("391", true)),
            ("(1/8)", value("0.125", true)),
            ("(1/3)", value("0.3333333333", false)),
            ("(-7)", value("-7", true)),
            ("(1/0)", Err(Refused::Undefined)),
            ("(0^0)", Err(Refused::Undefined)),
            ("(sqrt((-2)))", Err(Refused::Undefined)),
            ("10^10^10", Err(Refused::TooLarge)),
            ("2^0.123456789", Err(Refused::TooLarge)),
        ] {
            assert_eq!(compute(canonical), want, "{canonical}");
        }
        assert_eq!(compute_rounded("(2/3)", 3), Ok(0.667));
    }
}
