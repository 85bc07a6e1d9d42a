//! What models are called, and on which of several servers they are: made once of the configuration.
//!
//! What must stay true: a model's name is said here and nowhere else, cleaned; what leaves the machine is said with its id.

use super::on;
use crate::sanitise::clean_line;
use conductor::config::Config;
use conductor::domain::{BackendId, ModelId};
use serde_json::Value;
use std::collections::HashMap;

/// The display names of models, and the servers where there are several.
#[derive(Debug, Clone, Default)]
pub struct Names {
    display: HashMap<ModelId, String>,
    hosts: Vec<BackendId>,
}

/// A model's id as a person writes it.
pub fn id(model: &ModelId) -> String {
    clean_line(model.short()).into_owned()
}

impl Names {
    /// Those of a configuration.
    pub fn of(config: &Config) -> Self {
        let rows = config.models.iter().filter(|row| !row.display_name.is_empty());
        let display = rows.map(|row| (row.id.clone(), clean_line(&row.display_name).into_owned())).collect();
        Self { display, hosts: config.hosts() }
    }

    /// The display name of a model, where it has one.
    pub fn display(&self, model: &ModelId) -> Option<&str> {
        self.display.get(model).map(String::as_str)
    }

    /// What a model is called: `Coder`, or its id.
    pub fn model(&self, model: &ModelId) -> String {
        self.display(model).map_or_else(|| id(model), str::to_owned)
    }

    /// The same where it must be exact: `Coder (openai/gpt-4o)`.
    pub fn exact(&self, model: &ModelId) -> String {
        match self.display(model) {
            Some(name) if name != id(model) => format!("{name} ({})", id(model)),
            _ => id(model),
        }
    }

    /// What a model is called, and its server where there are several: `Coder on desk`.
    pub fn model_on(&self, model: &ModelId, backend: &BackendId) -> String {
        format!("{}{}", self.model(model), self.on(backend))
    }

    /// Models in a row: `Coder, phi3:mini`.
    pub fn list(&self, models: &[ModelId]) -> String {
        models.iter().map(|model| self.model(model)).collect::<Vec<_>>().join(", ")
    }

    /// On which of several servers something is: ` on desk`; nothing where there is one, or where it is with none of them.
    pub fn on(&self, backend: &BackendId) -> String {
        on(backend, &self.hosts)
    }

    /// On which of several servers a model is that is fetched: the first.
    pub fn on_first(&self) -> String {
        self.hosts.first().map(|host| self.on(host)).unwrap_or_default()
    }

    /// The servers, where there are several.
    pub fn hosts(&self) -> &[BackendId] {
        &self.hosts
    }

    /// The model with this display name, however it is written.
    pub fn called(&self, typed: &str) -> Option<&ModelId> {
        let wanted = typed.trim().to_lowercase();
        self.display.iter().find(|(_, name)| name.to_lowercase() == wanted).map(|(id, _)| id)
    }

    /// The display name of several words that `text` begins with, as it is written there.
    pub fn leading<'t>(&self, text: &'t str) -> Option<&'t str> {
        let begins = |name: &String| {
            let taken: usize = text.chars().take(name.chars().count()).map(char::len_utf8).sum();
            let (head, rest) = text.split_at(taken);
            (head.to_lowercase() == name.to_lowercase() && rest.starts_with(char::is_whitespace)).then_some(head)
        };
        self.display.values().filter(|name| name.contains(' ')).filter_map(begins).max_by_key(|head| head.len())
    }

    /// Puts `display_name` into each object of `value` whose `model` or `answered_by`, or whose `id` where it is of a list of `models`,
    /// has one.
    pub fn beside(&self, value: &mut Value) {
        if !self.display.is_empty() {
            self.put(value, false);
        }
    }

    fn put(&self, value: &mut Value, is_model: bool) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.put(value, is_model)),
            Value::Object(members) => {
                let keys: &[&str] = if is_model { &["id"] } else { &["model", "answered_by"] };
                let model = keys.iter().find_map(|key| members.get(*key).and_then(Value::as_str)).map(ModelId::new);
                members.iter_mut().for_each(|(key, value)| self.put(value, key == "models"));
                if let Some(name) = model.and_then(|model| self.display(&model)) {
                    members.insert("display_name".to_owned(), name.into());
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// Names of these models.
    pub(crate) fn names(rows: &[(&str, &str)]) -> Names {
        let display = rows.iter().map(|(id, name)| (ModelId::new(id), (*name).to_owned())).collect();
        Names { display, hosts: Vec::new() }
    }

    #[test]
    fn a_model_is_called_by_its_name_and_where_it_must_be_exact_by_both() {
        let names = names(&[("openai/gpt-4o", "Coder"), ("a:1", "a:1")]);
        for (id, called, exact) in [
            ("openai/gpt-4o", "Coder", "Coder (openai/gpt-4o)"),
            ("openai/gpt-4o:latest", "Coder", "Coder (openai/gpt-4o)"),
            ("phi3:mini", "phi3:mini", "phi3:mini"),
            ("x\u{1b}[2J", "x", "x"),
            ("a:1", "a:1", "a:1"),
        ] {
            let id = ModelId::new(id);
            assert_eq!((names.model(&id), names.exact(&id)), (called.to_owned(), exact.to_owned()), "{id}");
        }
    }

    #[test]
    fn what_is_typed_is_found_in_any_case() {
        let names = names(&[("a:1", "My Coder"), ("b:1", "Émile"), ("c:1", "My Coder Two")]);
        for (typed, id) in [("my coder", Some("a:1")), (" ÉMILE ", Some("b:1")), ("émile", Some("b:1")), ("my", None), ("", None)]
        {
            assert_eq!(names.called(typed), id.map(ModelId::new).as_ref(), "{typed:?}");
        }
        for (text, name) in [
            ("my CODER why?", Some("my CODER")),
            ("my coder two why?", Some("my coder two")),
            ("my coders why?", None),
            ("my coder", None),
            ("émile why?", None),
            ("", None),
        ] {
            assert_eq!(names.leading(text), name, "{text:?}");
        }
    }

    #[test]
    fn names_stand_beside_ids_in_json() {
        let mut value = json!({
            "model": "a:1", "candidates": [{"model": "b:1"}, {"model": "a:1:x"}], "models": [{"id": "a:1"}, {"id": "c"}],
            "text": "a:1", "failure": null, "id": "a:1",
            "conversation": {"id": 1, "answered_by": "b:1", "model_override": {"model": "a:1", "locked": true}},
        });
        names(&[("a:1", "Coder"), ("b:1", "Other")]).beside(&mut value);
        let want = json!({
            "model": "a:1", "display_name": "Coder", "candidates": [{"model": "b:1", "display_name": "Other"}, {"model": "a:1:x"}],
            "models": [{"id": "a:1", "display_name": "Coder"}, {"id": "c"}], "text": "a:1", "failure": null, "id": "a:1",
            "conversation": {
                "id": 1, "answered_by": "b:1", "display_name": "Other",
                "model_override": {"model": "a:1", "display_name": "Coder", "locked": true},
            },
        });
        assert_eq!(value, want);
    }
}
