//! The server: when it is looked at, and what follows from what is found.

use super::Actor;
use super::consent::Asks;
use super::fetching::names_only;
use super::tasks::{Done, Kind};
use crate::backend::BackendError;
use crate::domain::{Failure, FailureKind, LedgerOutcome, Purpose, RequestId, ServerState};
use crate::privacy::Passage;
use crate::protocol::{Event, Notice, PullProgress};
use crate::session::catalog::{Found, license, look};
use crate::session::memory;
use crate::session::turn::Outcome;
use crate::store::Remembered;

/// The question whether a server on another host may be asked for its models. Front ends count from 1.
const CONTACT: RequestId = RequestId(0);

impl Actor {
    /// Looks at the server, unless a look is under way.
    pub(super) fn look(&mut self) {
        self.watch.take_due();
        if !self.looking {
            self.looking = true;
            let (backends, machine) = (self.backends.clone(), self.catalog.machine);
            let pass = self.pass.clone().filter(|_| !self.standing.is_offline());
            self.tasks.spawn(Kind::Look, async move { Done::Looked(Box::new(look(backends, machine, pass).await)) });
        }
    }

    /// Looks at the server as it is from now on: a look that is under way may have asked before.
    pub(super) fn look_afresh(&mut self) {
        self.catalog.expire();
        self.look_again = self.looking;
        self.look();
    }

    pub(super) async fn looked(&mut self, mut found: Found) {
        self.looking = false;
        if let Ok(survey) = &mut found.result {
            license(&mut survey.models, &self.config.models);
        }
        let down = found.result.is_err();
        if let Ok(survey) = &found.result {
            if survey.memory_known {
                self.memory.observe(&memory::resident(&survey.models), found.begun);
            }
            self.keep_sizes(&survey.models);
        }
        self.note_contact(&found).await;
        if !down {
            self.watch.found();
            self.reached().await;
        }
        let watching = down && self.watch.missed();
        let asked_for = std::mem::take(&mut self.announce);
        let changed = self.catalog.apply(found, watching);
        self.forget_gone();
        if changed || asked_for {
            self.say(Event::Models(self.snapshot())).await;
        }
        if std::mem::take(&mut self.look_again) {
            // It may have been asked before what made it out of date.
            self.catalog.expire();
            return self.look();
        }
        self.maybe_contact().await;
        if self.contacting {
            // What waits for the list waits for what comes of it.
            return;
        }
        self.answer_queries();
        for event in std::mem::take(&mut self.after_look) {
            self.say(event).await;
        }
        for command in std::mem::take(&mut self.moves) {
            self.move_model(command).await;
        }
        if let Some((place, name)) = self.naming.take() {
            self.name_model(place, name).await;
        }
        self.go_on();
        self.go_on_embedding();
    }

    /// A server on another host is asked for its models where it is trusted, or where the user wants to see them and says
    /// yes. At most once until something changes.
    async fn maybe_contact(&mut self) {
        let wanted = std::mem::take(&mut self.contact_wanted);
        let here = matches!(self.catalog.server, ServerState::Elsewhere { .. });
        if !here || self.pass.is_some() || self.standing.is_offline() || self.contacting || self.no_contact {
            return;
        }
        let Some(destination) = self.backends.server.contact(Purpose::ModelList) else { return };
        match self.outlet.judge(names_only(CONTACT, Purpose::ModelList, destination, String::new())) {
            Ok(Passage::Leaves(cleared)) => self.contact(*cleared),
            Ok(Passage::Ask(pending)) if wanted => self.must_ask(Asks::Contact(pending)).await,
            Err(failure) if wanted => self.refuse(&failure).await,
            _ => {}
        }
    }

    /// What came of contacting a server on another host goes into the ledger.
    async fn note_contact(&mut self, found: &Found) {
        if let Some(row) = self.pass_row.take() {
            let outcome = match &found.result {
                Ok(_) => LedgerOutcome::Answered,
                Err(_) => LedgerOutcome::Failed(FailureKind::Unreachable),
            };
            self.outlet.outcome(row, outcome).await;
        }
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
                let (address, begun) = (self.backends.server.address(), tokio::time::Instant::now());
                self.looked(Found { address, begun, result, of_providers: Vec::new(), first_model: None }).await;
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
            Kind::Embed(id) => self.say(Event::Embedded { id, model: None, result: Err(failure()) }).await,
            Kind::Resume => {
                self.resuming = false;
                self.refuse(&failure()).await;
                self.settle_waiting().await;
                self.go_on();
            }
            Kind::Contact => {
                (self.contacting, self.no_contact) = (false, true);
                self.look_afresh();
            }
            Kind::Remember => self.remembered(Ok(Remembered::default())).await,
            Kind::Refusals => self.refusals(Ok(Vec::new())).await,
            Kind::Measure => self.measured(Ok((*self.measured).clone())),
            // What had become of the model is looked at before it is said.
            Kind::Move(id) => self.moved(Event::Notice { id: Some(id), notice: Notice::error(&failure()) }),
            Kind::Open | Kind::StoreModel | Kind::Keep | Kind::Read | Kind::Memory => {}
        }
    }
}
