//! Which keys there are, and what each takes. The one list that files, environment, flags, hints and `segno config show`
//! go by.
//!
//! What must stay true: every key of `config/default.toml` stands in [`KEYS`] in the same order, every key of a row of
//! `config/models.toml` in [`MODEL_KEYS`]; a test compares them.

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The name of a model.
    Model,
    /// Words and short phrases.
    Words,
    /// Slots and names of models; the key itself is a slot.
    Chain,
    /// Names of classes.
    Classes,
    /// A whole number of `unit`s within bounds; `why` is said to one that is out of them.
    Whole {
        /// In the plural; empty for a bare number.
        unit: &'static str,
        /// The least.
        min: u64,
        /// The most.
        max: u64,
        /// What to do instead; empty where the bounds say all.
        why: &'static str,
    },
    /// A number above nothing.
    Rate,
    /// A length of time.
    Duration,
    /// True or false.
    Switch,
    /// The address of a server.
    Host,
    /// One of a few words; `why` is said to any other.
    OneOf {
        /// The words.
        words: &'static [&'static str],
        /// Why there are no more; may be empty.
        why: &'static str,
    },
}

impl Kind {
    /// The words after "wants".
    pub(super) fn wants(self) -> String {
        match self {
            Self::Model => "the name of a model in quotes".into(),
            Self::Words => "a list of words in quotes".into(),
            Self::Chain => "a list of slots or names of models in quotes".into(),
            Self::Classes => "a list of classes in quotes".into(),
            Self::Whole { unit: "", .. } => "a whole number".into(),
            Self::Whole { unit, .. } => format!("a whole number of {unit}"),
            Self::Rate => "a number".into(),
            Self::Duration => "a duration in quotes".into(),
            Self::Switch => "true or false".into(),
            Self::Host => "the address of a server in quotes".into(),
            Self::OneOf { words, .. } => list(words, "or"),
        }
    }
}

/// A key: of a table, or of a row of `[[models]]` (its table is `models` then).
#[derive(Debug)]
pub(super) struct Key {
    /// The table.
    pub(super) table: &'static str,
    /// The key in it.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) kind: Kind,
    /// A good value, as it is written in a file.
    pub(super) example: &'static str,
}

impl Key {
    /// `timeouts.quick_ms`
    pub(super) fn dotted(&self) -> String {
        format!("{}.{}", self.table, self.name)
    }

    /// `SEGNO_TIMEOUTS_QUICK_MS`
    pub(super) fn variable(&self) -> String {
        format!("SEGNO_{}_{}", self.table, self.name).to_uppercase()
    }

    /// The example as it is written where there are no quotes and lists have commas.
    pub(super) fn bare_example(&self) -> String {
        self.example.trim_matches(['[', ']']).replace(['"', ' '], "")
    }
}

/// The tables, in the order of the file; `models` holds rows.
pub(super) const TABLES: [&str; 9] = ["defaults", "routing", "fallbacks", "timeouts", "privacy", "ollama", "ui", "log", MODELS];

/// The table that holds rows.
pub(super) const MODELS: &str = "models";

/// The tables that the file of a working folder may set: it chooses models and words. Everything else could harm whoever
/// opens a stranger's folder.
pub(super) const PROJECT_TABLES: [&str; 3] = ["defaults", "routing", "fallbacks"];

/// The slots, as they are written.
pub(super) const SLOTS: [&str; 6] = ["general", "code", "math", "quick", "deep", "creative"];

/// The classes a model can be good or bad at.
pub(super) const CLASSES: [&str; 7] = ["quick", "deep", "code", "math", "creative", "tools", "general"];

const DAY_MS: u64 = 86_400_000;
const CONTEXT_MAX: u64 = 1 << 24;
const MS: Kind = Kind::Whole { unit: "milliseconds", min: 1, max: DAY_MS, why: "" };
const CONTEXT: Kind =
    Kind::Whole { unit: "tokens", min: 512, max: CONTEXT_MAX, why: "a smaller window does not hold a question and its answer" };
const ANSWER: Kind = Kind::Whole { unit: "tokens", min: 1, max: CONTEXT_MAX, why: "an answer without a limit may never end" };
const LOCATION: Kind =
    Kind::OneOf { words: &["local"], why: "nothing leaves this machine by default: only \"local\" is accepted today" };
const LEVEL: Kind = Kind::OneOf { words: &["error", "warn", "info", "debug", "trace"], why: "" };
const BACKEND: Kind = Kind::OneOf { words: &["ollama"], why: "this version knows no other backend" };
const TIER: Kind = Kind::OneOf { words: &["free", "low", "medium", "high"], why: "" };

const fn key(table: &'static str, name: &'static str, kind: Kind, example: &'static str) -> Key {
    Key { table, name, kind, example }
}

/// Every key outside `[[models]]`.
pub(super) const KEYS: [Key; 31] = [
    key("defaults", "general", Kind::Model, "\"llama3.1:8b\""),
    key("defaults", "code", Kind::Model, "\"deepseek-coder:6.7b\""),
    key("defaults", "math", Kind::Model, "\"qwen2-math:7b\""),
    key("defaults", "quick", Kind::Model, "\"phi3:mini\""),
    key("defaults", "deep", Kind::Model, "\"llama3.1:8b\""),
    key("defaults", "creative", Kind::Model, "\"mistral:7b\""),
    key("routing", "code_keywords", Kind::Words, "[\"code\", \"debug\"]"),
    key("routing", "math_keywords", Kind::Words, "[\"solve\", \"proof\"]"),
    key("routing", "creative_keywords", Kind::Words, "[\"poem\", \"story\"]"),
    key("fallbacks", "general", Kind::Chain, "[\"deep\"]"),
    key("fallbacks", "code", Kind::Chain, "[\"deep\", \"general\"]"),
    key("fallbacks", "math", Kind::Chain, "[\"deep\", \"general\"]"),
    key("fallbacks", "quick", Kind::Chain, "[\"general\"]"),
    key("fallbacks", "deep", Kind::Chain, "[\"general\"]"),
    key("fallbacks", "creative", Kind::Chain, "[\"general\"]"),
    key("timeouts", "quick_ms", MS, "100"),
    key("timeouts", "standard_ms", MS, "2000"),
    key("timeouts", "deep_ms", MS, "30000"),
    key("timeouts", "connect", Kind::Duration, "\"2s\""),
    key("timeouts", "first_token", Kind::Duration, "\"120s\""),
    key("timeouts", "first_token_resident", Kind::Duration, "\"30s\""),
    key("timeouts", "stall", Kind::Duration, "\"60s\""),
    key("privacy", "default_location", LOCATION, "\"local\""),
    key("privacy", "allow_external", Kind::Switch, "false"),
    key("privacy", "secret_scan_before_external", Kind::Switch, "true"),
    key("ollama", "host", Kind::Host, "\"http://127.0.0.1:11434\""),
    key("ollama", "num_ctx", CONTEXT, "8192"),
    key("ollama", "num_predict", ANSWER, "4096"),
    key("ui", "mouse", Kind::Switch, "true"),
    key("log", "level", LEVEL, "\"info\""),
    key("log", "message_text", Kind::Switch, "false"),
];

/// The key that names a row of `[[models]]`.
pub(super) const ID: &str = "id";

/// Every key of a row of `[[models]]`.
pub(super) const MODEL_KEYS: [Key; 11] = [
    key(MODELS, ID, Kind::Model, "\"llama3.1:8b\""),
    key(MODELS, "backend", BACKEND, "\"ollama\""),
    key(MODELS, "strengths", Kind::Classes, "[\"code\", \"math\"]"),
    key(MODELS, "weaknesses", Kind::Classes, "[\"creative\"]"),
    key(MODELS, "avg_ttft_ms", MS, "300"),
    key(MODELS, "avg_tokens_per_sec", Kind::Rate, "45.0"),
    key(MODELS, "max_context", CONTEXT, "131072"),
    key(MODELS, "memory_bytes", Kind::Whole { unit: "bytes", min: 0, max: 1 << 50, why: "" }, "6_000_000_000"),
    key(MODELS, "supports_streaming", Kind::Switch, "true"),
    key(MODELS, "supports_tools", Kind::Switch, "false"),
    key(MODELS, "cost_tier", TIER, "\"free\""),
];

/// What a row of `[[models]]` has where it says nothing; `config/models.toml` says the same in words.
pub(super) const MODEL_DEFAULTS: &str = r#"
backend = "ollama"
strengths = []
weaknesses = []
avg_ttft_ms = 1000
avg_tokens_per_sec = 20.0
max_context = 131072
memory_bytes = 0
supports_streaming = true
supports_tools = false
cost_tier = "free"
"#;

/// `a`, `b` or `c`, in code marks.
pub(super) fn list(words: &[&str], last: &str) -> String {
    let marked: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match marked.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}
