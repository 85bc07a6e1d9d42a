//! Where a numeral ends.

/// A numeral at the beginning of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Numeral {
    /// Its digits and signs, with a plain blank, apostrophe or comma for whatever stands between thousands.
    pub(super) plain: String,
    /// Bytes of the text that it takes.
    pub(super) length: usize,
    /// True where an ordinary blank was taken for one between thousands.
    pub(super) odd: bool,
}

/// What may stand between thousands, and how it is written down.
const BETWEEN_THOUSANDS: [(&str, char); 9] = [
    ("{,}", ','),
    ("\\,", ' '),
    ("'", '\''),
    ("’", '\''),
    ("_", '_'),
    ("\u{A0}", ' '),
    ("\u{202F}", ' '),
    ("\u{2009}", ' '),
    (" ", ' '),
];

/// Reads the numeral that `text` begins with. It ends before a sign that no digit follows: `391.` is `391`.
pub(super) fn read(text: &str) -> Numeral {
    let mut numeral = Numeral { plain: String::new(), length: 0, odd: false };
    loop {
        let rest = &text[numeral.length..];
        let digits = digits(rest);
        numeral.plain.push_str(&rest[..digits]);
        numeral.length += digits;
        let rest = &text[numeral.length..];
        if let Some(sign) = rest.chars().next().filter(|c| matches!(c, '.' | ','))
            && self::digits(&rest[1..]) > 0
        {
            numeral.plain.push(sign);
            numeral.length += 1;
        } else if let Some((between, plain)) = between_thousands(rest, &numeral.plain) {
            numeral.odd |= between == " ";
            numeral.plain.push(plain);
            numeral.length += between.len();
        } else {
            break;
        }
    }
    let exponent = exponent(&text[numeral.length..]);
    numeral.plain.push_str(&text[numeral.length..numeral.length + exponent]);
    numeral.length += exponent;
    numeral
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The separator that `rest` begins with, where `before` ends in a group of up to three digits and three more follow.
fn between_thousands(rest: &str, before: &str) -> Option<(&'static str, char)> {
    let (between, plain) = BETWEEN_THOUSANDS.into_iter().find(|(between, _)| rest.starts_with(between))?;
    let groups: Vec<&str> = before.split(plain).collect();
    let grouped = groups.iter().all(|group| digits(group) == group.len() && (1..=3).contains(&group.len()));
    (grouped && digits(&rest[between.len()..]) == 3).then_some((between, plain))
}

/// `e-3`, and no letter after it.
fn exponent(text: &str) -> usize {
    let Some(after) = text.strip_prefix(['e', 'E']) else { return 0 };
    let sign = usize::from(after.starts_with(['+', '-']));
    let digits = digits(&after[sign..]);
    let ends = !after[sign + digits..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    if digits > 0 && ends { 1 + sign + digits } else { 0 }
}
