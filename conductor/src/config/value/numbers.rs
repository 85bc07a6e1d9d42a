//! How many of something.

use super::{Checked, Spot, wrong};
use toml::de::DeValue;

impl Spot<'_> {
    pub(super) fn whole(&self, value: &DeValue<'_>, min: u64, max: u64, why: &str) -> Checked<i64> {
        let integer = value.as_integer().map_or_else(|| self.wrong_type(value), Ok)?;
        // The parser lets through more digits than any number type holds.
        let number = i128::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i128::MAX);
        let hint = || if why.is_empty() { format!("write it as `{}`", self.example) } else { why.to_owned() };
        if number < i128::from(min) {
            return wrong(format!("`{}` must be at least {min}, found {integer}", self.name), hint());
        }
        match i64::try_from(number) {
            Ok(number) if number.unsigned_abs() <= max => Ok(number),
            _ => wrong(
                format!("`{}` must be at most {max}, found {integer}", self.name),
                format!("write it as `{}`", self.example),
            ),
        }
    }

    pub(super) fn rate(&self, value: &DeValue<'_>) -> Checked<f64> {
        let number = self.number(value)?;
        if number.is_finite() && number > 0.0 {
            return Ok(number);
        }
        wrong(format!("`{}` must be more than 0", self.name), format!("write it as `{}`", self.example))
    }

    pub(super) fn amount(&self, value: &DeValue<'_>, max: f64) -> Checked<f64> {
        let number = self.number(value)?;
        if (0.0..=max).contains(&number) {
            // Without the sign that a zero may have.
            return Ok(number.abs());
        }
        wrong(format!("`{}` must be from 0 to {max}", self.name), format!("write it as `{}`", self.example))
    }

    /// With a fraction or without.
    fn number(&self, value: &DeValue<'_>) -> Checked<f64> {
        match value {
            DeValue::Float(float) => Ok(float.as_str().parse::<f64>().unwrap_or(f64::NAN)),
            DeValue::Integer(integer) => Ok(integer.as_str().parse::<f64>().unwrap_or(f64::NAN)),
            _ => self.wrong_type(value),
        }
    }
}
