//! A turn that waits for the user's yes: everything that is needed to go on with exactly what was shown, or to end.

use super::{Outcome, Pass, Progress, Turn, over};
use crate::domain::{ConsentRequest, Digest, Failure, RequestId, Scope};
use crate::privacy::{Cleared, Pending, Standing};
use crate::session::describe;
use crate::session::outlet::now_ms;
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
        Self { turn, progress, pending }
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
