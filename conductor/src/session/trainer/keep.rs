//! What of a training is kept.
//!
//! What must stay true: the user's playbook changes once, whole, and only where it is as it was when the training began.

use super::desk::Writer;
use super::{Ended, Trainer};
use crate::ace::adapt::Arm;
use crate::ace::transfer::{Difference, Paired};
use crate::domain::{Failure, FailureKind, Figures, Gain, ModelId, Playbook, TrainKept, Trained, Transfer};
use crate::store::{Change, StoreError, now_ms};
use serde_json::{Value, json};

impl Trainer {
    /// Takes what was learnt over, where it is kept.
    pub(super) async fn keep(
        &self,
        ended: Ended,
        writer: Writer,
        (run, before, samples): (i64, Playbook, u32),
        model: &ModelId,
    ) -> Result<Box<Trained>, Failure> {
        let unstored = |error: StoreError| error.failure();
        let mut deltas = Vec::new();
        let mut playbook = before.clone();
        let gain = gain(writer.paired(if self.plan.online { Writer::FIRST } else { ended.epoch }));
        if self.plan.epochs == 0 && !self.plan.online {
            self.note_transfer((ended.bare, ended.validation), gain, model).await;
        }
        if ended.kept != TrainKept::NotBetter {
            deltas = self.store.run_deltas(run, ended.deltas).await.map_err(unstored)?;
        }
        if !deltas.is_empty() {
            let change = Change { playbook: ended.playbook.clone(), after: ended.playbook.last, deltas: deltas.clone() };
            let seqs = match self.store.change_playbook(change).await {
                Ok(seqs) => seqs,
                Err(StoreError::Changed { .. }) => {
                    self.end(run, &json!({"kept": "changed"})).await;
                    let what = format!("{} was changed while it was trained: nothing of the training is kept", self.plan.key);
                    return Err(Failure::new(FailureKind::Refused, what, "train it again; what was changed by hand stands"));
                }
                Err(error) => return Err(error.failure()),
            };
            deltas.iter_mut().zip(&seqs).for_each(|(delta, seq)| delta.seq = *seq);
            playbook = Playbook { last: seqs.last().copied().unwrap_or(before.last), ..ended.playbook };
            self.note_facts(&ended.validation, (samples, ended.epoch), model).await;
        }
        let figures = |arm: Arm| Figures { right: arm.right, graded: arm.graded() };
        let (bare, validation, train) = (figures(ended.bare), figures(ended.validation), figures(ended.tally.first));
        let result = json!({"kept": ended.kept, "epoch": ended.epoch, "bare": bare, "validation": validation, "train": train});
        self.end(run, &result).await;
        let arm = ended.tally.first;
        Ok(Box::new(Trained {
            run,
            kept: ended.kept,
            epoch: ended.epoch,
            bare,
            validation,
            gain,
            train,
            refined: ended.tally.refined,
            lost: ended.tally.lost,
            rejected: ended.tally.rejected,
            steps: arm.graded() + arm.unknown + arm.failed,
            calls: writer.calls,
            prompt_tokens: writer.prompt_tokens,
            answer_tokens: writer.answer_tokens,
            playbook,
            deltas,
        }))
    }

    /// Should it not be stored that a run is over, it can be asked to go on, and finds that its playbook was changed.
    async fn end(&self, run: i64, result: &Value) {
        if let Err(error) = self.store.end_run(run, result.to_string()).await {
            tracing::warn!(%error, run, "the end of a training is not stored");
        }
    }

    /// The playbook was tried with a model, on problems that it did not learn from now.
    async fn note_transfer(&self, (bare, with): (Arm, Arm), gain: Option<Gain>, model: &ModelId) {
        let Some((Gain { problems, low, high, .. }, without, with)) =
            gain.zip(bare.accuracy()).zip(with.accuracy()).map(|((gain, bare), with)| (gain, bare, with))
        else {
            return;
        };
        let noted = async {
            let mut facts = self.store.facts(self.plan.key.clone()).await?;
            facts.transfers.retain(|tried| tried.model != model.as_str());
            facts.transfers.push(Transfer {
                model: model.as_str().to_owned(),
                problems,
                without,
                with,
                low,
                high,
                at_ms: now_ms(),
            });
            self.store.set_facts(facts).await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "what is known of a playbook is not stored");
        }
    }

    async fn note_facts(&self, validation: &Arm, (samples, epochs): (u32, u32), model: &ModelId) {
        let noted = async {
            let mut facts = self.store.facts(self.plan.key.clone()).await?;
            (facts.model, facts.problems, facts.epochs) = (Some(model.as_str().to_owned()), samples, epochs);
            facts.accuracy = validation.accuracy().or(facts.accuracy);
            self.store.set_facts(facts).await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "what is known of a playbook is not stored");
        }
    }
}

fn gain(paired: Paired) -> Option<Gain> {
    let Difference { points, low, high } = paired.difference()?;
    Some(Gain { problems: paired.problems(), points, low, high })
}
