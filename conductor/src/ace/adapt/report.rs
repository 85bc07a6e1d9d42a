//! What a training says of itself: its answers, its figures, where it stands.
//!
//! What must stay true: a checkpoint holds all that the rest of the run depends on, but for what is passed in.

use super::Rng;
use crate::ace::environment::{Outcome, Verdict};
use crate::ace::evidence::Evidence;
use crate::ace::promote::Lift;
use crate::ace::prompt::CitationRate;
use crate::ace::roles::Reflection;
use crate::domain::{BulletId, Digest, Milli, Playbook};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Of which part of a training an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Its samples are learnt from.
    Train,
    /// Its samples only measure, with the playbook.
    Validation,
    /// Its samples only measure, without a playbook.
    Bare,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its number in the run, counted from 1.
    pub n: u64,
    /// Of which part it is.
    pub part: Part,
    /// Counted from 1; 0 before the first.
    pub epoch: u32,
    /// 0 for the first answer to the sample, else the round of refinement.
    pub round: u32,
    /// The sample.
    pub sample: String,
    /// How it came to the answer, in the model's words; may be empty.
    pub trace: String,
    /// How sure it said it was.
    pub confidence: Option<Milli>,
    /// What was answered; `None` where nothing came that could be read.
    pub answer: Option<String>,
    /// Why nothing did.
    pub lost: Option<String>,
    /// What the grader says of it.
    pub verdict: Option<Verdict>,
    /// The bullets in the prompt.
    pub shown: Vec<BulletId>,
    /// Those that the answer names.
    pub cited: Vec<BulletId>,
}

/// Answers of one kind, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// Right.
    pub right: u32,
    /// Wrong.
    pub wrong: u32,
    /// Nobody can tell.
    pub unknown: u32,
    /// It could not be read, even when asked again: wrong for whoever asked.
    pub unreadable: u32,
    /// None came.
    pub failed: u32,
}

impl Arm {
    pub(super) fn note(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Correct => self.right += 1,
            Outcome::Wrong => self.wrong += 1,
            Outcome::Unknown => self.unknown += 1,
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        Self {
            right: self.right + more.right,
            wrong: self.wrong + more.wrong,
            unknown: self.unknown + more.unknown,
            unreadable: self.unreadable + more.unreadable,
            failed: self.failed + more.failed,
        }
    }

    /// Answers that count: right, wrong, or not to be read.
    pub fn graded(self) -> u32 {
        self.right + self.wrong + self.unreadable
    }

    /// The share of right answers, from 0 to 1; `None` without any that count.
    pub fn accuracy(self) -> Option<Milli> {
        (self.graded() > 0).then(|| Milli::of((f64::from(self.right) / f64::from(self.graded())) as f32))
    }

    /// Whether its share of right answers is greater, exactly. Never where either has none that count.
    pub fn beats(self, other: Self) -> bool {
        let share = |a: Self, b: Self| u64::from(a.right) * u64::from(b.graded());
        self.graded() > 0 && other.graded() > 0 && share(self, other) > share(other, self)
    }
}

/// What a training did, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// First answers to samples that are learnt from.
    pub first: Arm,
    /// Wrong answers that were right after reflection.
    pub refined: u32,
    /// Samples that were reflected upon.
    pub reflected: u32,
    /// Samples of which the curator proposed something.
    pub curated: u32,
    /// Questions to the reflector and the curator whose answers could not be read.
    pub lost: u32,
    /// Operations that were not done.
    pub rejected: u32,
    /// Times that no embedding came, so that words were compared.
    pub not_embedded: u32,
    /// How many answers named a bullet.
    pub citations: CitationRate,
}

/// The end of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epoch {
    /// Counted from 1.
    pub epoch: u32,
    /// First answers, before learning from their samples.
    pub train: Arm,
    /// The validation after it.
    pub validation: Arm,
    /// Active bullets after it.
    pub bullets: u32,
    /// It made the playbook better than it ever was.
    pub better: bool,
}

/// The best playbook so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// After which epoch; 0 for the one at the beginning.
    pub epoch: u32,
    /// The playbook.
    pub playbook: Playbook,
    /// Its validation.
    pub arm: Arm,
    /// The deltas that led to it.
    pub deltas: u64,
}

/// Where a run stands, between two samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// [`Checkpoint::FORMAT`].
    pub format: u32,
    /// Of the settings, the samples and the prompts.
    pub config: Digest,
    /// Counted from 1.
    pub epoch: u32,
    /// The samples of the epoch that are done; online of the stream.
    pub position: u32,
    /// Chance.
    pub rng: Rng,
    /// What was counted.
    pub evidence: Evidence,
    /// The playbook.
    pub playbook: Playbook,
    /// The best; `None` before the first validation.
    pub best: Option<Best>,
    /// The baseline: validation samples without a playbook; online those that were asked without, too.
    pub bare: Arm,
    /// Online: the same samples with the playbook.
    pub beside: Arm,
    /// Epochs since the best.
    pub worse: u32,
    /// The last reflections, the oldest first.
    pub reflections: Vec<Reflection>,
    /// What was measured of bullets on trial.
    pub lifts: BTreeMap<BulletId, Lift>,
    /// All that was counted.
    pub tally: Tally,
    /// The first answers of this epoch.
    pub train: Arm,
    /// The epochs that are done.
    pub epochs: Vec<Epoch>,
    /// Outputs that were handed out.
    pub outputs: u64,
    /// Deltas that were handed out.
    pub deltas: u64,
    /// Nothing is left to do.
    pub done: bool,
}

impl Checkpoint {
    /// The layout of a checkpoint.
    pub const FORMAT: u32 = 1;

    /// Of a run that begins.
    pub(super) fn new(config: Digest, seed: u64, playbook: Playbook) -> Self {
        Self {
            format: Self::FORMAT,
            config,
            epoch: 1,
            position: 0,
            rng: Rng::new(seed, 0),
            evidence: Evidence::default(),
            playbook,
            best: None,
            bare: Arm::default(),
            beside: Arm::default(),
            worse: 0,
            reflections: Vec::new(),
            lifts: BTreeMap::new(),
            tally: Tally::default(),
            train: Arm::default(),
            epochs: Vec::new(),
            outputs: 0,
            deltas: 0,
            done: false,
        }
    }
}
