//! One model of the fake: what its rows say, in the shapes of `/api/tags`, `/api/ps` and `/api/show`.

use super::memory::Resident;
use super::{LoadScript, Script};
use serde_json::{Map, Value, json};

/// When every model was changed last.
const MODIFIED_AT: &str = "2026-03-01T10:20:30.123456789+01:00";

/// A model that the fake lists.
#[derive(Debug, Clone)]
pub struct ModelSpec {
    /// Its name, with a tag.
    pub name: String,
    /// What it says.
    pub script: Script,
    /// Name and address of the model that really answers, for a stub.
    pub remote: Option<(String, String)>,
    /// What it can do, in Ollama's words.
    pub capabilities: Vec<String>,
    /// Bytes on disk.
    pub size: u64,
    /// Bytes of it that are in GPU memory once loaded; all where not said.
    pub size_vram: Option<u64>,
    /// The window it was trained with, in tokens.
    pub context_length: u64,
    /// Layers.
    pub block_count: u64,
    /// Attention heads.
    pub head_count: u64,
    /// Key and value heads.
    pub head_count_kv: u64,
    /// Width of an embedding.
    pub embedding_length: u64,
    /// Width of a key or a value; where not said, that of an embedding over the heads.
    pub key_length: Option<u64>,
    /// How it comes into memory.
    pub load: LoadScript,
}

impl ModelSpec {
    /// A local model. A name without a tag gets `latest`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let capability = if name.contains("embed") { "embedding" } else { "completion" };
        Self {
            name: normal(name),
            script: Script::default(),
            remote: None,
            capabilities: vec![capability.to_owned()],
            size: (billions(name) * 0.6e9) as u64,
            size_vram: None,
            context_length: 131_072,
            block_count: 32,
            head_count: 32,
            head_count_kv: 8,
            embedding_length: 4096,
            key_length: None,
            load: LoadScript::default(),
        }
    }

    /// A stub: the work is done at `host` by `model`.
    #[must_use]
    pub fn remote(mut self, model: &str, host: &str) -> Self {
        self.remote = Some((model.to_owned(), host.to_owned()));
        self.size = 384;
        self
    }

    /// What it says.
    #[must_use]
    pub fn script(mut self, script: impl Into<Script>) -> Self {
        self.script = script.into();
        if !self.script.thinking.is_empty() && !self.can("thinking") {
            self.capabilities.push("thinking".to_owned());
        }
        self
    }

    /// What it can do.
    #[must_use]
    pub fn capabilities<'a>(mut self, capabilities: impl IntoIterator<Item = &'a str>) -> Self {
        self.capabilities = capabilities.into_iter().map(str::to_owned).collect();
        self
    }

    /// Bytes on disk.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = bytes;
        self
    }

    /// Bytes of it in GPU memory once loaded: less than all where it spills.
    #[must_use]
    pub fn size_vram(mut self, bytes: u64) -> Self {
        self.size_vram = Some(bytes);
        self
    }

    /// The window it was trained with.
    #[must_use]
    pub fn context_length(mut self, tokens: u64) -> Self {
        self.context_length = tokens;
        self
    }

    /// Its shape: layers, attention heads, key and value heads, width of an embedding. Where nothing is said, that of a model
    /// of eight billion parameters with grouped queries: 32, 32, 8, 4096.
    #[must_use]
    pub fn shape(mut self, block_count: u64, head_count: u64, head_count_kv: u64, embedding_length: u64) -> Self {
        self.block_count = block_count;
        self.head_count = head_count;
        self.head_count_kv = head_count_kv;
        self.embedding_length = embedding_length;
        self
    }

    /// Width of a key or a value, where it is not that of an embedding over the heads.
    #[must_use]
    pub fn key_length(mut self, width: u64) -> Self {
        self.key_length = Some(width);
        self
    }

    /// Whether it says it can do this.
    #[must_use]
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|c| c == capability)
    }

    /// 64 hex digits, always the same for a name.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.name)
    }

    fn family(&self) -> String {
        let base = self.name.rsplit('/').next().unwrap_or(&self.name);
        let letters: String = base.chars().take_while(char::is_ascii_alphabetic).collect();
        if letters.is_empty() { "llama".to_owned() } else { letters.to_lowercase() }
    }

    fn details(&self) -> Value {
        let remote = self.remote.is_some();
        let family = self.family();
        json!({
            "parent_model": "",
            "format": if remote { "" } else { "gguf" },
            "family": family,
            "families": if remote { Value::Null } else { json!([family]) },
            "parameter_size": format!("{:.1}B", billions(&self.name)),
            "quantization_level": if remote { "" } else { "Q4_K_M" },
        })
    }

    fn add_remote(&self, row: &mut Value) {
        if let (Some((model, host)), Some(row)) = (&self.remote, row.as_object_mut()) {
            row.insert("remote_model".to_owned(), json!(model));
            row.insert("remote_host".to_owned(), json!(host));
        }
    }

    /// The start of each line of its answers.
    pub(super) fn line(&self, asked: &str) -> Value {
        let mut line = json!({ "model": asked, "created_at": super::now() });
        self.add_remote(&mut line);
        line
    }

    /// Its row in `/api/tags`.
    pub(super) fn tags_row(&self) -> Value {
        let mut details = self.details();
        details["context_length"] = json!(self.context_length);
        details["embedding_length"] = json!(self.embedding_length);
        let mut row = json!({
            "name": self.name, "model": self.name, "modified_at": MODIFIED_AT, "size": self.size,
            "digest": self.digest(), "details": details, "capabilities": self.capabilities,
        });
        self.add_remote(&mut row);
        row
    }

    /// Its row in `/api/ps`.
    pub(super) fn ps_row(&self, row: &Resident, expires_at: &str) -> Value {
        json!({
            "name": self.name, "model": self.name, "size": row.size, "digest": self.digest(), "details": self.details(),
            "expires_at": expires_at, "size_vram": row.size_vram, "context_length": row.num_ctx,
        })
    }

    /// What `/api/show` says.
    pub(super) fn show(&self) -> Value {
        let family = self.family();
        let mut info = Map::new();
        info.insert("general.architecture".to_owned(), json!(family));
        info.insert("general.parameter_count".to_owned(), json!((billions(&self.name) * 1e9) as u64));
        for (key, value) in [
            ("context_length", self.context_length),
            ("block_count", self.block_count),
            ("embedding_length", self.embedding_length),
            ("attention.head_count", self.head_count),
            ("attention.head_count_kv", self.head_count_kv),
        ] {
            info.insert(format!("{family}.{key}"), json!(value));
        }
        if let Some(width) = self.key_length {
            info.insert(format!("{family}.attention.key_length"), json!(width));
            info.insert(format!("{family}.attention.value_length"), json!(width));
        }
        info.insert("tokenizer.ggml.tokens".to_owned(), Value::Null);
        let mut reply = json!({
            "license": "A licence.\n", "modelfile": format!("FROM {}\n", self.name), "template": "{{ .Prompt }}",
            "parameters": "stop                           \"<|eot_id|>\"", "details": self.details(), "model_info": info,
            "capabilities": self.capabilities, "modified_at": MODIFIED_AT,
        });
        self.add_remote(&mut reply);
        reply
    }
}

impl From<&str> for ModelSpec {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// The name with its tag.
pub(super) fn normal(name: &str) -> String {
    let name = name.trim();
    let tagged = name.rsplit('/').next().is_some_and(|last| last.contains(':'));
    if tagged { name.to_owned() } else { format!("{name}:latest") }
}

/// 64 hex digits out of a text: stable and different, nothing more.
pub(super) fn digest(text: &str) -> String {
    (0..4u64).map(|part| format!("{:016x}", mix(text, part))).collect()
}

/// A number out of a text and a number (FNV-1a, then the finalizer of splitmix64).
pub(super) fn mix(text: &str, salt: u64) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325 ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15), |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// How many billions of parameters a name tells of: `llama3.1:8b` 8, `deepseek-coder:6.7b` 6.7; 4 where it does not.
fn billions(name: &str) -> f64 {
    name.split([':', '-', '/']).filter_map(|part| part.to_lowercase().strip_suffix('b')?.parse().ok()).next_back().unwrap_or(4.0)
}
