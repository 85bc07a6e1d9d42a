//! What Ollama says, as it stands on the wire.
//!
//! What must stay true: fields that are missing, null, unknown or of a strange type break nothing, since servers of four
//! years are in use; but a row that says in any way that its model runs elsewhere is never read as one that does not.

use crate::domain::Capabilities;
use crate::privacy::location::Remote;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// `GET /api/version`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Version {
    #[serde(deserialize_with = "lenient")]
    pub(super) version: String,
}

/// `GET /api/tags` and `GET /api/ps`: rows are read one by one, so that a strange one costs itself alone.
#[derive(Debug, Deserialize)]
pub(super) struct Rows {
    models: Option<Vec<Value>>,
}

impl Rows {
    /// The rows that can be read.
    pub(super) fn read<T: DeserializeOwned>(self) -> Vec<T> {
        let rows = self.models.unwrap_or_default().into_iter();
        rows.filter_map(|row| serde_json::from_value(row).inspect_err(|e| tracing::warn!("a model's row was skipped: {e}")).ok())
            .collect()
    }
}

/// A row of `/api/tags`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TagRow {
    #[serde(deserialize_with = "lenient")]
    name: String,
    #[serde(deserialize_with = "lenient")]
    model: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) size: u64,
    #[serde(deserialize_with = "lenient")]
    pub(super) digest: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) details: Details,
    #[serde(deserialize_with = "lenient")]
    pub(super) capabilities: Option<Vec<String>>,
    remote_host: Value,
    remote_model: Value,
}

impl TagRow {
    /// The name; empty where there is none.
    pub(super) fn name(&self) -> &str {
        if self.name.trim().is_empty() { &self.model } else { &self.name }
    }

    /// What it says of where the model runs.
    pub(super) fn remote(&self) -> Remote {
        Remote { host: said(&self.remote_host), model: said(&self.remote_model) }
    }
}

/// `details` of a row or of `/api/show`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    #[serde(deserialize_with = "lenient")]
    pub(super) family: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) parameter_size: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) quantization_level: String,
    #[serde(deserialize_with = "lenient")]
    context_length: Option<u64>,
}

impl Details {
    /// The context that the model was trained for, in tokens.
    pub(super) fn trained_context(&self) -> Option<u32> {
        self.context_length.and_then(tokens)
    }
}

/// A row of `/api/ps`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PsRow {
    #[serde(deserialize_with = "lenient")]
    name: String,
    #[serde(deserialize_with = "lenient")]
    model: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) size: u64,
    #[serde(deserialize_with = "lenient")]
    pub(super) size_vram: u64,
    #[serde(deserialize_with = "lenient")]
    context_length: Option<u64>,
}

impl PsRow {
    /// The name; empty where there is none.
    pub(super) fn name(&self) -> &str {
        if self.name.trim().is_empty() { &self.model } else { &self.name }
    }

    /// The context window it was loaded with, in tokens.
    pub(super) fn context(&self) -> Option<u32> {
        self.context_length.and_then(tokens)
    }
}

/// `POST /api/show`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Show {
    #[serde(deserialize_with = "lenient")]
    pub(super) details: Details,
    #[serde(deserialize_with = "lenient")]
    model_info: Map<String, Value>,
    #[serde(deserialize_with = "lenient")]
    pub(super) capabilities: Option<Vec<String>>,
    license: Value,
    remote_host: Value,
    remote_model: Value,
}

impl Show {
    /// What it says of where the model runs.
    pub(super) fn remote(&self) -> Remote {
        Remote { host: said(&self.remote_host), model: said(&self.remote_model) }
    }

    /// The context that the model was trained for, in tokens: `{arch}.context_length`.
    pub(super) fn trained_context(&self) -> Option<u32> {
        let architecture = self.model_info.get("general.architecture").and_then(Value::as_str);
        let named = architecture.and_then(|arch| self.model_info.get(&format!("{arch}.context_length")));
        let any = || self.model_info.iter().find(|(key, _)| key.ends_with(".context_length")).map(|(_, value)| value);
        let length = named.or_else(any).and_then(Value::as_u64).and_then(tokens);
        length.or_else(|| self.details.trained_context())
    }

    /// The text of the licence: one string, or a list of them.
    pub(super) fn license(&self) -> String {
        match &self.license {
            Value::String(text) => text.clone(),
            Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n\n"),
            _ => String::new(),
        }
    }
}

/// A line of a chat's answer. Strange types are errors here: what is not understood must not pass for an answer.
#[derive(Debug, Deserialize)]
pub(super) struct ChatLine {
    pub(super) message: Option<ChatText>,
    pub(super) done: Option<bool>,
    pub(super) done_reason: Option<String>,
    pub(super) error: Option<Value>,
    remote_host: Option<Value>,
    remote_model: Option<Value>,
    pub(super) load_duration: Option<u64>,
    pub(super) eval_duration: Option<u64>,
    pub(super) prompt_eval_count: Option<u64>,
    pub(super) eval_count: Option<u64>,
}

impl ChatLine {
    /// What it says of where the answer was made.
    pub(super) fn remote(&self) -> Remote {
        let said = |field: &Option<Value>| field.as_ref().and_then(said);
        Remote { host: said(&self.remote_host), model: said(&self.remote_model) }
    }
}

/// `message` of a [`ChatLine`].
#[derive(Debug, Deserialize)]
pub(super) struct ChatText {
    pub(super) content: Option<String>,
    pub(super) thinking: Option<String>,
    /// Shown as far as they can be read.
    pub(super) tool_calls: Option<Value>,
}

/// The answer of `POST /api/embed`. Strict as a chat's.
#[derive(Debug, Deserialize)]
pub(super) struct EmbedReply {
    pub(super) embeddings: Vec<Vec<f32>>,
    #[serde(default)]
    remote_host: Value,
    #[serde(default)]
    remote_model: Value,
}

impl EmbedReply {
    /// What it says of where the vectors were made.
    pub(super) fn remote(&self) -> Remote {
        Remote { host: said(&self.remote_host), model: said(&self.remote_model) }
    }
}

/// A line of a pull.
#[derive(Debug, Deserialize)]
pub(super) struct PullLine {
    pub(super) status: Option<String>,
    pub(super) error: Option<Value>,
    pub(super) digest: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) total: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) completed: Option<u64>,
}

/// Ollama's names of capabilities as ours; unknown ones are left out.
pub(super) fn capabilities(names: &[String]) -> Capabilities {
    let has = |name: &str| names.iter().any(|n| n == name);
    Capabilities {
        completion: has("completion"),
        tools: has("tools"),
        thinking: has("thinking"),
        vision: has("vision"),
        embedding: has("embedding"),
    }
}

/// The text of a field that names another place: everything but null, absence and blanks says that there is one.
fn said(field: &Value) -> Option<String> {
    match field {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A count of tokens; nothing for 0, which says that the server does not know.
fn tokens(count: u64) -> Option<u32> {
    (count > 0).then(|| u32::try_from(count).unwrap_or(u32::MAX))
}

/// The default for null and for what cannot be read.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn strange_rows_are_read_as_far_as_they_go() {
        let rows = json!({"models": [
            {"name": "a:1", "size": 5, "details": null, "capabilities": null, "remote_host": null, "new": {"x": 1}},
            {"model": "b:1", "size": -1, "digest": 7, "details": {"family": "llama", "context_length": 131072, "parameter_size": null}},
            "nonsense",
            {"name": "c:1", "remote_host": "https://ollama.com:443", "capabilities": ["completion", "new"]},
            {"name": "d:1", "remote_model": 5},
            {"name": "e:1", "remote_host": ""},
        ], "more": 1});
        let rows: Vec<TagRow> = serde_json::from_value::<Rows>(rows).unwrap().read();
        let names: Vec<_> = rows.iter().map(TagRow::name).collect();
        assert_eq!(names, ["a:1", "b:1", "c:1", "d:1", "e:1"]);
        let remote: Vec<_> = rows.iter().map(|r| r.remote() != Remote::default()).collect();
        assert_eq!(remote, [false, false, true, true, false]);
        assert_eq!((rows[1].details.family.as_str(), rows[1].details.trained_context()), ("llama", Some(131_072)));
        assert!(rows[2].capabilities.as_deref().map(capabilities).unwrap_or_default().completion);
        assert!(serde_json::from_value::<Rows>(json!({"models": null})).unwrap().read::<TagRow>().is_empty());
    }

    #[test]
    fn show_finds_the_trained_context() {
        for (info, want) in [
            (json!({"general.architecture": "llama", "llama.context_length": 8192, "x.context_length": 1}), Some(8192)),
            (json!({"qwen2.context_length": 32768}), Some(32_768)),
            (json!({"general.architecture": "llama", "llama.context_length": 0}), None),
            (json!(null), None),
        ] {
            let show: Show = serde_json::from_value(json!({"model_info": info, "capabilities": null})).unwrap();
            assert_eq!(show.trained_context(), want, "{info}");
        }
    }
}
