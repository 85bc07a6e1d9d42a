//! One pass: a prompt, a plan, the candidates one after the other until one answers, and what is stored of it.
//!
//! What must stay true: another candidate is asked only before the first piece of an answer; after it a failure leaves a
//! partial answer. Every change of model is an event. Nothing waits for the user: a candidate that needs consent ends the
//! pass, and a yes begins another that sends exactly what was shown.

mod admit;
mod brief;
mod called;
mod compact;
mod hedge;
mod limit;
mod measure;
mod pause;
mod receive;
mod record;
mod task;

use super::backends::Backends;
use super::books::Books;
use super::context::{Density, Earlier};
use super::hosts::Share;
use super::opinion::Examples;
use super::outlet::Outlet;
use super::{catalog, describe, labels, look};
use crate::backend::Backend;
use crate::config::Config;
use crate::cost;
use crate::domain::{
    Answer, Attempt, BackendId, Candidate, Considered, ConversationId, ConversationSummary, Domain, Failure, FailureKind, Gate,
    HostState, LedgerOutcome, LedgerSeq, Machine, Measurements, Message, Model, ModelId, Override, Plan, Prompt, RequestId,
    SelectionReason, ServerState, Signature, Spent, Status, Summary,
};
use crate::gpu::memory::Lease;
use crate::privacy::{self, Sealed};
use crate::protocol::{Event, Notice};
use crate::routing::{Choice, FitnessOf, fallback};
use crate::session::memory::{Memories, Sizes};
use crate::session::meter::{Counted, Meter};
use crate::store::{After, Begun, Measure, Store};
use brief::Prepared;
pub(super) use compact::Job;
use measure::{budget, is_warm};
pub(super) use pause::{Ending, Paused};
use receive::{Asked, End, Received};
use record::Record;
pub(super) use record::UNSTORED;
use std::collections::HashMap;
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
    pub(super) other_states: Arc<Vec<HostState>>,
    pub(super) models: Arc<Vec<Model>>,
    /// Leave to ask servers on other hosts for their models.
    pub(super) passes: Arc<HashMap<BackendId, privacy::Pass>>,
    pub(super) machine: Machine,
    pub(super) history: Arc<Vec<Message>>,
    /// The summaries of its conversation.
    pub(super) summaries: Arc<Vec<Summary>>,
    /// How dense the conversation's tokens were found to be.
    pub(super) density: Density,
    pub(super) conversation: Option<ConversationId>,
    /// Where in the conversation it goes.
    pub(super) after: After,
    pub(super) model_override: Option<Override>,
    /// What the user said that the questions of the conversation are about.
    pub(super) domain: Option<Domain>,
    /// How those did that failed of late.
    pub(super) fitness: Arc<FitnessOf>,
    /// How much may be asked.
    pub(super) meter: Meter,
    /// What was learnt, and what draws of it the bullets on trial.
    pub(super) books: Books,
    pub(super) seed: u64,
    /// What was measured of models.
    pub(super) measured: Arc<Measurements>,
    /// Examples of each class, where a model in memory was asked for them.
    pub(super) examples: Option<Examples>,
    pub(super) store: Store,
    pub(super) outlet: Outlet,
    /// Who is in the memory of the servers on this machine.
    pub(super) memory: Memories,
    /// What models were seen to take of it.
    pub(super) sizes: Arc<Sizes>,
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
    /// Its question and its answer, where they are stored.
    pub(super) begun: Option<Begun>,
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
    /// How each did that was asked.
    pub(super) tries: Vec<Try>,
    /// What a provider was sent.
    pub(super) spent: Option<(BackendId, Spent)>,
}

/// How one did that was asked.
pub(super) struct Try {
    pub(super) backend: BackendId,
    pub(super) model: ModelId,
    /// `None` where it answered.
    pub(super) failure: Option<Failure>,
}

impl Outcome {
    /// Of a turn of which nothing is known but its end.
    pub(super) fn nothing(id: RequestId, last: Event) -> Self {
        Self {
            id,
            density: Density::default(),
            conversation: None,
            begun: None,
            messages: Vec::new(),
            storage: None,
            last,
            suspect: true,
            measure: None,
            tries: Vec::new(),
            spent: None,
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
    /// What the limits took for a request that the user is asked about: given back where it does not go.
    counted: Option<Counted>,
    /// Its place among those whom the server is busy with; none while the user is asked.
    share: Option<Share>,
}

/// What is sent to a candidate, where that is settled already.
type Settled = Option<(Sealed, LedgerSeq)>;

impl Turn {
    /// Runs to the end, or to a question for consent; `cancel` (or dropping its sender) stops it. `begun` is told of the
    /// conversation once that is stored.
    pub(super) async fn run(self, begun: oneshot::Sender<Begun>, mut cancel: oneshot::Receiver<()>) -> Pass {
        let mut record = Record::begin(&self).await;
        if let Some(stored) = record.begun() {
            // Nobody to tell: Segno is ending.
            let _ = begun.send(stored);
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
        // Before anything else is waited for: whoever plans next has to know.
        let share = self.share(&plan, 0);
        tracing::info!(class = plan.class.word(), model = %plan.candidates.first().map(|c| c.model.short()).unwrap_or_default(), "planned");
        record.decide(&plan.decision);
        self.log_words("asked", &self.prompt.text());
        self.say(Event::Planned { id: self.id, plan: plan.clone() }).await;
        self.say_last_resort(&plan).await;
        let progress = Progress { plan, at: 0, attempts: Vec::new(), record, counted: None, share };
        self.ask(progress, None, &mut cancel).await
    }

    async fn ask(self, mut progress: Progress, mut settled: Settled, cancel: &mut oneshot::Receiver<()>) -> Pass {
        loop {
            let Some(candidate) = progress.plan.candidates.get(progress.at).cloned() else {
                let nobody =
                    Failure::new(FailureKind::NoCandidate, "there is nobody to ask", "`/models` lists what is installed");
                return over(progress.record.failed(&self, nobody, progress.attempts).await);
            };
            if progress.share.as_ref().is_none_or(|share| !share.is_at(&candidate.backend)) {
                progress.share = self.share(&progress.plan, progress.at);
            }
            let signature = signature(&candidate, &progress.plan, &progress.attempts);
            let is_last = progress.at + 1 == progress.plan.candidates.len();
            let failure = match self.ask_one((&candidate, &signature, is_last), settled.take(), &mut progress, cancel).await {
                End::Asks(pending) => return Pass::Asks(Box::new(Paused::new(self, progress, *pending))),
                End::Came(mut received, status) => {
                    let (candidate, signature) = match received.won.take() {
                        Some(won) => {
                            progress.attempts.push(won.attempt);
                            (won.candidate, won.signature)
                        }
                        None => (candidate, signature),
                    };
                    let failure = if let Status::Partial(failure) = &status { Some(failure) } else { None };
                    progress.record.tried(&candidate, failure);
                    return over(self.finished(progress, *received, signature, status).await);
                }
                End::Nothing(failure) => failure,
            };
            tracing::warn!(model = %candidate.model, kind = ?failure.kind, "no answer");
            progress.record.tried(&candidate, Some(&failure));
            let Some(at) = self.next(&mut progress, &failure) else {
                let failure = describe::nobody_answered(failure, &progress.attempts);
                return over(progress.record.failed(&self, failure, progress.attempts).await);
            };
            let next = progress.plan.candidates[at].clone();
            progress.at = at;
            progress.attempts.push(Attempt { model: candidate.model.clone(), failure: failure.clone() });
            self.say(Event::Fallback { id: self.id, from: candidate, to: next, why: failure }).await;
            tokio::select! {
                biased;
                _ = &mut *cancel => return over(progress.record.failed(&self, describe::cancelled(), progress.attempts).await),
                () = self.look_again(&progress.plan.candidates[at].backend) => {}
            }
        }
    }

    /// From now on the server of the candidate at `at` is known to be asked.
    fn share(&self, plan: &Plan, at: usize) -> Option<Share> {
        plan.candidates.get(at).map(|candidate| self.backends.shares.begin(&candidate.backend))
    }

    /// Says where one is asked that should rest, because there is nobody else.
    async fn say_last_resort(&self, plan: &Plan) {
        let first = plan.candidates.first().map(|candidate| (&candidate.model, &candidate.backend));
        let rests = |c: &&Considered| Some((&c.model, &c.backend)) == first && c.gate == Some(Gate::Resting);
        if self.choice == Choice::Auto
            && let Some(model) = plan.decision.considered.iter().find(rests).map(|c| &c.model)
        {
            let model = self.config.name_of(model);
            let what = format!("{model} failed too often of late, and is asked all the same: there is nobody else");
            self.notice(Notice::warning(what, "`/models` shows how it does")).await;
        }
    }

    /// Where in the plan the next stands who may do better than the one who is asked. Where nobody is to stand in, the same model on
    /// another server is no other.
    fn next(&self, progress: &mut Progress, failure: &Failure) -> Option<usize> {
        let locked = matches!(self.choice, Choice::Model { locked: true, .. });
        let (at, Plan { candidates, decision, .. }) = (progress.at, &mut progress.plan);
        let failed = progress.attempts.iter().map(|attempt| &attempt.failure).chain([failure]);
        let unreached = failed.filter(|failure| failure.kind == FailureKind::Unreachable);
        let down: Vec<BackendId> = unreached.filter_map(|failure| failure.backend.clone()).collect();
        let considered: &[Considered] = if locked { &[] } else { &decision.considered };
        let next = fallback::next(candidates, at, (failure, &down), &self.models, considered)?;
        (!locked || candidates[next].model == candidates[at].model).then_some(next)
    }

    async fn finished(&self, progress: Progress, received: Received, signature: Signature, status: Status) -> Outcome {
        self.say_called(&signature.model, &received.tools).await;
        let prices = self.row(&signature.model, &signature.backend).and_then(|model| model.prices);
        let cost = prices.and_then(|prices| cost::price(&received.usage, prices));
        let labels = labels::labels(&self.prompt.text(), &received.text, &signature, &self.config.labels);
        let mut decision = progress.plan.decision;
        let advice = self.advice(&asked(&signature), signature.class);
        decision.shown = advice.map(|advice| advice.shown(&received.text));
        let ms = received.timing.first_token_ms.unwrap_or_default();
        let answer = Answer { cost, labels, ..received.answer(signature, progress.attempts) };
        if self.late(&answer, is_warm(&answer)) == Some(true) {
            let budget = budget(answer.signature.class, &self.config.timeouts);
            decision.notes.push(format!("the first word came after {ms} ms, and its budget is {budget} ms"));
        }
        let answer = Answer { decision: Some(decision), ..answer };
        self.log_words("answered", &answer.text);
        let measure = self.measure(&answer, &status);
        let spent = self.spent(&answer);
        Outcome { measure, spent, ..progress.record.finished(self, answer, status).await }
    }

    /// Asks one candidate; when the server finds the conversation too long, once more with half of the history. Our count
    /// of tokens is an estimate, and the server's word is final.
    async fn ask_one(
        &self,
        (candidate, signature, is_last): (&Candidate, &Signature, bool),
        mut settled: Settled,
        progress: &mut Progress,
        cancel: &mut oneshot::Receiver<()>,
    ) -> End {
        let all = self.earlier();
        let mut earlier = all;
        // What was shown to the user was counted before it was.
        let mut counted = progress.counted.take().filter(|_| settled.is_some());
        if settled.is_none() {
            counted = match self.turn_to_ask(candidate, self.about_tokens(), is_last, cancel).await {
                Ok(counted) => Some(counted),
                Err(failure) => return End::Nothing(failure),
            };
        }
        let lease = match self.admit(candidate, cancel).await {
            Ok(lease) => lease,
            Err(end) => return *end,
        };
        let loaded = lease.as_ref().and_then(Lease::loaded);
        let second = self.second(&progress.plan, progress.at, loaded);
        let record = &mut progress.record;
        loop {
            let prepared = match settled.take() {
                Some((sealed, row)) => Prepared::Ready(sealed, Some(row)),
                None => self.prepare(candidate, signature.class, earlier, record.conversation.as_ref().map(|c| c.id)).await,
            };
            let end = match prepared {
                Prepared::Ready(sealed, row) => {
                    counted.iter_mut().for_each(Counted::send);
                    let end = receive::receive(
                        self,
                        Asked { candidate, signature, loaded, second: second.as_ref() },
                        sealed,
                        record,
                        cancel,
                    )
                    .await;
                    self.note_outcome(row, &end).await;
                    end
                }
                Prepared::Asks(pending) => End::Asks(pending),
                Prepared::Not(failure) => End::Nothing(failure),
            };
            let history = earlier.messages;
            let whole = history.len() == all.messages.len();
            match end {
                End::Nothing(failure) if failure.kind == FailureKind::TooLong && whole && !history.is_empty() => {
                    // Question and answer go together.
                    let half = history.len().div_ceil(2).next_multiple_of(2).min(history.len());
                    earlier = earlier.without_first(half);
                    // It is another request, and both count.
                    let tokens = self.about_tokens_with(earlier);
                    counted = match self.turn_to_ask(candidate, tokens, is_last, cancel).await {
                        Ok(counted) => Some(counted),
                        Err(failure) => return End::Nothing(failure),
                    };
                }
                mut end => {
                    progress.counted = limit::settle(&mut end, counted);
                    return end;
                }
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

    /// Before another candidate is asked, of `backend`: its list of models may be minutes old by now, and a name may stand for
    /// something else.
    async fn look_again(&self, backend: &BackendId) {
        let Some(host) = self.backends.host(backend) else { return };
        if host.listed_at().is_some_and(|then| then.elapsed() >= catalog::FRESH) {
            // What was found stays with the backend, where the next destination is made; the actor looks for itself.
            let _ = look::ask(host.clone(), self.passes.get(backend).cloned()).await;
        }
    }

    /// What was said before, as a model is shown it.
    fn earlier(&self) -> Earlier<'_> {
        Earlier::of(&self.history, &self.summaries)
    }

    /// A model as one server has it.
    fn row(&self, id: &ModelId, backend: &BackendId) -> Option<&Model> {
        self.models.iter().find(|model| model.id == *id && model.backend == *backend)
    }

    /// The model of `candidate`, as its server has it.
    fn model(&self, candidate: &Candidate) -> Option<&Model> {
        self.row(&candidate.model, &candidate.backend)
    }

    /// The window that `candidate` is asked with, in tokens.
    fn num_ctx(&self, candidate: &Candidate) -> u32 {
        self.model(candidate).map_or(self.config.ollama.num_ctx, |m| m.num_ctx)
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

fn signature(candidate: &Candidate, plan: &Plan, attempts: &[Attempt]) -> Signature {
    let reason = match attempts.first() {
        Some(attempt) => SelectionReason::Fallback { from: attempt.model.clone(), why: attempt.failure.what.clone() },
        None => plan.reason.clone(),
    };
    Signature {
        model: candidate.model.clone(),
        family: candidate.family.clone(),
        backend: candidate.backend.clone(),
        location: candidate.location.clone(),
        class: plan.class,
        reason,
    }
}

/// Who was asked, by what an answer is signed with.
fn asked(by: &Signature) -> Candidate {
    let Signature { model, family, backend, location, .. } = by.clone();
    Candidate { model, family, backend, location }
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
        Status::Failed(failure) | Status::Partial(failure) => tells_of_the_list(failure),
        _ => false,
    }
}

/// The same, of one who was asked: that another answered then does not make the list any better.
fn tells_of_the_list(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Unreachable | FailureKind::NotFound | FailureKind::Broken | FailureKind::Stalled)
}
