//! What leaves without a word of the user: pulls in flight, and lists of models that were asked for.

use super::Actor;
use super::consent::{ASKED_AT_ONCE, Asks};
use super::tasks::{Done, Kind};
use crate::domain::{BackendId, Contents, Failure, FailureKind, LedgerOutcome, ModelId, Purpose, RequestId};
use crate::privacy::{Cleared, Destination, Outgoing, Passage};
use crate::protocol::{Event, PullProgress};
use crate::session::lists;
use crate::session::pulls::{self, Pull};
use bytes::Bytes;
use tokio::sync::oneshot;

/// Pulls at the same time. More only slow each other down.
const AT_ONCE: usize = 4;

/// A pull in flight; dropping its sender stops it.
pub(super) struct InFlight {
    pub(super) model: ModelId,
    pub(super) cancel: Option<oneshot::Sender<()>>,
}

/// A pull that was asked for.
pub(super) struct Fetch {
    pub(super) id: RequestId,
    pub(super) model: ModelId,
}

/// How a pull ended.
pub(super) struct Ended {
    id: RequestId,
    model: ModelId,
    progress: PullProgress,
}

/// What goes out for `purpose`: names, and nothing that the user wrote.
pub(super) fn names_only(id: RequestId, purpose: Purpose, destination: Destination, body: String) -> Outgoing {
    let (bytes, contents) = (Bytes::from(body), Contents::default());
    Outgoing { id, purpose, bytes, destination, contents, conversation: None, tokens: 0, cost: None }
}

impl Actor {
    pub(super) async fn pull(&mut self, id: RequestId, model: ModelId) {
        let fetch = Fetch { id, model };
        if let Some(failure) = self.refusal(&fetch.model) {
            return self.pull_refused(fetch, failure).await;
        }
        let destination = Destination::registry(self.backends.server.id(), fetch.model.clone());
        let body = serde_json::json!({ "model": fetch.model.short() }).to_string();
        match self.outlet.judge(names_only(id, Purpose::Pull, destination, body)) {
            Ok(Passage::Leaves(cleared)) => self.fetch(fetch, *cleared),
            Ok(Passage::Ask(pending)) => self.must_ask(Asks::Pull(fetch, pending)).await,
            // A registry is never on this machine.
            Ok(Passage::Stays(_)) => {}
            Err(failure) => self.pull_refused(fetch, failure).await,
        }
    }

    /// Begins a pull that may go.
    pub(super) fn fetch(&mut self, fetch: Fetch, cleared: Cleared) {
        let Fetch { id, model } = fetch;
        let (cancel, cancelled) = oneshot::channel();
        let server = self.backends.server.clone();
        let pull = Pull { id, model: model.clone(), server, events: self.events.clone() };
        let outlet = self.outlet.clone();
        self.pulls.insert(id, InFlight { model: model.clone(), cancel: Some(cancel) });
        self.tasks.spawn(Kind::Pull(id), async move {
            let progress = match outlet.note(cleared).await {
                Ok((sealed, row)) => {
                    let progress = pull.run(sealed.into_pass(), cancelled).await;
                    outlet.outcome(row, outcome(&progress)).await;
                    progress
                }
                Err(failure) => PullProgress::Failed(failure),
            };
            Done::Pull(Ended { id, model, progress })
        });
    }

    /// Asks a provider for its models.
    pub(super) async fn list(&mut self, id: RequestId, provider: BackendId, purpose: Purpose) {
        let Some(backend) = self.backends.provider(&provider).cloned() else {
            let names: Vec<_> = self.backends.providers.iter().map(|p| p.id().to_string()).collect();
            let what = format!("there is no provider {provider}");
            let hint = format!("the configuration has {}", names.join(", "));
            let result = Err(Failure::new(FailureKind::NotFound, what, hint));
            return self.say(Event::Listed { id, provider, result }).await;
        };
        let Some(destination) = backend.contact(purpose) else {
            let what = format!("{provider} has nothing to ask for");
            let result = Err(Failure::new(FailureKind::Refused, what, "its models are those of the configuration"));
            return self.say(Event::Listed { id, provider, result }).await;
        };
        match self.outlet.judge(names_only(id, purpose, destination, String::new())) {
            Ok(Passage::Ask(_)) => {
                let what = format!("{provider} is on another machine that privacy.trusted_hosts does not name");
                let hint = "add its host there, in your own config.toml";
                let result = Err(Failure::new(FailureKind::NotSealed, what, hint));
                self.say(Event::Listed { id, provider, result }).await;
            }
            Ok(passage) => {
                let outlet = self.outlet.clone();
                self.tasks.spawn(Kind::Read, async move {
                    let result = lists::list(backend, passage, &outlet).await;
                    Done::Said(Event::Listed { id, provider, result })
                });
            }
            Err(failure) => self.say(Event::Listed { id, provider, result: Err(failure) }).await,
        }
    }

    /// Why a pull is not begun, if it is not.
    fn refusal(&self, model: &ModelId) -> Option<Failure> {
        if self.pulls.values().any(|pull| pull.model == *model) {
            let what = format!("{model} is being fetched already");
            return Some(Failure::new(FailureKind::Busy, what, "wait for it, or stop it (Esc)"));
        }
        if self.pulls.len() >= AT_ONCE {
            let what = format!("{AT_ONCE} models are being fetched already");
            return Some(Failure::new(FailureKind::Busy, what, "wait for one of them, or stop one (Esc)"));
        }
        if self.asking.len() >= ASKED_AT_ONCE {
            let what = "too many questions wait for your answer already";
            return Some(Failure::new(FailureKind::Busy, what, "answer them first"));
        }
        pulls::impossible(&self.catalog.server)
    }

    /// A model is said to be there only when the list has it, so that it can be asked at once.
    pub(super) async fn pull_ended(&mut self, ended: Ended) {
        let Ended { id, model, progress } = ended;
        self.pulls.remove(&id);
        let there = progress == PullProgress::Done;
        let event = Event::Pull { id, model, progress };
        if !there {
            return self.say(event).await;
        }
        self.after_look.push(event);
        self.announce = true;
        self.look_afresh();
    }
}

fn outcome(progress: &PullProgress) -> LedgerOutcome {
    match progress {
        PullProgress::Failed(failure) => LedgerOutcome::Failed(failure.kind),
        PullProgress::Cancelled => LedgerOutcome::Cancelled,
        PullProgress::Done | PullProgress::Running { .. } => LedgerOutcome::Answered,
    }
}
