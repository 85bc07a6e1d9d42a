//! Where a training puts what it does: it must not wait for a disk in the middle of a thought, so notes go through a queue, in their
//! order, and are written beside it.
//!
//! What must stay true: the queue is bounded; once something could not be written, the training hears of it with its next note, and
//! ends.

use crate::ace::adapt::{Arm, Checkpoint, Epoch, NotWritten, Output, Part, Sink};
use crate::ace::environment::Outcome;
use crate::ace::roles::{Call, Role, Trace};
use crate::ace::transfer::Paired;
use crate::domain::{Delta, Figures, RequestId, TrainStep};
use crate::protocol::{Event, PlaybookEvent};
use crate::session::learner::role_call;
use crate::store::{Measured, RunOutput, Store, StoreError, now_ms};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc;

/// Notes that wait to be written: those of a few samples.
const NOTES: usize = 1024;

/// Something to be written.
pub(super) enum Note {
    Output(Box<Output>),
    Delta(u64, Box<Delta>),
    Checkpoint(String, Vec<Epoch>),
    Rewind(u64, u64),
    Call(Box<Call>),
}

/// Why something could not be written.
type Broken = Arc<OnceLock<String>>;

/// See the module.
pub(super) struct Desk {
    notes: mpsc::Sender<Note>,
    broken: Broken,
}

impl Desk {
    pub(super) fn new() -> (Self, mpsc::Receiver<Note>) {
        let (notes, written) = mpsc::channel(NOTES);
        (Self { notes, broken: Broken::default() }, written)
    }

    pub(super) fn broken(&self) -> Broken {
        self.broken.clone()
    }

    fn put(&self, note: Note) -> Result<(), NotWritten> {
        if let Some(why) = self.broken.get() {
            return Err(NotWritten(why.clone()));
        }
        self.notes.try_send(note).map_err(|_| NotWritten("the database does not keep up".to_owned()))
    }
}

impl Sink for Desk {
    fn output(&self, output: &Output) -> Result<(), NotWritten> {
        self.put(Note::Output(Box::new(output.clone())))
    }

    fn delta(&self, n: u64, delta: &Delta) -> Result<(), NotWritten> {
        self.put(Note::Delta(n, Box::new(delta.clone())))
    }

    fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), NotWritten> {
        let text = serde_json::to_string(checkpoint).map_err(|error| NotWritten(error.to_string()))?;
        self.put(Note::Checkpoint(text, checkpoint.epochs.clone()))
    }

    fn rewind(&self, outputs: u64, deltas: u64) -> Result<(), NotWritten> {
        self.put(Note::Rewind(outputs, deltas))
    }
}

impl Trace for Desk {
    fn call(&self, call: Call) {
        // One that is lost is a figure less.
        _ = self.put(Note::Call(Box::new(call)));
    }
}

/// Writes the notes of a run, and tells the user what they are.
pub(super) struct Writer {
    store: Store,
    run: i64,
    id: RequestId,
    events: mpsc::Sender<Event>,
    broken: Broken,
    /// The last call of the generator: an output comes right after it.
    last: Option<Call>,
    /// Calls that no output has named yet, whose sample is not known.
    pending: Vec<Call>,
    told: Option<usize>,
    /// A sample was learnt from.
    learnt: bool,
    /// Samples that measured, by the epoch after which, 0 before the first: right or not. Those without the playbook stand under none.
    measured: HashMap<Option<u32>, HashMap<String, bool>>,
    pub(super) calls: u32,
    pub(super) prompt_tokens: u64,
    pub(super) answer_tokens: u64,
}

impl Writer {
    pub(super) fn new(store: Store, (run, id): (i64, RequestId), events: mpsc::Sender<Event>, broken: Broken) -> Self {
        let (last, pending, told, learnt, measured) = (None, Vec::new(), None, false, HashMap::new());
        let (calls, prompt_tokens, answer_tokens) = (0, 0, 0);
        Self { store, run, id, events, broken, last, pending, told, learnt, measured, calls, prompt_tokens, answer_tokens }
    }

    pub(super) async fn write(&mut self, note: Note) {
        let written = match note {
            Note::Output(output) => self.output(*output).await,
            Note::Delta(n, delta) => self.store.note_run_delta(self.run, n, *delta).await,
            Note::Checkpoint(text, epochs) => {
                self.tell(&epochs).await;
                self.store.keep_checkpoint(self.run, text).await
            }
            Note::Rewind(outputs, deltas) => self.store.rewind_run(self.run, outputs, deltas).await,
            Note::Call(call) => {
                self.call(*call);
                Ok(())
            }
        };
        if let Err(error) = written {
            tracing::error!(%error, "a training cannot be written");
            _ = self.broken.set(error.failure().what);
        }
    }

    fn call(&mut self, call: Call) {
        self.calls += 1;
        self.prompt_tokens += u64::from(call.prompt_tokens.unwrap_or_default());
        self.answer_tokens += u64::from(call.answer_tokens.unwrap_or_default());
        if call.role == Role::Generator {
            self.last = Some(call.clone());
        }
        self.pending.push(call);
    }

    /// Takes an answer in for [`Self::paired`], in the order of the answers.
    pub(super) fn remember(&mut self, measured: &Measured) {
        let Measured { part, epoch, round, sample, lost, right } = measured;
        self.learnt |= *part == Part::Train;
        let arm = match part {
            Part::Train => (*round == 0).then_some(Some(Self::FIRST)),
            Part::Validation => Some(Some(if self.learnt { *epoch } else { 0 })),
            Part::Bare => Some(None),
        };
        // What cannot be read is wrong for whoever asked; what nobody can grade is in no pair.
        if let Some(arm) = arm.filter(|_| *lost || right.is_some()) {
            self.measured.entry(arm).or_default().insert(sample.clone(), *right == Some(true));
        }
    }

    async fn output(&mut self, output: Output) -> Result<(), StoreError> {
        let right = output.verdict.as_ref().and_then(|verdict| match verdict.outcome {
            Outcome::Correct => Some(true),
            Outcome::Wrong => Some(false),
            Outcome::Unknown => None,
        });
        let part = match output.part {
            Part::Train => "train",
            Part::Validation => "validation",
            Part::Bare => "bare",
        };
        let (n, epoch, round, sample) = (output.n, output.epoch, output.round, output.sample.clone());
        self.remember(&Measured { part: output.part, epoch, round, sample: sample.clone(), lost: output.lost.is_some(), right });
        let step = TrainStep::Answered { n, part: part.to_owned(), epoch, round, sample: sample.clone(), right };
        self.say(step).await;
        let call = self.last.take();
        let of = |count: fn(&Call) -> Option<u32>| call.as_ref().and_then(count);
        let row = RunOutput {
            output,
            prompt_tokens: of(|call| call.prompt_tokens),
            answer_tokens: of(|call| call.answer_tokens),
            total_ms: call.as_ref().map_or(0, |call| call.total_ms),
            at_ms: now_ms(),
        };
        self.store.note_output(self.run, row).await?;
        // Those of reflector and curator before it are of the sample before, or of this one: the run is named, the sample where it is
        // known for certain.
        self.calls_of(&sample).await
    }

    /// Writes the calls that came since the last output. The generator's is of `sample`.
    async fn calls_of(&mut self, sample: &str) -> Result<(), StoreError> {
        for call in std::mem::take(&mut self.pending) {
            let name = if call.role == Role::Generator { sample } else { "" };
            let source = format!("s{} {name}", self.run).trim_end().to_owned();
            self.store.note_role(role_call(source, call)).await?;
        }
        Ok(())
    }

    /// Writes what is left.
    pub(super) async fn finish(&mut self) {
        if let Err(error) = self.calls_of("").await {
            tracing::warn!(%error, "calls of a training are not stored");
        }
    }

    /// What first answers to samples that are learnt from stand under: of a stream they measure, too.
    pub(super) const FIRST: u32 = u32::MAX;

    /// The samples that measured without the playbook and with it after `epoch` (0 before the first), in pairs.
    pub(super) fn paired(&self, epoch: u32) -> Paired {
        let mut paired = Paired::default();
        let arms = self.measured.get(&None).zip(self.measured.get(&Some(epoch)));
        for (sample, without) in arms.iter().flat_map(|(bare, _)| bare.iter()) {
            if let Some(with) = arms.and_then(|(_, with)| with.get(sample)) {
                paired.note(*without, *with);
            }
        }
        paired
    }

    /// Says the epochs that are new. Those of an earlier part of the run were said then.
    async fn tell(&mut self, epochs: &[Epoch]) {
        let told = self.told.replace(epochs.len()).unwrap_or(epochs.len().saturating_sub(1));
        for epoch in epochs.iter().skip(told) {
            let figures = |arm: Arm| Figures { right: arm.right, graded: arm.graded() };
            let Epoch { epoch, train, validation, bullets, better } = *epoch;
            self.say(TrainStep::Epoch { epoch, train: figures(train), validation: figures(validation), bullets, better }).await;
        }
    }

    async fn say(&self, step: TrainStep) {
        _ = self.events.send(Event::Playbook(PlaybookEvent::Training { id: self.id, step })).await;
    }
}
