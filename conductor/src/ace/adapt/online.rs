//! Online: over a stream of samples, the playbook changed before the next. Each first answer is given before anything was learnt of
//! its sample, so the share of right ones is an honest measure.
//!
//! What must stay true: between two samples the run stands at a checkpoint; a sample that was broken off changed nothing.

use super::commit::Run;
use super::report::{Arm, Checkpoint, Tally};
use super::{Means, Setup, Stop};
use crate::ace::dedup::Vectors;
use crate::ace::environment::{Outcome, Sample};
use crate::ace::promote::Lift;
use crate::domain::Playbook;
use futures_util::{Stream, StreamExt};

/// What became of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learnt {
    /// Of the first answer; unknown where there is none.
    pub outcome: Outcome,
    /// Without the playbook, where that was asked, too.
    pub bare: Option<Arm>,
}

/// The same samples with the playbook and without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// With it.
    pub with: Arm,
    /// Without it.
    pub without: Arm,
    /// With it answers are worse, beyond chance: it is better switched off.
    pub harms: bool,
}

/// A training over a stream. After an error it is to be made anew from the last checkpoint.
pub struct Online<'a> {
    setup: &'a Setup,
    means: Means<'a>,
    state: Checkpoint,
    vectors: Vectors,
}

impl<'a> Online<'a> {
    /// From a playbook; may be empty.
    ///
    /// # Errors
    /// [`Stop::NotWritten`].
    pub fn new(setup: &'a Setup, means: Means<'a>, playbook: Playbook) -> Result<Self, Stop> {
        let state = Checkpoint::new(setup.digest(&[]), setup.settings.seed, playbook);
        means.sink.rewind(0, 0)?;
        Ok(Self { setup, means, state, vectors: Vectors::default() })
    }

    /// From where it was broken off. The next sample is the one after the first [`Checkpoint::position`] of the stream.
    ///
    /// # Errors
    /// [`Stop::OtherTraining`] where the checkpoint is of another, [`Stop::NotWritten`].
    pub fn resume(setup: &'a Setup, means: Means<'a>, checkpoint: Checkpoint) -> Result<Self, Stop> {
        if checkpoint.format != Checkpoint::FORMAT || checkpoint.config != setup.digest(&[]) {
            return Err(Stop::OtherTraining);
        }
        means.sink.rewind(checkpoint.outputs, checkpoint.deltas)?;
        Ok(Self { setup, means, state: checkpoint, vectors: Vectors::default() })
    }

    /// Answers one sample and learns from it. Dropping the future ends it, and the run stands where it stood.
    ///
    /// # Errors
    /// [`Stop`]. Where no model could be reached, a checkpoint from before this sample is in the sink.
    pub async fn learn(&mut self, sample: &Sample) -> Result<Learnt, Stop> {
        let mut run = Run::new(self.setup, self.means, self.state.clone());
        run.vectors = std::mem::take(&mut self.vectors);
        let learnt = one(&mut run, sample).await;
        self.vectors = std::mem::take(&mut run.vectors);
        if learnt.is_ok() {
            self.state = run.state;
        }
        let due = self.state.position.is_multiple_of(self.setup.settings.checkpoint_every.max(1));
        if learnt.is_ok() && due || matches!(learnt, Err(Stop::Away { .. })) {
            self.save()?;
        }
        learnt
    }

    /// All samples of `stream`, to its end.
    ///
    /// # Errors
    /// The first [`Stop`].
    pub async fn run(&mut self, mut stream: impl Stream<Item = Sample> + Unpin) -> Result<(), Stop> {
        while let Some(sample) = stream.next().await {
            self.learn(&sample).await?;
        }
        Ok(())
    }

    /// The playbook as it is by now.
    pub fn playbook(&self) -> &Playbook {
        &self.state.playbook
    }

    /// What was done.
    pub fn tally(&self) -> Tally {
        self.state.tally
    }

    /// The samples that were asked without the playbook, too.
    pub fn comparison(&self) -> Comparison {
        let Checkpoint { beside: with, bare: without, .. } = &self.state;
        let lift = Lift {
            shown_right: with.right,
            shown_wrong: with.wrong + with.unreadable,
            absent_right: without.right,
            absent_wrong: without.wrong + without.unreadable,
        };
        let tally = lift.tally(self.setup.gates.lift_min);
        Comparison { with: *with, without: *without, harms: tally.is_some_and(|tally| tally.hurts()) }
    }

    /// Where the run stands, to the sink; at the end, and whenever the caller wants to stop.
    ///
    /// # Errors
    /// [`Stop::NotWritten`].
    pub fn save(&self) -> Result<&Checkpoint, Stop> {
        self.means.sink.checkpoint(&self.state)?;
        Ok(&self.state)
    }
}

async fn one(run: &mut Run<'_>, sample: &Sample) -> Result<Learnt, Stop> {
    let settings = &run.setup.settings;
    let at = run.state.position + 1;
    // First, so that the answer without is as little taught as the one with it.
    let bare = match settings.bare_every {
        0 => None,
        every if at.is_multiple_of(every) => Some(run.measure(sample, None).await?),
        _ => None,
    };
    let before = std::mem::take(&mut run.state.train);
    let outcome = run.learn(sample, &format!("sample {at}")).await?;
    let this = std::mem::replace(&mut run.state.train, before);
    run.state.train = before.plus(this);
    if let Some(bare) = bare {
        run.state.bare = run.state.bare.plus(bare);
        run.state.beside = run.state.beside.plus(this);
    }
    if run.state.position.is_multiple_of(settings.review_every.max(1)) {
        run.review().await?;
    }
    Ok(Learnt { outcome, bare })
}
