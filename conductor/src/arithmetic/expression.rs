//! Expressions: our own strict grammar, of which alone the engine sees anything.
//!
//! ```text
//! sum     = product (("+" | "-") product)*
//! product = unary (("*" | "/" | "of") unary)*
//! unary   = "-" unary | power
//! power   = postfix ("^" "-"? power)?
//! postfix = primary "%"?
//! primary = number | "(" sum ")" | function primary | "\frac" group group
//! ```
//!
//! What must stay true: every expression that was read is bounded in depth, in operators and in the digits of what it comes
//! to; nothing is multiplied that has no sign between. A percentage is added to percentages alone: `100 + 10%` means two things.

mod parse;
mod print;

use super::number::Decimal;
pub(super) use parse::parse;

/// What stands between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    /// `15% of 80`, `3/4 of 100`
    Of,
}

impl Op {
    /// For a person, with its blanks.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Add => " + ",
            Self::Sub => " - ",
            Self::Mul => " × ",
            Self::Div => " / ",
            Self::Pow => "^",
            Self::Of => " of ",
        }
    }
}

/// A function of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Root,
    CubeRoot,
    Absolute,
}

impl Function {
    /// Its name, for a person and for the engine.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Root => "sqrt",
            Self::CubeRoot => "cbrt",
            Self::Absolute => "abs",
        }
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expr {
    Number(Decimal),
    Negative(Box<Self>),
    Binary(Op, Box<Self>, Box<Self>),
    Percent(Box<Self>),
    Call(Function, Box<Self>),
    /// In parentheses.
    Group(Box<Self>),
}

/// The most digits that what an expression comes to, or a part of it, may take.
const MOST_DIGITS: f64 = 1000.0;

/// Digits that a value which has no end counts as.
const ENDLESS: f64 = 60.0;

impl Expr {
    /// True where something is calculated, not only written down.
    pub(super) fn is_calculation(&self) -> bool {
        match self {
            Self::Number(_) => false,
            Self::Binary(..) | Self::Call(..) => true,
            Self::Negative(inner) | Self::Percent(inner) | Self::Group(inner) => inner.is_calculation(),
        }
    }

    /// Without parentheses around all of it.
    pub(super) fn bare(&self) -> &Self {
        match self {
            Self::Group(inner) => inner.bare(),
            other => other,
        }
    }

    /// Whether `wanted` holds for a part of it.
    pub(super) fn any(&self, wanted: &impl Fn(&Self) -> bool) -> bool {
        let inside = match self {
            Self::Number(_) => false,
            Self::Binary(_, left, right) => left.any(wanted) || right.any(wanted),
            Self::Negative(inner) | Self::Percent(inner) | Self::Call(_, inner) | Self::Group(inner) => inner.any(wanted),
        };
        inside || wanted(self)
    }

    /// About what it is; infinite or no number where that says nothing.
    pub(super) fn roughly(&self) -> f64 {
        match self {
            Self::Number(decimal) => decimal.roughly(),
            Self::Negative(inner) => -inner.roughly(),
            Self::Percent(inner) => inner.roughly() / 100.0,
            Self::Group(inner) => inner.roughly(),
            Self::Call(Function::Root, inner) => inner.roughly().sqrt(),
            Self::Call(Function::CubeRoot, inner) => inner.roughly().cbrt(),
            Self::Call(Function::Absolute, inner) => inner.roughly().abs(),
            Self::Binary(op, left, right) => {
                let (left, right) = (left.roughly(), right.roughly());
                match op {
                    Op::Add => left + right,
                    Op::Sub => left - right,
                    Op::Mul | Op::Of => left * right,
                    Op::Div => left / right,
                    Op::Pow => left.powf(right),
                }
            }
        }
    }

    /// How far off its value may be, about, if each of its numbers for which `loose` holds was rounded to its last digit.
    pub(super) fn slop(&self, loose: &impl Fn(&Decimal) -> bool) -> f64 {
        let value = self.roughly();
        let nudged = (0..).map_while(|nth| {
            let (mut copy, mut left) = (self.clone(), nth);
            copy.nudge(loose, &mut left).then(|| (copy.roughly() - value).abs())
        });
        nudged.sum()
    }

    /// Nudges the loose number before which `left` others stand; false where there is none.
    fn nudge(&mut self, loose: &impl Fn(&Decimal) -> bool, left: &mut usize) -> bool {
        match self {
            Self::Number(decimal) if !loose(decimal) => false,
            Self::Number(decimal) if *left == 0 => {
                *decimal = decimal.nudged();
                true
            }
            Self::Number(_) => {
                *left -= 1;
                false
            }
            Self::Binary(_, first, second) => first.nudge(loose, left) || second.nudge(loose, left),
            Self::Negative(inner) | Self::Percent(inner) | Self::Call(_, inner) | Self::Group(inner) => inner.nudge(loose, left),
        }
    }

    /// At most how many digits it takes to write its value as a fraction; nothing where that is too many, or not known.
    pub(super) fn size(&self) -> Option<f64> {
        let size = match self {
            Self::Number(decimal) => decimal.size() as f64,
            Self::Negative(inner) | Self::Group(inner) => inner.size()?,
            Self::Percent(inner) => inner.size()? + 2.0,
            Self::Call(Function::Absolute, inner) => inner.size()?,
            Self::Call(_, inner) => inner.size()?.max(ENDLESS),
            Self::Binary(Op::Pow, base, exponent) => {
                let exponent = exponent.roughly();
                if exponent.fract() == 0.0 {
                    base.size()? * exponent.abs().max(1.0)
                } else if is_simple_root(exponent) {
                    base.size()?.max(ENDLESS) * exponent.abs().max(1.0)
                } else {
                    return None;
                }
            }
            Self::Binary(_, left, right) => left.size()? + right.size()? + 1.0,
        };
        (size <= MOST_DIGITS).then_some(size)
    }
}

/// A half, a third, three quarters: a root that is found quickly. An exponent of many decimals is a root of a high degree,
/// and takes for ever.
fn is_simple_root(exponent: f64) -> bool {
    const MOST: f64 = 10.0;
    exponent.abs() <= MOST && (2..=12).any(|degree| ((exponent * f64::from(degree)).fract().abs() - 0.5).abs() > 0.5 - 1e-9)
}
