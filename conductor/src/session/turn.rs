//! One pass: a prompt, a plan, the candidates one after the other until one answers, and what is stored of it.
//!
//! What must stay true: another candidate is asked only before the first piece of an answer; after it a failure leaves a
//! partial answer. Every change of model is an event.

mod receive;
mod record;

use super::context::{self, Density, Window};
use super::{catalog, describe};
use crate::backend::Backend;
use crate::config::Config;
use crate::domain::{
    Answer, Attempt, BackendId, Candidate, Contents, ConversationId, ConversationSummary, Failure, FailureKind, Machine, Message,
    Model, ModelId, Plan, Prompt, Purpose, RequestId, SelectionReason, ServerState, Signature, Status, TaskClass,
};
use crate::privacy::{self, Gate, Outgoing, Passage, Refusal, Sealed, Standing};
use crate::protocol::{Event, Notice};
use crate::routing::{self, Choice};
use crate::store::Store;
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
    pub(super) server: Arc<dyn Backend>,
    pub(super) guide: Arc<dyn Backend>,
    pub(super) server_state: ServerState,
    pub(super) models: Arc<Vec<Model>>,
    pub(super) machine: Machine,
    pub(super) history: Arc<Vec<Message>>,
    /// How dense the conversation's tokens were found to be.
    pub(super) density: Density,
    pub(super) conversation: Option<ConversationId>,
    pub(super) model_override: Option<ModelId>,
    pub(super) store: Store,
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
}

impl Outcome {
    /// Of a turn of which nothing is known but its end.
    pub(super) fn nothing(id: RequestId, last: Event) -> Self {
        Self { id, density: Density::default(), conversation: None, messages: Vec::new(), storage: None, last, suspect: true }
    }
}

impl Turn {
    /// What the prompt is judged by: the typed words, or where there are none the beginning of what was piped or pasted.
    fn classified(&self) -> TaskClass {
        const ENOUGH: usize = 16 * 1024;
        let typed = self.prompt.typed_text();
        let text = if typed.trim().is_empty() { self.prompt.text() } else { typed };
        routing::classify(&text[..text.floor_char_boundary(ENOUGH)], &self.config.routing).class
    }

    /// Runs to the end; `cancel` (or dropping its sender) stops it.
    pub(super) async fn run(self, mut cancel: oneshot::Receiver<()>) -> Outcome {
        let record = Record::begin(&self).await;
        if let Some(summary) = &record.conversation {
            let changed = crate::protocol::ConversationEvent::Changed(summary.clone());
            self.say(Event::Conversation(changed)).await;
        }
        let plan = match routing::plan(self.snapshot(), self.classified(), &self.choice) {
            Ok(plan) => plan,
            Err(failure) => return record.failed(&self, failure, Vec::new()).await,
        };
        tracing::info!(class = plan.class.word(), model = %plan.candidates.first().map(|c| c.model.short()).unwrap_or_default(), "planned");
        self.log_words("asked", &self.prompt.text());
        self.say(Event::Planned { id: self.id, plan: plan.clone() }).await;
        let outcome = self.ask(&plan, &mut cancel, record).await;
        if let Some(answer) = outcome.messages.last() {
            self.log_words("answered", &answer.text);
        }
        outcome
    }

    async fn ask(&self, plan: &Plan, cancel: &mut oneshot::Receiver<()>, mut record: Record) -> Outcome {
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut candidates = plan.candidates.iter().peekable();
        while let Some(candidate) = candidates.next() {
            let signature = signature(candidate, plan.class, &plan.reason, attempts.first());
            let failure = match self.ask_one(candidate, &signature, &mut record, cancel).await {
                End::Came(received, status) => return record.finished(self, received.answer(signature, attempts), status).await,
                End::Nothing(failure) => failure,
            };
            tracing::warn!(model = %candidate.model, kind = ?failure.kind, "no answer");
            let next = candidates.peek().filter(|next| falls_back(&failure, candidate, next));
            let Some(next) = next else { return record.failed(self, failure, attempts).await };
            let (from, to) = (candidate.clone(), (*next).clone());
            self.say(Event::Fallback { id: self.id, from, to, why: failure.clone() }).await;
            attempts.push(Attempt { model: candidate.model.clone(), failure });
            tokio::select! {
                biased;
                _ = &mut *cancel => return record.failed(self, describe::cancelled(), attempts).await,
                () = self.look_again() => {}
            }
        }
        let nobody = Failure::new(FailureKind::NoCandidate, "there is nobody to ask", "`/models` lists what is installed");
        record.failed(self, nobody, attempts).await
    }

    /// Asks one candidate; when the server finds the conversation too long, once more with half of the history. Our count
    /// of tokens is an estimate, and the server's word is final.
    async fn ask_one(
        &self,
        candidate: &Candidate,
        signature: &Signature,
        record: &mut Record,
        cancel: &mut oneshot::Receiver<()>,
    ) -> End {
        let mut history = &self.history[..];
        loop {
            let end = match self.prepare(candidate, history).await {
                Ok(sealed) => receive::receive(self, candidate, signature, sealed, record, cancel).await,
                Err(failure) => End::Nothing(failure),
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

    /// Before another candidate is asked: the list of models may be minutes old by now, and a name may stand for
    /// something else.
    async fn look_again(&self) {
        if self.server.listed_at().is_some_and(|then| then.elapsed() >= catalog::FRESH) {
            // What was found stays with the backend, where the next destination is made; the actor looks for itself.
            let _ = catalog::look(self.server.clone(), self.machine).await;
        }
    }

    /// The exact bytes for `candidate`, sealed. Says what of the conversation does not fit its window.
    async fn prepare(&self, candidate: &Candidate, history: &[Message]) -> Result<Sealed, Failure> {
        let backend = self.backend(&candidate.backend);
        let num_ctx = self.num_ctx(candidate);
        let window = Window { num_ctx, num_predict: self.config.ollama.num_predict, density: self.density };
        let brief = context::brief(&candidate.model, window, history, &self.prompt.text());
        let failed = |error| describe::backend(&error, candidate, num_ctx);
        let bytes = backend.encode(&brief.request).map_err(failed)?;
        let destination = backend.destination(&candidate.model).map_err(failed)?;
        let refused = |refusal| describe::refusal(&refusal, candidate);
        let outgoing = Outgoing {
            id: self.id,
            purpose: Purpose::Chat,
            bytes,
            destination,
            contents: Contents::default(),
            conversation: None,
            tokens: 0,
            cost: None,
        };
        let gate =
            Gate { allow_external: false, trusted_hosts: &[], scanner: None, standing: &Standing::default(), expires_in_s: 0 };
        let Passage::Stays(sealed) = privacy::seal(outgoing, &gate).map_err(refused)? else {
            return Err(refused(Refusal::NotShown));
        };
        let left_out = brief.left_out + (self.history.len() - history.len());
        if left_out > 0 {
            let what = format!(
                "the {left_out} oldest messages were left out: they do not fit the {num_ctx} tokens of {}",
                candidate.model
            );
            let notice = Notice::warning(what, "raise ollama.num_ctx, or begin anew with `/new`");
            self.say(Event::Notice { id: Some(self.id), notice }).await;
        }
        Ok(sealed)
    }

    /// The window that `candidate` is asked with, in tokens.
    fn num_ctx(&self, candidate: &Candidate) -> u32 {
        self.models.iter().find(|m| m.id == candidate.model).map_or(self.config.ollama.num_ctx, |m| m.num_ctx)
    }

    fn backend(&self, id: &BackendId) -> &Arc<dyn Backend> {
        if *id == self.guide.id() { &self.guide } else { &self.server }
    }

    fn snapshot(&self) -> routing::Snapshot<'_> {
        routing::Snapshot { config: &self.config, server: &self.server_state, models: &self.models, machine: &self.machine }
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

fn signature(candidate: &Candidate, class: TaskClass, reason: &SelectionReason, first_failure: Option<&Attempt>) -> Signature {
    let reason = match first_failure {
        Some(attempt) => SelectionReason::Fallback { from: attempt.model.clone(), why: attempt.failure.what.clone() },
        None => reason.clone(),
    };
    Signature {
        model: candidate.model.clone(),
        family: candidate.family.clone(),
        backend: candidate.backend.clone(),
        location: candidate.location.clone(),
        class,
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
        let Self { text, thinking, usage, timing, cut_by_length } = self;
        Answer { signature, text, thinking, usage, timing, cut_by_length, attempts, cost: None, labels: Vec::new() }
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
