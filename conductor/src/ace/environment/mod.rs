//! Environments: what says whether an answer is right. They grade the answer to a sample and tell, in words for a reflector, what was
//! expected and what came.
//!
//! | grader | an answer is correct where |
//! | --- | --- |
//! | `exact` | it is the truth, but for blanks around it |
//! | `normalised` | it, or what it marks as its answer, has the truth's words: case, punctuation, articles do not count |
//! | `numeric` | its number is the truth's, within the tolerance, in any unit that fits |
//! | `choice` | it names the right choice, by its letter or its text |
//! | `f1` | it shares enough of its words with the truth |
//! | `contains_all`, `contains_any` | the truths stand in it, as whole words |
//! | `pattern` | the sample's regular expression matches somewhere in it |
//! | `schema` | it holds a JSON object that fits the sample's schema |
//! | `auto` | one of these by what the sample has; text may also stand in a sentence that says nothing else |
//!
//! What must stay true: no I/O and no panic, whatever a model wrote, in time proportional to it; an answer whose grade is in doubt is
//! [`Outcome::Unknown`], since learning from a wrong grade does harm; without a truth nothing is known, and an empty answer is wrong.

mod auto;
mod choice;
mod clean;
mod leak;
mod load;
mod measure;
mod numeral;
mod numeric;
mod parts;
mod pattern;
mod quantity;
mod rated;
mod sample;
mod schema;
mod text;
mod tolerance;
mod verdict;
mod words;

pub use auto::Auto;
pub use choice::Choice;
pub use leak::holds_answer;
pub use load::{LineError, Loaded, read_jsonl};
pub use numeric::Numeric;
pub use pattern::{Matches, Pattern};
pub use rated::Rated;
pub use sample::{Accepted, Grader, Sample, Truth};
pub use schema::{Extract, Fits, Schema, object_in};
pub use text::{ContainsAll, ContainsAny, Exact, F1, Normalised};
pub use tolerance::Tolerance;
pub use verdict::{Outcome, Verdict};

/// Says whether an answer is right.
pub trait TaskEnvironment {
    /// Its name, as it is written in files.
    fn name(&self) -> &'static str;

    /// Grades `answer`. [`Outcome::Unknown`] where the sample has nothing to grade it by.
    fn grade(&self, sample: &Sample, answer: &str) -> Verdict;
}

/// The most characters of a text that are told in a feedback.
const MOST_SPELLED: usize = 120;

/// `text` in quotes, on one line, cut where it is long.
fn spelled(text: &str) -> String {
    let mut chars = text.trim().chars().map(|c| if c.is_control() || clean::is_hidden(c) { ' ' } else { c });
    let shown: String = chars.by_ref().take(MOST_SPELLED).collect();
    let cut = if chars.next().is_some() { "…" } else { "" };
    format!("\"{shown}{cut}\"")
}

#[cfg(test)]
mod tests;
