//! An expression written anew: for the engine, with parentheses around everything, and for a person.

use super::{Expr, Op};

impl Expr {
    /// For the engine. Digits, points, `+-*/^`, parentheses and the names of our functions are all that occurs.
    pub(in crate::arithmetic) fn canonical(&self) -> String {
        match self {
            Self::Number(decimal) => decimal.plain(),
            Self::Negative(inner) => format!("(-{})", inner.canonical()),
            Self::Percent(inner) => format!("({}/100)", inner.canonical()),
            Self::Call(function, inner) => format!("({}({}))", function.name(), inner.canonical()),
            Self::Group(inner) => inner.canonical(),
            Self::Binary(op, left, right) => {
                let sign = match op {
                    Op::Add => '+',
                    Op::Sub => '-',
                    Op::Mul | Op::Of => '*',
                    Op::Div => '/',
                    Op::Pow => '^',
                };
                format!("({}{sign}{})", left.canonical(), right.canonical())
            }
        }
    }

    /// For a person, with the parentheses that were written.
    pub(in crate::arithmetic) fn shown(&self) -> String {
        match self {
            Self::Number(decimal) => decimal.plain(),
            Self::Negative(inner) => format!("-{}", inner.shown()),
            Self::Percent(inner) => format!("{}%", inner.shown()),
            Self::Call(function, inner) => format!("{}({})", function.name(), inner.bare().shown()),
            // Around one number they say nothing.
            Self::Group(inner) if matches!(inner.bare(), Self::Number(_)) => inner.bare().shown(),
            Self::Group(inner) => format!("({})", inner.bare().shown()),
            Self::Binary(op, left, right) => format!("{}{}{}", left.shown(), op.sign(), right.shown()),
        }
    }
}
