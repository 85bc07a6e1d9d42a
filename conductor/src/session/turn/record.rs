//! What is stored of a turn. A database that fails does not stop an answer: it is said, once, and the answer goes on.

use super::{Outcome, Try, Turn, is_suspect, tells_of_the_list};
use crate::domain::{
    Answer, Attempt, Candidate, ConversationSummary, Decision, Failure, FailureKind, Message, MessageId, Prompt, Role, Signature,
    Status, Timing, Usage, Versions,
};
use crate::protocol::{Event, Notice};
use crate::session::pieces::Pieces;
use crate::store::{After, Begun, Finish, NewTurn, Store, StoreError, now_ms};

pub(super) struct Record {
    pub(super) conversation: Option<ConversationSummary>,
    store: Store,
    prompt: Prompt,
    /// The question and the place for the answer, where they are stored.
    begun: Option<Begun>,
    pieces: Pieces,
    created_ms: i64,
    storage: Option<Failure>,
    /// How the model was chosen, once it was.
    decision: Option<Box<Decision>>,
    /// How each did that was asked.
    tries: Vec<Try>,
}

/// The number of a message that could not be stored.
pub(in crate::session) const UNSTORED: MessageId = MessageId(-1);

async fn begin(turn: &Turn, new: NewTurn) -> Result<Begun, StoreError> {
    match turn.store.begin_turn(new.clone()).await {
        Err(StoreError::NoSuchConversation(_)) => {
            // It was purged meanwhile, by another Segno perhaps. What is asked and answered is kept all the same.
            let begun = turn.store.begin_turn(NewTurn { conversation: None, after: After::Shown, ..new }).await?;
            let what = "this conversation was deleted for good meanwhile: your question begins a new one";
            turn.notice(Notice::warning(what, "what was said before is still shown here, and kept nowhere")).await;
            Ok(begun)
        }
        result => result,
    }
}

impl Record {
    /// Stores the question, and a place for the answer.
    pub(super) async fn begin(turn: &Turn) -> Self {
        let created_ms = now_ms();
        let new = NewTurn {
            conversation: turn.conversation,
            prompt: turn.prompt.clone(),
            model_override: turn.model_override.clone(),
            domain: turn.domain.clone(),
            after: turn.after,
            now_ms: created_ms,
        };
        let (begun, storage) = match begin(turn, new).await {
            Ok(begun) => (Some(begun), None),
            Err(error) => (None, Some(error.failure())),
        };
        let answer = begun.as_ref().map(|b| b.answer);
        Self {
            store: turn.store.clone(),
            prompt: turn.prompt.clone(),
            pieces: Pieces::new(turn.store.clone(), answer),
            created_ms,
            storage,
            decision: None,
            tries: Vec::new(),
            conversation: begun.as_ref().map(|b| b.conversation.clone()),
            begun,
        }
    }

    /// What is stored of it, if it is.
    pub(super) fn begun(&self) -> Option<Begun> {
        self.begun.clone()
    }

    /// Takes how the model was chosen.
    pub(super) fn decide(&mut self, decision: &Decision) {
        self.decision = Some(Box::new(decision.clone()));
    }

    /// Takes how one did that was asked.
    pub(super) fn tried(&mut self, candidate: &Candidate, failure: Option<&Failure>) {
        let (backend, model) = (candidate.backend.clone(), candidate.model.clone());
        self.tries.push(Try { backend, model, failure: failure.cloned() });
    }

    /// Takes a piece of the answer.
    pub(super) fn add(&mut self, text: &str, thinking: &str) {
        self.pieces.add(text, thinking);
    }

    /// Takes who answers.
    pub(super) fn sign(&mut self, signature: &Signature) {
        self.pieces.sign(signature);
    }

    /// Writes what is due, beside whatever else is waited for; does not end while there is nothing to write.
    pub(super) async fn write(&mut self) {
        let result = self.pieces.write().await;
        self.keep(result);
    }

    /// Stores an answer, and makes the outcome of it.
    pub(super) async fn finished(mut self, turn: &Turn, answer: Answer, status: Status) -> Outcome {
        let end = Finish {
            signature: Some(answer.signature.clone()),
            text: answer.text.clone(),
            thinking: answer.thinking.clone(),
            usage: answer.usage,
            timing: answer.timing,
            status: status.clone(),
            cut_by_length: answer.cut_by_length,
            cost: answer.cost,
            labels: answer.labels.clone(),
            attempts: answer.attempts.clone(),
            decision: answer.decision.clone(),
        };
        let message = self.message(&end);
        self.finish(end).await;
        let advice = turn.advice(&super::asked(&answer.signature), answer.signature.class).map(|advice| advice.text());
        let (question, advice) = (turn.prompt.text(), advice.unwrap_or_default());
        let density = turn.density.learn(turn.earlier(), &question, &advice, answer.usage.prompt_tokens);
        let last = Event::Finished { id: turn.id, answer: Box::new(answer), status: status.clone() };
        Outcome { density, ..self.outcome(turn, message, last, is_suspect(&status)) }
    }

    /// Stores that nothing came, and makes the outcome of it.
    pub(super) async fn failed(mut self, turn: &Turn, failure: Failure, attempts: Vec<Attempt>) -> Outcome {
        let status = if failure.kind == FailureKind::Cancelled { Status::Cancelled } else { Status::Failed(failure.clone()) };
        let suspect = is_suspect(&status);
        let end = Finish {
            signature: None,
            text: String::new(),
            thinking: String::new(),
            usage: Usage::default(),
            timing: Timing::default(),
            status,
            cut_by_length: false,
            cost: None,
            labels: Vec::new(),
            attempts: attempts.clone(),
            decision: self.decision.take(),
        };
        let message = self.message(&end);
        self.finish(end).await;
        let last = Event::Failed { id: turn.id, failure, attempts };
        self.outcome(turn, message, last, suspect)
    }

    async fn finish(&mut self, end: Finish) {
        if let Some(answer) = self.begun.as_ref().map(|begun| begun.answer) {
            let result = self.store.finish(answer, end).await;
            self.keep(result);
        }
    }

    fn message(&self, end: &Finish) -> Message {
        Message {
            id: self.begun.as_ref().map_or(UNSTORED, |begun| begun.answer),
            role: Role::Assistant,
            prompt: Prompt::default(),
            text: end.text.as_str().into(),
            thinking: end.thinking.as_str().into(),
            signature: end.signature.clone(),
            status: end.status.clone(),
            usage: end.usage,
            timing: end.timing,
            cut_by_length: end.cut_by_length,
            attempts: end.attempts.clone(),
            decision: end.decision.clone(),
            cost: end.cost,
            labels: end.labels.clone(),
            rating: None,
            created_ms: self.created_ms,
            versions: self.begun.as_ref().map(|begun| begun.answer_versions.clone()).unwrap_or_default(),
            imported: false,
        }
    }

    fn outcome(self, turn: &Turn, answer: Message, last: Event, suspect: bool) -> Outcome {
        let suspect = suspect || self.tries.iter().filter_map(|tried| tried.failure.as_ref()).any(tells_of_the_list);
        let begun = self.begun.clone();
        let (id, versions) = self.begun.map_or((UNSTORED, Versions::default()), |begun| (begun.user, begun.user_versions));
        let question = Message { versions, ..Message::question(id, self.prompt, self.created_ms) };
        Outcome {
            id: turn.id,
            density: turn.density,
            conversation: self.conversation,
            begun,
            messages: vec![question, answer],
            storage: self.storage,
            last,
            suspect,
            measure: None,
            tries: self.tries,
            spent: None,
        }
    }

    fn keep(&mut self, result: Result<(), StoreError>) {
        if let Err(error) = result {
            tracing::error!(%error, "not stored");
            self.storage.get_or_insert_with(|| error.failure());
        }
    }
}
