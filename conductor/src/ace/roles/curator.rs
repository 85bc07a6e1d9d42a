//! The curator: proposes changes of the playbook.
//!
//! What must stay true: what it proposes is a proposal; [`apply`](crate::ace::apply::apply()) alone changes anything.

use super::asking::ask;
use super::{Doors, RoleError, Roles};
use crate::ace::proposal::Proposal;
use serde_json::{Value, json};

/// What the curator gets.
#[derive(Debug, Clone, Copy)]
pub struct Curate<'a> {
    /// The playbook in figures.
    pub stats: &'a str,
    /// What was learnt.
    pub reflection: &'a str,
    /// The lines of the playbook; empty for none.
    pub playbook: &'a str,
    /// The question, and what it was about.
    pub context: &'a str,
    /// `epoch 2/5, sample 10/50`.
    pub progress: &'a str,
}

/// What the curator proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curated(pub Proposal);

fn schema() -> Value {
    let text = json!({"type": "string"});
    let of = |kind: &str, fields: &[&str]| {
        let mut properties = serde_json::Map::new();
        properties.insert("type".to_owned(), json!({"type": "string", "enum": [kind]}));
        fields.iter().for_each(|field| {
            let tag = json!({"type": "string", "enum": ["helpful", "harmful", "neutral"]});
            properties.insert((*field).to_owned(), if *field == "tag" { tag } else { text.clone() });
        });
        let required: Vec<&str> = [&["type"], fields].concat();
        json!({"type": "object", "properties": properties, "required": required})
    };
    let operations = [
        of("ADD", &["section", "content"]),
        of("UPDATE", &["bullet_id", "content"]),
        of("TAG", &["bullet_id", "tag"]),
        of("REMOVE", &["bullet_id"]),
    ];
    json!({
        "type": "object",
        "properties": {"reasoning": text, "operations": {"type": "array", "items": {"anyOf": operations}}},
        "required": ["reasoning", "operations"],
    })
}

impl Roles {
    /// Asks the curator.
    ///
    /// # Errors
    /// [`RoleError`] where no answer could be read.
    pub async fn curate(&self, doors: Doors<'_>, on: Curate<'_>) -> Result<Curated, RoleError> {
        let values = [
            ("stats", on.stats),
            ("reflection", on.reflection),
            ("playbook", on.playbook),
            ("context", on.context),
            ("progress", on.progress),
        ];
        let read = |object: &serde_json::Map<String, Value>| Proposal::read(&Value::Object(object.clone())).map(Curated);
        ask(doors, &self.retry, &self.curator, &values, schema, read).await
    }
}
