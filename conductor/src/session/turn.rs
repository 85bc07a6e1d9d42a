//! One pass: a prompt, a plan, the candidates one after the other until one answers, and what is stored of it.
//!
//! What must stay true: another candidate is asked only before the first piece of an answer; after it a failure leaves a
//! partial answer. Every change of model is an event.

mod receive;
mod record;

use super::{context, describe};
use crate::backend::Backend;
use crate::config::Config;
use crate::domain::{
    Answer, Attempt, BackendId, Candidate, ConversationId, ConversationSummary, Failure, FailureKind, Machine, Message, Model,
    ModelId, Plan, Prompt, RequestId, SelectionReason, ServerState, Signature, Status, TaskClass,
};
use crate::privacy::{self, Sealed};
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
    pub(super) conversation: Option<ConversationId>,
    pub(super) model_override: Option<ModelId>,
    pub(super) store: Store,
    pub(super) events: mpsc::Sender<Event>,
}

/// All that a turn changes.
pub(super) struct Outcome {
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

impl Turn {
    /// Runs to the end; `cancel` (or dropping its sender) stops it.
    pub(super) async fn run(self, mut cancel: oneshot::Receiver<()>) -> Outcome {
        let record = Record::begin(&self).await;
        if let Some(summary) = &record.conversation {
            let changed = crate::protocol::ConversationEvent::Changed(summary.clone());
            self.say(Event::Conversation(changed)).await;
        }
        let class = routing::classify(&self.prompt.text(), &self.config.routing).class;
        let plan = match routing::plan(self.snapshot(), class, &self.choice) {
            Ok(plan) => plan,
            Err(failure) => return record.failed(self.id, failure, Vec::new()).await,
        };
        tracing::info!(class = class.word(), model = %plan.candidates.first().map(|c| c.model.short()).unwrap_or_default(), "planned");
        self.say(Event::Planned { id: self.id, plan: plan.clone() }).await;
        self.ask(&plan, &mut cancel, record).await
    }

    async fn ask(&self, plan: &Plan, cancel: &mut oneshot::Receiver<()>, mut record: Record) -> Outcome {
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut candidates = plan.candidates.iter().peekable();
        while let Some(candidate) = candidates.next() {
            let signature = signature(candidate, plan.class, &plan.reason, attempts.first());
            let end = match self.prepare(candidate).await {
                Ok(sealed) => receive::receive(self, candidate, &signature, sealed, &mut record, cancel).await,
                Err(failure) => End::Nothing(failure),
            };
            let failure = match end {
                End::Came(received, status) => {
                    return record.finished(self.id, received.answer(signature, attempts), status).await;
                }
                End::Nothing(failure) => failure,
            };
            tracing::warn!(model = %candidate.model, kind = ?failure.kind, "no answer");
            let next = candidates.peek().filter(|next| falls_back(&failure, candidate, next));
            let Some(next) = next else { return record.failed(self.id, failure, attempts).await };
            let (from, to) = (candidate.clone(), (*next).clone());
            self.say(Event::Fallback { id: self.id, from, to, why: failure.clone() }).await;
            attempts.push(Attempt { model: candidate.model.clone(), failure });
        }
        let nobody = Failure::new(FailureKind::NoCandidate, "there is nobody to ask", "`/models` lists what is installed");
        record.failed(self.id, nobody, attempts).await
    }

    /// The exact bytes for `candidate`, sealed. Says what of the conversation does not fit its window.
    async fn prepare(&self, candidate: &Candidate) -> Result<Sealed, Failure> {
        let backend = self.backend(&candidate.backend);
        let model = self.models.iter().find(|m| m.id == candidate.model);
        let num_ctx = model.map_or(self.config.ollama.num_ctx, |m| m.num_ctx);
        let num_predict = self.config.ollama.num_predict;
        let brief = context::brief(&candidate.model, num_ctx, num_predict, &self.history, &self.prompt.text());
        let failed = |error| describe::backend(&error, candidate, &self.config);
        let bytes = backend.encode(&brief.request).map_err(failed)?;
        let destination = backend.destination(&candidate.model).map_err(failed)?;
        let sealed = privacy::seal(bytes, destination).map_err(|refusal| describe::refusal(&refusal, candidate))?;
        if brief.left_out > 0 {
            let what = format!(
                "the {} oldest messages were left out: they do not fit the {num_ctx} tokens of {}",
                brief.left_out, candidate.model
            );
            let notice = Notice::warning(what, "raise ollama.num_ctx, or begin anew with `/new`");
            self.say(Event::Notice { id: Some(self.id), notice }).await;
        }
        Ok(sealed)
    }

    fn backend(&self, id: &BackendId) -> &Arc<dyn Backend> {
        if *id == self.guide.id() { &self.guide } else { &self.server }
    }

    fn snapshot(&self) -> routing::Snapshot<'_> {
        routing::Snapshot { config: &self.config, server: &self.server_state, models: &self.models, machine: &self.machine }
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
        | FailureKind::NoCandidate
        | FailureKind::Cancelled
        | FailureKind::Storage => false,
    }
}

impl Received {
    fn answer(self, signature: Signature, attempts: Vec<Attempt>) -> Answer {
        let Self { text, thinking, usage, timing, cut_by_length } = self;
        Answer { signature, text, thinking, usage, timing, cut_by_length, attempts }
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
