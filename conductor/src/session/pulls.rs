//! Pulls: the server fetches a model, and we say how far it is.

use super::describe;
use crate::backend::{Backend, BackendError};
use crate::domain::{Candidate, Failure, FailureKind, Location, ModelId, RequestId, ServerState};
use crate::privacy::Pass;
use crate::privacy::location::has_cloud_suffix;
use crate::protocol::{Event, PullProgress};
use futures_util::StreamExt;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// One pull.
pub(super) struct Pull {
    pub(super) id: RequestId,
    pub(super) model: ModelId,
    pub(super) server: Arc<dyn Backend>,
    pub(super) events: mpsc::Sender<Event>,
}

impl Pull {
    /// Runs until the model is there, it failed, or `cancel` came (or its sender was dropped). Says its steps; the end is
    /// the caller's to say.
    pub(super) async fn run(self, pass: Pass, mut cancel: oneshot::Receiver<()>) -> PullProgress {
        let mut steps = self.server.pull(&self.model, pass);
        loop {
            let step = tokio::select! {
                biased;
                _ = &mut cancel => return PullProgress::Cancelled,
                step = steps.next() => step,
            };
            match step {
                Some(Ok(step)) => {
                    let progress = PullProgress::Running { status: step.status, completed: step.completed, total: step.total };
                    self.say(progress).await;
                }
                Some(Err(error)) => return PullProgress::Failed(self.failure(&error)),
                None => return PullProgress::Done,
            }
        }
    }

    async fn say(&self, progress: PullProgress) {
        // A front end that is gone has nobody to tell.
        let _ = self.events.send(Event::Pull { id: self.id, model: self.model.clone(), progress }).await;
    }

    fn failure(&self, error: &BackendError) -> Failure {
        let backend = self.server.id();
        let candidate = Candidate { model: self.model.clone(), backend, location: Location::Local, family: String::new() };
        let mut failure = describe::backend(error, &candidate, 0);
        match failure.kind {
            FailureKind::NotFound => {
                failure.hint = "check the name on ollama.com/library (names look like `llama3.1:8b`)".to_owned()
            }
            FailureKind::Broken | FailureKind::Stalled => {
                failure.hint = format!("`/pull {}` goes on from where it stopped: what was fetched is kept", self.model);
            }
            FailureKind::Refused if has_cloud_suffix(self.model.as_str()) => {
                failure.hint = "pull a model that runs on this machine, such as `llama3.1:8b`".to_owned();
            }
            FailureKind::Refused => failure.hint = "check the name and the server: `segno doctor` says what is wrong".to_owned(),
            _ => {}
        }
        failure
    }
}

/// Why a pull cannot begin, if it cannot.
pub(super) fn impossible(server: &ServerState) -> Option<Failure> {
    let ServerState::Elsewhere { address, location } = server else { return None };
    let what = format!("{address} is not on this machine but {}, and was not asked yet", location.word());
    Some(Failure::new(
        FailureKind::NotSealed,
        what,
        "`/models` asks it, once you say yes; or name its host in privacy.trusted_hosts",
    ))
}
