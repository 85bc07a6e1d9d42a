//! What Ollama says, as it stands on the wire.
//!
//! What must stay true: fields that are missing, null, unknown or of a strange type break nothing, since servers of four
//! years are in use; but a row that says in any way that its model runs elsewhere is never read as one that does not.

use super::super::BackendError;
use crate::domain::Capabilities;
use crate::privacy::location::Remote;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

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
    #[serde(deserialize_with = "lenient")]
    expires_at: String,
}

impl PsRow {
    /// When it leaves the memory if nobody asks it, in milliseconds since 1970, where the server says.
    pub(super) fn expires_ms(&self) -> Option<i64> {
        let at = OffsetDateTime::parse(&self.expires_at, &Rfc3339).ok()?;
        i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
    }

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

    /// Bytes of the key-value cache for one token: 2 (keys and values) x layers x key-value heads x head size x 2 bytes. The head
    /// size is `attention.key_length`, or `embedding_length / attention.head_count` where that is not said. Models whose layers
    /// differ list their heads: the sum counts.
    pub(super) fn kv_bytes_per_token(&self) -> Option<u64> {
        let architecture = self.model_info.get("general.architecture").and_then(Value::as_str)?;
        let field = |name: &str| self.model_info.get(&format!("{architecture}.{name}"));
        let number = |name: &str| field(name).and_then(Value::as_u64).filter(|n| (1..1 << 32).contains(n));
        let layers = number("block_count")?;
        let size = number("attention.key_length")
            .or_else(|| Some(number("embedding_length")? / number("attention.head_count")?))
            .filter(|size| *size > 0)?;
        let heads = match field("attention.head_count_kv") {
            Some(Value::Array(each)) => each.iter().map(|n| n.as_u64().unwrap_or(0).min(1 << 32)).sum(),
            Some(all) => all.as_u64()?.min(1 << 32).checked_mul(layers)?,
            // Without shared heads each has its own keys.
            None => number("attention.head_count")?.checked_mul(layers)?,
        };
        heads.checked_mul(size)?.checked_mul(4).filter(|bytes| *bytes > 0)
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

/// The answer of `POST /api/generate` that does not stream, or of `POST /api/embed` without texts.
#[derive(Debug, Deserialize)]
pub(super) struct Loaded {
    done: Option<bool>,
    #[serde(default)]
    pub(super) error: Value,
}

impl Loaded {
    /// Of a request for no vectors at all, whose answer has no end to tell of.
    pub(super) fn made_none(self, who: &str, what: &str) -> Result<(), BackendError> {
        Self { done: Some(true), ..self }.result(who, what)
    }

    /// An error can come with a good status.
    pub(super) fn result(&self, who: &str, what: &str) -> Result<(), BackendError> {
        match (&self.error, self.done) {
            (Value::Null, Some(true)) => Ok(()),
            (Value::Null, _) => Err(BackendError::Broken(format!("{who} ended before {what} was there"))),
            (error, _) => Err(super::status::of_error_line(who, what, error)),
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
    fn show_tells_what_a_token_takes() {
        let of = |shape: Value| {
            let mut info = json!({"general.architecture": "x"});
            for (key, value) in shape.as_object().unwrap() {
                info[format!("x.{key}")] = value.clone();
            }
            serde_json::from_value::<Show>(json!({ "model_info": info })).unwrap().kv_bytes_per_token()
        };
        let llama = json!({
            "block_count": 32, "attention.head_count": 32, "attention.head_count_kv": 8, "embedding_length": 4096
        });
        for (what, shape, kib) in [
            ("llama3.1:8b: 2 x 32 layers x 8 heads x 128 x 2 bytes", llama, Some(128)),
            (
                "a head size of its own",
                json!({"block_count": 48, "attention.head_count": 16, "attention.head_count_kv": 8, "embedding_length": 3840, "attention.key_length": 256}),
                Some(384),
            ),
            (
                "each head has its own keys",
                json!({"block_count": 32, "attention.head_count": 32, "embedding_length": 4096}),
                Some(512),
            ),
            (
                "layers that differ",
                json!({"block_count": 4, "attention.head_count": 32, "attention.head_count_kv": [8, 0, 8, 0], "embedding_length": 4096}),
                Some(8),
            ),
            ("nothing said", json!({}), None),
            ("nonsense", json!({"block_count": 0, "attention.head_count": 0, "embedding_length": u64::MAX}), None),
            (
                "too much",
                json!({"block_count": u64::MAX, "attention.head_count_kv": u64::MAX, "attention.key_length": u64::MAX}),
                None,
            ),
        ] {
            assert_eq!(of(shape), kib.map(|kib: u64| kib << 10), "{what}");
        }
    }

    #[test]
    fn ps_says_until_when() {
        for (at, want) in [
            ("2024-06-04T14:38:31.83753-07:00", Some(1_717_537_111_837)),
            ("2318-01-01T00:00:00Z", Some(10_981_785_600_000)),
            ("soon", None),
            ("", None),
        ] {
            let row: PsRow = serde_json::from_value(json!({"name": "m", "expires_at": at})).unwrap();
            assert_eq!(row.expires_ms(), want, "{at}");
        }
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
