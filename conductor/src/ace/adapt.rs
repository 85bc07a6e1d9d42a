//! Training: samples are answered, graded, reflected upon, and what was learnt changes the playbook. Offline over a set of samples,
//! several times; online over a stream of them.
//!
//! What must stay true:
//! - One bad answer costs its sample and nothing else; all that comes is handed to the [`Sink`] as it comes.
//! - The same settings, samples, answers and times make the same playbook, whether the run was interrupted or not.
//! - What cannot be graded teaches nothing. Only bullets that were in the prompt are credited, once for a sample and epoch.
//! - A trained playbook is kept only where it is better than none, and than what was there, on samples that it did not learn from.

mod commit;
mod lesson;
mod offline;
mod online;
mod report;
mod rng;
mod validate;

pub use offline::{Kept, Outcome, Samples, Start, offline, split};
pub use online::{Comparison, Learnt, Online};
pub use report::{Arm, Best, Checkpoint, Epoch, Output, Part, Tally};
pub use rng::Rng;

use super::apply::Rules;
use super::dedup;
use super::environment::TaskEnvironment;
use super::promote::Gates;
use super::prompt::Form;
use super::roles::{AskError, Doors, Roles};
use super::select::Policy;
use crate::domain::{Delta, Digest, Milli};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// What becomes of a playbook that an epoch did not make better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnWorse {
    /// The next epoch goes on from it: what was observed is kept. The best is remembered.
    #[default]
    GoOn,
    /// The next epoch begins from the best.
    GoBack,
}

/// How a training goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The number of the training, by which its evidence is told from that of others.
    pub run: i64,
    /// What chance is made of.
    pub seed: u64,
    /// The most times over all samples; offline alone.
    pub epochs: u32,
    /// The most times that a wrong answer is reflected upon, asked for again and checked. The paper: 1, 3, 5 and 10 give 61.3, 65.8, 67.6
    /// and 65.2.
    pub rounds: u32,
    /// So many reflections on the samples before are handed to the generator.
    pub reflections: usize,
    /// A right answer is reflected upon, too.
    pub reflect_on_right: bool,
    /// A checkpoint after so many samples; at least 1.
    pub checkpoint_every: u32,
    /// So many epochs in a row that did not make it better end the training; 0 for never.
    pub patience: u32,
    /// What becomes of a playbook that an epoch did not make better.
    pub on_worse: OnWorse,
    /// Each epoch has its own order of samples.
    pub shuffle: bool,
    /// The share of prompts in which a bullet on trial is, from 0 to 1. Below 1 its lift is measured.
    pub trial_share: Milli,
    /// The most tokens of the playbook in the prompts of the generator.
    pub prompt_tokens: usize,
    /// The most tokens of the playbook in the prompts of the reflector and the curator.
    pub review_tokens: usize,
    /// So many times in a row no model can be reached, and the run ends.
    pub away_limit: u32,
    /// From which likeness on two bullets are one, from 0 to 1.
    pub same_from: Milli,
    /// Online: bullets are merged and moved from stage to stage after so many samples; at least 1.
    pub review_every: u32,
    /// Online: each so-manieth sample is asked without the playbook, too; 0 for none.
    pub bare_every: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            run: 0,
            seed: 0,
            epochs: 5,
            rounds: 3,
            reflections: 3,
            reflect_on_right: true,
            checkpoint_every: 10,
            patience: 2,
            on_worse: OnWorse::GoOn,
            shuffle: true,
            trial_share: Milli(800),
            prompt_tokens: 4000,
            review_tokens: 2000,
            away_limit: 3,
            same_from: Milli::of(dedup::THRESHOLD),
            review_every: 20,
            bare_every: 5,
        }
    }
}

/// All that a training goes by.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// How it goes.
    pub settings: Settings,
    /// The limits of the playbook. What is proposed goes on trial at once, whatever `auto_accept` says: what is in no prompt cannot be
    /// learnt of. Whether the user is asked about what was kept is for whoever takes it over.
    pub rules: Rules,
    /// What bullets have to show.
    pub gates: Gates,
    /// How bullets are chosen for a prompt.
    pub policy: Policy,
    /// The prompts.
    pub roles: Roles,
}

impl Setup {
    /// What tells it from others: a checkpoint goes on only under the same.
    fn digest(&self, samples: &[u8]) -> Digest {
        let Self { settings, rules, gates, policy, roles } = self;
        let all = format!("{settings:?}\n{rules:?}\n{gates:?}\n{policy:?}\n{}\n{}", roles.digest(), Digest::of(samples));
        Digest::of(all.as_bytes())
    }

    fn rules(&self) -> Rules {
        Rules { auto_accept: true, ..self.rules.clone() }
    }

    fn form(&self) -> Form {
        self.policy.form
    }
}

/// Makes embeddings.
pub trait Embedder: Send + Sync {
    /// The embeddings of `texts`, in their order. Dropping the future ends it.
    fn embed(&self, texts: Vec<String>) -> BoxFuture<'static, Result<Vec<Vec<f32>>, AskError>>;
}

/// What a training did could not be written down. Holds a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotWritten(pub String);

/// Takes what a training does, as it comes.
pub trait Sink: Send + Sync {
    /// An answer. Its number `n` goes up by one; a run that goes on writes the same numbers again.
    ///
    /// # Errors
    /// Where it could not be written; this ends the run.
    fn output(&self, output: &Output) -> Result<(), NotWritten>;

    /// A change of the playbook, the `n`-th of the run, counted from 1. The playbook that is kept is what the first of them made of the
    /// one before.
    ///
    /// # Errors
    /// Where it could not be written; this ends the run.
    fn delta(&self, n: u64, delta: &Delta) -> Result<(), NotWritten>;

    /// Where the run stands. To be written whole or not at all.
    ///
    /// # Errors
    /// Where it could not be written; this ends the run.
    fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), NotWritten>;

    /// All but the first so many outputs and deltas are void: the run goes on from before them.
    ///
    /// # Errors
    /// Where it could not be written; this ends the run.
    fn rewind(&self, outputs: u64, deltas: u64) -> Result<(), NotWritten>;
}

/// What a training works with. None of it is kept in a checkpoint.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// Who is asked, and who keeps the records of that.
    pub doors: Doors<'a>,
    /// Who takes what comes.
    pub sink: &'a dyn Sink,
    /// What says whether an answer is right.
    pub environment: &'a (dyn TaskEnvironment + Sync),
    /// What a text holds that must not be in a bullet: `an address`.
    pub forbids: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Who makes embeddings; without, bullets are compared by their words.
    pub embedder: Option<&'a dyn Embedder>,
    /// Milliseconds since 1970-01-01 UTC. Never goes back.
    pub now_ms: &'a (dyn Fn() -> i64 + Sync),
}

/// A run that ended before its end. It can go on from the last checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// No model can be reached.
    #[error("the model could not be reached {times} times in a row: {what}")]
    Away {
        /// So many times.
        times: u32,
        /// What happened last.
        what: String,
    },
    /// What came could not be written down.
    #[error("what the training did could not be written: {0}")]
    NotWritten(#[from] NotWritten),
    /// The checkpoint is of other settings, samples or prompts, or of another version.
    #[error("the checkpoint is of another training: its settings, samples or prompts differ")]
    OtherTraining,
}

#[cfg(test)]
mod tests;
