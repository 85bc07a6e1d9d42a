//! What stands before a number and changes it: a sign, money, a word that it belongs to.

use super::unit::money_sign;

/// What was found before a number.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Before {
    pub(super) negative: bool,
    /// The code of a currency.
    pub(super) money: Option<&'static str>,
    /// It belongs to a word: `GPT-4`, `x2`.
    pub(super) in_word: bool,
    /// It follows a digit and a dash or a colon.
    pub(super) compound: bool,
    /// After `±`: how far another number may be off.
    pub(super) spread: bool,
    /// Where the number begins with its sign.
    pub(super) from: usize,
}

/// Looks at what stands before the number at `at`.
pub(super) fn read(text: &str, at: usize) -> Before {
    let mut found = Before { from: at, ..Before::default() };
    let mut rest = &text[..at];
    sign(&mut rest, &mut found);
    let bare = rest.strip_suffix(' ').unwrap_or(rest);
    if let Some((code, long)) = money_sign(bare).or_else(|| money_code(bare)) {
        rest = &bare[..bare.len() - long];
        found.money = Some(code);
        found.from = rest.len();
        if !found.negative {
            sign(&mut rest, &mut found);
        }
    }
    match rest.chars().next_back() {
        Some(c) if c.is_alphabetic() || matches!(c, '_' | '^' | '\\') => found.in_word = !found.negative && found.money.is_none(),
        Some('±') => found.spread = true,
        Some(' ') => {
            let words = rest.trim_end_matches(' ');
            found.spread = words.ends_with('±') || words.ends_with("+/-");
            let minus = ["minus", "negative", "Minus", "Negative", "moins", "menos"].iter().find_map(|word| {
                let before = words.strip_suffix(word)?;
                (!before.ends_with(char::is_alphanumeric)).then_some(before.len())
            });
            if let (Some(from), false) = (minus, found.negative) {
                found.negative = true;
                found.from = from;
            }
        }
        _ => {}
    }
    found
}

/// Takes a sign from the end of `rest`. A hyphen after a letter makes a word, one after a digit a range.
fn sign(rest: &mut &str, found: &mut Before) {
    if let Some(before) = rest.strip_suffix('+') {
        if !before.ends_with(char::is_alphanumeric) {
            *rest = before;
            found.from = before.len();
        }
        return;
    }
    // `= - 3`: a blank after a minus, which elsewhere makes a dash or a bullet of it.
    let spaced = rest.strip_suffix("- ").filter(|before| before.trim_end_matches(' ').ends_with('='));
    let Some(before) = rest.strip_suffix(['-', '–']).or(spaced) else { return };
    match before.chars().next_back() {
        Some(c) if c.is_ascii_digit() => found.compound = true,
        Some(c) if c.is_alphabetic() || c == '_' => found.in_word = true,
        Some(')' | ']' | '-' | '–') => found.compound = true,
        _ => {
            found.negative = true;
            found.from = before.len();
            *rest = before;
        }
    }
}

/// `USD 14`
fn money_code(rest: &str) -> Option<(&'static str, usize)> {
    let code = rest.get(rest.len().checked_sub(3)?..)?;
    let alone = !rest[..rest.len() - 3].ends_with(char::is_alphanumeric);
    super::unit::CODES.into_iter().find(|known| alone && *known == code).map(|known| (known, 3))
}
