//! Which keys there are, and what each takes. The one list that files, environment, flags, hints and `segno config show`
//! go by.
//!
//! What must stay true: every key of `config/default.toml` and `config/labels.toml` stands in [`KEYS`] in the same order, and
//! the keys of a row stand in those of its [`RowTable`]; a test compares them.

mod keys;
mod rows;

use super::keylines::KEYS_TABLE;

pub(super) use keys::KEYS;
pub(super) use rows::{BACKENDS, ID, MODELS, PLAYBOOKS, PROVIDERS, ROW_TABLES, RowTable, SECRET_RULES};

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
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
    /// A number of nothing or more.
    Amount {
        /// The most.
        max: f64,
    },
    /// A length of time.
    Duration,
    /// True or false.
    Switch,
    /// The address of a server.
    Host,
    /// Names and addresses of hosts, without ports.
    Hosts,
    /// The address of a provider, to which the paths of its interface are added.
    Endpoint,
    /// The name of a row, in small letters.
    Name {
        /// What it must not be.
        reserved: &'static [&'static str],
    },
    /// The name of a backend; that there is one is seen once all rows are there.
    Backend,
    /// The name of a model; may be empty.
    MaybeModel,
    /// What a provider calls a model; may be empty.
    RemoteModel,
    /// What a person calls a model; may be empty. That no two have one is seen once all rows are there.
    DisplayName,
    /// The name of a playbook.
    Playbook,
    /// Some text, taken as it stands.
    Text {
        /// Characters at most.
        most: usize,
        /// Whether there may be none.
        empty: bool,
    },
    /// Texts, each taken as it stands.
    Texts,
    /// The name of an environment variable; may be empty.
    Variable,
    /// A program and its arguments; may be empty.
    Command,
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
            Self::Model | Self::MaybeModel => "the name of a model in quotes".into(),
            Self::Words => "a list of words in quotes".into(),
            Self::Chain => "a list of slots or names of models in quotes".into(),
            Self::Classes => "a list of classes in quotes".into(),
            Self::Whole { unit: "", .. } => "a whole number".into(),
            Self::Whole { unit, .. } => format!("a whole number of {unit}"),
            Self::Rate | Self::Amount { .. } => "a number".into(),
            Self::Duration => "a duration in quotes".into(),
            Self::Switch => "true or false".into(),
            Self::Host | Self::Endpoint => "the address of a server in quotes".into(),
            Self::Hosts => "a list of hosts in quotes".into(),
            Self::Name { .. } => "a name in quotes".into(),
            Self::Backend => "`ollama` or the id of a provider or of a host in quotes".into(),
            Self::RemoteModel => "the provider's name for the model in quotes".into(),
            Self::DisplayName => "a name for the model in quotes".into(),
            Self::Playbook => "the name of a playbook in quotes".into(),
            Self::Text { .. } => "a text in quotes".into(),
            Self::Texts => "a list of texts in quotes".into(),
            Self::Variable => "the name of an environment variable in quotes".into(),
            Self::Command => "a list of a program and its arguments in quotes".into(),
            Self::OneOf { words, .. } => list(words, "or"),
        }
    }
}

/// A key of a table, or of a row of it.
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

/// The tables, in the order of the files; the last ones hold rows.
pub(super) const TABLES: [&str; 22] = [
    "defaults",
    "routing",
    "fallbacks",
    "timeouts",
    "privacy",
    "secrets",
    "ollama",
    "gpu",
    "health",
    "pools",
    "ace",
    "history",
    "ui",
    "terminal",
    "log",
    "labels",
    KEYS_TABLE,
    MODELS,
    PROVIDERS,
    BACKENDS,
    PLAYBOOKS,
    SECRET_RULES,
];

/// The tables that the file of a working folder may set: it chooses models and words. Everything else could harm whoever
/// opens a stranger's folder.
pub(super) const PROJECT_TABLES: [&str; 3] = ["defaults", "routing", "fallbacks"];

/// The slots, as they are written.
pub(super) const SLOTS: [&str; 6] = ["general", "code", "math", "quick", "deep", "creative"];

/// The classes a model can be good or bad at.
pub(super) const CLASSES: [&str; 7] = ["quick", "deep", "code", "math", "creative", "tools", "general"];

/// What stands before a regular expression in `secrets.allow`.
pub(super) const REGEX: &str = "re:";

const CONTEXT_MAX: u64 = 1 << 24;
const CONTEXT: Kind =
    Kind::Whole { unit: "tokens", min: 512, max: CONTEXT_MAX, why: "a smaller window does not hold a question and its answer" };

const fn key(table: &'static str, name: &'static str, kind: Kind, example: &'static str) -> Key {
    Key { table, name, kind, example }
}

/// Every key there is, those of rows after the others.
pub(super) fn all_keys() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain(ROW_TABLES.iter().flat_map(|table| table.keys))
}

/// `a`, `b` or `c`, in code marks.
pub(super) fn list(words: &[&str], last: &str) -> String {
    let marked: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match marked.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}
