//! What an expression is, against what a text says that it is.

use super::sides::Link;
use crate::arithmetic::engine::{compute, compute_rounded};
use crate::arithmetic::expression::{Expr, Op, parse};
use crate::arithmetic::number::{Decimal, Style, has_decimals};
use crate::arithmetic::token::{Kind, Token};
use std::collections::HashSet;

/// Whether the two agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// To the digits that were claimed.
    Agrees,
    /// In no reading.
    Differs,
    /// In another reading than the plain one.
    Unclear,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) verdict: Verdict,
    /// The expression for a person: as it stands in the text where that is plain.
    pub(super) expression: String,
    /// What it is said to be, in the same way.
    pub(super) claimed: String,
    /// What it is.
    pub(super) exact: String,
    /// The expression, the same for all ways to write it.
    pub(super) canonical: String,
    /// True where the expression itself can be read in another way.
    pub(super) doubtful: bool,
    /// The claimed number in full, where it is a rounded one.
    pub(super) rounded: Option<String>,
}

/// A claimed number.
struct Claim {
    expr: Expr,
    /// The power of ten of the last digit that was claimed; nothing for a fraction, which is exact.
    place: Option<i32>,
    percent: bool,
}

/// How far from a rounded value a claim after `≈` may be, in parts of the value: people say "about" for a tenth.
const ABOUT: f64 = 0.1;

/// What rounding of the comparison itself may cost.
const SLACK: f64 = 1e-5;

/// Numbers with so many decimals are seldom prices, and often results that were rounded.
const MANY_DECIMALS: i32 = 3;

/// Compares both sides; nothing where they are no expression and number. `rounded` holds the rounded numbers that the text
/// has found before: it may go on calculating with more digits of them than it shows.
pub(super) fn compare(link: &Link<'_>, rounded: &HashSet<String>) -> Option<Checked> {
    // A numeral like `1,234` has two readings: one in which the two agree is the one that was meant.
    let mut first: Option<Checked> = None;
    for style in Style::ALL {
        if let Some(checked) = compare_in(link, style, rounded) {
            if checked.verdict == Verdict::Agrees {
                return Some(checked);
            }
            first = first.or(Some(checked));
        }
    }
    first
}

fn compare_in(link: &Link<'_>, style: Style, rounded: &HashSet<String>) -> Option<Checked> {
    let parsed = parse(link.tokens, style).ok().filter(|parsed| parsed.expr.is_calculation())?;
    let side = parse(link.claim, style).ok()?;
    let canonical = parsed.expr.canonical();
    let claim = claim(&side.expr, link.claim, link.about);
    let (verdict, exact) = match &claim {
        Some(claim) => (against(&parsed.expr, claim, link, rounded), exact(&parsed.expr, claim)?),
        // Another expression: that it is the same is worth saying, that it is not may be a slip of the pen.
        None => (same(&canonical, &side.expr.canonical())?, compute(&canonical).ok()?.text),
    };
    let commas = link.tokens.iter().chain(link.claim).filter(|token| is_comma(token, style)).count();
    Some(Checked {
        verdict,
        expression: shown(link.written, &parsed.expr),
        claimed: shown(link.claimed, side.expr.bare()),
        exact,
        rounded: rounded_claim(&canonical, &side.expr).filter(|_| verdict == Verdict::Agrees),
        canonical,
        // One comma between digits may be that of a list.
        doubtful: parsed.doubtful || side.doubtful || commas == 1,
    })
}

fn is_comma(token: &Token, style: Style) -> bool {
    style == Style::Comma && matches!(&token.kind, Kind::Number(numeral) if has_decimals(numeral, style))
}

/// `expr` as a claimed number: with its sign, as a percentage, times a power of ten, or as a fraction of whole numbers.
fn claim(expr: &Expr, tokens: &[Token], about: bool) -> Option<Claim> {
    let place = |decimal: &Decimal| if about { decimal.last_significant_place() } else { decimal.last_place() };
    let of = |place, percent| Some(Claim { expr: expr.clone(), place, percent });
    let unsigned = match expr.bare() {
        Expr::Negative(inner) => inner.bare(),
        other => other,
    };
    match unsigned {
        Expr::Number(decimal) => of(Some(place(decimal)), false),
        Expr::Percent(inner) => match inner.bare() {
            Expr::Number(decimal) => of(Some(place(decimal) - 2), true),
            _ => None,
        },
        Expr::Binary(Op::Mul, left, right) => match (left.bare(), right.bare()) {
            (Expr::Number(decimal), Expr::Binary(Op::Pow, base, exponent)) if base.roughly() == 10.0 => {
                let exponent = exponent.roughly();
                (exponent.fract() == 0.0).then(|| of(Some(place(decimal).checked_add(exponent as i32)?), false))?
            }
            _ => None,
        },
        Expr::Binary(Op::Div, left, right) => {
            let whole = |side: &Expr| matches!(side.bare(), Expr::Number(decimal) if decimal.last_place() == 0);
            let only = tokens.iter().filter(|token| matches!(token.kind, Kind::Op(_))).count() <= 1;
            if whole(left) && whole(right) && only { of(None, false) } else { None }
        }
        _ => None,
    }
}

/// `claimed` in full, where it is a number and not the value itself.
fn rounded_claim(canonical: &str, claimed: &Expr) -> Option<String> {
    let Expr::Number(decimal) = claimed.bare() else { return None };
    let plain = decimal.plain();
    (compute(&format!("({canonical}-{plain})")).ok()?.text != "0").then_some(plain)
}

/// Whether the claim is what comes out when the rounded numbers of the expression are not.
fn is_from_rounded(expr: &Expr, claim: &Claim, link: &Link<'_>, rounded: &HashSet<String>) -> bool {
    let Some(place) = claim.place else { return false };
    let decimals = |d: &Decimal| -d.last_place();
    let loose = |d: &Decimal| decimals(d) >= MANY_DECIMALS || (link.chained && decimals(d) > 0) || rounded.contains(&d.plain());
    let slop = expr.slop(&loose);
    let off = (expr.roughly() - claim.expr.roughly()).abs();
    slop > 0.0 && off <= slop * (1.0 + SLACK) + 10_f64.powi(place)
}

fn against(expr: &Expr, claim: &Claim, link: &Link<'_>, rounded: &HashSet<String>) -> Verdict {
    let agrees = |expr: &Expr, claimed: &str, place| agree(expr, claimed, place, link.about);
    let claimed = claim.expr.canonical();
    let Some(plain) = agrees(expr, &claimed, claim.place) else { return Verdict::Unclear };
    if plain {
        return Verdict::Agrees;
    }
    let percent = |e: &Expr| matches!(e, Expr::Percent(_));
    if claim.percent || expr.any(&percent) {
        // `12 / 80 * 100 = 15%`, `20% + 5% = 25`: said carelessly, and not wrong.
        let other = |scale: &str, shift| agrees(expr, &format!("({claimed}{scale})"), claim.place.map(|place| place + shift));
        if other("*100", 2) == Some(true) || other("/100", -2) == Some(true) {
            return Verdict::Unclear;
        }
    }
    if is_from_rounded(expr, claim, link, rounded) {
        return Verdict::Unclear;
    }
    // `6 * 2 = 12 / 3 = 4`: line by line, as people calculate.
    if claim.place.is_none() && link.goes_on {
        return Verdict::Unclear;
    }
    // A dash at the beginning of the line is a bullet, or a minus.
    let negative = || parse_negative(link).is_some_and(|expr| agrees(&expr, &claimed, claim.place) != Some(false));
    if link.dash && negative() { Verdict::Unclear } else { Verdict::Differs }
}

/// The expression with a minus before its first term.
fn parse_negative(link: &Link<'_>) -> Option<Expr> {
    let first = link.tokens.first()?;
    let minus = Token { kind: Kind::Op(Op::Sub), at: first.at.clone(), spaced: false, odd: false };
    let tokens: Vec<Token> = std::iter::once(minus).chain(link.tokens.iter().cloned()).collect();
    Style::ALL.into_iter().find_map(|style| parse(&tokens, style).ok()).map(|parsed| parsed.expr)
}

/// Whether `claimed`, said to the digit at `place`, is `expr`: rounded, or cut off after that digit where decimals or a
/// division speak for it. `None` where the engine cannot say.
fn agree(expr: &Expr, claimed: &str, place: Option<i32>, about: bool) -> Option<bool> {
    let canonical = expr.canonical();
    let difference = format!("({canonical}-{claimed})");
    let Some(place) = place else { return Some(compute(&difference).ok()?.text == "0") };
    // In units of the last digit that was claimed, away from zero positive.
    let scaled = compute_rounded(&format!("({difference}*10^({}))", -place), 6).ok()?;
    if scaled.abs() <= 0.5 + SLACK {
        return Some(true);
    }
    let value = compute_rounded(&canonical, 12).ok()?;
    let cut = scaled.abs() < 1.0 - SLACK && (scaled > 0.0) == (value > 0.0);
    let endless = |e: &Expr| matches!(e, Expr::Binary(Op::Div, ..) | Expr::Call(..));
    if cut && (place < 0 || expr.any(&endless)) {
        return Some(true);
    }
    let unit = 10_f64.powi(place);
    Some(about && (scaled.abs() <= 1.0 + SLACK || (scaled * unit).abs() <= ABOUT * value.abs()))
}

fn same(left: &str, right: &str) -> Option<Verdict> {
    let difference = compute(&format!("({left}-{right})")).ok()?;
    Some(if difference.text == "0" && difference.exact { Verdict::Agrees } else { Verdict::Unclear })
}

/// What the expression is, with some more digits than were claimed; as a percentage where that was claimed.
fn exact(expr: &Expr, claim: &Claim) -> Option<String> {
    const LONGEST: usize = 40;
    let canonical = if claim.percent { format!("({}*100)", expr.canonical()) } else { expr.canonical() };
    let sign = if claim.percent { "%" } else { "" };
    let value = compute(&canonical).ok()?;
    if value.exact && value.text.len() <= LONGEST {
        return Some(format!("{}{sign}", value.text));
    }
    let claimed = claim.place.map_or(0, |place| -place);
    let decimals = (claimed + 2).clamp(4, 60);
    let rounded = compute(&format!("({canonical}) to {decimals} dp")).ok()?;
    Some(if rounded.exact { format!("{}{sign}", rounded.text) } else { format!("≈ {}{sign}", rounded.text) })
}

/// As it stands in the text, unless that is dressed up.
fn shown(written: &str, expr: &Expr) -> String {
    if written.contains(['\\', '`', '{', '$', '&', '_']) || written.contains("**") { expr.shown() } else { written.to_owned() }
}
