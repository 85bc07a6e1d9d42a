//! Grades JSON: the object in an answer must fit a schema.
//!
//! A small part of JSON Schema (2020-12): `type` (a name or a list), `required`, `properties`, `additionalProperties` (true, false, a
//! schema), `items` (a schema), `minItems`, `maxItems`, `enum`, `const`, `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `minLength`,
//! `maxLength`, `pattern`. Notes are allowed and say nothing: `title`, `description`, `examples`, `default`, `$schema`, `$comment`.
//!
//! What must stay true: every other keyword is an error where the schema is made: one that was passed over would accept wrong answers.

mod check;
mod make;

use super::clean::said;
use super::verdict::{Verdict, empty};
use super::{Pattern, Sample, TaskEnvironment, spelled};
use crate::ace::json;
use make::Node;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Finds the JSON object in an answer; `None` where there is none that is whole.
pub type Extract = fn(&str) -> Option<Value>;

/// A schema, checked when it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Schema {
    source: Value,
    node: Node,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// What is wrong, in words, and where: `/properties/age: ...`.
    pub fn new(source: Value) -> Result<Self, String> {
        let node = make::node(&source, "")?;
        Ok(Self { source, node })
    }

    /// What of `value` does not fit, in words; at most three faults. Empty where all does.
    pub fn faults(&self, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        check::check(&self.node, value, "", &mut faults);
        faults
    }
}

impl TryFrom<Value> for Schema {
    type Error = String;

    fn try_from(source: Value) -> Result<Self, String> {
        Self::new(source)
    }
}

impl From<Schema> for Value {
    fn from(schema: Schema) -> Self {
        schema.source
    }
}

/// The object in the answer fits the sample's schema.
#[derive(Debug, Clone, Copy)]
pub struct Fits {
    /// Finds the object.
    pub extract: Extract,
}

impl Default for Fits {
    fn default() -> Self {
        Self { extract: object_in }
    }
}

impl TaskEnvironment for Fits {
    fn name(&self) -> &'static str {
        "schema"
    }

    fn grade(&self, sample: &Sample, answer: &str) -> Verdict {
        if let Some(verdict) = empty(answer) {
            return verdict;
        }
        let Some(schema) = &sample.schema else { return Verdict::unknown("there is no schema to compare with") };
        let said = said(answer);
        let Some(value) = (self.extract)(said) else {
            return Verdict::wrong(format!("expected a JSON object, and none was found in the answer {}", spelled(said)));
        };
        let faults = schema.faults(&value);
        if faults.is_empty() {
            return Verdict::correct("the JSON object fits the schema");
        }
        Verdict::wrong(format!("the JSON object does not fit the schema: {}", faults.join("; ")))
    }
}

/// The one JSON object in an answer, found and mended as all objects of models are.
pub fn object_in(answer: &str) -> Option<Value> {
    match json::recover(answer, false) {
        json::Verdict::Value(object) => Some(Value::Object(object)),
        json::Verdict::Truncated | json::Verdict::Invalid(_) => None,
    }
}
