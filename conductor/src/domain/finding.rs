//! A secret that was found.

use super::Digest;
use serde::Serialize;
use std::fmt;

/// A secret in a text, and never the secret itself.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that found it: `github-token`.
    pub rule: String,
    /// What the rule looks for, for a person: `GitHub token`.
    #[serde(skip)]
    pub what: String,
    /// The first byte of it, from 0.
    pub start: usize,
    /// The byte after it.
    pub end: usize,
    /// A few of its characters, so that the user recognises it: `ghp_…3f9a`.
    pub masked: String,
    /// Tells whether it is one that was seen before. Not shown: the sum of a short password gives it away.
    #[serde(skip)]
    pub fingerprint: Digest,
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Finding({} at {}..{}: {})", self.rule, self.start, self.end, self.masked)
    }
}
