//! The servers: when they are looked at, and what follows from what is found.

use super::Actor;
use super::tasks::{Done, Kind};
use crate::backend::{Backend, BackendError};
use crate::domain::ServerState;
use crate::protocol::{ConversationEvent, Event, Notice, PullProgress};
use crate::session::catalog::license;
use crate::session::describe;
use crate::session::learner::End;
use crate::session::look::{Found, Late, Seen, Slow, Wanted, look};
use crate::session::memory;
use crate::session::turn::Outcome;
use crate::store::Remembered;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;

impl Actor {
    /// Looks at the servers, unless a look is under way.
    pub(super) fn look(&mut self) {
        self.watch.take_due();
        if self.looking {
            return;
        }
        self.looking = true;
        let mut passes = if self.standing.is_offline() { HashMap::new() } else { self.contacts.passes() };
        // Those that are still looked at from the last time say what they have to say when they do.
        let hosts = self.backends.hosts().filter(|host| !self.slow.contains(&host.id()));
        let wanted = hosts.map(|host| {
            let (host, id) = (host.clone(), host.id());
            let was_down = matches!(self.catalog.state(&id), ServerState::Down { .. });
            Wanted { host, pass: passes.remove(&id), was_down }
        });
        let (wanted, providers, machine) = (wanted.collect(), self.backends.providers.clone(), self.catalog.machine);
        self.tasks.spawn(Kind::Look, async move { Done::Looked(Box::new(look(wanted, providers, machine).await)) });
    }

    /// Looks at the servers as they are from now on: a look that is under way may have asked before.
    pub(super) fn look_afresh(&mut self) {
        self.catalog.expire();
        self.look_again = self.looking;
        self.look();
    }

    pub(super) async fn looked(&mut self, mut found: Found) {
        self.looking = false;
        if let Some(Slow { hosts, rest }) = found.slow.take() {
            self.slow.extend(hosts);
            self.tasks.spawn(Kind::LateLook, async move { Done::LookedLate(rest.await) });
        }
        self.saw(&mut found.seen, found.begun).await;
        let watching = self.watch_on(&found.seen);
        let asked_for = std::mem::take(&mut self.announce);
        let changed = self.catalog.apply(found, watching);
        self.forget_gone();
        if changed {
            self.learning_may_go_on();
        }
        if changed || asked_for {
            self.say(Event::Models(self.snapshot())).await;
        }
        if std::mem::take(&mut self.look_again) {
            // It may have been asked before what made it out of date.
            self.catalog.expire();
            return self.look();
        }
        self.maybe_contact().await;
        if self.contacts.any_begun() {
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

    /// Servers that were down said what they have to say after all others, or nothing.
    pub(super) async fn looked_late(&mut self, mut late: Late) {
        self.slow.retain(|id| late.seen.iter().all(|seen| seen.id != *id));
        self.saw(&mut late.seen, late.begun).await;
        let watching = self.watch.is_on() || self.looking;
        if self.catalog.apply_late(late, watching) {
            self.say(Event::Models(self.snapshot())).await;
        }
    }

    /// Takes from what each server said what others keep of it.
    async fn saw(&mut self, seen: &mut [Seen], begun: Instant) {
        for seen in seen {
            if let Ok(survey) = &mut seen.result {
                license(&mut survey.models, &self.config.models);
            }
            self.note_contact(seen).await;
            let Ok(survey) = &seen.result else { continue };
            if survey.memory_known
                && let Some(memory) = self.memory.of_host(&seen.id)
            {
                memory.observe(&memory::resident(&survey.models), begun);
            }
            self.keep_sizes(&survey.models);
            self.reached(&seen.id).await;
        }
    }

    /// Whether there will be another look by itself: there is where any server is down.
    fn watch_on(&mut self, seen: &[Seen]) -> bool {
        let is_down = |host: &Arc<dyn Backend>| match seen.iter().find(|seen| seen.id == host.id()) {
            Some(seen) => seen.result.is_err(),
            None => matches!(self.catalog.state(&host.id()), ServerState::Down { .. }),
        };
        if self.backends.hosts().any(is_down) {
            return self.watch.missed();
        }
        self.watch.found();
        false
    }

    /// A task panicked: a defect of Segno's. Nothing may wait for it for ever.
    pub(super) async fn crashed(&mut self, kind: Kind) {
        let failure = describe::crashed;
        match kind {
            Kind::Look => {
                let seen = self.backends.hosts().filter(|host| !self.slow.contains(&host.id())).map(lost).collect();
                let begun = Instant::now();
                self.looked(Found { begun, seen, of_providers: Vec::new(), first_model: None, slow: None }).await;
            }
            Kind::LateLook => {
                let seen = self.backends.hosts().filter(|host| self.slow.contains(&host.id())).map(lost).collect();
                self.looked_late(Late { begun: Instant::now(), seen }).await;
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
            Kind::Compact(id) => self.compacted(id, Err(failure())).await,
            Kind::TakeBack(id) => self.taken_back(id, Err(failure())).await,
            Kind::Draft => self.draft_lost(),
            Kind::Embed(id) => self.say(Event::Embedded { id, model: None, result: Err(failure()) }).await,
            Kind::Train(id) => self.trained(id, Err(failure())).await,
            Kind::Learn => self.lesson_ended(End::Put("Segno made a mistake; the log has the details".to_owned())).await,
            Kind::Resume => {
                self.resuming = false;
                self.refuse(&failure()).await;
                self.settle_waiting().await;
                self.go_on();
            }
            Kind::Contact => {
                self.contacts.give_up();
                self.look_afresh();
            }
            Kind::Remember => self.remembered(Ok(Remembered::default())).await,
            Kind::Refusals => self.refusals(Ok(Vec::new())).await,
            Kind::Measure => self.measured(Ok((*self.measured).clone())),
            // What had become of the model is looked at before it is said.
            Kind::Move(id) => self.moved(Event::Notice { id: Some(id), notice: Notice::error(&failure()) }),
            Kind::Learnt => self.learnt(Ok(Vec::new())),
            Kind::Playbook(id) => self.changed(Some(id), Err(failure())).await,
            Kind::Import(id) => {
                let result = Err(failure());
                self.say(Event::Conversation(ConversationEvent::Imported { id, result })).await;
            }
            Kind::Purge => self.refuse(&failure()).await,
            Kind::Open | Kind::StoreModel | Kind::Keep | Kind::Read | Kind::Memory => {}
        }
    }
}

/// What is known of a server where the task that looked at it is gone.
fn lost(host: &Arc<dyn Backend>) -> Seen {
    let result = Err(BackendError::Broken("Segno made a mistake while it looked".to_owned()));
    Seen { id: host.id(), address: host.address(), result }
}
