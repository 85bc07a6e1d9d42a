//! Durations as people write them: `"250ms"`, `"30s"` or `"2m"`.

use serde::{Deserialize, Deserializer, de::Error};
use std::time::Duration;

/// For `#[serde(with = …)]`.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no duration")))
}

/// A whole number, then `ms`, `s` or `m`. `None` for anything else, and for what does not fit.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..unit].parse().ok()?;
    let milliseconds = match text[unit..].trim() {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => return None,
    };
    number.checked_mul(milliseconds).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_people_write_them() {
        let ms = |n| Some(Duration::from_millis(n));
        for (text, want) in [
            ("250ms", ms(250)),
            (" 30 s ", ms(30_000)),
            ("2m", ms(120_000)),
            ("0s", ms(0)),
            ("", None),
            ("30", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("1h", None),
            ("99999999999999999999s", None),
            ("18446744073709551615m", None),
        ] {
            assert_eq!(parse(text), want, "{text:?}");
        }
    }
}
