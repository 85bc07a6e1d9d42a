//! Answers that a person rated.

use super::{Outcome, Sample, TaskEnvironment, Verdict};

/// Grades by what a user said of an answer, whatever it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rated(pub Outcome);

impl TaskEnvironment for Rated {
    fn name(&self) -> &'static str {
        "rated"
    }

    fn grade(&self, _: &Sample, _: &str) -> Verdict {
        match self.0 {
            Outcome::Correct => Verdict::correct("the user rated the answer as good"),
            Outcome::Wrong => Verdict::wrong("the user rated the answer as bad"),
            Outcome::Unknown => Verdict::unknown("the user did not rate the answer"),
        }
    }
}
