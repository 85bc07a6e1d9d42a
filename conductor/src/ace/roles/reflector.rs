//! The reflector: says what helped, what went wrong, and what to learn from it.
//!
//! What must stay true: it sees what it is given and nothing else. For a turn of a conversation the caller gives the spans that the user
//! typed and the outcome alone: no answer, no file, nothing pasted.

use super::asking::{ask, clipped, text};
use super::{Doors, RoleError, Roles};
use crate::ace::clean::one_line;
use crate::ace::environment::Outcome;
use crate::ace::proposal::Proposal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The longest part of a reflection that is kept, in characters: it goes into the prompts of others.
const LONGEST_PART: usize = 600;

/// The longest answer and the longest reasoning that are shown to the reflector, in characters.
const LONGEST_SHOWN: usize = 4000;

/// What the reflector gets.
#[derive(Debug, Clone, Copy)]
pub struct Reflect<'a> {
    /// What was asked; of a conversation what the user typed.
    pub question: &'a str,
    /// What was answered; empty where it may not be seen.
    pub answer: &'a str,
    /// How the answer was come to; empty where it may not be seen.
    pub reasoning: &'a str,
    /// Whether it was right.
    pub outcome: Outcome,
    /// What was expected and what came; may be empty.
    pub feedback: &'a str,
    /// The right answer; empty where it is not known.
    pub truth: &'a str,
    /// The lines that were in the prompt, or those of them that matter.
    pub bullets: &'a str,
}

/// What was learnt from an answer, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reflection {
    /// What it saw.
    pub reasoning: String,
    /// What went wrong.
    pub error_identification: String,
    /// Why.
    pub root_cause_analysis: String,
    /// What to do instead.
    pub correct_approach: String,
    /// The lesson.
    pub key_insight: String,
}

impl Reflection {
    /// Its parts with their names, in their order.
    pub fn parts(&self) -> [(&'static str, &str); 5] {
        [
            ("reasoning", &self.reasoning),
            ("error", &self.error_identification),
            ("cause", &self.root_cause_analysis),
            ("better", &self.correct_approach),
            ("lesson", &self.key_insight),
        ]
    }

    /// The lesson for the generator, on one line; empty where there is none.
    pub fn as_hint(&self) -> String {
        let parts = [&self.key_insight, &self.correct_approach].map(|part| one_line(part));
        let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { String::new() } else { format!("- {}", parts.join(" ")) }
    }

    /// All of it for the curator, a line for each part.
    pub fn as_text(&self) -> String {
        let parts = self.parts().into_iter().filter(|(_, text)| !text.is_empty());
        let lines: Vec<String> = parts.map(|(name, text)| format!("{name}: {}", one_line(text))).collect();
        lines.join("\n")
    }

    /// Without the parts that `holds`, such as those that tell the answer.
    #[must_use]
    pub fn without(&self, holds: impl Fn(&str) -> bool) -> Self {
        let keep = |text: &String| if holds(text) { String::new() } else { text.clone() };
        Self {
            reasoning: keep(&self.reasoning),
            error_identification: keep(&self.error_identification),
            root_cause_analysis: keep(&self.root_cause_analysis),
            correct_approach: keep(&self.correct_approach),
            key_insight: keep(&self.key_insight),
        }
    }
}

/// What the reflector answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reflected {
    /// In words.
    pub reflection: Reflection,
    /// What it says of bullets: TAG operations alone.
    pub tags: Proposal,
}

impl Reflected {
    fn read(object: &Map<String, Value>) -> Result<Self, String> {
        let part = |name| clipped(&text(object, name), LONGEST_PART);
        let reflection = Reflection {
            reasoning: part("reasoning"),
            error_identification: part("error_identification"),
            root_cause_analysis: part("root_cause_analysis"),
            correct_approach: part("correct_approach"),
            key_insight: part("key_insight"),
        };
        let tags = Proposal::read_tags(&Value::Object(object.clone()));
        if tags.operations.is_empty() && reflection.parts().iter().all(|(_, text)| text.is_empty()) {
            return Err("none of its parts is there".to_owned());
        }
        Ok(Self { reflection, tags })
    }
}

fn schema() -> Value {
    let text = json!({"type": "string"});
    let tag = json!({
        "type": "object",
        "properties": {"id": {"type": "string"}, "tag": {"type": "string", "enum": ["helpful", "harmful", "neutral"]}},
        "required": ["id", "tag"],
    });
    json!({
        "type": "object",
        "properties": {
            "reasoning": text,
            "error_identification": text,
            "root_cause_analysis": text,
            "correct_approach": text,
            "key_insight": text,
            "bullet_tags": {"type": "array", "items": tag},
        },
        "required":
            ["reasoning", "error_identification", "root_cause_analysis", "correct_approach", "key_insight", "bullet_tags"],
    })
}

/// The word for an outcome in prompts.
fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Correct => "correct",
        Outcome::Wrong => "wrong",
        Outcome::Unknown => "unknown",
    }
}

impl Roles {
    /// Asks the reflector.
    ///
    /// # Errors
    /// [`RoleError`] where no answer could be read.
    pub async fn reflect(&self, doors: Doors<'_>, on: Reflect<'_>) -> Result<Reflected, RoleError> {
        let (answer, reasoning) = (clipped(on.answer, LONGEST_SHOWN), clipped(on.reasoning, LONGEST_SHOWN));
        let values = [
            ("question", on.question),
            ("answer", answer.as_str()),
            ("reasoning", reasoning.as_str()),
            ("outcome", word(on.outcome)),
            ("feedback", on.feedback),
            ("truth", on.truth),
            ("bullets", on.bullets),
        ];
        ask(doors, &self.retry, &self.reflector, &values, schema, Reflected::read).await
    }
}
