//! Tokens to an expression.

use super::{Expr, Op};
use crate::arithmetic::Refused;
use crate::arithmetic::number::{Decimal, Style};
use crate::arithmetic::token::{Kind, Token};

/// How deep parentheses, signs and powers may stand in one another.
const DEEPEST: usize = 32;

/// The most tokens of an expression.
const MOST_TOKENS: usize = 200;

/// An expression, and how sure it is that it was meant so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::arithmetic) struct Parsed {
    pub(in crate::arithmetic) expr: Expr,
    /// True where people write the same and mean something else, too: `-2^2`, `2^3^2`, `√4 + 5`.
    pub(in crate::arithmetic) doubtful: bool,
}

/// Reads all of `tokens`, its numerals in `style`.
///
/// # Errors
/// `NotArithmetic` for all that the grammar has not; `Ambiguous` for a percentage added to something else; `TooLarge` past
/// a limit.
pub(in crate::arithmetic) fn parse(tokens: &[Token], style: Style) -> Result<Parsed, Refused> {
    if tokens.len() > MOST_TOKENS {
        return Err(Refused::TooLarge);
    }
    let odd = tokens.iter().any(|token| token.odd);
    let mut parser = Parser { tokens, at: 0, depth: 0, style, doubtful: odd };
    let expr = parser.sum()?;
    if parser.at < tokens.len() {
        return Err(Refused::NotArithmetic);
    }
    if expr.size().is_none() {
        return Err(Refused::TooLarge);
    }
    Ok(Parsed { expr, doubtful: parser.doubtful })
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    style: Style,
    doubtful: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn take(&mut self, kind: &Kind) -> bool {
        let found = self.peek() == Some(kind);
        self.at += usize::from(found);
        found
    }

    /// The operator that comes next, where it is one of `ops`.
    fn operator(&mut self, ops: &[Op]) -> Option<Op> {
        let op = match self.peek() {
            Some(Kind::Op(op)) => *op,
            _ => return None,
        };
        let found = ops.contains(&op);
        self.at += usize::from(found);
        found.then_some(op)
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Refused>) -> Result<T, Refused> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Refused::TooLarge);
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn sum(&mut self) -> Result<Expr, Refused> {
        let mut sum = self.product()?;
        while let Some(op) = self.operator(&[Op::Add, Op::Sub]) {
            let next = self.product()?;
            if is_percentage(&sum) != is_percentage(&next) {
                return Err(Refused::Ambiguous);
            }
            sum = Expr::Binary(op, Box::new(sum), Box::new(next));
        }
        Ok(sum)
    }

    fn product(&mut self) -> Result<Expr, Refused> {
        let mut product = self.unary()?;
        let mut divided = false;
        while let Some(op) = self.operator(&[Op::Mul, Op::Div, Op::Of]) {
            let part = matches!(product.bare(), Expr::Percent(_) | Expr::Binary(Op::Div, ..));
            if op == Op::Of && !part {
                return Err(Refused::NotArithmetic);
            }
            let factor = self.unary()?;
            // `8 × 10^9 / 2 × 10^9`: the last power is meant to go with its number.
            let power_of_ten = matches!(&factor, Expr::Binary(Op::Pow, base, _) if base.roughly() == 10.0);
            self.doubtful |= divided && op == Op::Mul && power_of_ten;
            divided |= op == Op::Div;
            product = Expr::Binary(op, Box::new(product), Box::new(factor));
        }
        Ok(product)
    }

    fn unary(&mut self) -> Result<Expr, Refused> {
        if self.operator(&[Op::Sub]).is_none() {
            return self.power();
        }
        let inner = self.deeper(Self::unary)?;
        // Spreadsheets square first.
        self.doubtful |= matches!(inner, Expr::Binary(Op::Pow, ..));
        Ok(Expr::Negative(Box::new(inner)))
    }

    fn power(&mut self) -> Result<Expr, Refused> {
        let base = self.postfix()?;
        if self.operator(&[Op::Pow]).is_none() {
            return Ok(base);
        }
        let negative = self.operator(&[Op::Sub]).is_some();
        let exponent = self.deeper(Self::power)?;
        self.doubtful |= matches!(exponent, Expr::Binary(Op::Pow, ..));
        let exponent = if negative { Expr::Negative(Box::new(exponent)) } else { exponent };
        Ok(Expr::Binary(Op::Pow, Box::new(base), Box::new(exponent)))
    }

    fn postfix(&mut self) -> Result<Expr, Refused> {
        let primary = self.deeper(Self::primary)?;
        Ok(if self.take(&Kind::Percent) { Expr::Percent(Box::new(primary)) } else { primary })
    }

    fn primary(&mut self) -> Result<Expr, Refused> {
        match self.peek() {
            Some(Kind::Number(numeral)) => {
                let decimal = Decimal::read(numeral, self.style).ok_or(Refused::NotArithmetic)?;
                self.at += 1;
                Ok(Expr::Number(decimal))
            }
            Some(Kind::Open) => self.group(),
            Some(Kind::Call(function)) => {
                let function = *function;
                self.at += 1;
                let argument = self.deeper(Self::primary)?;
                // How far the line of a root reaches is not to be seen.
                self.doubtful |= !matches!(argument, Expr::Group(_)) && self.at < self.tokens.len();
                Ok(Expr::Call(function, Box::new(argument)))
            }
            Some(Kind::Fraction) => {
                self.at += 1;
                let (above, below) = (self.group()?, self.group()?);
                Ok(Expr::Group(Box::new(Expr::Binary(Op::Div, Box::new(above), Box::new(below)))))
            }
            _ => Err(Refused::NotArithmetic),
        }
    }

    fn group(&mut self) -> Result<Expr, Refused> {
        if !self.take(&Kind::Open) {
            return Err(Refused::NotArithmetic);
        }
        let inner = self.deeper(Self::sum)?;
        if !self.take(&Kind::Close) {
            return Err(Refused::NotArithmetic);
        }
        Ok(Expr::Group(Box::new(inner)))
    }
}

/// True for `15%`, and for sums of such.
fn is_percentage(expr: &Expr) -> bool {
    match expr {
        Expr::Percent(_) => true,
        Expr::Negative(inner) | Expr::Group(inner) => is_percentage(inner),
        Expr::Binary(Op::Add | Op::Sub, left, right) => is_percentage(left) && is_percentage(right),
        _ => false,
    }
}
