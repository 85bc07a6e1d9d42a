//! The sides of the equals signs of a line: which expressions are said to be which numbers.
//!
//! What must stay true: a side that is only part of something larger is no side. `x + 2 * 3 = 10` says nothing of `2 * 3`.

use super::context::{self, Surroundings};
use super::lines::Piece;
use crate::arithmetic::expression::Op;
use crate::arithmetic::token::{Kind, Lexed, Token};

/// An expression, and what the text says that it is.
#[derive(Debug)]
pub(super) struct Link<'a> {
    /// The expression.
    pub(super) tokens: &'a [Token],
    /// As it stands in the text.
    pub(super) written: &'a str,
    /// What it is said to be.
    pub(super) claim: &'a [Token],
    /// As it stands in the text.
    pub(super) claimed: &'a str,
    /// True where an equals sign stands before it: it is a step of something longer.
    pub(super) chained: bool,
    /// True where another equals sign follows.
    pub(super) goes_on: bool,
    /// True after `≈`.
    pub(super) about: bool,
    /// True where what stands around it may change what it means.
    pub(super) doubtful: bool,
    /// True where a minus may stand before it.
    pub(super) dash: bool,
}

/// All that can be checked in `piece`, in its order.
pub(super) fn links<'a>(piece: &Piece<'a>, lexed: &'a Lexed) -> Vec<Link<'a>> {
    let tokens = &lexed.tokens[..];
    let signs: Vec<usize> = (0..tokens.len()).filter(|&at| matches!(tokens[at].kind, Kind::Equals | Kind::Approx)).collect();
    let mut links = Vec::new();
    for (number, &sign) in signs.iter().enumerate() {
        let (Some(left), Some(right)) = (before(tokens, sign), after(tokens, sign)) else { continue };
        let next = signs.get(number + 1).copied();
        let chained = number > 0 && left.start == signs[number - 1] + 1;
        let (mut run, mut claim) = (left.clone(), right.clone());
        // `2 + 3 = 5 = 10 / 2`: the last is said to be 5 as well.
        if chained && is_number(&tokens[left.clone()]) && !is_number(&tokens[right.clone()]) {
            (run, claim) = (right, left);
        }
        let reversed = run.start > sign;
        let left_end = if reversed { claim.start } else { run.start };
        let right_end = if reversed { run.end } else { claim.end };
        let edge = (left_end == 0 && piece.cut.0) || (right_end == tokens.len() && piece.cut.1);
        let around = context::around(piece.text, tokens, left_end, right_end, next);
        if edge || around == Surroundings::Part {
            continue;
        }
        let text = |range: &std::ops::Range<usize>| {
            let bytes = tokens[range.start].at.start..tokens[range.end - 1].at.end;
            piece.text[bytes].trim()
        };
        let shape = context::is_doubtful_shape(&tokens[run.clone()], left_end.checked_sub(1).map(|at| &tokens[at]));
        links.push(Link {
            written: text(&run),
            claimed: text(&claim),
            chained: number > 0 && run.start == signs[number - usize::from(!reversed)] + 1,
            goes_on: next == Some(right_end),
            about: tokens[sign].kind == Kind::Approx,
            doubtful: around == Surroundings::Doubtful || shape || lexed.currencies_mixed,
            dash: piece.dash && left_end == 0,
            tokens: &tokens[run],
            claim: &tokens[claim],
        });
    }
    links
}

/// The expression that ends before `sign`: as far as signs of arithmetic go, without a parenthesis that is closed later.
fn before(tokens: &[Token], sign: usize) -> Option<std::ops::Range<usize>> {
    let mut start = tokens[..sign].iter().rposition(|token| !token.is_arithmetic()).map_or(0, |at| at + 1);
    let mut open = unclosed(&tokens[start..sign]);
    while open > 0 && start < sign && tokens[start].kind == Kind::Open {
        start += 1;
        open -= 1;
    }
    (start < sign).then_some(start..sign)
}

/// The expression that begins after `sign`.
fn after(tokens: &[Token], sign: usize) -> Option<std::ops::Range<usize>> {
    let start = sign + 1;
    let mut end = tokens[start..].iter().position(|token| !token.is_arithmetic()).map_or(tokens.len(), |at| start + at);
    let mut depth = 0_usize;
    for (at, token) in tokens[start..end].iter().enumerate() {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close if depth == 0 => {
                end = start + at;
                break;
            }
            Kind::Close => depth -= 1,
            _ => {}
        }
    }
    // `= 5 – and so on`, `= 5 (as before)`
    while end > start {
        let last = &tokens[end - 1];
        let dash = matches!(last.kind, Kind::Op(Op::Sub)) && last.spaced;
        if dash || last.kind == Kind::Open {
            end -= 1;
        } else {
            break;
        }
    }
    (start < end).then_some(start..end)
}

fn unclosed(tokens: &[Token]) -> usize {
    let count = |kind: &Kind| tokens.iter().filter(|token| token.kind == *kind).count();
    count(&Kind::Open).saturating_sub(count(&Kind::Close))
}

fn is_number(tokens: &[Token]) -> bool {
    tokens.iter().all(|token| matches!(token.kind, Kind::Number(_) | Kind::Percent | Kind::Op(Op::Sub)))
        && tokens.iter().filter(|token| matches!(token.kind, Kind::Number(_))).count() == 1
}
