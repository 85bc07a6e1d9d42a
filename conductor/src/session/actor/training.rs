//! Trainings that run: one at a time.
//!
//! What must stay true: stopping one is dropping its sender; it ends by itself then, and what it did is kept.

use super::Actor;
use super::tasks::{Done, Kind};
use crate::ace::apply::Rules;
use crate::ace::promote::Gates;
use crate::domain::{Failure, FailureKind, RequestId, TrainPlan, Trained};
use crate::protocol::{Event, PlaybookEvent};
use crate::session::trainer::Trainer;
use std::sync::Arc;
use tokio::sync::oneshot;

/// The training that runs.
pub(super) type Running = Option<(RequestId, oneshot::Sender<()>)>;

impl Actor {
    pub(super) async fn train(&mut self, id: RequestId, plan: TrainPlan, text: String) {
        let refused = match () {
            () if self.training.is_some() => {
                Some(Failure::new(FailureKind::Refused, "another training is under way", "wait for it, or stop it"))
            }
            () if !self.is_known() => {
                Some(Failure::new(FailureKind::Unreachable, "the server was not asked for its models yet", "try again"))
            }
            () => None,
        };
        if let Some(failure) = refused {
            return self.trained(id, Err(failure)).await;
        }
        let (cancel, cancelled) = oneshot::channel();
        self.stop_learning();
        let trainer = Trainer {
            id,
            means: Arc::new(self.means()),
            roles: self.roles.clone(),
            rules: Rules { auto_accept: true, ..self.rules() },
            gates: Gates::of(&self.config, &plan.key),
            store: self.store.clone(),
            events: self.events.clone(),
            plan,
            text,
        };
        self.training = Some((id, cancel));
        self.tasks.spawn(Kind::Train(id), async move { Done::Trained(id, trainer.run(cancelled).await) });
    }

    /// Stops the training called `id`, if that runs.
    pub(super) fn stop_training(&mut self, id: RequestId) {
        if self.training.as_ref().is_some_and(|(running, _)| *running == id) {
            self.training = None;
        }
    }

    /// One ended, or was refused.
    pub(super) async fn trained(&mut self, id: RequestId, result: Result<Box<Trained>, Failure>) {
        self.stop_training(id);
        if let Ok(trained) = &result
            && !trained.deltas.is_empty()
        {
            self.books.put(trained.playbook.clone());
        }
        self.say(Event::Playbook(PlaybookEvent::Trained { id, result })).await;
    }
}
