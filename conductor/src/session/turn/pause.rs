//! A turn that waits for the user's yes: everything that is needed to go on with exactly what was shown, or to end.

use super::{Outcome, Pass, Progress, Turn, over};
use crate::domain::{Attempt, Candidate, ConsentRequest, Digest, Failure, RequestId, Scope, SelectionReason};
use crate::privacy::{Cleared, Pending, Standing};
use crate::protocol::Event;
use crate::session::describe;
use crate::store::now_ms;
use tokio::sync::oneshot;

/// A turn that waits.
pub(in crate::session) struct Paused {
    turn: Turn,
    progress: Progress,
    pending: Pending,
}

/// A turn that goes on.
pub(in crate::session) struct Resumed {
    turn: Turn,
    progress: Progress,
    cleared: Cleared,
}

impl Paused {
    pub(super) fn new(turn: Turn, progress: Progress, pending: Pending) -> Self {
        Self { turn, progress: Progress { share: None, ..progress }, pending }
    }

    /// Which turn.
    pub(in crate::session) fn id(&self) -> RequestId {
        self.turn.id
    }

    /// What the user is shown.
    pub(in crate::session) fn request(&self) -> &ConsentRequest {
        self.pending.request()
    }

    /// Takes the user's yes to the bytes with `digest`.
    ///
    /// # Errors
    /// The turn and why it cannot go on, where those bytes were not shown or may not go any more.
    pub(in crate::session) fn grant(
        self,
        digest: Digest,
        scope: Scope,
        standing: &mut Standing,
    ) -> Result<Resumed, Box<(Ending, Failure)>> {
        let Self { turn, progress, pending } = self;
        let (backend, model) = (pending.request().provider.clone(), pending.request().model.clone());
        match pending.grant(digest, scope, standing, now_ms()) {
            Ok(cleared) => Ok(Resumed { turn, progress, cleared }),
            Err(refusal) => {
                let failure = describe::refusal(&refusal).of(&backend, &model);
                Err(Box::new((Ending { turn, progress }, failure)))
            }
        }
    }

    /// Whether a no leaves somebody to ask: the router had chosen the model that is configured for what is hard, and there is
    /// one here, too.
    pub(in crate::session) fn has_a_local_one(&self) -> bool {
        let asked = self.progress.plan.candidates.get(self.progress.at).map(|candidate| &candidate.model);
        let auto = self.progress.plan.reason != SelectionReason::UserOverride;
        auto && asked == Some(&self.turn.config.defaults.deep) && self.next_local().is_some()
    }

    fn next_local(&self) -> Option<usize> {
        let after = self.progress.at + 1;
        let local = |candidate: &Candidate| candidate.location.is_local();
        self.progress.plan.candidates.iter().skip(after).position(local).map(|at| at + after)
    }

    /// Goes on without a yes, with the next candidate on this machine; `why` is what became of the one that was not allowed.
    pub(in crate::session) async fn run_here(mut self, why: Failure, mut cancel: oneshot::Receiver<()>) -> Pass {
        let Some(at) = self.next_local() else { return over(self.end().with(why).await) };
        let (from, to) = (self.progress.plan.candidates[self.progress.at].clone(), self.progress.plan.candidates[at].clone());
        self.progress.at = at;
        self.progress.attempts.push(Attempt { model: from.model.clone(), failure: why.clone() });
        self.turn.say(Event::Fallback { id: self.turn.id, from, to, why }).await;
        self.turn.ask(self.progress, None, &mut cancel).await
    }

    /// Gives the turn up.
    pub(in crate::session) fn end(self) -> Ending {
        Ending { turn: self.turn, progress: self.progress }
    }
}

/// A turn that ends without an answer.
pub(in crate::session) struct Ending {
    turn: Turn,
    progress: Progress,
}

impl Ending {
    /// Stores why.
    pub(in crate::session) async fn with(self, failure: Failure) -> Outcome {
        let Self { turn, progress } = self;
        progress.record.failed(&turn, failure, progress.attempts).await
    }
}

impl Resumed {
    /// Notes what goes, and goes on where the turn had stopped.
    pub(in crate::session) async fn run(self, mut cancel: oneshot::Receiver<()>) -> Pass {
        let Self { turn, progress, cleared } = self;
        match turn.outlet.note(cleared).await {
            Ok(settled) => turn.ask(progress, Some(settled), &mut cancel).await,
            Err(failure) => over(progress.record.failed(&turn, failure, progress.attempts).await),
        }
    }
}
