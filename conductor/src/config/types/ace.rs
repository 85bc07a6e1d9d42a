//! `[ace]` and `[[playbooks]]`: playbooks, and what is learnt into them.

use super::Config;
use crate::domain::PlaybookKey;
use serde::Deserialize;
use std::time::Duration;

/// `[ace]`: playbooks, and what is learnt into them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct AceSettings {
    /// Bullets of the playbook in use go into prompts.
    pub playbooks: bool,
    /// Tokens of them in a prompt, at most.
    pub prompt_tokens: usize,
    /// Tokens of all active bullets of a playbook.
    pub budget_tokens: usize,
    /// Percent of the prompts in which a bullet is that is on trial.
    pub trial: u8,
    /// Which playbooks a prompt has lines of where its conversation has a narrower subject, and where playbooks are kept.
    pub layout: Layout,
    /// Helpful and harmful observations of a bullet together, below which nothing is decided.
    pub observations: u32,
    /// From `shadow` to `staging`: so many helpful.
    pub staging_helpful: u32,
    /// From `shadow` to `staging`: so many times as many helpful as harmful.
    pub staging_ratio: f64,
    /// From `staging` to `prod`: so many helpful.
    pub prod_helpful: u32,
    /// From `staging` to `prod`: so many times as many helpful as harmful.
    pub prod_ratio: f64,
    /// Answers with a bullet, and as many without, from which on the difference is looked at.
    pub lift_answers: u32,
    /// Whether answers that the user rated are learnt from.
    pub learn: bool,
    /// Whether those of which the user said nothing are, too.
    pub learn_unrated: bool,
    /// Whether what a model proposes goes on trial without the user's yes.
    pub auto_accept: bool,
    /// Nobody did anything for so long before something is learnt.
    #[serde(with = "crate::config::duration")]
    pub idle: Duration,
    /// Who reflects and curates: a model on this machine; empty where one is chosen.
    pub model: String,
    /// The version of the prompts of the generator, the reflector and the curator.
    pub prompts: String,
    /// How often a role is asked again whose answer could not be read.
    pub retries: u32,
    /// What is added to its prompt then; empty for Segno's own words.
    pub retry_prompt: String,
}

/// The value of `ace.layout`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// A playbook alone: that of the narrower subject, where there is one.
    Scoped,
    /// That of the narrower subject and the wider one together.
    Hierarchical,
    /// As `Scoped`, and the playbooks of each family of models are in a database of their own.
    Family,
}

/// A row of `[[playbooks]]`: what differs from `[ace]` for one playbook. What is `None` is as there.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PlaybookSettings {
    /// Its name: `math-qwen`.
    pub id: String,
    /// No prompt gets anything of it.
    pub off: bool,
    /// See [`AceSettings::trial`].
    pub trial: Option<u8>,
    /// See [`AceSettings::observations`].
    pub observations: Option<u32>,
    /// See [`AceSettings::staging_helpful`].
    pub staging_helpful: Option<u32>,
    /// See [`AceSettings::staging_ratio`].
    pub staging_ratio: Option<f64>,
    /// See [`AceSettings::prod_helpful`].
    pub prod_helpful: Option<u32>,
    /// See [`AceSettings::prod_ratio`].
    pub prod_ratio: Option<f64>,
    /// See [`AceSettings::lift_answers`].
    pub lift_answers: Option<u32>,
}

impl Config {
    /// The row of `[[playbooks]]` for a playbook, where there is one. Its name is compared as it is written: no part of a name is
    /// guessed.
    pub fn playbook(&self, key: &PlaybookKey) -> Option<&PlaybookSettings> {
        // Nearly everybody has no row, and this is asked for each prompt.
        let name = (!self.playbooks.is_empty()).then(|| key.to_string())?;
        self.playbooks.iter().find(|row| row.id == name)
    }
}
