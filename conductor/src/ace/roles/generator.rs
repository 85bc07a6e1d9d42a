//! The generator: answers a question with the playbook before it.

use super::asking::{ask, text};
use super::{Doors, Reflection, RoleError, Roles};
use crate::ace::prompt::{cited, cited_ids};
use crate::domain::{BulletId, Milli, Playbook};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What the generator gets.
#[derive(Debug, Clone, Copy)]
pub struct Generate<'a> {
    /// What is asked, with what can be chosen from.
    pub question: &'a str,
    /// What it is asked about; empty for nothing.
    pub context: &'a str,
    /// The playbook as [`as_prompt`](crate::ace::prompt::as_prompt) writes it; empty for none.
    pub playbook: &'a str,
    /// What was learnt last, the oldest first.
    pub reflections: &'a [Reflection],
}

/// What the generator answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// How it came to the answer; may be empty.
    pub reasoning: String,
    /// The answer; may be empty.
    pub final_answer: String,
    /// The bullets that it says it used, as it wrote them.
    pub bullet_ids: Vec<String>,
    /// How sure it says it is, in thousandths; `None` where it does not say. Models say much and mean little by it: nothing is decided by it.
    pub confidence: Option<Milli>,
}

impl Generated {
    fn read(object: &Map<String, Value>) -> Result<Self, String> {
        if !object.contains_key("final_answer") {
            return Err("`final_answer` is missing".to_owned());
        }
        let ids = match object.get("bullet_ids") {
            Some(Value::Array(ids)) => ids.iter().filter_map(name).collect(),
            Some(one) => name(one).into_iter().collect(),
            None => Vec::new(),
        };
        let sure = object.get("confidence").and_then(Value::as_f64).filter(|sure| (0.0..=1.0).contains(sure));
        Ok(Self {
            reasoning: text(object, "reasoning"),
            final_answer: text(object, "final_answer"),
            bullet_ids: ids,
            confidence: sure.map(|sure| Milli::of(sure as f32)),
        })
    }

    /// The bullets of `book` that it names, in the field and in its texts, of those that were `shown`.
    pub fn cited(&self, book: &Playbook, shown: &BTreeSet<BulletId>) -> Vec<BulletId> {
        let mut found = cited_ids(self.bullet_ids.iter().map(String::as_str), book, shown);
        for text in [&self.reasoning, &self.final_answer] {
            let more: Vec<BulletId> = cited(text, book, shown).into_iter().filter(|id| !found.contains(id)).collect();
            found.extend(more);
        }
        found
    }
}

/// The name of a bullet: text, or a bare number.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "reasoning": {"type": "string"},
            "bullet_ids": {"type": "array", "items": {"type": "string"}},
            "final_answer": {"type": "string"},
            "confidence": {"type": "number"},
        },
        "required": ["reasoning", "bullet_ids", "final_answer"],
    })
}

impl Roles {
    /// Asks the generator.
    ///
    /// # Errors
    /// [`RoleError`] where no answer could be read.
    pub async fn generate(&self, doors: Doors<'_>, on: Generate<'_>) -> Result<Generated, RoleError> {
        let reflections: Vec<String> = on.reflections.iter().map(Reflection::as_hint).filter(|hint| !hint.is_empty()).collect();
        let reflections = reflections.join("\n");
        let values = [
            ("question", on.question),
            ("context", on.context),
            ("playbook", on.playbook),
            ("reflections", reflections.as_str()),
        ];
        ask(doors, &self.retry, &self.generator, &values, schema, Generated::read).await
    }
}
