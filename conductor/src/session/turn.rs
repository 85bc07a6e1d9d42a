//! One pass: a prompt, a plan, the candidates one after the other until one answers, and what is stored of it.
//!
//! What must stay true: another candidate is asked only before the first piece of an answer; after it a failure leaves a
//! partial answer. Every change of model is an event. Nothing waits for the user: a candidate that needs consent ends the
//! pass, and a yes begins another that sends exactly what was shown.

mod brief;
mod called;
mod pause;
mod receive;
mod record;
mod task;

use super::backends::Backends;
use super::context::Density;
use super::opinion::Examples;
use super::outlet::Outlet;
use super::{catalog, describe, labels};
use crate::backend::Backend;
use crate::config::Config;
use crate::cost;
use crate::domain::{
    Answer, Attempt, BackendId, Candidate, ConversationId, ConversationSummary, Failure, FailureKind, LedgerOutcome, LedgerSeq,
    Machine, Measurements, Message, Milli, Model, ModelId, Override, Plan, Prompt, RequestId, SelectionReason, ServerState,
    Signature, Status,
};
use crate::privacy::{self, Sealed};
use crate::protocol::Event;
use crate::routing::Choice;
use crate::store::{Measure, Store};
use brief::Prepared;
pub(super) use pause::{Ending, Paused};
use receive::{End, Received};
use record::Record;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// All that a turn reads.
pub(super) struct Turn {
    pub(super) id: RequestId,
    pub(super) prompt: Prompt,
    pub(super) choice: Choice,
    pub(super) config: Arc<Config>,
    pub(super) backends: Backends,
    pub(super) server_state: ServerState,
    pub(super) models: Arc<Vec<Model>>,
    /// Leave to ask a server on another host for its models.
    pub(super) pass: Option<privacy::Pass>,
    pub(super) machine: Machine,
    pub(super) history: Arc<Vec<Message>>,
    /// How dense the conversation's tokens were found to be.
    pub(super) density: Density,
    pub(super) conversation: Option<ConversationId>,
    pub(super) model_override: Option<Override>,
    /// What was measured of models.
    pub(super) measured: Arc<Measurements>,
    /// Examples of each class, where a model in memory was asked for them.
    pub(super) examples: Option<Examples>,
    pub(super) store: Store,
    pub(super) outlet: Outlet,
    pub(super) events: mpsc::Sender<Event>,
}

/// All that a turn changes.
pub(super) struct Outcome {
    /// Which turn.
    pub(super) id: RequestId,
    /// What the server's count of tokens says of our estimates.
    pub(super) density: Density,
    /// The conversation as it is stored now.
    pub(super) conversation: Option<ConversationSummary>,
    /// What the history grows by.
    pub(super) messages: Vec<Message>,
    /// Why something was not stored.
    pub(super) storage: Option<Failure>,
    /// The last thing the turn says. Sent by the actor once the rest is applied, so that a front end that hears of the
    /// end may ask at once.
    pub(super) last: Event,
    /// The server did not answer as its model list had said.
    pub(super) suspect: bool,
    /// What was measured of who answered.
    pub(super) measure: Option<Measure>,
}

impl Outcome {
    /// Of a turn of which nothing is known but its end.
    pub(super) fn nothing(id: RequestId, last: Event) -> Self {
        Self {
            id,
            density: Density::default(),
            conversation: None,
            messages: Vec::new(),
            storage: None,
            last,
            suspect: true,
            measure: None,
        }
    }
}

/// How a pass ended.
pub(super) enum Pass {
    /// With an answer, or without.
    Over(Box<Outcome>),
    /// With a question for consent.
    Asks(Box<Paused>),
}

/// How far down its plan a turn is.
struct Progress {
    plan: Plan,
    /// The candidate who is asked.
    at: usize,
    /// Who was asked before, in vain.
    attempts: Vec<Attempt>,
    record: Record,
}

/// What is sent to a candidate, where that is settled already.
type Settled = Option<(Sealed, LedgerSeq)>;

impl Turn {
    /// Runs to the end, or to a question for consent; `cancel` (or dropping its sender) stops it.
    pub(super) async fn run(self, mut cancel: oneshot::Receiver<()>) -> Pass {
        let mut record = Record::begin(&self).await;
        if let Some(summary) = &record.conversation {
            let changed = crate::protocol::ConversationEvent::Changed(summary.clone());
            self.say(Event::Conversation(changed)).await;
        }
        let task = tokio::select! {
            biased;
            _ = &mut cancel => return over(record.failed(&self, describe::cancelled(), Vec::new()).await),
            task = self.judged() => task,
        };
        let plan = match self.plan(task) {
            Ok(plan) => plan,
            Err(failure) => return over(record.failed(&self, failure, Vec::new()).await),
        };
        tracing::info!(class = plan.class.word(), model = %plan.candidates.first().map(|c| c.model.short()).unwrap_or_default(), "planned");
        record.decide(&plan.decision);
        self.log_words("asked", &self.prompt.text());
        self.say(Event::Planned { id: self.id, plan: plan.clone() }).await;
        let progress = Progress { plan, at: 0, attempts: Vec::new(), record };
        self.ask(progress, None, &mut cancel).await
    }

    async fn ask(self, mut progress: Progress, mut settled: Settled, cancel: &mut oneshot::Receiver<()>) -> Pass {
        loop {
            let Some(candidate) = progress.plan.candidates.get(progress.at).cloned() else {
                let nobody =
                    Failure::new(FailureKind::NoCandidate, "there is nobody to ask", "`/models` lists what is installed");
                return over(progress.record.failed(&self, nobody, progress.attempts).await);
            };
            let signature = signature(&candidate, &progress);
            let failure = match self.ask_one(&candidate, &signature, settled.take(), &mut progress.record, cancel).await {
                End::Asks(pending) => return Pass::Asks(Box::new(Paused::new(self, progress, *pending))),
                End::Came(received, status) => return over(self.finished(progress, *received, signature, status).await),
                End::Nothing(failure) => failure,
            };
            tracing::warn!(model = %candidate.model, kind = ?failure.kind, "no answer");
            let next = progress.plan.candidates.get(progress.at + 1).filter(|next| falls_back(&failure, &candidate, next));
            let Some(next) = next.cloned() else {
                return over(progress.record.failed(&self, failure, progress.attempts).await);
            };
            progress.at += 1;
            progress.attempts.push(Attempt { model: candidate.model.clone(), failure: failure.clone() });
            self.say(Event::Fallback { id: self.id, from: candidate, to: next, why: failure }).await;
            tokio::select! {
                biased;
                _ = &mut *cancel => return over(progress.record.failed(&self, describe::cancelled(), progress.attempts).await),
                () = self.look_again() => {}
            }
        }
    }

    async fn finished(&self, progress: Progress, received: Received, signature: Signature, status: Status) -> Outcome {
        self.say_called(&signature.model, &received.tools).await;
        let prices = self.model(&signature.model).and_then(|model| model.prices);
        let cost = prices.and_then(|prices| cost::price(&received.usage, prices));
        let labels = labels::labels(&self.prompt.text(), &received.text, &signature, &self.config.labels);
        let decision = Some(progress.plan.decision);
        let answer = Answer { cost, labels, decision, ..received.answer(signature, progress.attempts) };
        self.log_words("answered", &answer.text);
        let measure = self.measure(&answer, &status);
        Outcome { measure, ..progress.record.finished(self, answer, status).await }
    }

    /// What a whole answer tells of its model. The first token of one that had to be loaded tells of the disk.
    fn measure(&self, answer: &Answer, status: &Status) -> Option<Measure> {
        let signature = &answer.signature;
        let warm = self.model(&signature.model)?.is_warm();
        let speed = answer.timing.tokens_per_second(&answer.usage).map(|speed| Milli::of(speed as f32));
        (*status == Status::Complete).then(|| Measure {
            model: signature.model.clone(),
            class: signature.class,
            answered: true,
            first_token_ms: answer.timing.first_token_ms.filter(|_| warm),
            tokens_per_second: speed,
            rating: None,
        })
    }

    /// Asks one candidate; when the server finds the conversation too long, once more with half of the history. Our count
    /// of tokens is an estimate, and the server's word is final.
    async fn ask_one(
        &self,
        candidate: &Candidate,
        signature: &Signature,
        mut settled: Settled,
        record: &mut Record,
        cancel: &mut oneshot::Receiver<()>,
    ) -> End {
        let mut history = &self.history[..];
        loop {
            let prepared = match settled.take() {
                Some((sealed, row)) => Prepared::Ready(sealed, Some(row)),
                None => self.prepare(candidate, history, record.conversation.as_ref().map(|c| c.id)).await,
            };
            let end = match prepared {
                Prepared::Ready(sealed, row) => {
                    let end = receive::receive(self, candidate, signature, sealed, record, cancel).await;
                    self.note_outcome(row, &end).await;
                    end
                }
                Prepared::Asks(pending) => End::Asks(pending),
                Prepared::Not(failure) => End::Nothing(failure),
            };
            let whole = history.len() == self.history.len();
            match end {
                End::Nothing(failure) if failure.kind == FailureKind::TooLong && whole && !history.is_empty() => {
                    // Question and answer go together.
                    let half = history.len().div_ceil(2).next_multiple_of(2).min(history.len());
                    history = &history[half..];
                }
                end => return end,
            }
        }
    }

    async fn note_outcome(&self, row: Option<LedgerSeq>, end: &End) {
        let outcome = match end {
            End::Came(_, Status::Cancelled) => LedgerOutcome::Cancelled,
            End::Came(_, Status::Partial(failure)) => LedgerOutcome::Failed(failure.kind),
            End::Nothing(failure) if failure.kind == FailureKind::Cancelled => LedgerOutcome::Cancelled,
            End::Nothing(failure) => LedgerOutcome::Failed(failure.kind),
            End::Came(..) | End::Asks(_) => LedgerOutcome::Answered,
        };
        if let Some(row) = row {
            self.outlet.outcome(row, outcome).await;
        }
    }

    /// Before another candidate is asked: the list of models may be minutes old by now, and a name may stand for
    /// something else.
    async fn look_again(&self) {
        if self.backends.server.listed_at().is_some_and(|then| then.elapsed() >= catalog::FRESH) {
            // What was found stays with the backend, where the next destination is made; the actor looks for itself.
            let _ = catalog::look(self.backends.clone(), self.machine, self.pass.clone()).await;
        }
    }

    fn model(&self, id: &ModelId) -> Option<&Model> {
        self.models.iter().find(|model| model.id == *id)
    }

    /// The window that `candidate` is asked with, in tokens.
    fn num_ctx(&self, candidate: &Candidate) -> u32 {
        self.model(&candidate.model).map_or(self.config.ollama.num_ctx, |m| m.num_ctx)
    }

    fn backend(&self, id: &BackendId) -> &Arc<dyn Backend> {
        self.backends.get(id)
    }

    /// The words of a conversation go to the log only where the user asked for it.
    fn log_words(&self, what: &str, words: &str) {
        if self.config.log.message_text {
            tracing::info!(words, "{what}");
        }
    }

    /// False when nobody listens any more.
    async fn say(&self, event: Event) -> bool {
        self.events.send(event).await.is_ok()
    }
}

fn over(outcome: Outcome) -> Pass {
    Pass::Over(Box::new(outcome))
}

fn signature(candidate: &Candidate, progress: &Progress) -> Signature {
    let reason = match progress.attempts.first() {
        Some(attempt) => SelectionReason::Fallback { from: attempt.model.clone(), why: attempt.failure.what.clone() },
        None => progress.plan.reason.clone(),
    };
    Signature {
        model: candidate.model.clone(),
        family: candidate.family.clone(),
        backend: candidate.backend.clone(),
        location: candidate.location.clone(),
        class: progress.plan.class,
        reason,
    }
}

/// Whether `next` may do better where `failed` did not. The same request refused once is refused again; a server that
/// cannot be reached has no other model either.
fn falls_back(failure: &Failure, failed: &Candidate, next: &Candidate) -> bool {
    match failure.kind {
        FailureKind::NotFound | FailureKind::Busy | FailureKind::Stalled | FailureKind::Broken | FailureKind::Empty => true,
        FailureKind::Unreachable => failed.backend != next.backend,
        FailureKind::TooLong
        | FailureKind::Refused
        | FailureKind::NotSealed
        | FailureKind::Denied
        | FailureKind::NoCandidate
        | FailureKind::Cancelled
        | FailureKind::Storage => false,
    }
}

impl Received {
    fn answer(self, signature: Signature, attempts: Vec<Attempt>) -> Answer {
        let Self { text, thinking, usage, timing, cut_by_length, .. } = self;
        Answer {
            signature,
            text,
            thinking,
            usage,
            timing,
            cut_by_length,
            attempts,
            cost: None,
            labels: Vec::new(),
            decision: None,
        }
    }
}

/// Whether a failure says that the model list is out of date.
fn is_suspect(status: &Status) -> bool {
    match status {
        Status::Failed(failure) | Status::Partial(failure) => {
            matches!(failure.kind, FailureKind::Unreachable | FailureKind::NotFound | FailureKind::Broken | FailureKind::Stalled)
        }
        _ => false,
    }
}
