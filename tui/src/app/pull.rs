//! The model that is being fetched. One at a time.

use super::App;
use conductor::domain::{Failure, FailureKind, ModelId, RequestId, ServerState};
use conductor::protocol::{Command, ModelsCommand, Notice, PullProgress};
use std::time::Instant;

/// A pull that goes on.
#[derive(Debug, Clone)]
pub struct Pull {
    pub(crate) id: RequestId,
    pub(crate) model: ModelId,
    pub(crate) status: String,
    pub(crate) completed: u64,
    pub(crate) total: u64,
    pub(crate) cancelling: bool,
}

/// A model that is not there and would have been asked.
#[derive(Debug, Clone)]
pub(super) struct Missing {
    model: ModelId,
    /// The question that it was for.
    by: RequestId,
    /// The key that fetches it is named.
    named: bool,
}

impl App {
    /// A model is not there that would have been asked; its key is named where that is `news`.
    pub(super) fn miss(&mut self, model: &ModelId, by: RequestId, news: bool) {
        let named = news || self.missing.as_ref().is_some_and(|missing| missing.named && missing.model == *model);
        self.missing = Some(Missing { model: model.clone(), by, named });
    }

    /// A question was answered: where the missing model was for another, it is not spoken of any more.
    pub(super) fn did_without(&mut self, question: RequestId) {
        self.missing.iter_mut().for_each(|missing| missing.named &= missing.by == question);
    }

    /// The model that is missing, where it can be fetched now.
    pub(crate) fn missing(&self) -> Option<&ModelId> {
        let up = self.models.as_ref().is_some_and(|snapshot| matches!(snapshot.server, ServerState::Up { .. }));
        let missing = self.missing.as_ref().map(|missing| &missing.model);
        missing.filter(|missing| up && self.pull.is_none() && self.model(missing).is_none())
    }

    /// The same where its key is named.
    pub(crate) fn missing_news(&self) -> Option<&ModelId> {
        self.missing().filter(|_| self.missing.as_ref().is_some_and(|missing| missing.named))
    }

    /// Fetches it.
    pub(super) fn pull_missing(&mut self, now: Instant) {
        match self.missing().cloned() {
            Some(model) => _ = self.pull(model, now),
            None => self.say("no model is missing; /pull NAME fetches one", now),
        }
    }

    /// Begins a pull; false where another goes on.
    pub(super) fn pull(&mut self, model: ModelId, now: Instant) -> bool {
        if let Some(pull) = &self.pull {
            let text = format!("{} is being fetched: Esc stops it", pull.model);
            self.say(text, now);
            return false;
        }
        let id = self.fresh_id();
        let status = "asking the server".to_owned();
        self.pull = Some(Pull { id, model: model.clone(), status, completed: 0, total: 0, cancelling: false });
        self.pulled = Some(model.clone());
        self.send(Command::Models(ModelsCommand::Pull { id, model }));
        self.touch();
        true
    }

    pub(super) fn pull_event(&mut self, id: RequestId, model: &ModelId, progress: PullProgress) {
        let there = self.settings.names.on_first();
        let Some(pull) = self.pull.as_mut().filter(|pull| pull.id == id) else { return };
        let notice = match progress {
            PullProgress::Running { status, completed, total } => {
                (pull.status, pull.completed, pull.total) = (status, completed, total);
                return self.touch();
            }
            PullProgress::Done => {
                Notice::info(format!("{model} is here{there}"), format!("ask something, or /model {model} to ask it alone"))
            }
            PullProgress::Cancelled => {
                Notice::info(format!("stopped fetching {model}"), format!("what came is kept: /pull {model} goes on from there"))
            }
            PullProgress::Failed(failure) => return self.pull_failed(id, &failure),
        };
        self.pull = None;
        self.notice(&notice);
    }

    pub(super) fn pull_failed(&mut self, id: RequestId, failure: &Failure) {
        if self.pull.take_if(|pull| pull.id == id).is_none() {
            return;
        }
        self.notice(&match failure.kind {
            // What the user wanted is no error.
            FailureKind::Denied => Notice::info(&failure.what, &failure.hint),
            _ => Notice::error(failure),
        });
    }

    /// Stops the pull; true where there was one.
    pub(super) fn cancel_pull(&mut self) -> bool {
        let Some(pull) = self.pull.as_mut().filter(|pull| !pull.cancelling) else { return false };
        pull.cancelling = true;
        let id = pull.id;
        self.send(Command::Cancel { id });
        self.touch();
        true
    }
}
