//! The three roles: a generator that answers, a reflector that says what to learn from an answer, a curator that proposes changes.
//!
//! What must stay true: whoever is asked is asked through [`Asker`] alone; an answer that cannot be read is asked for again a few times
//! and is then an error of this one call; what a role returns was read, never guessed; no word of a text goes into the log.

mod asking;
mod curator;
mod generator;
mod reflector;
mod template;

pub use asking::{Retry, RoleError};
pub use curator::{Curate, Curated};
pub use generator::{Generate, Generated};
pub use reflector::{Reflect, Reflected, Reflection};
pub use template::{Fault, NameError, Template, TemplateError, TemplateId, Templates, USUAL, built_in, variable_names};

use crate::config::AceSettings;
use crate::domain::Digest;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It answers with the playbook before it.
    Generator,
    /// It says what helped, and what went wrong and why.
    Reflector,
    /// It proposes changes of the playbook.
    Curator,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Generator, Self::Reflector, Self::Curator];

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Reflector => "reflector",
            Self::Curator => "curator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One question to a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Who is asked.
    pub role: Role,
    /// The system prompt; may be empty.
    pub system: String,
    /// The prompt.
    pub user: String,
    /// The JSON schema of the answer, for servers that can hold a model to one. Its fields stand in the order in which they are to be
    /// written: the reasoning before what it leads to.
    pub schema: Value,
    /// From which template it was made.
    pub template: TemplateId,
    /// The how-manieth time this is asked, counted from 1.
    pub attempt: u32,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// All of it.
    pub text: String,
    /// It ended at a limit of length.
    pub cut: bool,
    /// Tokens of the prompt, where the server counted them.
    pub prompt_tokens: Option<u32>,
    /// Tokens of the answer, where the server counted them.
    pub answer_tokens: Option<u32>,
    /// Milliseconds from the question to the end of the answer.
    pub total_ms: u64,
    /// Who answered.
    pub model: String,
}

/// No answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct AskError {
    /// What happened, for a person. Holds no words of the prompt.
    pub what: String,
    /// It will happen again at once: the server is away, the model is not there.
    pub lasting: bool,
}

/// Asks models. Waiting between attempts, where there is to be any, is its own affair.
pub trait Asker: Send + Sync {
    /// Asks, and gives back the whole answer. Dropping the future ends it.
    fn ask(&self, ask: Ask) -> BoxFuture<'static, Result<Reply, AskError>>;
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum CallVerdict {
    /// It was read.
    Read,
    /// The answer ends before its object does.
    Truncated,
    /// It holds no object that could be relied on.
    Invalid {
        /// Why: see [`json::Why`](super::json::Why).
        why: String,
    },
    /// The object lacks what was asked for.
    Malformed {
        /// What is wrong.
        what: String,
    },
    /// No answer came.
    Failed {
        /// What happened.
        what: String,
        /// It will happen again at once.
        lasting: bool,
    },
}

impl CallVerdict {
    /// The word for programs and for the log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Truncated => "truncated",
            Self::Invalid { .. } => "invalid",
            Self::Malformed { .. } => "malformed",
            Self::Failed { .. } => "failed",
        }
    }
}

/// One call, for the records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Who was asked.
    pub role: Role,
    /// Who answered; empty where nobody did.
    pub model: String,
    /// From which template.
    pub template: TemplateId,
    /// Counted from 1.
    pub attempt: u32,
    /// Tokens of the prompt, where they are known.
    pub prompt_tokens: Option<u32>,
    /// Tokens of the answer, where they are known.
    pub answer_tokens: Option<u32>,
    /// Milliseconds it took; 0 where nothing came.
    pub total_ms: u64,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: CallVerdict,
    /// What came, where it could not be read.
    pub raw: Option<String>,
}

/// Takes the records of calls.
pub trait Trace: Send + Sync {
    /// One call ended.
    fn call(&self, call: Call);
}

/// Keeps nothing.
impl Trace for () {
    fn call(&self, _: Call) {}
}

/// Which templates are used, and how often what cannot be read is asked for again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    generator: Arc<Template>,
    reflector: Arc<Template>,
    curator: Arc<Template>,
    retry: Retry,
}

impl Roles {
    /// The three templates of `templates` with these versions, such as `v2`.
    ///
    /// # Errors
    /// The name of the template that there is not.
    pub fn new(templates: &Templates, [generator, reflector, curator]: [&str; 3], retry: Retry) -> Result<Self, TemplateId> {
        let of = |role, version: &str| templates.get(role, version).ok_or_else(|| TemplateId::new(role, version));
        Ok(Self {
            generator: of(Role::Generator, generator)?,
            reflector: of(Role::Reflector, reflector)?,
            curator: of(Role::Curator, curator)?,
            retry,
        })
    }

    /// Those that `settings` ask for. A role without a template of that version has the usual one: the user may write one prompt alone.
    ///
    /// # Errors
    /// The versions that there are, where no role has the one that is asked for.
    pub fn of(settings: &AceSettings, templates: &Templates) -> Result<Self, Vec<String>> {
        let mut versions: Vec<String> = templates.ids().map(|id| id.version.clone()).collect();
        versions.sort();
        versions.dedup();
        if !versions.contains(&settings.prompts) {
            return Err(versions);
        }
        let wanted = Role::ALL.map(|role| templates.get(role, &settings.prompts).map_or(USUAL, |_| settings.prompts.as_str()));
        Self::new(templates, wanted, Retry::of(settings)).map_err(|_| versions)
    }

    /// What tells these from others: a sum over their texts and settings.
    pub fn digest(&self) -> Digest {
        Digest::of(format!("{self:?}").as_bytes())
    }
}

/// The doors to a model: who is asked, and who keeps the records.
#[derive(Clone, Copy)]
pub struct Doors<'a> {
    /// Who is asked.
    pub asker: &'a dyn Asker,
    /// Who keeps the records.
    pub trace: &'a dyn Trace,
}

#[cfg(test)]
mod tests;
