//! Numbers and bare words.
//!
//! What must stay true: a number that comes out has the value that was written: a whole number exactly, another as the nearest
//! of 64 bits, which is what JSON is read as everywhere.

use super::Why;
use super::cursor::{Cursor, Stop};
use serde_json::{Number, Value};

/// Passes a number. One at the end of the text may go on.
pub(super) fn number(at: &mut Cursor<'_>) -> Result<Value, Stop> {
    let rest = at.rest();
    let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '+' | '-' | '.'))).ok_or(Stop::Cut)?;
    at.at += end;
    let number = rest.get(..end).and_then(read).ok_or(Stop::Wrong(Why::Number))?;
    Ok(Value::Number(number))
}

/// The number that all of `token` is.
fn read(token: &str) -> Option<Number> {
    let digits = token.strip_prefix(['+', '-']).unwrap_or(token);
    let is_whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    // A zero in front means octal to some.
    if matches!(digits.as_bytes(), [b'0', second, ..] if second.is_ascii_digit()) {
        return None;
    }
    if is_whole && token != "-0" {
        let small = token.parse::<i64>().ok().map(Number::from);
        return small.or_else(|| token.parse::<u64>().ok().map(Number::from));
    }
    is_fraction(digits)
        .then(|| token.parse::<f64>().ok())
        .flatten()
        .filter(|value| is_held(*value, digits))
        .and_then(Number::from_f64)
}

/// Digits with a point anywhere among or beside them, and an exponent or none.
fn is_fraction(digits: &str) -> bool {
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = digits.split_once(['e', 'E']).map_or((digits, None), |(mantissa, e)| (mantissa, Some(e)));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
    all_digits(whole)
        && all_digits(part)
        && !(whole.is_empty() && part.is_empty())
        && exponent.is_none_or(|e| !e.is_empty() && all_digits(e))
}

/// False where the number became infinite, or zero and was not.
fn is_held(value: f64, digits: &str) -> bool {
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    value.is_finite() && (value != 0.0 || mantissa.bytes().all(|b| matches!(b, b'0' | b'.')))
}

/// What a bare word in the place of a value is.
pub(super) enum Word {
    /// One of JSON's, or of Python's for the same.
    Value(Value),
    /// The name of a type, in the form of an object.
    Type,
    /// Nothing that could be relied on.
    Wrong(Why),
}

/// What `word` is.
pub(super) fn word(word: &str) -> Word {
    match word {
        "true" | "True" => Word::Value(Value::Bool(true)),
        "false" | "False" => Word::Value(Value::Bool(false)),
        "null" | "None" => Word::Value(Value::Null),
        "string" | "str" | "number" | "float" | "integer" | "int" | "boolean" | "bool" | "object" | "array" | "any" => Word::Type,
        "NaN" | "Infinity" => Word::Wrong(Why::Number),
        _ => Word::Wrong(Why::BareWord),
    }
}
