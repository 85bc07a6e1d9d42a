//! What became of an answer.

use super::clean::said;
use super::{Sample, spelled};
use serde::{Deserialize, Serialize};

/// Whether an answer was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was.
    Correct,
    /// It was not.
    Wrong,
    /// Nobody can tell. Nothing is to be learned from it.
    Unknown,
}

/// A graded answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether it was right.
    pub outcome: Outcome,
    /// How good it was, from 0 to 1. 0 where that is unknown: do not average it in.
    pub score: f32,
    /// What was expected and what came, in one or two sentences, for a reflector. Text of the model stands in it, in quotes.
    pub feedback: String,
}

impl Verdict {
    /// It was right.
    pub fn correct(feedback: impl Into<String>) -> Self {
        Self { outcome: Outcome::Correct, score: 1.0, feedback: sentence(feedback.into()) }
    }

    /// It was not.
    pub fn wrong(feedback: impl Into<String>) -> Self {
        Self { outcome: Outcome::Wrong, score: 0.0, feedback: sentence(feedback.into()) }
    }

    /// Nobody can tell.
    pub fn unknown(feedback: impl Into<String>) -> Self {
        Self { outcome: Outcome::Unknown, score: 0.0, feedback: sentence(feedback.into()) }
    }

    /// Right or wrong, by `correct`.
    pub(super) fn of(correct: bool, feedback: impl Into<String>) -> Self {
        if correct { Self::correct(feedback) } else { Self::wrong(feedback) }
    }

    /// Of verdicts on one answer, by truths of which any is accepted: one that is correct, else one that is unknown, else the best.
    pub(super) fn best(verdicts: impl Iterator<Item = Self>) -> Self {
        let rank = |verdict: &Self| match verdict.outcome {
            Outcome::Correct => 2.0,
            Outcome::Unknown => 1.5,
            Outcome::Wrong => verdict.score,
        };
        let better = |best: Self, next: Self| if rank(&next) > rank(&best) { next } else { best };
        verdicts.reduce(better).unwrap_or_else(|| Self::unknown(NO_TRUTH))
    }
}

const NO_TRUTH: &str = "there is no known answer to compare with";

/// `text` with a capital and a full stop.
fn sentence(text: String) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase()).into_iter();
    first.chain(chars).chain((!text.ends_with(['.', '!', '?'])).then_some('.')).collect()
}

/// The verdict on an answer in which nothing stands, if it is such a one.
pub(super) fn empty(answer: &str) -> Option<Verdict> {
    said(answer).is_empty().then(|| Verdict::wrong("nothing came"))
}

/// Grades `answer` by the texts of the truth: wrong without them where it is empty, unknown where there is no truth, correct where it is
/// one of them to the letter, else what `judge` says.
pub(super) fn graded(sample: &Sample, answer: &str, judge: impl FnOnce(&[String]) -> Verdict) -> Verdict {
    if let Some(verdict) = empty(answer) {
        return verdict;
    }
    let truths = sample.truths();
    if truths.is_empty() {
        return Verdict::unknown(NO_TRUTH);
    }
    judge(&truths)
}

/// Expected one of the truths, and came the answer.
pub(super) fn expected(truths: &[String], answer: &str) -> String {
    let all: Vec<String> = truths.iter().take(5).map(|truth| spelled(truth)).collect();
    format!("expected {}, and the answer was {}", all.join(" or "), spelled(said(answer)))
}
