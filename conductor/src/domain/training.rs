//! Trainings of playbooks, as a front end asks for them and sees them.

use super::{Delta, Milli, ModelId, Playbook, PlaybookKey};
use serde::{Deserialize, Serialize};

/// What is wanted of a training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainPlan {
    /// The playbook that learns.
    pub key: PlaybookKey,
    /// Who answers, reflects and curates: a model on this machine. Without a name one of the playbook's family is chosen.
    pub model: Option<ModelId>,
    /// The most times over all samples. With 0 nothing is learnt: the samples only measure the playbook as it is. Not looked at where it
    /// is `online`.
    pub epochs: u32,
    /// The most times that a wrong answer is reflected upon and asked for again.
    pub rounds: u32,
    /// So many samples of a hundred only measure, and are not learnt from.
    pub aside_percent: u8,
    /// What chance is made of.
    pub seed: u64,
    /// The samples are a stream: each is learnt from once, in its order.
    pub online: bool,
    /// The last training of this playbook that did not come to its end goes on.
    pub resume: bool,
}

/// Answers, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Right.
    pub right: u32,
    /// Right, wrong, or not to be read.
    pub graded: u32,
}

impl Figures {
    /// The share of right answers in a hundred, rounded down; `None` without any.
    pub fn percent(self) -> Option<u32> {
        (self.graded > 0).then(|| self.right * 100 / self.graded)
    }
}

/// What a training is at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum TrainStep {
    /// It began.
    Begun {
        /// Its number.
        run: i64,
        /// Who is asked.
        model: ModelId,
        /// Samples that are learnt from.
        train: u32,
        /// Samples that measure.
        aside: u32,
        /// Lines of the file that are no samples, each with its number and why.
        refused: Vec<String>,
        /// Answers of an earlier run that it goes on from; 0 for one that begins.
        from: u64,
    },
    /// An answer came, or was lost.
    Answered {
        /// Its number in the run, counted from 1.
        n: u64,
        /// `train`, `validation` with the playbook, or `bare` without it.
        part: String,
        /// Counted from 1; 0 before the first.
        epoch: u32,
        /// 0 for the first answer to a sample, else the round of refinement.
        round: u32,
        /// The sample.
        sample: String,
        /// Whether it was right; `None` where nobody can tell, or nothing came.
        right: Option<bool>,
    },
    /// An epoch ended.
    Epoch {
        /// Counted from 1.
        epoch: u32,
        /// First answers, before learning from their samples.
        train: Figures,
        /// The samples that were put aside, with the playbook.
        validation: Figures,
        /// Bullets in use after it.
        bullets: u32,
        /// The playbook was never better.
        better: bool,
    },
}

/// Whether what was learnt is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainKept {
    /// It is better than no playbook, and than the one before.
    Better,
    /// It is not: nothing was changed.
    NotBetter,
    /// Nothing was put aside to measure with: it is kept as it is.
    Unmeasured,
}

/// The difference that a playbook makes, in thousandths: with it minus without it, on the same problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gain {
    /// Problems that were graded both times.
    pub problems: u32,
    /// The difference between the shares of right answers.
    pub points: Milli,
    /// The lower end of the interval of 95 in a hundred.
    pub low: Milli,
    /// The upper end.
    pub high: Milli,
}

/// The end of a training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trained {
    /// Its number.
    pub run: i64,
    /// Whether what was learnt is kept.
    pub kept: TrainKept,
    /// After which epoch the playbook was as it is kept; 0 for the one at the beginning.
    pub epoch: u32,
    /// What measures, without a playbook.
    pub bare: Figures,
    /// What measures, with the playbook that is kept.
    pub validation: Figures,
    /// Both on the same samples, problem by problem; `None` where nothing measured.
    pub gain: Option<Gain>,
    /// First answers to samples that were learnt from.
    pub train: Figures,
    /// Wrong answers that were right after reflection.
    pub refined: u32,
    /// Answers to reflector and curator that could not be read.
    pub lost: u32,
    /// Operations that were not done.
    pub rejected: u32,
    /// Samples that were learnt from, over all epochs.
    pub steps: u32,
    /// Calls of models in this run of the program.
    pub calls: u32,
    /// Tokens of their prompts.
    pub prompt_tokens: u64,
    /// Tokens of their answers.
    pub answer_tokens: u64,
    /// The playbook as it is now.
    pub playbook: Playbook,
    /// What changed it; empty where nothing did.
    pub deltas: Vec<Delta>,
}
