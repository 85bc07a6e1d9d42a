//! The values of a configuration, one struct a table. Plain data: that they are in range was checked while they were read.

mod ace;
mod names;

pub use ace::{AceSettings, Layout, PlaybookSettings};
pub(super) use names::folded;

use super::keylines::KeyLine;
use crate::domain::{BackendId, CostTier, LicenceClass, ModelId, Slot, TaskClass};
use serde::Deserialize;
use std::time::Duration;

/// All settings.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Config {
    /// `[defaults]`
    pub defaults: Defaults,
    /// `[routing]`
    pub routing: Routing,
    /// `[fallbacks]`
    pub fallbacks: Fallbacks,
    /// `[timeouts]`
    pub timeouts: Timeouts,
    /// `[privacy]`
    pub privacy: Privacy,
    /// `[ollama]`
    pub ollama: OllamaSettings,
    /// `[gpu]`
    pub gpu: GpuSettings,
    /// `[health]`
    pub health: HealthSettings,
    /// `[pools]`
    pub pools: PoolSettings,
    /// `[ace]`
    pub ace: AceSettings,
    /// What was asked and answered.
    pub history: HistorySettings,
    /// `[ui]`
    pub ui: Ui,
    /// `[terminal]`
    pub terminal: Terminal,
    /// `[keys]`: the user's own lines, in the order of the file.
    #[serde(skip)]
    pub keys: Vec<KeyLine>,
    /// `[log]`
    pub log: Log,
    /// `[secrets]`
    pub secrets: Secrets,
    /// `[labels]`
    pub labels: Labels,
    /// `[[models]]`
    pub models: Vec<ModelSettings>,
    /// `[[providers]]`
    pub providers: Vec<ProviderSettings>,
    /// `[[backends]]`
    pub backends: Vec<BackendSettings>,
    /// `[[playbooks]]`
    pub playbooks: Vec<PlaybookSettings>,
    /// `[[secret_rules]]`
    pub secret_rules: Vec<SecretRule>,
}

impl Config {
    /// Whether `id` is an Ollama server: that of `ollama.host`, or one of `[[backends]]`.
    pub fn is_host(&self, id: &str) -> bool {
        id == BackendId::OLLAMA || self.backends.iter().any(|row| row.id.as_str() == id)
    }

    /// The Ollama servers where there are several, so that a person is told which one is meant; nothing where there is one.
    pub fn hosts(&self) -> Vec<BackendId> {
        let others = self.backends.iter().map(|row| row.id.clone());
        let first = (!self.backends.is_empty()).then(BackendId::ollama);
        first.into_iter().chain(others).collect()
    }
}

/// One value for each slot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PerSlot<T> {
    /// Everything without a specialist.
    pub general: T,
    /// Code.
    pub code: T,
    /// Mathematics.
    pub math: T,
    /// Short facts.
    pub quick: T,
    /// Long reasoning.
    pub deep: T,
    /// Invented text.
    pub creative: T,
}

impl<T> PerSlot<T> {
    /// The value of `slot`.
    pub fn get(&self, slot: Slot) -> &T {
        match slot {
            Slot::General => &self.general,
            Slot::Code => &self.code,
            Slot::Math => &self.math,
            Slot::Quick => &self.quick,
            Slot::Deep => &self.deep,
            Slot::Creative => &self.creative,
        }
    }
}

/// `[defaults]`: the model of each slot.
pub type Defaults = PerSlot<ModelId>;

/// `[fallbacks]`: who is asked next when the model of a slot fails. Entries are slots or model names.
pub type Fallbacks = PerSlot<Vec<String>>;

/// `[routing]`: how a question finds its model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Routing {
    /// The user's own words for code; matched whole, without regard to case.
    pub code_keywords: Vec<String>,
    /// For mathematics.
    pub math_keywords: Vec<String>,
    /// For invented text.
    pub creative_keywords: Vec<String>,
    /// For short facts.
    pub quick_keywords: Vec<String>,
    /// For long reasoning.
    pub deep_keywords: Vec<String>,
    /// For actions.
    pub tools_keywords: Vec<String>,
    /// Percent of confidence; below it the general model is asked.
    pub unsure_below: u8,
    /// The hardest that a small model is preferred for, of 10.
    pub small_up_to: u8,
    /// The hardest that one of the middle is preferred for, of 10.
    pub medium_up_to: u8,
    /// Whether another that is in memory is asked as well where the first takes longer than its budget.
    pub hedge: bool,
}

/// The value of `ollama.second_opinion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondOpinion {
    /// Nobody.
    Off,
    /// A model for embeddings that is in memory.
    Embedding,
    /// After that, a small model that is in memory.
    Model,
}

/// `[timeouts]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Timeouts {
    /// Budget for the first token of a warm model, quick answers, in milliseconds.
    pub quick_ms: u64,
    /// The same, standard answers.
    pub standard_ms: u64,
    /// The same, deep answers.
    pub deep_ms: u64,
    /// Hard limit for connecting.
    #[serde(with = "super::duration")]
    pub connect: Duration,
    /// Hard limit for the first token of a model that must be loaded first.
    #[serde(with = "super::duration")]
    pub first_token: Duration,
    /// Hard limit for the first token of a model that is in memory.
    #[serde(with = "super::duration")]
    pub first_token_resident: Duration,
    /// Hard limit between two pieces of an answer.
    #[serde(with = "super::duration")]
    pub stall: Duration,
    /// For all that is asked what a question wants.
    #[serde(with = "super::duration")]
    pub second_opinion: Duration,
}

/// `[privacy]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Privacy {
    /// Where models run unless the user says otherwise.
    pub default_location: DefaultLocation,
    /// Whether external models may be offered at all.
    pub allow_external: bool,
    /// Whether the router keeps to this machine, whatever `[defaults]` names.
    pub force_local: bool,
    /// Whether what is sent off the machine is scanned for secrets first.
    pub secret_scan_before_external: bool,
    /// Hosts off this machine that are the user's own: they are asked without a question, and every request is in the
    /// ledger. Host names and addresses as they stand in `ollama.host` or a provider's endpoint, without the port.
    pub trusted_hosts: Vec<String>,
    /// How long a question for consent waits; then it is a no.
    #[serde(with = "super::duration")]
    pub consent_timeout: Duration,
}

/// The value of `privacy.default_location`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DefaultLocation {
    /// This machine.
    Local,
}

/// `[ollama]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OllamaSettings {
    /// The server, in any form that `OLLAMA_HOST` takes.
    pub host: String,
    /// The context window asked for, in tokens, where the model was trained for as many.
    pub num_ctx: u32,
    /// The most tokens an answer may have.
    pub num_predict: u32,
    /// Who is asked where the words of a question do not say what it wants.
    pub second_opinion: SecondOpinion,
    /// How long a model stays in memory after its last answer.
    #[serde(with = "super::duration")]
    pub keep_alive: Duration,
}

/// `[gpu]`: the memory that models share.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GpuSettings {
    /// MiB that models may take; 0 where Segno is to find out.
    pub memory_mib: u64,
    /// MiB of it that are left to others.
    pub reserve_mib: u64,
    /// Percent of it above which models that nobody uses are taken out.
    pub pressure: u8,
    /// How many more questions go to the models that hold the memory while another waits for it.
    pub bypass: u32,
    /// How long another waits for more than what has begun already.
    #[serde(with = "super::duration")]
    pub patience: Duration,
    /// Work in the background that waited so long is as urgent as a question, where no model of the user's has to leave for it.
    #[serde(with = "super::duration")]
    pub ageing: Duration,
    /// Whether the model that is likely next is loaded while the user types.
    pub preload: bool,
}

/// `[health]`: when what fails is given a rest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HealthSettings {
    /// Failures in a row.
    pub failures: u32,
    /// Percent of the late tries that failed.
    pub worst_rate: u8,
    /// The longest rest.
    #[serde(with = "super::duration")]
    pub longest_rest: Duration,
}

/// `[pools]`: connections to each server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PoolSettings {
    /// Requests to one server at the same time.
    pub in_flight: usize,
    /// How old a connection may get.
    #[serde(with = "super::duration")]
    pub oldest: Duration,
    /// How long a connection may lie idle.
    #[serde(with = "super::duration")]
    pub idle: Duration,
}

/// `[history]`: what was asked and answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HistorySettings {
    /// Days after the last word of a conversation, after which it is purged; 0 for never.
    pub keep_days: u32,
    /// Days for which a conversation that was deleted can be restored.
    pub undo_days: u32,
}

/// `[ui]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ui {
    /// Whether the wheel scrolls; selecting text then needs Shift.
    pub mouse: bool,
    /// Whether the terminal is told where the links of answers lead.
    pub hyperlinks: bool,
    /// The name of a theme.
    pub theme: String,
    /// `unicode` or `ascii`.
    pub icons: String,
    /// Whether time goes on in the status line.
    pub animations: bool,
    /// Whether the window has a title.
    pub title: bool,
    /// `off`, `bell` or `osc9`.
    pub notify: String,
    /// `auto` or `plain`.
    pub keyboard: String,
    /// `emacs` or `vim`.
    pub editing: String,
}

/// `[terminal]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Terminal {
    /// Whether the chat is in plain lines.
    pub plain: bool,
    /// `full` or `inline`.
    pub screen: String,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
    /// Whether the words of prompts and answers may be written to the log.
    pub message_text: bool,
}

/// A row of `[[models]]`: what is known of a model beforehand.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ModelSettings {
    /// Its name.
    pub id: ModelId,
    /// Its backend.
    pub backend: String,
    /// What it is good at.
    pub strengths: Vec<TaskClass>,
    /// What it is bad at.
    pub weaknesses: Vec<TaskClass>,
    /// Milliseconds to the first token, warm, as a starting guess.
    pub avg_ttft_ms: u64,
    /// Tokens a second, as a starting guess.
    pub avg_tokens_per_sec: f64,
    /// The longest context, in tokens.
    pub max_context: u32,
    /// Bytes of memory it takes with a context of 8192 tokens; 0 where that is not known.
    pub memory_bytes: u64,
    /// Whether it streams.
    pub supports_streaming: bool,
    /// Whether it takes tools.
    pub supports_tools: bool,
    /// What it costs.
    pub cost_tier: CostTier,
    /// Whether it takes images; for models of providers, whose servers do not say.
    pub supports_vision: bool,
    /// How its provider calls it; empty means the id, without the provider and the slash that it may begin with.
    pub name: String,
    /// What a person reads and types in the place of its id; empty means the id.
    pub display_name: String,
    /// What its licence allows; `unknown` means what the server's text says.
    pub licence: LicenceClass,
    /// US dollars for a million tokens sent; 0 means not known (or nothing).
    pub price_input: f64,
    /// US dollars for a million tokens answered; 0 means not known (or nothing).
    pub price_output: f64,
    /// Who is asked where it fails, before those of its slot: slots or model names.
    pub fallbacks: Vec<String>,
    /// The most requests a minute; 0 for any number.
    pub requests_per_minute: u32,
    /// The most tokens a minute; 0 for any number.
    pub tokens_per_minute: u32,
}

/// A row of `[[providers]]`: a service or server that is no Ollama.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ProviderSettings {
    /// Its name: `openai`. Models name it as their `backend`.
    pub id: BackendId,
    /// What is spoken there.
    pub format: WireFormat,
    /// The address before `/chat/completions` or `/messages`: `https://api.openai.com/v1`.
    pub endpoint: String,
    /// The environment variable that has the key; empty for none.
    pub key_env: String,
    /// A program and its arguments that print the key; empty for none. Never run by a shell.
    pub api_key_command: Vec<String>,
    /// Whether it wants a key at all.
    pub needs_key: bool,
    /// Where it runs, as the user declares it.
    pub place: ProviderPlace,
    /// The most requests a minute; 0 for any number.
    pub requests_per_minute: u32,
    /// The most tokens a minute; 0 for any number.
    pub tokens_per_minute: u32,
    /// The most tokens a day; 0 for any number.
    pub tokens_per_day: u64,
    /// The most US dollars a day; 0 for any number.
    pub dollars_per_day: f64,
}

/// A row of `[[backends]]`: one more Ollama server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BackendSettings {
    /// Its name: `desk`.
    pub id: BackendId,
    /// Where it is, in any form that `OLLAMA_HOST` takes.
    pub host: String,
    /// MiB that models may take there, where it is on this machine; 0 where Segno is to find out.
    pub memory_mib: u64,
}

/// What a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WireFormat {
    /// Chat completions, as OpenAI defined them and many others speak them.
    Openai,
    /// Anthropic's messages.
    Anthropic,
}

/// Where a provider runs, as the user declares it in their own file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderPlace {
    /// Somebody else's service.
    External,
    /// The user's own network; `privacy.trusted_hosts` can name it.
    Network,
    /// This machine, and it passes nothing on. Believed only where the endpoint is a loopback address.
    Here,
}

/// `[secrets]`: what the search for secrets passes over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Secrets {
    /// Texts that are no secrets; each is a whole secret as it stands, or `re:` and a regular expression.
    pub allow: Vec<String>,
}

/// A row of `[[secret_rules]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SecretRule {
    /// Its name: `github-token`.
    pub id: String,
    /// What it finds, for a person: `GitHub token`.
    pub what: String,
    /// A regular expression; where it has a group named `secret`, that is the secret, else the whole match.
    pub pattern: String,
    /// One of these stands in or near a match, without regard to case; empty means everywhere is looked.
    pub keywords: Vec<String>,
    /// Bits a character that the secret has at least (Shannon); 0 for any.
    pub entropy: f64,
    /// Off rules find nothing.
    pub enabled: bool,
}

/// `[labels]`: warnings under answers, and the words that call for them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Labels {
    /// Whether calculations are warned of, and checked.
    pub maths: bool,
    /// Whether code is warned of.
    pub code: bool,
    /// Whether it is said that the prompt left the machine.
    pub external: bool,
    /// Whether tax, medicine and law are warned of.
    pub high_stakes: bool,
    /// Words of questions about tax and money.
    pub tax_words: Vec<String>,
    /// Words of questions about medicine.
    pub medical_words: Vec<String>,
    /// Words of questions about law.
    pub legal_words: Vec<String>,
}
