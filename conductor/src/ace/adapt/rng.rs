//! Chance that can be written down: SplitMix64 (Steele, Lea, Flood 2014), so that a later version draws the same.
//!
//! What must stay true: the same state gives the same numbers on every machine.

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// From a seed, and a number that tells several of one seed apart.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = Self { state: seed };
        let first = rng.number();
        Self { state: first ^ stream.wrapping_mul(0xd134_2543_de82_ef95) }
    }

    /// The next 64 bits.
    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where that is 0. Off by less than 2⁻⁶⁴ times `end` (Lemire 2019, without the last correction).
    pub fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.number()) * end as u128;
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    /// From 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Puts `list` into a random order (Fisher, Yates).
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}
