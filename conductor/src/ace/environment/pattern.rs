//! Regular expressions of samples.
//!
//! What must stay true: a pattern that cannot be compiled within the limits is an error where it is made; matching takes time in
//! proportion to the text.

use super::clean::said;
use super::verdict::{Verdict, empty};
use super::{Sample, TaskEnvironment, spelled};
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// The longest pattern, in bytes, and the most memory that it may take compiled.
const LONGEST: usize = 1000;
const MEMORY: usize = 1 << 20;

/// A regular expression, compiled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Regex);

impl Pattern {
    /// Compiles `source`, in the syntax of the `regex` crate: no look-around, no references back.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(source: &str) -> Result<Self, String> {
        if source.is_empty() || source.len() > LONGEST {
            return Err(format!("a pattern has between 1 and {LONGEST} bytes"));
        }
        let built = RegexBuilder::new(source).size_limit(MEMORY).dfa_size_limit(MEMORY).nest_limit(50).build();
        built.map(Self).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern takes too much memory".to_owned(),
            // The last line of the message says what; those before it draw where.
            other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it matches somewhere in `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(source: String) -> Result<Self, String> {
        Self::new(&source)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.as_str().to_owned()
    }
}

/// The sample's pattern matches somewhere in the answer, as it was written. `^` and `$` bind it to all of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Matches;

impl TaskEnvironment for Matches {
    fn name(&self) -> &'static str {
        "pattern"
    }

    fn grade(&self, sample: &Sample, answer: &str) -> Verdict {
        if let Some(verdict) = empty(answer) {
            return verdict;
        }
        let Some(pattern) = &sample.pattern else { return Verdict::unknown("there is no pattern to compare with") };
        let said = said(answer);
        let what = format!("expected text that matches {}, and the answer was {}", spelled(pattern.as_str()), spelled(said));
        Verdict::of(pattern.is_match(said), what)
    }
}
