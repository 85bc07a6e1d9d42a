//! Numbers as people write them: with a point or a comma, and with separators between thousands.
//!
//! What must stay true: a numeral that does not fit a style wholly is not read in it; `1,234` has two readings, and which
//! one is meant is for the caller to find out.

/// Which sign stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

impl Style {
    /// Both, the commoner first.
    pub(super) const ALL: [Self; 2] = [Self::Point, Self::Comma];

    fn decimal(self) -> char {
        if self == Self::Point { '.' } else { ',' }
    }

    /// The other sign: a separator of thousands here.
    fn separator(self) -> char {
        if self == Self::Point { ',' } else { '.' }
    }
}

/// The most digits of a numeral, and the largest power of ten beside them.
const MOST_DIGITS: usize = 60;
const MOST_POWER: i32 = 300;

/// A decimal number, exactly: `digits` times ten to the power of `power`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: String,
    power: i32,
}

impl Decimal {
    /// Reads `numeral`, which has no sign, in `style`.
    pub(super) fn read(numeral: &str, style: Style) -> Option<Self> {
        let (mantissa, exponent) = match numeral.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (numeral, 0),
        };
        let (whole, decimals) = mantissa.split_once(style.decimal()).unwrap_or((mantissa, ""));
        let digits = ungrouped(whole, style)? + decimals;
        let power = exponent.checked_sub(i32::try_from(decimals.len()).ok()?)?;
        let good = !digits.is_empty() && digits.len() <= MOST_DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        (good && power.abs() <= MOST_POWER && exponent.abs() <= MOST_POWER).then_some(Self { digits, power })
    }

    /// The power of ten of its last digit.
    pub(super) fn last_place(&self) -> i32 {
        self.power
    }

    /// The power of ten of its last digit that says something: zeros at the end of a rounded whole number do not.
    pub(super) fn last_significant_place(&self) -> i32 {
        let zeros = self.digits.len() - self.digits.trim_end_matches('0').len();
        if self.power < 0 || zeros == self.digits.len() { self.power } else { self.power + i32::try_from(zeros).unwrap_or(0) }
    }

    /// The largest number that is rounded to this one.
    pub(super) fn nudged(&self) -> Self {
        Self { digits: format!("{}5", self.digits), power: self.power - 1 }
    }

    /// How many digits it takes to write it out.
    pub(super) fn size(&self) -> usize {
        self.digits.len() + self.power.unsigned_abs() as usize
    }

    /// About what it is.
    pub(super) fn roughly(&self) -> f64 {
        format!("{}e{}", self.digits, self.power).parse().unwrap_or(f64::NAN)
    }

    /// In full, with a point: `1234.50`.
    pub(super) fn plain(&self) -> String {
        let mut digits = self.digits.clone();
        if self.power >= 0 {
            digits.extend(std::iter::repeat_n('0', self.power.unsigned_abs() as usize));
        } else {
            let decimals = self.power.unsigned_abs() as usize;
            let missing = (decimals + 1).saturating_sub(digits.len());
            digits.insert_str(0, &"0".repeat(missing));
            digits.insert(digits.len() - decimals, '.');
        }
        let whole = digits.find('.').unwrap_or(digits.len());
        let zeros = digits[..whole].bytes().take_while(|b| *b == b'0').count().min(whole.saturating_sub(1));
        digits.split_off(zeros)
    }
}

/// True where a sign for the decimals stands in `numeral` if it is read in `style`.
pub(super) fn has_decimals(numeral: &str, style: Style) -> bool {
    numeral.contains(style.decimal())
}

/// The digits of a whole number, its separators taken out; nothing where they do not stand between thousands.
fn ungrouped(whole: &str, style: Style) -> Option<String> {
    let Some(separator) = whole.chars().find(|c| !c.is_ascii_digit()) else { return Some(whole.to_owned()) };
    if separator != style.separator() && !matches!(separator, '\'' | '_' | ' ') {
        return None;
    }
    let groups: Vec<&str> = whole.split(separator).collect();
    let (first, rest) = groups.split_first()?;
    let (last, middle) = rest.split_last()?;
    let thousands = (1..=3).contains(&first.len()) && middle.iter().all(|group| group.len() == 3);
    // As in India: 12,34,567.
    let lakhs = separator == ',' && (1..=2).contains(&first.len()) && middle.iter().all(|group| group.len() == 2);
    (last.len() == 3 && (thousands || lakhs) && !first.starts_with('0')).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_in_both_styles() {
        for (numeral, point, comma) in [
            ("17", "17", "17"),
            ("0", "0", "0"),
            ("007", "7", "7"),
            ("3.5", "3.5", ""),
            ("3,5", "", "3.5"),
            (".5", "0.5", ""),
            ("1,234", "1234", "1.234"),
            ("1.234", "1.234", "1234"),
            ("0,123", "", "0.123"),
            ("0.123", "0.123", ""),
            ("1,234.5", "1234.5", ""),
            ("1.234,5", "", "1234.5"),
            ("1.000,5", "", "1000.5"),
            ("1,234,567", "1234567", ""),
            ("12,34,567", "1234567", ""),
            ("1,23", "", "1.23"),
            ("1,2345", "", "1.2345"),
            ("1,2,3", "", ""),
            ("1.2.3", "", ""),
            ("1'234'567.25", "1234567.25", ""),
            ("1_000", "1000", "1000"),
            ("1 000", "1000", "1000"),
            ("1 000,5", "", "1000.5"),
            ("1,234 567", "", ""),
            ("1.5e3", "1500", ""),
            ("2e-3", "0.002", "0.002"),
            ("1e999", "", ""),
            ("391.00", "391.00", ""),
        ] {
            let read = |style| Decimal::read(numeral, style).map(|d| d.plain()).unwrap_or_default();
            assert_eq!((read(Style::Point).as_str(), read(Style::Comma).as_str()), (point, comma), "{numeral}");
        }
        assert_eq!(Decimal::read(&"1".repeat(61), Style::Point), None);
    }

    #[test]
    fn places() {
        for (numeral, last, significant) in [("391", 0, 0), ("400", 0, 2), ("3.50", -2, -2), ("0", 0, 0), ("1.2e6", 5, 5)] {
            let decimal = Decimal::read(numeral, Style::Point).expect("a number");
            assert_eq!((decimal.last_place(), decimal.last_significant_place()), (last, significant), "{numeral}");
        }
    }
}
