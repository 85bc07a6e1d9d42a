//! Samples: questions with what is known of their answers.
//!
//! What must stay true: a sample that was loaded can be graded: its pattern and its schema are compiled, its truth fits its grader.

use super::{Pattern, Schema, Tolerance};
use serde::{Deserialize, Serialize};
use serde_json::Number;

/// A question, and what is known of its answer. As JSON it is a line that a person can write:
///
/// ```json
/// {"id": "fr-1", "question": "What is the capital of France?", "answer": "Paris"}
/// {"id": "kg", "question": "How heavy is it?", "answer": "1.5 kg", "tolerance": "1%"}
/// {"id": "mc", "question": "Which is larger?", "choices": ["the Moon", "the Sun"], "answer": "B"}
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(try_from = "super::load::Fields")]
pub struct Sample {
    /// Its name, by which evidence is counted: no two samples share one.
    pub id: String,
    /// What is asked.
    pub question: String,
    /// What it is asked about: a text, a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The right answer, where it is known.
    #[serde(rename = "answer", skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
    /// What can be chosen from, in the order of their letters. At most 26.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// How far a number may be off. Without it two whole numbers must be the same, others to one part in a million.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Tolerance>,
    /// The least F1 that counts as correct, above 0 and at most 1. Without it 0.6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// What the answer must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// What the JSON object in the answer must fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Schema>,
    /// How it is graded, where [`Auto`](super::Auto) is not to choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grader: Option<Grader>,
}

impl Sample {
    /// A sample whose answer is `truth`.
    pub fn new(id: impl Into<String>, question: impl Into<String>, truth: Option<Truth>) -> Self {
        Self { id: id.into(), question: question.into(), truth, ..Self::default() }
    }

    /// The texts of the truth; empty where none is known.
    pub fn truths(&self) -> Vec<String> {
        match &self.truth {
            None => Vec::new(),
            Some(Truth::One(one)) => vec![one.text()],
            Some(Truth::Several(all)) => all.iter().map(Accepted::text).collect(),
        }
    }
}

/// The right answer. Of several any is right, but for [`Grader::ContainsAll`], which wants all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Truth {
    /// One.
    One(Accepted),
    /// Several, at least one.
    Several(Vec<Accepted>),
}

impl From<&str> for Truth {
    fn from(text: &str) -> Self {
        Self::One(Accepted::Text(text.to_owned()))
    }
}

/// One right answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Accepted {
    /// In words. Not empty.
    Text(String),
    /// A number.
    Number(Number),
}

impl Accepted {
    /// As text.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// How an answer is graded; see the table at the top of `environment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grader {
    /// By what the sample has.
    Auto,
    /// To the letter.
    Exact,
    /// By its words.
    #[serde(alias = "normalized")]
    Normalised,
    /// By its number.
    Numeric,
    /// By the choice that it takes.
    Choice,
    /// By how many words it shares.
    F1,
    /// All truths stand in it.
    #[serde(alias = "contains")]
    ContainsAll,
    /// One truth stands in it.
    ContainsAny,
    /// By a regular expression.
    #[serde(alias = "regex")]
    Pattern,
    /// By a schema for JSON.
    Schema,
}
