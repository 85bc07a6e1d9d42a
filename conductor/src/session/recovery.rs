//! What a front end may have made of the answer of a model, without a session: the JSON object in it.

use crate::ace::json::{self, Verdict};
use serde_json::{Map, Value};

/// What became of a text that should hold a JSON object. By the same rules as for the answers that playbooks learn from.
#[derive(Debug, Clone, PartialEq)]
pub enum Recovery {
    /// The object.
    Object(Map<String, Value>),
    /// The text ends before the object does, or before there is one.
    Truncated,
    /// There is no object that could be relied on.
    Invalid {
        /// A word for programs.
        why: &'static str,
        /// A sentence, without what it is said of.
        what: String,
    },
}

impl Recovery {
    /// The longest text that is looked at, in bytes.
    pub const MOST_BYTES: usize = json::MAX_BYTES;

    /// Looks for the object in `text`. `cut`: the model stopped at a limit of length.
    pub fn of(text: &str, cut: bool) -> Self {
        match json::recover(text, cut) {
            Verdict::Value(members) => Self::Object(members),
            Verdict::Truncated => Self::Truncated,
            Verdict::Invalid(why) => Self::Invalid { why: why.name(), what: why.to_string() },
        }
    }
}
