//! What a run changes: the playbook by deltas, and where it stands. All at once after a lesson, so that one that was broken off
//! changed nothing.
//!
//! What must stay true: every change goes through [`apply`](crate::ace::apply) and to the sink; tags are counted before the
//! curator's, which are the same observation; what contradicts the grade is not counted.

use super::lesson::{Away, Broken, Lesson, Lost, Task};
use super::{Checkpoint, Means, Setup, Stop};
use crate::ace::apply::{Applied, Context, apply, merge};
use crate::ace::clean::one_line;
use crate::ace::credit::{credits, gated};
use crate::ace::dedup::{Near, Vectors};
use crate::ace::environment::{Outcome, Sample, holds_answer};
use crate::ace::promote;
use crate::ace::proposal::{Operation, Proposal};
use crate::domain::{BulletId, Cause, Playbook, Provenance, Step};
use std::collections::BTreeSet;

/// A run: where it stands, and what it works with.
pub(super) struct Run<'a> {
    pub(super) setup: &'a Setup,
    pub(super) means: Means<'a>,
    pub(super) state: Checkpoint,
    pub(super) vectors: Vectors,
    /// Times in a row that no model could be reached.
    away: u32,
}

impl<'a> Run<'a> {
    pub(super) fn new(setup: &'a Setup, means: Means<'a>, state: Checkpoint) -> Self {
        Self { setup, means, state, vectors: Vectors::default(), away: 0 }
    }

    /// Where the run stands, to the sink.
    pub(super) fn save(&self) -> Result<(), Stop> {
        Ok(self.means.sink.checkpoint(&self.state)?)
    }

    /// What is tried again after `broken`; the end where that was so too often in a row.
    pub(super) fn again(&mut self, broken: Broken) -> Result<(), Stop> {
        match broken {
            Broken::Stop(stop) => Err(stop),
            Broken::Away(Away(what)) => {
                self.away += 1;
                tracing::warn!(times = self.away, "no model could be reached");
                let too_often = self.away >= self.setup.settings.away_limit.max(1);
                if too_often { Err(Stop::Away { times: self.away, what }) } else { Ok(()) }
            }
        }
    }

    pub(super) fn reached(&mut self) {
        self.away = 0;
    }

    /// Learns from `sample`, trying again while no model can be reached.
    pub(super) async fn learn(&mut self, sample: &Sample, progress: &str) -> Result<Outcome, Stop> {
        let (setup, means) = (self.setup, self.means);
        loop {
            let mut rng = self.state.rng.clone();
            let draw = rng.number();
            let mut task = Task::new(setup, means, sample, super::Part::Train, (self.state.epoch, self.state.outputs));
            match task.learn(&self.state, draw, progress).await {
                Ok(lesson) => {
                    self.reached();
                    self.embed(&lesson).await;
                    self.state.rng = rng;
                    return self.take(sample, lesson);
                }
                Err(broken) => self.again(broken)?,
            }
        }
    }

    /// Embeddings for what `lesson` wants to write and for what it is compared with. Without them words are compared.
    async fn embed(&mut self, lesson: &Lesson) {
        let proposed = lesson.curated.iter().flat_map(|proposal| &proposal.operations);
        let written: Vec<String> = proposed
            .filter_map(|(_, operation)| match operation {
                Operation::Add { content, .. } | Operation::Update { content, .. } => Some(one_line(content)),
                Operation::Tag { .. } | Operation::Remove { .. } => None,
            })
            .collect();
        if !written.is_empty() {
            self.embed_all(written).await;
        }
    }

    async fn embed_all(&mut self, more: Vec<String>) {
        let Some(embedder) = self.means.embedder else { return };
        let said = self.state.playbook.bullets.values().map(|bullet| bullet.text.content.as_str());
        let missing = self.vectors.missing(said.chain(more.iter().map(String::as_str)));
        if missing.is_empty() {
            return;
        }
        match embedder.embed(missing.clone()).await {
            Ok(vectors) if vectors.len() == missing.len() => {
                missing.into_iter().zip(vectors).for_each(|(text, vector)| {
                    self.vectors.insert(text, vector);
                });
            }
            Ok(_) | Err(_) => self.state.tally.not_embedded += 1,
        }
    }

    /// Changes what `lesson` says.
    fn take(&mut self, sample: &Sample, lesson: Lesson) -> Result<Outcome, Stop> {
        let outcome = self.count(&lesson);
        if let Ok(first) = &lesson.first {
            let tags = credits(&self.state.playbook, lesson.tags, first.verdict.outcome, &first.cited);
            let curated = lesson.curated.map(|proposal| gated(proposal, first.verdict.outcome));
            for proposal in [Some(tags), curated].into_iter().flatten() {
                let applied = self.apply(sample, &proposal, &lesson.shown);
                self.record(applied)?;
            }
        }
        if let Some(reflection) = lesson.reflection {
            // Later samples may be this one again, in the next epoch.
            self.state.reflections.push(reflection.without(|text| holds_answer(text, sample)));
            let over = self.state.reflections.len().saturating_sub(self.setup.settings.reflections);
            self.state.reflections.drain(..over);
        }
        self.state.position += 1;
        Ok(outcome)
    }

    fn count(&mut self, lesson: &Lesson) -> Outcome {
        let state = &mut self.state;
        state.outputs += lesson.outputs;
        state.tally.lost += lesson.lost;
        state.tally.refined += u32::from(lesson.refined);
        state.tally.reflected += u32::from(lesson.reflection.is_some());
        state.tally.curated += u32::from(lesson.curated.is_some());
        let outcome = match &lesson.first {
            Ok(first) => {
                state.tally.citations.note(lesson.shown.len(), first.cited.len());
                [&mut state.tally.first, &mut state.train].into_iter().for_each(|arm| arm.note(first.verdict.outcome));
                first.verdict.outcome
            }
            Err(lost) => {
                for arm in [&mut state.tally.first, &mut state.train] {
                    match lost {
                        Lost::Unreadable(_) => arm.unreadable += 1,
                        Lost::Failed(_) => arm.failed += 1,
                    }
                }
                Outcome::Unknown
            }
        };
        let right = match outcome {
            Outcome::Correct => true,
            Outcome::Wrong => false,
            Outcome::Unknown => return outcome,
        };
        for id in &lesson.selection.trial {
            let lift = state.lifts.entry(*id).or_default();
            *(if right { &mut lift.shown_right } else { &mut lift.shown_wrong }) += 1;
        }
        for id in &lesson.selection.held_back {
            let lift = state.lifts.entry(*id).or_default();
            *(if right { &mut lift.absent_right } else { &mut lift.absent_wrong }) += 1;
        }
        outcome
    }

    fn apply(&mut self, sample: &Sample, proposal: &Proposal, shown: &BTreeSet<BulletId>) -> Applied {
        let Setup { settings, .. } = self.setup;
        let writes = |(_, operation): &(u32, Operation)| matches!(operation, Operation::Add { .. } | Operation::Update { .. });
        let empty = Playbook::new(self.state.playbook.key.clone());
        let book = if proposal.operations.iter().any(writes) { &self.state.playbook } else { &empty };
        let near = Near::new(book, &self.vectors, settings.same_from.get());
        let (run, name) = (settings.run, &sample.id);
        let context = Context {
            now_ms: (self.means.now_ms)(),
            cause: &Cause::Sample { run, sample: name.clone(), epoch: self.state.epoch },
            provenance: &Provenance::Sample { run, sample: name.clone() },
            shown,
            may_write: true,
            holds_answer: &|text| holds_answer(text, sample),
            forbids: self.means.forbids,
            similar: &|section, content| near.nearest(section, content),
        };
        apply(&self.state.playbook, proposal, &self.setup.rules(), context, &mut self.state.evidence)
    }

    /// The delta to the sink, and its playbook is that of the run.
    fn record(&mut self, applied: Applied) -> Result<(), Stop> {
        let Applied { playbook, delta } = applied;
        self.state.tally.rejected += u32::try_from(delta.rejects.len()).unwrap_or(u32::MAX);
        if delta.steps.is_empty() && delta.rejects.is_empty() {
            return Ok(());
        }
        self.state.deltas += 1;
        self.means.sink.delta(self.state.deltas, &delta)?;
        for step in &delta.steps {
            // Other words are other advice: what was measured is of the old ones.
            if let Step::Edit { id, .. } = step {
                self.state.lifts.remove(id);
            }
            if let Step::Delete { bullet } = step {
                self.state.lifts.remove(&bullet.id);
            }
        }
        self.state.playbook = playbook;
        Ok(())
    }

    /// Merges what says the same, and moves bullets from stage to stage.
    pub(super) async fn review(&mut self) -> Result<(), Stop> {
        self.embed_all(Vec::new()).await;
        let (setup, rules) = (self.setup, self.setup.rules());
        self.vectors.keep(&self.state.playbook);
        let pairs = Near::new(&self.state.playbook, &self.vectors, setup.settings.same_from.get()).pairs();
        if !pairs.is_empty() {
            let merged = merge(&self.state.playbook, &pairs, &rules, (self.means.now_ms)());
            self.record(merged)?;
        }
        let lift = |id: BulletId| self.state.lifts.get(&id).copied();
        if let Some(moved) = promote::pass(&self.state.playbook, &setup.gates, &rules, (self.means.now_ms)(), &lift) {
            self.record(moved)?;
        }
        Ok(())
    }
}
