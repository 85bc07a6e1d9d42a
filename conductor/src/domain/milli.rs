//! Numbers between things that can be compared exactly, hashed and stored: thousandths.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A number in thousandths: shares from 0 to 1, scores, weights. In JSON a number with a fraction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Milli(pub i32);

impl Milli {
    /// The nearest one; what is no number is 0.
    pub fn of(value: f32) -> Self {
        // The cast saturates, and makes 0 of what is no number.
        Self((value * 1000.0).round() as i32)
    }

    /// As a number.
    pub fn get(self) -> f32 {
        self.0 as f32 / 1000.0
    }

    /// In whole hundredths: 87 of 0.87.
    pub fn percent(self) -> i32 {
        (self.0 + 5).div_euclid(10)
    }
}

impl fmt::Display for Milli {
    /// With two digits after the point.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.get())
    }
}

impl Serialize for Milli {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Milli {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(|value| Self((value * 1000.0).round() as i32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousandths() {
        for (value, milli, percent, shown) in [
            (0.0, 0, 0, "0.00"),
            (0.8746, 875, 88, "0.88"),
            (1.0, 1000, 100, "1.00"),
            (-0.25, -250, -25, "-0.25"),
            (f32::NAN, 0, 0, "0.00"),
        ] {
            let got = Milli::of(value);
            assert_eq!((got.0, got.percent(), got.to_string().as_str()), (milli, percent, shown), "{value}");
            let json = serde_json::to_string(&got).unwrap();
            assert_eq!(serde_json::from_str::<Milli>(&json).unwrap(), got, "{json}");
        }
    }
}
