//! The server: when it is looked at, and what follows from what is found.

use super::Actor;
use super::tasks::{Done, Kind};
use crate::backend::BackendError;
use crate::domain::Failure;
use crate::domain::FailureKind;
use crate::protocol::{Event, PullProgress, Reply};
use crate::session::catalog::{Found, look};
use crate::session::turn::Outcome;

impl Actor {
    /// Looks at the server, unless a look is under way.
    pub(super) fn look(&mut self) {
        self.watch.take_due();
        if !self.looking {
            self.looking = true;
            let (server, machine) = (self.server.clone(), self.catalog.machine);
            self.tasks.spawn(Kind::Look, async move { Done::Looked(Box::new(look(server, machine).await)) });
        }
    }

    /// Looks at the server as it is from now on: a look that is under way may have asked before.
    pub(super) fn look_afresh(&mut self) {
        self.catalog.expire();
        self.look_again = self.looking;
        self.look();
    }

    pub(super) async fn looked(&mut self, found: Found) {
        self.looking = false;
        let down = found.result.is_err();
        if !down {
            self.watch.found();
        }
        let watching = down && self.watch.missed();
        let asked_for = std::mem::take(&mut self.announce);
        if self.catalog.apply(found, watching) || asked_for {
            self.say(Event::Models(self.catalog.snapshot())).await;
        }
        if std::mem::take(&mut self.look_again) {
            return self.look();
        }
        for reply in self.queries.drain(..) {
            // Who asked may have gone.
            let _ = reply.send(Reply::Models(self.catalog.snapshot()));
        }
        for event in std::mem::take(&mut self.after_look) {
            self.say(event).await;
        }
        if let Some(name) = self.naming.take() {
            self.name_model(name).await;
        }
        self.go_on();
    }

    /// A task panicked: a defect of Segno's. Nothing may wait for it for ever.
    pub(super) async fn crashed(&mut self, kind: Kind) {
        let failure = || {
            let hint = "try again; the log has the details";
            Failure::new(FailureKind::Broken, "Segno made a mistake and could not go on with this", hint)
        };
        match kind {
            Kind::Look => {
                let result = Err(BackendError::Broken("Segno made a mistake while it looked".to_owned()));
                let (address, begun) = (self.server.address(), tokio::time::Instant::now());
                self.looked(Found { address, begun, result, first_model: None }).await;
            }
            Kind::Turn(id) => {
                let last = Event::Failed { id, failure: failure(), attempts: Vec::new() };
                self.turn_ended(Outcome::nothing(id, last)).await;
            }
            Kind::Pull(id) => {
                if let Some(pull) = self.pulls.remove(&id) {
                    let progress = PullProgress::Failed(failure());
                    self.say(Event::Pull { id, model: pull.model, progress }).await;
                }
            }
            Kind::Resume => {
                self.resuming = false;
                self.refuse(&failure()).await;
                self.go_on();
            }
            Kind::Open | Kind::StoreModel | Kind::Read => {}
        }
    }
}
