//! Whether a playbook helps a model: the same problems with it and without it.
//!
//! What must stay true: problems are compared in pairs; one that was not graded both times is in no pair; a share of right answers by
//! itself says nothing of the playbook.

use crate::domain::Milli;
use serde::{Deserialize, Serialize};

/// The 97.5th percentile of the normal distribution: for an interval of 95 in a hundred.
const Z: f64 = 1.959_964;

/// Problems that were asked twice, by what was right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paired {
    /// Both times.
    pub both: u32,
    /// With the playbook alone.
    pub with: u32,
    /// Without it alone.
    pub without: u32,
    /// Neither time.
    pub neither: u32,
}

/// The difference between the shares of right answers with and without, each from -1 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// With minus without.
    pub points: Milli,
    /// The lower end of the interval of 95 in a hundred.
    pub low: Milli,
    /// The upper end.
    pub high: Milli,
}

impl Paired {
    /// Notes a problem.
    pub fn note(&mut self, without: bool, with: bool) {
        let count = match (without, with) {
            (true, true) => &mut self.both,
            (false, true) => &mut self.with,
            (true, false) => &mut self.without,
            (false, false) => &mut self.neither,
        };
        *count += 1;
    }

    /// How many problems there are.
    pub fn problems(self) -> u32 {
        self.both + self.with + self.without + self.neither
    }

    /// The difference; `None` without any problem. The interval is that of Agresti and Min (2005) for matched pairs, by which half a
    /// problem is added to each of the four counts: it holds with few problems, and where nothing differs.
    pub fn difference(self) -> Option<Difference> {
        let n = f64::from(self.problems());
        if n < 1.0 {
            return None;
        }
        let (with, without) = (f64::from(self.with), f64::from(self.without));
        let total = n + 2.0;
        let centre = (with - without) / total;
        let half = Z * ((with + without + 1.0) / total - centre * centre).max(0.0).sqrt() / total.sqrt();
        let milli = |value: f64| Milli::of(value.clamp(-1.0, 1.0) as f32);
        Some(Difference { points: milli((with - without) / n), low: milli(centre - half), high: milli(centre + half) })
    }

    /// Whether the playbook helps, beyond chance.
    pub fn helps(self) -> bool {
        self.difference().is_some_and(|difference| difference.low.0 > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired(both: u32, with: u32, without: u32, neither: u32) -> Paired {
        Paired { both, with, without, neither }
    }

    #[test]
    fn trap_10_a_share_alone_says_nothing_and_pairs_say_how_sure_it_is() {
        // Half of ten is right with the playbook, as it was without: a rule of `at least half` would call that a success.
        let same = paired(5, 0, 0, 5);
        assert!(same.both + same.with >= 5 && !same.helps());
        // Six of ten instead of four, on ten problems: chance.
        assert!(!paired(4, 2, 0, 4).helps());
        // The same shares on a hundred, with the same problems right: no chance any more.
        assert!(paired(40, 20, 0, 40).helps());
        // The same shares, but other problems right: less sure than that.
        let width = |paired: Paired| paired.difference().map(|d| d.high.0 - d.low.0);
        assert!(width(paired(10, 50, 30, 10)) > width(paired(40, 20, 0, 40)));
        assert!(!paired(10, 45, 35, 10).helps());
    }

    #[test]
    fn the_interval_holds_the_difference_and_is_that_of_the_formula() {
        assert_eq!(paired(0, 0, 0, 0).difference(), None);
        for (with, without) in [(0, 0), (1, 0), (0, 1), (7, 3), (50, 0), (0, 50)] {
            let Difference { points, low, high } = paired(3, with, without, 4).difference().unwrap();
            assert!(low <= points && points <= high, "{with} {without}: {low:?} {points:?} {high:?}");
        }
        // By hand: n = 100, b = 20, c = 10. centre = 10/102, half = 1.96 * sqrt((31/102 - 0.0096) / 102).
        let Difference { points, low, high } = paired(30, 20, 10, 40).difference().unwrap();
        assert_eq!((points.0, low.0, high.0), (100, -7, 203));
    }

    #[test]
    fn pairs_are_counted_by_both() {
        let mut counted = Paired::default();
        for (without, with) in [(true, true), (false, true), (true, false), (false, false), (false, true)] {
            counted.note(without, with);
        }
        assert_eq!((counted, counted.problems()), (paired(1, 2, 1, 1), 5));
    }
}
