//! Models as they were found, and the server that has them.

use super::{BackendId, Licence, Location, MemoryState, ModelId, Prices};
use serde::{Deserialize, Serialize};

/// What a model can do, as its server says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Writes text. False for a model that only embeds.
    pub completion: bool,
    /// Takes tools.
    pub tools: bool,
    /// Thinks before it answers.
    pub thinking: bool,
    /// Takes images.
    pub vision: bool,
    /// Makes embeddings.
    pub embedding: bool,
}

/// How a model that is in memory now is held there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Residency {
    /// Bytes it takes in all.
    pub size_bytes: u64,
    /// Bytes of those in GPU memory; less than `size_bytes` means that a part runs on the CPU.
    pub vram_bytes: u64,
    /// The context window it was loaded with, in tokens, where the server says.
    pub context: Option<u32>,
    /// When it leaves the memory if nobody asks it, in milliseconds since 1970, where the server says.
    #[serde(default)]
    pub expires_ms: Option<i64>,
}

/// A model that a backend offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Its name.
    pub id: ModelId,
    /// Who offers it.
    pub backend: BackendId,
    /// Where it runs.
    pub location: Location,
    /// Its family: `llama`, `qwen`, ...
    pub family: String,
    /// Its size as its makers say it: `8.0B`. Empty where unknown.
    pub parameters: String,
    /// Its quantisation: `Q4_K_M`. Empty where unknown.
    pub quantization: String,
    /// Bytes on disk.
    pub size_bytes: u64,
    /// The longest context it was trained for, in tokens, where known.
    pub trained_context: Option<u32>,
    /// The context window Segno asks for, in tokens: always this one, since another would make the server reload the model.
    pub num_ctx: u32,
    /// What it can do.
    pub capabilities: Capabilities,
    /// How it is held in memory; `None` when it is not.
    pub resident: Option<Residency>,
    /// What its licence allows.
    pub licence: Licence,
    /// What it costs, where it does.
    pub prices: Option<Prices>,
    /// Why it cannot be asked now, and what to do, in a few words; `None` where it can be: `no key: segno keys set openai`.
    pub obstacle: Option<String>,
    /// Bytes that each token of the window takes in memory, where what the server says of its layers tells.
    #[serde(default)]
    pub kv_bytes_per_token: Option<u64>,
}

/// What is known of a model server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum ServerState {
    /// Not asked yet.
    Unknown,
    /// It did not answer.
    Down {
        /// The address tried.
        address: String,
        /// Why, in a few words.
        why: String,
        /// True while Segno goes on looking by itself.
        watching: bool,
    },
    /// It is not on this machine, and so was not asked anything.
    Elsewhere {
        /// The address that is configured.
        address: String,
        /// Where that is.
        location: Location,
    },
    /// It answered.
    Up {
        /// The address.
        address: String,
        /// Its version.
        version: String,
    },
}

/// What is known of one of several model servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostState {
    /// How it is called.
    pub id: BackendId,
    /// What is known of it.
    pub state: ServerState,
    /// The memory that its models share; `None` where it is not managed.
    #[serde(default)]
    pub memory: Option<MemoryState>,
}

/// The family a model's name speaks of: `llama3.1:8b` is `llama`, `hf.co/x/qwen2.5-coder:Q4` is `qwen`.
///
/// The first run of letters of the last path segment, with the longest known family that it starts with preferred; a
/// server's own `details.family` is better and is used where there is one.
pub fn family_of(name: &str) -> String {
    const KNOWN: [&str; 20] = [
        "codellama",
        "codegemma",
        "codestral",
        "command",
        "deepseek",
        "devstral",
        "dolphin",
        "falcon",
        "gemma",
        "gpt-oss",
        "granite",
        "llama",
        "llava",
        "mistral",
        "mixtral",
        "phi",
        "qwen",
        "smollm",
        "starcoder",
        "yi",
    ];
    let last = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    if let Some(known) = KNOWN.iter().filter(|k| last.starts_with(**k)).max_by_key(|k| k.len()) {
        return (*known).to_owned();
    }
    last.chars().take_while(|c| c.is_alphabetic()).collect()
}

#[cfg(test)]
mod tests {
    use super::family_of;

    #[test]
    fn families() {
        for (name, family) in [
            ("llama3.1:8b", "llama"),
            ("deepseek-coder:6.7b", "deepseek"),
            ("qwen2-math:7b", "qwen"),
            ("hf.co/someone/Qwen2.5-Coder-GGUF:Q4", "qwen"),
            ("gpt-oss:20b", "gpt-oss"),
            ("codellama:7b", "codellama"),
            ("nomic-embed-text", "nomic"),
            ("", ""),
        ] {
            assert_eq!(family_of(name), family, "{name:?}");
        }
    }
}
