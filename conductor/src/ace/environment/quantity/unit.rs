//! What stands after a number: a percent sign, money, a scale (`million`), a unit or a word.
//!
//! What must stay true: nothing is calculated here: which words are units, and what they are worth, `arithmetic` knows.

use super::super::words::{is_common, is_turning};

/// What a number counts or measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Unit {
    None,
    Percent,
    /// The code of its currency.
    Money(&'static str),
    /// A word, in small letters, which may be a unit of measure or a thing that is counted; true where another word follows it.
    Word(String, bool),
}

/// Currencies that are told apart by their code.
pub(super) const CODES: [&str; 12] = ["USD", "EUR", "GBP", "JPY", "INR", "CHF", "CNY", "CAD", "AUD", "KRW", "BRL", "MXN"];

/// Seven signs, and words, of currencies. Pounds are also a weight: a word, see `unit` in `measure`.
const MONEY: [(&str, &str); 10] = [
    ("us$", "USD"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("dollar", "USD"),
    ("euro", "EUR"),
    ("yen", "JPY"),
];

/// Words that multiply. The long scale's own words are those of its languages.
const SCALES: [(&str, f64); 22] = [
    ("hundred", 1e2),
    ("thousand", 1e3),
    ("tausend", 1e3),
    ("mille", 1e3),
    ("mil", 1e3),
    ("k", 1e3),
    ("million", 1e6),
    ("millions", 1e6),
    ("millionen", 1e6),
    ("millones", 1e6),
    ("mio", 1e6),
    ("mn", 1e6),
    ("billion", 1e9),
    ("billions", 1e9),
    ("bn", 1e9),
    ("milliard", 1e9),
    ("milliards", 1e9),
    ("milliarden", 1e9),
    ("mrd", 1e9),
    ("trillion", 1e12),
    ("trillions", 1e12),
    ("billionen", 1e12),
];

/// Units of several words, as `arithmetic` calls them.
const LONG: [(&str, &str); 26] = [
    ("per cent", "%"),
    ("square millimeters", "mm2"),
    ("square centimeters", "cm2"),
    ("square centimetres", "cm2"),
    ("square meters", "m2"),
    ("square metres", "m2"),
    ("square meter", "m2"),
    ("square metre", "m2"),
    ("square kilometers", "km2"),
    ("square kilometres", "km2"),
    ("square feet", "ft2"),
    ("sq m", "m2"),
    ("sq ft", "ft2"),
    ("cubic centimeters", "cm3"),
    ("cubic centimetres", "cm3"),
    ("cubic meters", "m3"),
    ("cubic metres", "m3"),
    ("miles per hour", "mph"),
    ("kilometers per hour", "km/h"),
    ("kilometres per hour", "km/h"),
    ("meters per second", "m/s"),
    ("metres per second", "m/s"),
    ("nautical miles", "nmi"),
    ("us gallons", "gallons"),
    ("degrees celsius", "celsius"),
    ("degrees fahrenheit", "fahrenheit"),
];

/// The currency whose sign ends `text`, and how long the sign is.
pub(super) fn money_sign(text: &str) -> Option<(&'static str, usize)> {
    let ends = |sign: &str| {
        let start = text.len().checked_sub(sign.len()).filter(|at| text.is_char_boundary(*at));
        start.is_some_and(|at| text[at..].eq_ignore_ascii_case(sign))
    };
    let mut signs = MONEY.iter().take(7);
    signs.find(|(sign, _)| ends(sign)).map(|(sign, code)| (*code, sign.len()))
}

/// What stands after the number that ends at `at`: how much it is multiplied, its unit, and where that ends.
pub(super) fn read(text: &str, at: usize, money: Option<&'static str>) -> (f64, Unit, usize) {
    let ordinal = ["st", "nd", "rd", "th"].into_iter().find(|suffix| {
        let rest = text[at..].strip_prefix(suffix);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    let at = at + ordinal.map_or(0, str::len);
    let (mut word, mut end, attached) = next_word(text, at);
    if is_between(&word) {
        return (1.0, money.map_or(Unit::None, Unit::Money), at);
    }
    let (mut scale, mut bare) = (1.0, at);
    let known = SCALES.iter().find(|(name, _)| *name == word);
    // `5k` is a thousand times, `5 k` may be anything.
    if let Some((_, times)) = known.filter(|(name, _)| *name != "k" || (attached && text[at..].starts_with('k'))) {
        (scale, bare) = (*times, end);
        (word, end, _) = next_word(text, bare);
        if is_between(&word) {
            (word, end) = (String::new(), bare);
        }
    }
    match (money, unit(text, &word, end)) {
        // `$14 an hour`
        (Some(code), (Unit::Percent | Unit::Word(..) | Unit::None, _)) => (scale, Unit::Money(code), bare),
        (_, (unit, end)) => (scale, unit, end),
    }
}

/// Whether a word goes on with the sentence: `14 or 15`, `14 because`. Some such are units, too, and stay.
fn is_between(word: &str) -> bool {
    let joint = matches!(word, "oder" | "und" | "ou" | "et" | "y" | "o");
    joint || is_turning(word) || (is_common(word) && !matches!(word, "in" | "to" | "go" | "as" | "once"))
}

/// Makes a unit of `word`, which ends at `end`, and of those after it.
fn unit(text: &str, word: &str, end: usize) -> (Unit, usize) {
    if word.is_empty() {
        return (Unit::None, end);
    }
    let (second, second_end, _) = next_word(text, end);
    let two = format!("{word} {second}");
    let (third, third_end, _) = next_word(text, second_end);
    let three = format!("{two} {third}");
    for (phrase, stop) in [(three, third_end), (two, second_end)] {
        if let Some((_, name)) = LONG.iter().find(|(long, _)| *long == phrase) {
            let unit = if *name == "%" { Unit::Percent } else { Unit::Word((*name).to_owned(), false) };
            return (unit, stop);
        }
    }
    let stem = word.trim_end_matches('s');
    let money = MONEY.iter().find(|(sign, _)| *sign == stem || *sign == word).map(|(_, code)| *code);
    let money = money.or_else(|| CODES.into_iter().find(|code| code.eq_ignore_ascii_case(word)));
    let unit = match (word, money) {
        ("%" | "percent" | "prozent" | "pct" | "pourcent" | "percentage", _) => Unit::Percent,
        (_, Some(code)) => Unit::Money(code),
        _ => Unit::Word(word.to_owned(), !second.is_empty()),
    };
    (unit, end)
}

/// The word after `at`, in small letters, at most one blank away; where it ends, and whether no blank stands before it. A sign of percent,
/// of degrees or of money is a word. Empty where there is none.
fn next_word(text: &str, at: usize) -> (String, usize, bool) {
    let Some(rest) = text.get(at..) else { return (String::new(), at, false) };
    let blank = rest.starts_with([' ', '-']) && rest[1..].starts_with(|c: char| c.is_alphabetic() || "%°$€£¥₹₩".contains(c));
    let start = at + usize::from(blank);
    let rest = &text[start..];
    let first = rest.chars().next();
    if let Some(sign) = first.filter(|c| "%$€£¥₹₩".contains(*c)) {
        return (sign.to_string(), start + sign.len_utf8(), !blank);
    }
    if !first.is_some_and(|c| c.is_alphabetic() || c == '°') {
        return (String::new(), at, !blank);
    }
    // `km/h`, `m2`, `m^2`, `°C`
    let mut long = 0;
    let mut before = ' ';
    for (offset, c) in rest.char_indices().take(40) {
        let next = rest[offset + c.len_utf8()..].chars().next();
        let joins = match c {
            '/' => before.is_alphabetic() && next.is_some_and(char::is_alphabetic),
            '^' => before.is_alphabetic() && next.is_some_and(|c| c.is_ascii_digit()),
            c => c.is_alphabetic() || c == '°' || (c.is_ascii_digit() && (before.is_alphabetic() || before == '^')),
        };
        if !joins {
            break;
        }
        long = offset + c.len_utf8();
        before = c;
    }
    (rest[..long].to_lowercase(), start + long, !blank)
}
