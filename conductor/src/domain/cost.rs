//! Money.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a model costs, in trillionths of a US dollar for a token: a price of $0.0375 for a million tokens is 37,500 of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// For what is sent.
    pub input: u64,
    /// For what is answered, thinking included.
    pub output: u64,
}

impl Prices {
    /// From US dollars for a million tokens, as price lists give them.
    pub fn per_million(input: f64, output: f64) -> Self {
        let pico = |dollars: f64| (dollars * 1e6).round().max(0.0) as u64;
        Self { input: pico(input), output: pico(output) }
    }
}

/// An amount of money, in billionths of a US dollar: a token of a cheap model costs a few dozen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cost(pub u64);

impl fmt::Display for Cost {
    /// `$0.0012`: cents where there are any, else four digits; `<$0.0001` below that.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.0 as f64 / 1e9;
        match self.0 {
            0 => f.write_str("$0"),
            1..100_000 => f.write_str("<$0.0001"),
            100_000..100_000_000 => write!(f, "${dollars:.4}"),
            _ => write!(f, "${dollars:.2}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cost;

    #[test]
    fn amounts() {
        for (nano, want) in
            [(0, "$0"), (99_999, "<$0.0001"), (1_200_000, "$0.0012"), (250_000_000, "$0.25"), (12_345_000_000, "$12.35")]
        {
            assert_eq!(Cost(nano).to_string(), want);
        }
    }
}
