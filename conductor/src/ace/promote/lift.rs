//! Whether answers with a bullet are right more often than those without it.
//!
//! What must stay true: only prompts in which the bullet was drawn or held back by lot are to be counted; a bullet that was chosen for
//! fitting the question stands before other questions than one that was not.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The 97.5th percentile of the normal distribution: for an interval of 95 in a hundred.
const Z: f64 = 1.959_964;

/// Answers, by whether the bullet was in their prompt and whether they were right. Those of which it is unknown are in none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lift {
    /// With it, right.
    pub shown_right: u32,
    /// With it, wrong.
    pub shown_wrong: u32,
    /// Without it, right.
    pub absent_right: u32,
    /// Without it, wrong.
    pub absent_wrong: u32,
}

/// The difference between the shares of right answers, with an interval of 95 in a hundred.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    /// Answers with it.
    pub shown: u32,
    /// Answers without it.
    pub absent: u32,
    /// With minus without, from -1 to 1.
    pub difference: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Lift {
    /// The difference, where each arm has at least `least` answers (and one). The interval is Newcombe's (1998, method 10): of the
    /// two Wilson intervals, which holds with few answers and near 0 and 1 too.
    pub fn tally(self, least: u32) -> Option<Tally> {
        let shown = self.shown_right.saturating_add(self.shown_wrong);
        let absent = self.absent_right.saturating_add(self.absent_wrong);
        if shown.min(absent) < least.max(1) {
            return None;
        }
        let (with, with_low, with_high) = wilson(self.shown_right, shown);
        let (without, without_low, without_high) = wilson(self.absent_right, absent);
        let difference = with - without;
        Some(Tally {
            shown,
            absent,
            difference,
            low: difference - (with - with_low).hypot(without_high - without),
            high: difference + (with_high - with).hypot(without - without_low),
        })
    }
}

impl Tally {
    /// It makes answers better, beyond chance.
    pub fn helps(self) -> bool {
        self.low > 0.0
    }

    /// It makes answers worse, beyond chance.
    pub fn hurts(self) -> bool {
        self.high < 0.0
    }
}

impl fmt::Display for Tally {
    /// `answers with it are right 12 points more often (3 to 21), over 80 with and 75 without`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = |share: f64| (share * 100.0).round() as i64;
        let (word, low, high) =
            if self.difference < 0.0 { ("less", -self.high, -self.low) } else { ("more", self.low, self.high) };
        let (by, low, high) = (points(self.difference.abs()), points(low), points(high));
        write!(
            f,
            "answers with it are right {by} points {word} often ({low} to {high}), over {} with and {} without",
            self.shown, self.absent
        )
    }
}

/// The share, and its Wilson interval.
fn wilson(right: u32, all: u32) -> (f64, f64, f64) {
    let (n, share) = (f64::from(all), f64::from(right) / f64::from(all));
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let by = 1.0 + Z * Z / n;
    (share, ((middle - half) / by).max(0.0), ((middle + half) / by).min(1.0))
}
