//! Offline: several times over a set of samples, measured after each time.
//!
//! What must stay true: what is given back is better on the validation samples than no playbook and than the one at the beginning, or
//! it is the one at the beginning; the order of samples depends on the seed and the epoch alone.

use super::commit::Run;
use super::{Arm, Best, Checkpoint, Epoch, Means, OnWorse, Rng, Setup, Stop, Tally};
use crate::ace::environment::Sample;
use crate::domain::Playbook;

/// What a training goes over.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// To learn from.
    pub train: Vec<Sample>,
    /// To measure with; none of them is to be in `train`. Without any, nothing is measured and all is kept.
    pub validation: Vec<Sample>,
}

/// Puts `percent` of `samples` aside for validation, by lot: at least one of two.
pub fn split(mut samples: Vec<Sample>, percent: u8, seed: u64) -> Samples {
    Rng::new(seed, u64::MAX).shuffle(&mut samples);
    let most = samples.len().saturating_sub(1);
    let aside = (samples.len() * usize::from(percent.min(100)) / 100).clamp(usize::from(percent > 0).min(most), most);
    let train = samples.split_off(aside);
    Samples { train, validation: samples }
}

/// Where a run begins.
#[derive(Debug, Clone)]
pub enum Start {
    /// From a playbook; may be empty.
    New(Playbook),
    /// From where it was broken off.
    Resume(Box<Checkpoint>),
}

/// What became of the training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// The playbook is better than none and than the one at the beginning.
    Better,
    /// It is not: the one at the beginning is given back.
    NotBetter,
    /// There were no samples to measure with: the last one is given back.
    Unmeasured,
}

/// The end of a training.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The playbook that is kept.
    pub playbook: Playbook,
    /// Whether it is one that was learnt.
    pub kept: Kept,
    /// After which epoch it was so; 0 for the one at the beginning.
    pub epoch: u32,
    /// The first so many deltas of the run led to it.
    pub deltas: u64,
    /// The validation without a playbook.
    pub bare: Arm,
    /// The validation of what is kept.
    pub validation: Arm,
    /// The epochs in their order.
    pub epochs: Vec<Epoch>,
    /// What was done.
    pub tally: Tally,
}

/// Trains.
///
/// # Errors
/// [`Stop`], with what came so far in the sink; it goes on from the last checkpoint.
pub async fn offline(setup: &Setup, means: Means<'_>, samples: &Samples, start: Start) -> Result<Outcome, Stop> {
    let mut run = Run::new(setup, means, begin(setup, means, samples, start)?);
    let ended = train(&mut run, samples).await;
    if let Err(Stop::Away { .. }) = ended {
        run.save()?;
    }
    ended.map(|()| outcome(run.state, samples))
}

/// To the end. Where no model can be reached, the run stands as it did before what could not be done.
async fn train(run: &mut Run<'_>, samples: &Samples) -> Result<(), Stop> {
    if run.state.best.is_none() {
        // From the first answer on it can go on.
        run.save()?;
        let before = run.state.clone();
        baseline(run, samples).await.inspect_err(|_| run.state = before)?;
        run.save()?;
    }
    while !run.state.done {
        epoch(run, samples).await?;
        run.save()?;
        if run.setup.settings.on_worse == OnWorse::GoBack {
            // After the checkpoint: should the run end in between, it goes on from there, and does this first.
            run.means.sink.rewind(run.state.outputs, run.state.deltas)?;
        }
    }
    Ok(())
}

fn begin(setup: &Setup, means: Means<'_>, samples: &Samples, start: Start) -> Result<Checkpoint, Stop> {
    // Samples are plain values: they can be written always.
    let bytes = serde_json::to_vec(&(&samples.train, &samples.validation)).unwrap_or_default();
    let config = setup.digest(&bytes);
    let state = match start {
        Start::New(playbook) => Checkpoint::new(config, setup.settings.seed, playbook),
        Start::Resume(checkpoint) if checkpoint.format == Checkpoint::FORMAT && checkpoint.config == config => *checkpoint,
        Start::Resume(_) => return Err(Stop::OtherTraining),
    };
    means.sink.rewind(state.outputs, state.deltas)?;
    Ok(state)
}

/// The arm without a playbook, and the playbook at the beginning.
async fn baseline(run: &mut Run<'_>, samples: &Samples) -> Result<(), Stop> {
    let book = run.state.playbook.clone();
    run.state.bare = run.validate(&samples.validation, None).await?;
    let empty = !book.bullets.values().any(|bullet| bullet.stage.is_active());
    let arm = if empty { run.state.bare } else { run.validate(&samples.validation, Some(&book)).await? };
    run.state.best = Some(Best { epoch: 0, playbook: book, arm, deltas: 0 });
    Ok(())
}

/// The rest of an epoch, from where it stands.
async fn epoch(run: &mut Run<'_>, samples: &Samples) -> Result<(), Stop> {
    let settings = &run.setup.settings;
    if run.state.epoch > settings.epochs || samples.train.is_empty() {
        run.state.done = true;
        return Ok(());
    }
    let mut order: Vec<&Sample> = samples.train.iter().collect();
    if settings.shuffle {
        Rng::new(settings.seed, u64::from(run.state.epoch)).shuffle(&mut order);
    }
    while let Some(sample) = order.get(run.state.position as usize) {
        let (at, of) = (run.state.position + 1, order.len());
        let progress = format!("epoch {}/{}, sample {at}/{of}", run.state.epoch, settings.epochs);
        run.learn(sample, &progress).await?;
        if run.state.position.is_multiple_of(settings.checkpoint_every.max(1)) {
            run.save()?;
        }
    }
    // The end of an epoch is done again as a whole where it is broken off.
    run.save()?;
    let before = run.state.clone();
    end(run, samples).await.inspect_err(|_| run.state = before)
}

/// Reviews and measures the playbook at the end of an epoch, and decides what the next begins from.
async fn end(run: &mut Run<'_>, samples: &Samples) -> Result<(), Stop> {
    run.review().await?;
    let book = run.state.playbook.clone();
    let validation = run.validate(&samples.validation, Some(&book)).await?;
    let bullets = book.bullets.values().filter(|bullet| bullet.stage.is_active()).count();
    let state = &mut run.state;
    let better = validation.beats(state.bare) && state.best.as_ref().is_some_and(|best| validation.beats(best.arm));
    state.epochs.push(Epoch {
        epoch: state.epoch,
        train: std::mem::take(&mut state.train),
        validation,
        bullets: u32::try_from(bullets).unwrap_or(u32::MAX),
        better,
    });
    if better {
        state.best = Some(Best { epoch: state.epoch, playbook: book, arm: validation, deltas: state.deltas });
        state.worse = 0;
    } else if !samples.validation.is_empty() {
        state.worse += 1;
        if run.setup.settings.on_worse == OnWorse::GoBack {
            back(state);
        }
    }
    let (state, settings) = (&mut run.state, &run.setup.settings);
    (state.epoch, state.position) = (state.epoch + 1, 0);
    state.done = state.epoch > settings.epochs || settings.patience > 0 && state.worse >= settings.patience;
    Ok(())
}

/// From the best again. Numbers of bullets that are given back are not given again.
fn back(state: &mut Checkpoint) {
    let Some(best) = &state.best else { return };
    let next = state.playbook.next.max(best.playbook.next);
    state.playbook = Playbook { next, ..best.playbook.clone() };
    state.deltas = best.deltas;
    let there = &state.playbook.bullets;
    state.lifts.retain(|id, _| there.contains_key(id));
}

fn outcome(state: Checkpoint, samples: &Samples) -> Outcome {
    let Checkpoint { playbook, best, bare, epochs, tally, deltas, .. } = state;
    match best.filter(|_| !samples.validation.is_empty()) {
        // What was learnt is the best only where it is better than both.
        Some(Best { epoch, playbook, arm, deltas }) => {
            let kept = if epoch > 0 { Kept::Better } else { Kept::NotBetter };
            Outcome { playbook, kept, epoch, deltas, bare, validation: arm, epochs, tally }
        }
        None => {
            let epoch = epochs.last().map_or(0, |epoch| epoch.epoch);
            let (kept, validation) = (Kept::Unmeasured, Arm::default());
            Outcome { playbook, kept, epoch, deltas, bare, validation, epochs, tally }
        }
    }
}
