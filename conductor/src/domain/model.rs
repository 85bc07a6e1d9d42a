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

/// The families that names of models speak of. The longest that a name begins with is meant.
pub const FAMILIES: [&str; 46] = [
    "aya",
    "bge",
    "chatglm",
    "claude",
    "codegemma",
    "codellama",
    "codestral",
    "cogito",
    "command",
    "dbrx",
    "deepseek",
    "devstral",
    "dolphin",
    "exaone",
    "falcon",
    "gemini",
    "gemma",
    "glm",
    "gpt-oss",
    "gpt3",
    "gpt4",
    "gpt4o",
    "gpt5",
    "granite",
    "grok",
    "hermes",
    "internlm",
    "jamba",
    "kimi",
    "llama",
    "llava",
    "magistral",
    "minicpm",
    "minimax",
    "ministral",
    "mistral",
    "mixtral",
    "nemotron",
    "olmo",
    "orca",
    "phi",
    "qwen",
    "smollm",
    "starcoder",
    "vicuna",
    "yi",
];

/// The family a model's name speaks of: `llama3.1:8b` is `llama`, `hf.co/x/qwen2.5-coder:Q4` is `qwen`,
/// `openai/gpt-4o-mini` is `gpt4o`.
///
/// Of the last path segment: the longest known family that it starts with (those of OpenAI by the number behind `gpt`); else the
/// segment before it, which is who provides it, unless that is somebody's folder on a host (`hf.co/someone/…`); else its first run of
/// letters. A server's own `details.family` is better and is used where there is one.
pub fn family_of(name: &str) -> String {
    let name = name.trim().to_lowercase();
    let mut segments = name.rsplit('/');
    let last = segments.next().unwrap_or_default();
    if let Some(known) = known_family(last) {
        return known.to_owned();
    }
    let provider = segments.next().filter(|provider| !provider.is_empty() && !provider.contains(['.', ':']));
    let hosted = segments.any(|segment| segment.contains(['.', ':']));
    match provider {
        Some(provider) if !hosted => known_family(provider).unwrap_or(provider).to_owned(),
        _ => last.chars().take_while(|c| c.is_alphabetic()).collect(),
    }
}

/// The known family that `name` (in small letters) begins with.
fn known_family(name: &str) -> Option<&'static str> {
    let bare = name.strip_prefix("chat").filter(|rest| rest.starts_with("gpt")).unwrap_or(name);
    if let Some(version) = bare.strip_prefix("gpt").map(|rest| rest.trim_start_matches('-')) {
        let numbered = [("4o", "gpt4o"), ("4", "gpt4"), ("3", "gpt3"), ("5", "gpt5")];
        if let Some((_, family)) = numbered.iter().find(|(number, _)| version.starts_with(number)) {
            return Some(family);
        }
    }
    FAMILIES.into_iter().filter(|family| bare.starts_with(family)).max_by_key(|family| family.len())
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
            ("openrouter/qwen/qwen-2.5-7b-instruct", "qwen"),
            ("anthropic/claude-3-haiku", "claude"),
            ("openai/gpt-4o-mini", "gpt4o"),
            ("gpt-4.1", "gpt4"),
            ("gpt-4-turbo", "gpt4"),
            ("gpt-3.5-turbo", "gpt3"),
            ("gpt-5-nano", "gpt5"),
            ("chatgpt-4o-latest", "gpt4o"),
            ("openai/gpt-oss-120b", "gpt-oss"),
            ("google/gemini-2.5-flash", "gemini"),
            ("openai/o3-mini", "openai"),
            ("openrouter/some-lab/wonder-9b", "some-lab"),
            ("hf.co/someone/Wonder-GGUF:Q4", "wonder"),
            ("host:5000/team/wonder", "wonder"),
            ("phi4:14b", "phi"),
            ("", ""),
        ] {
            assert_eq!(family_of(name), family, "{name:?}");
        }
    }
}
