//! A training at the user's word: samples of a file are answered, graded, reflected upon, and what was learnt is kept where it is
//! better.
//!
//! What must stay true: a model on this machine is asked; what comes is on the disk as it comes, and a run that was broken off goes on
//! from there; the playbook of the user changes once, at the end, and only where nobody changed it meanwhile.

mod desk;
mod keep;

use super::embeddings::{self, Means, Order, Wish};
use super::learner::{Local, fitting, forbids};
use crate::ace::adapt::{
    self, Arm, Checkpoint, Comparison, Embedder, Kept, Online, Outcome, Samples, Settings, Start, Stop, Tally, offline, split,
};
use crate::ace::apply::Rules;
use crate::ace::environment::{Auto, Sample, read_jsonl};
use crate::ace::promote::Gates;
use crate::ace::roles::{AskError, Doors, Roles};
use crate::ace::select::Policy;
use crate::domain::{
    Digest, Failure, FailureKind, Model, ModelId, Playbook, RequestId, TrainKept, TrainPlan, TrainStep, Trained,
};
use crate::gpu::memory::Lease;
use crate::protocol::{Event, PlaybookEvent};
use crate::store::{NewRun, Store, now_ms};
use desk::{Desk, Writer};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long the model may take to be in memory.
const LOAD: Duration = Duration::from_secs(120);

/// The longest wait for embeddings.
const EMBED: Duration = Duration::from_secs(60);

/// Of the lines that are no samples so many are named.
const MOST_REFUSED: usize = 20;

/// A training, and what it works with.
pub(super) struct Trainer {
    pub(super) id: RequestId,
    pub(super) plan: TrainPlan,
    /// Samples, one JSON object a line.
    pub(super) text: String,
    pub(super) means: Arc<Means>,
    pub(super) roles: Arc<Roles>,
    pub(super) rules: Rules,
    pub(super) gates: Gates,
    pub(super) store: Store,
    pub(super) events: mpsc::Sender<Event>,
}

/// Where a run begins.
struct Begun {
    run: i64,
    book: Playbook,
    samples: Samples,
    checkpoint: Option<Box<Checkpoint>>,
}

/// What came of a run, offline or online.
struct Ended {
    kept: TrainKept,
    epoch: u32,
    bare: Arm,
    validation: Arm,
    tally: Tally,
    playbook: Playbook,
    /// The first so many changes of the run led to it.
    deltas: u64,
}

impl Trainer {
    /// Trains to the end. Dropping the sender of `cancel` stops it where it stands; it can go on from there.
    ///
    /// # Errors
    /// What is in the way.
    pub(super) async fn run(self, mut cancel: oneshot::Receiver<()>) -> Result<Box<Trained>, Failure> {
        let loaded = read_jsonl(self.text.as_bytes());
        if loaded.samples.is_empty() {
            let why = loaded.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
            let hint = r#"a line of it is {"id": "a", "question": "How much is 2 + 2?", "answer": "4"}"#;
            return Err(Failure::new(FailureKind::Refused, format!("the file holds no sample{why}"), hint));
        }
        let broken_off = if self.plan.resume { Some(self.broken_off().await?) } else { None };
        // Measures of two models cannot be compared: what was begun with one goes on with it.
        let named = broken_off.as_ref().and_then(|(_, plan, _)| plan.model.clone()).or_else(|| self.plan.model.clone());
        let (model, _lease) = tokio::select! {
            biased;
            _ = &mut cancel => return Err(Failure::new(FailureKind::Cancelled, "the training was stopped before it began", "give the command again")),
            admitted = self.admit(named.as_ref()) => admitted?,
        };
        let begun = self.begin(loaded.samples, broken_off, &model.id).await?;
        let refused = loaded.errors.iter().map(ToString::to_string).take(MOST_REFUSED).collect();
        let count = |samples: &[Sample]| u32::try_from(samples.len()).unwrap_or(u32::MAX);
        let from = begun.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.outputs);
        let (run, train, aside) = (begun.run, count(&begun.samples.train), count(&begun.samples.validation));
        let before = begun.book.clone();
        self.say(TrainStep::Begun { run, model: model.id.clone(), train, aside, refused, from }).await;
        let (ended, writer) = self.train(begun, &model, &mut cancel).await?;
        self.keep(ended, writer, (run, before, train), &model.id).await
    }

    async fn say(&self, step: TrainStep) {
        let event = Event::Playbook(PlaybookEvent::Training { id: self.id, step });
        // A front end that is gone has nobody to tell.
        _ = self.events.send(event).await;
    }

    /// The model that is named, or the best of the playbook's family, in memory until the lease is dropped.
    async fn admit(&self, named: Option<&ModelId>) -> Result<(Model, Option<Lease>), Failure> {
        let key = &self.plan.key;
        let fits =
            |model: &&&Model| named.is_some() || crate::ace::keys::family(model.id.short(), Some(&model.family)) == key.family;
        let all = fitting(&self.means, named);
        let Some(model) = all.iter().find(fits) else {
            if let Some(failure) = embeddings::not_up(&self.means.server) {
                return Err(failure);
            }
            let what = match named {
                Some(name) => format!("{name} is not installed on this machine, or answers no questions"),
                None => format!("there is no model of the family {} on this machine", key.family),
            };
            let hint = "`segno models` lists what is installed; --model names one";
            return Err(Failure::new(FailureKind::NotFound, what, hint));
        };
        let lease = self.means.admit(model, Wish::Now, LOAD).await?;
        Ok(((*model).clone(), lease))
    }

    /// The training that is to go on, where it is the same.
    async fn broken_off(&self) -> Result<(i64, TrainPlan, Box<Checkpoint>), Failure> {
        let key = &self.plan.key;
        let found = self.store.unfinished_run(key.clone()).await.map_err(|error| error.failure())?;
        let hint = "without --resume another one begins";
        let Some((run, plan, samples, checkpoint)) = found else {
            return Err(Failure::new(FailureKind::NotFound, format!("no training of {key} was broken off"), hint));
        };
        let model = self.plan.model.clone().or_else(|| plan.model.clone());
        if samples != self.digest() || plan != (TrainPlan { resume: false, model, ..self.plan.clone() }) {
            let what = format!("the training of {key} that was broken off had other samples or settings");
            return Err(Failure::new(FailureKind::Refused, what, hint));
        }
        Ok((run, plan, Box::new(checkpoint)))
    }

    fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }

    async fn begin(
        &self,
        samples: Vec<Sample>,
        broken_off: Option<(i64, TrainPlan, Box<Checkpoint>)>,
        model: &ModelId,
    ) -> Result<Begun, Failure> {
        let TrainPlan { key, aside_percent, seed, online, .. } = &self.plan;
        let book = self.store.playbook(key.clone()).await.map_err(|error| error.failure())?;
        let book = book.unwrap_or_else(|| Playbook::new(key.clone()));
        // A stream has an order, and measures itself: each first answer comes before anything was learnt of its sample.
        let samples = match online {
            true => Samples { train: samples, validation: Vec::new() },
            false if self.plan.epochs == 0 => Samples { train: Vec::new(), validation: samples },
            false => split(samples, *aside_percent, *seed),
        };
        if let Some((run, _, checkpoint)) = broken_off {
            return Ok(Begun { run, book, samples, checkpoint: Some(checkpoint) });
        }
        let plan = TrainPlan { model: Some(model.clone()), ..self.plan.clone() };
        let new = NewRun { plan, samples: self.digest(), begun_ms: now_ms() };
        let run = self.store.begin_run(new).await.map_err(|error| error.failure())?;
        Ok(Begun { run, book, samples, checkpoint: None })
    }

    fn setup(&self, run: i64) -> adapt::Setup {
        let TrainPlan { epochs, rounds, seed, .. } = self.plan;
        // A sample takes seconds, a checkpoint milliseconds: none is to be done twice.
        let settings = Settings { run, seed, epochs, rounds, checkpoint_every: 1, ..Settings::default() };
        let (rules, gates, roles) = (self.rules.clone(), self.gates.clone(), (*self.roles).clone());
        adapt::Setup { settings, rules, gates, policy: Policy::default(), roles }
    }

    async fn train(&self, begun: Begun, model: &Model, cancel: &mut oneshot::Receiver<()>) -> Result<(Ended, Writer), Failure> {
        let (desk, mut notes) = Desk::new();
        let mut writer = Writer::new(self.store.clone(), (begun.run, self.id), self.events.clone(), desk.broken());
        if let Some(checkpoint) = &begun.checkpoint {
            let before = self.store.run_measured(begun.run, checkpoint.outputs).await.map_err(|error| error.failure())?;
            before.iter().for_each(|measured| writer.remember(measured));
        }
        let (asker, embeds) = (Local::new(self.means.clone(), model.clone()), Embeds(self.means.clone()));
        let has_embedder = embeddings::best(&self.means.models).is_some();
        let forbids = forbids(self.means.outlet.scanner.clone());
        let (setup, environment) = (self.setup(begun.run), Auto::default());
        let means = adapt::Means {
            doors: Doors { asker: &asker, trace: &desk },
            sink: &desk,
            environment: &environment,
            forbids: &forbids,
            embedder: has_embedder.then_some(&embeds as &dyn Embedder),
            now_ms: &now_ms,
        };
        let work = work(&setup, means, begun, self.plan.online);
        tokio::pin!(work);
        let ended = loop {
            tokio::select! {
                biased;
                Some(note) = notes.recv() => writer.write(note).await,
                _ = &mut *cancel => break Err(stopped()),
                ended = &mut work => break ended.map_err(|stop| described(&stop)),
            }
        };
        while let Ok(note) = notes.try_recv() {
            writer.write(note).await;
        }
        writer.finish().await;
        Ok((ended?, writer))
    }
}

async fn work(setup: &adapt::Setup, means: adapt::Means<'_>, begun: Begun, online: bool) -> Result<Ended, Stop> {
    let Begun { book, samples, checkpoint, .. } = begun;
    if !online {
        let start = checkpoint.map_or(Start::New(book), Start::Resume);
        let Outcome { playbook, kept, epoch, deltas, bare, validation, tally, .. } =
            offline(setup, means, &samples, start).await?;
        let kept = match kept {
            Kept::Better => TrainKept::Better,
            Kept::NotBetter => TrainKept::NotBetter,
            Kept::Unmeasured => TrainKept::Unmeasured,
        };
        return Ok(Ended { kept, epoch, bare, validation, tally, playbook, deltas });
    }
    let done = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.position as usize);
    let mut run = match checkpoint {
        Some(checkpoint) => Online::resume(setup, means, *checkpoint)?,
        None => Online::new(setup, means, book)?,
    };
    run.run(futures_util::stream::iter(samples.train.into_iter().skip(done))).await?;
    let Comparison { with, without, harms } = run.comparison();
    let (tally, playbook) = (run.tally(), run.playbook().clone());
    let kept = match () {
        () if harms => TrainKept::NotBetter,
        () if with.beats(without) => TrainKept::Better,
        () => TrainKept::Unmeasured,
    };
    let deltas = run.save()?.deltas;
    Ok(Ended { kept, epoch: 1, bare: without, validation: with, tally, playbook, deltas })
}

/// Makes embeddings, for a training.
struct Embeds(Arc<Means>);

impl Embedder for Embeds {
    fn embed(&self, texts: Vec<String>) -> BoxFuture<'static, Result<Vec<Vec<f32>>, AskError>> {
        let means = self.0.clone();
        async move {
            let order = Order { id: RequestId(0), model: None, texts, wish: Wish::Beside, limit: EMBED };
            let made = embeddings::embed(&means, order).await.result;
            made.map_err(|failure| AskError { what: failure.what, lasting: true })
        }
        .boxed()
    }
}

fn stopped() -> Failure {
    Failure::new(FailureKind::Cancelled, "the training was stopped", "the same command with --resume goes on from there")
}

fn described(stop: &Stop) -> Failure {
    let (kind, hint) = match stop {
        Stop::Away { .. } => (FailureKind::Unreachable, "see that the server runs; the same command with --resume goes on"),
        Stop::NotWritten(_) => (FailureKind::Broken, "see that the disk has room; the same command with --resume goes on"),
        Stop::OtherTraining => (FailureKind::Refused, "without --resume another one begins"),
    };
    Failure::new(kind, stop.to_string(), hint)
}
