//! The tables that hold rows: `[[models]]` and its like. A row is known by its `id`: one with a known id changes the keys
//! that it names, another one is added.

use super::{CONTEXT, Key, Kind, key};

/// A table that holds rows.
#[derive(Debug)]
pub(in crate::config) struct RowTable {
    /// Its name.
    pub(in crate::config) name: &'static str,
    /// What a row is, for a person.
    pub(in crate::config) thing: &'static str,
    /// The keys of a row; the first is [`ID`].
    pub(in crate::config) keys: &'static [Key],
    /// What a row has where it says nothing, as a file of values. A key that is not in it must be given.
    pub(in crate::config) defaults: &'static str,
    /// True where a key that is not in `defaults` may be left out all the same: then another table says what holds.
    pub(in crate::config) inherits: bool,
}

/// The key that names a row.
pub(in crate::config) const ID: &str = "id";

/// What is known of models beforehand.
pub(in crate::config) const MODELS: &str = "models";

/// Who else can be asked.
pub(in crate::config) const PROVIDERS: &str = "providers";

/// More Ollama servers.
pub(in crate::config) const BACKENDS: &str = "backends";

/// What differs from `[ace]` for one playbook.
pub(in crate::config) const PLAYBOOKS: &str = "playbooks";

/// What is taken for a secret.
pub(in crate::config) const SECRET_RULES: &str = "secret_rules";

/// The tables of rows. The files say the same defaults in words.
pub(in crate::config) const ROW_TABLES: [RowTable; 5] = [
    RowTable { name: MODELS, thing: "model", keys: &MODEL_KEYS, defaults: MODEL_DEFAULTS, inherits: false },
    RowTable { name: PROVIDERS, thing: "provider", keys: &PROVIDER_KEYS, defaults: PROVIDER_DEFAULTS, inherits: false },
    RowTable { name: BACKENDS, thing: "host", keys: &BACKEND_KEYS, defaults: BACKEND_DEFAULTS, inherits: false },
    RowTable { name: PLAYBOOKS, thing: "playbook", keys: &PLAYBOOK_KEYS, defaults: PLAYBOOK_DEFAULTS, inherits: true },
    RowTable { name: SECRET_RULES, thing: "rule", keys: &RULE_KEYS, defaults: RULE_DEFAULTS, inherits: false },
];

const TIER: Kind = Kind::OneOf { words: &["free", "low", "medium", "high"], why: "" };
const LICENCE: Kind = Kind::OneOf { words: &["permissive", "copyleft", "restricted", "proprietary", "unknown"], why: "" };
/// In US dollars for a million tokens; the bound keeps sums far from what a number holds.
const PRICE: Kind = Kind::Amount { max: 100_000.0 };

const REQUESTS: Kind = Kind::Whole { unit: "requests", min: 0, max: 1_000_000, why: "" };
const TOKENS: Kind = Kind::Whole { unit: "tokens", min: 0, max: 1_000_000_000, why: "" };

const MODEL_KEYS: [Key; 20] = [
    key(MODELS, ID, Kind::Model, "\"llama3.1:8b\""),
    key(MODELS, "backend", Kind::Backend, "\"ollama\""),
    key(MODELS, "name", Kind::RemoteModel, "\"gpt-5-mini\""),
    key(MODELS, "display_name", Kind::DisplayName, "\"Coder\""),
    key(MODELS, "strengths", Kind::Classes, "[\"code\", \"math\"]"),
    key(MODELS, "weaknesses", Kind::Classes, "[\"creative\"]"),
    key(MODELS, "avg_ttft_ms", Kind::Whole { unit: "milliseconds", min: 1, max: 86_400_000, why: "" }, "300"),
    key(MODELS, "avg_tokens_per_sec", Kind::Rate, "45.0"),
    key(MODELS, "max_context", CONTEXT, "131072"),
    key(MODELS, "memory_bytes", Kind::Whole { unit: "bytes", min: 0, max: 1 << 50, why: "" }, "6_000_000_000"),
    key(MODELS, "supports_streaming", Kind::Switch, "true"),
    key(MODELS, "supports_tools", Kind::Switch, "false"),
    key(MODELS, "supports_vision", Kind::Switch, "false"),
    key(MODELS, "licence", LICENCE, "\"permissive\""),
    key(MODELS, "cost_tier", TIER, "\"free\""),
    key(MODELS, "price_input", PRICE, "0.25"),
    key(MODELS, "price_output", PRICE, "2.0"),
    key(MODELS, "fallbacks", Kind::Chain, "[\"general\"]"),
    key(MODELS, "requests_per_minute", REQUESTS, "60"),
    key(MODELS, "tokens_per_minute", TOKENS, "100000"),
];

const MODEL_DEFAULTS: &str = r#"
backend = "ollama"
name = ""
display_name = ""
strengths = []
weaknesses = []
avg_ttft_ms = 1000
avg_tokens_per_sec = 20.0
max_context = 131072
memory_bytes = 0
supports_streaming = true
supports_tools = false
supports_vision = false
licence = "unknown"
cost_tier = "free"
price_input = 0.0
price_output = 0.0
fallbacks = []
requests_per_minute = 0
tokens_per_minute = 0
"#;

const FORMAT: Kind = Kind::OneOf { words: &["openai", "anthropic"], why: "" };
const PLACE: Kind = Kind::OneOf { words: &["external", "network", "here"], why: "" };

const PROVIDER_KEYS: [Key; 11] = [
    key(PROVIDERS, ID, Kind::Name { reserved: &["ollama", "guide"] }, "\"openai\""),
    key(PROVIDERS, "format", FORMAT, "\"openai\""),
    key(PROVIDERS, "endpoint", Kind::Endpoint, "\"https://api.openai.com/v1\""),
    key(PROVIDERS, "key_env", Kind::Variable, "\"OPENAI_API_KEY\""),
    key(PROVIDERS, "api_key_command", Kind::Command, "[\"pass\", \"show\", \"openai\"]"),
    key(PROVIDERS, "needs_key", Kind::Switch, "true"),
    key(PROVIDERS, "place", PLACE, "\"external\""),
    key(PROVIDERS, "requests_per_minute", REQUESTS, "60"),
    key(PROVIDERS, "tokens_per_minute", TOKENS, "100000"),
    key(PROVIDERS, "tokens_per_day", Kind::Whole { unit: "tokens", min: 0, max: 1 << 50, why: "" }, "1_000_000"),
    key(PROVIDERS, "dollars_per_day", PRICE, "2.5"),
];

const PROVIDER_DEFAULTS: &str = r#"
format = "openai"
key_env = ""
api_key_command = []
needs_key = true
place = "external"
requests_per_minute = 0
tokens_per_minute = 0
tokens_per_day = 0
dollars_per_day = 0.0
"#;

const BACKEND_KEYS: [Key; 3] = [
    key(BACKENDS, ID, Kind::Name { reserved: &["ollama", "guide"] }, "\"desk\""),
    key(BACKENDS, "host", Kind::Host, "\"http://192.168.1.20:11434\""),
    key(BACKENDS, "memory_mib", Kind::Whole { unit: "MiB", min: 0, max: 1 << 24, why: "" }, "24000"),
];

const BACKEND_DEFAULTS: &str = "
memory_mib = 0
";

/// How often a line was seen to help, or was seen at all.
pub(super) const COUNT: Kind = Kind::Whole { unit: "", min: 1, max: 1_000_000, why: "nothing is decided on nothing" };
/// Helpful by harmful.
pub(super) const RATIO: Kind = Kind::Amount { max: 1000.0 };
/// Answers of an arm.
pub(super) const ARM: Kind = Kind::Whole { unit: "answers", min: 2, max: 1_000_000, why: "fewer say nothing of a difference" };

const PLAYBOOK_KEYS: [Key; 9] = [
    key(PLAYBOOKS, ID, Kind::Playbook, "\"math-qwen\""),
    key(PLAYBOOKS, "off", Kind::Switch, "true"),
    key(PLAYBOOKS, "trial", Kind::Whole { unit: "percent", min: 0, max: 100, why: "" }, "50"),
    key(PLAYBOOKS, "observations", COUNT, "5"),
    key(PLAYBOOKS, "staging_helpful", COUNT, "5"),
    key(PLAYBOOKS, "staging_ratio", RATIO, "3.0"),
    key(PLAYBOOKS, "prod_helpful", COUNT, "8"),
    key(PLAYBOOKS, "prod_ratio", RATIO, "5.0"),
    key(PLAYBOOKS, "lift_answers", ARM, "20"),
];

const PLAYBOOK_DEFAULTS: &str = "
off = false
";

const RULE_KEYS: [Key; 6] = [
    key(SECRET_RULES, ID, Kind::Name { reserved: &[] }, "\"my-service-token\""),
    key(SECRET_RULES, "what", Kind::Text { most: 100, empty: false }, "\"token of my service\""),
    key(SECRET_RULES, "pattern", Kind::Text { most: 2000, empty: false }, "'\\bmst_[0-9a-z]{32}\\b'"),
    key(SECRET_RULES, "keywords", Kind::Words, "[\"mst_\"]"),
    // A character has 20.1 bits at most: there are 1,114,112 of them.
    key(SECRET_RULES, "entropy", Kind::Amount { max: 21.0 }, "3.5"),
    key(SECRET_RULES, "enabled", Kind::Switch, "true"),
];

const RULE_DEFAULTS: &str = "
keywords = []
entropy = 0.0
enabled = true
";
