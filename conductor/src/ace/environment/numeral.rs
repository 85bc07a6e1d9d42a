//! Numerals: `1,234.5`, `1.234,5`, `1 234,5`, `1.4e1`.
//!
//! What must stay true: a numeral is read in a style only where it fits it wholly. Where both fit, `1,234`, the point is the sign of
//! decimals unless the text shows elsewhere that it writes a comma.

/// Which sign stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

/// The most digits of a numeral that is read.
const MOST_DIGITS: usize = 400;

/// A number that was written in decimals: `digits` times ten to the power of `power`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    /// Without zeros at either end; empty for zero.
    pub(super) digits: String,
    pub(super) power: i64,
    /// The power of ten of the last digit that was written.
    pub(super) last_place: i64,
    /// How many digits were written, from the first that is no zero on.
    pub(super) significant: usize,
}

impl Decimal {
    /// About what it is; infinite where it is too large, no number where it is too small to be told from zero.
    pub(super) fn value(&self) -> f64 {
        if self.digits.is_empty() {
            return 0.0;
        }
        let value = format!("{}e{}", self.digits, self.power).parse().unwrap_or(f64::NAN);
        if value == 0.0 { f64::NAN } else { value }
    }

    /// Whether it has no decimals that differ from zero.
    pub(super) fn is_whole(&self) -> bool {
        self.power >= 0 || self.digits.is_empty()
    }
}

/// Reads `numeral`, which has no sign, in `style`.
pub(super) fn read(numeral: &str, style: Style) -> Option<Decimal> {
    let (mantissa, exponent) = match numeral.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok().filter(|e| e.abs() < 10_000)?),
        None => (numeral, 0),
    };
    let (decimal, separator) = if style == Style::Point { ('.', ',') } else { (',', '.') };
    let (whole, decimals) = mantissa.split_once(decimal).unwrap_or((mantissa, ""));
    let written = ungrouped(whole, separator)? + decimals;
    if written.is_empty() || written.len() > MOST_DIGITS || !written.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let last_place = exponent - i64::try_from(decimals.len()).ok()?;
    let shown = written.trim_start_matches('0');
    let digits = shown.trim_end_matches('0');
    let power = last_place + i64::try_from(shown.len() - digits.len()).ok()?;
    Some(Decimal { digits: digits.to_owned(), power, last_place, significant: shown.len() })
}

/// The style that a numeral shows: `None` where it fits both or none.
pub(super) fn shown_style(numeral: &str) -> Option<Style> {
    match (read(numeral, Style::Point), read(numeral, Style::Comma)) {
        (Some(_), None) => Some(Style::Point),
        (None, Some(_)) => Some(Style::Comma),
        _ => None,
    }
}

/// The digits of a whole number, its separators taken out; nothing where they do not stand between thousands.
fn ungrouped(whole: &str, separator: char) -> Option<String> {
    let Some(found) = whole.chars().find(|c| !c.is_ascii_digit()) else { return Some(whole.to_owned()) };
    if found != separator && !matches!(found, '\'' | '_' | ' ') {
        return None;
    }
    let mut groups = whole.split(found);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let (last, middle) = rest.split_last()?;
    let thousands = (1..=3).contains(&first.len()) && middle.iter().all(|group| group.len() == 3);
    // As in India: 12,34,567.
    let lakhs = found == ',' && (1..=2).contains(&first.len()) && middle.iter().all(|group| group.len() == 2);
    (last.len() == 3 && (thousands || lakhs) && !first.starts_with('0')).then(|| first.to_owned() + &rest.concat())
}

/// How long the numeral is that begins `text`, in bytes; 0 where none does. Separators belong to it where digits follow, a
/// blank only where three do.
pub(super) fn length(text: &[u8]) -> usize {
    let digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let run = |from: usize| text[from.min(text.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = run(0);
    if at == 0 && !(matches!(text.first(), Some(b'.' | b',')) && digit(1)) {
        return 0;
    }
    let mut grouped_by_blanks = at <= 3;
    loop {
        match text.get(at) {
            Some(b'.' | b',' | b'\'' | b'_') if digit(at + 1) => {
                grouped_by_blanks = false;
                at += 1 + run(at + 1);
            }
            Some(b' ') if grouped_by_blanks && run_is_three(text, at + 1) => at += 4,
            _ => break,
        }
    }
    let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
    if matches!(text.get(at), Some(b'e' | b'E')) && digit(at + 1 + sign) {
        let end = at + 1 + sign + run(at + 1 + sign);
        if !text.get(end).is_some_and(u8::is_ascii_alphanumeric) {
            return end;
        }
    }
    at
}

fn run_is_three(text: &[u8], from: usize) -> bool {
    (from..from + 3).all(|at| text.get(at).is_some_and(u8::is_ascii_digit)) && !text.get(from + 3).is_some_and(u8::is_ascii_digit)
}
