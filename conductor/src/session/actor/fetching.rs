//! Pulls in flight.

use super::Actor;
use super::tasks::{Done, Kind};
use crate::domain::{Contents, Failure, FailureKind, LedgerSeq, ModelId, Purpose, RequestId};
use crate::privacy::{self, Destination, Gate, Outgoing, Passage, Standing};
use crate::protocol::{Event, PullProgress};
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

/// How a pull ended.
pub(super) struct Ended {
    id: RequestId,
    model: ModelId,
    progress: PullProgress,
}

impl Actor {
    pub(super) async fn pull(&mut self, id: RequestId, model: ModelId) {
        if let Some(failure) = self.refusal(&model) {
            return self.say(Event::Pull { id, model, progress: PullProgress::Failed(failure) }).await;
        }
        let outgoing = Outgoing {
            id,
            purpose: Purpose::Pull,
            bytes: Bytes::new(),
            destination: Destination::registry(self.server.id(), model.clone()),
            contents: Contents::default(),
            conversation: None,
            tokens: 0,
            cost: None,
        };
        let gate =
            Gate { allow_external: false, trusted_hosts: &[], scanner: None, standing: &Standing::default(), expires_in_s: 0 };
        let Ok(Passage::Leaves(cleared)) = privacy::seal(outgoing, &gate) else { return };
        let pass = cleared.noted(LedgerSeq(0)).into_pass(Purpose::Pull);
        let (cancel, cancelled) = oneshot::channel();
        let pull = Pull { id, model: model.clone(), server: self.server.clone(), events: self.events.clone() };
        self.pulls.insert(id, InFlight { model: model.clone(), cancel: Some(cancel) });
        self.tasks
            .spawn(Kind::Pull(id), async move { Done::Pull(Ended { id, model, progress: pull.run(pass, cancelled).await }) });
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
