//! Questions: when one may begin, and what its end changes.

use super::Actor;
use super::consent::Asks;
use super::conversations::nothing_yet;
use super::tasks::{Done, Kind};
use crate::domain::{ModelId, Override, Prompt, RequestId, Role};
use crate::protocol::{Event, Reply};
use crate::routing::Choice;
use crate::session::describe;
use crate::session::opinion;
use crate::session::turn::{Outcome, Paused, Turn};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A question that waits for a fresh list of models, or for the conversation that it belongs to.
pub(super) struct Waiting {
    pub(super) id: RequestId,
    pub(super) prompt: Prompt,
    pub(super) model: Option<ModelId>,
    /// Where in the history the question stands that is asked anew.
    pub(super) again: Option<usize>,
}

impl Waiting {
    pub(super) fn new(id: RequestId, prompt: Prompt, model: Option<ModelId>) -> Self {
        Self { id, prompt, model, again: None }
    }
}

/// The turn in flight; dropping its sender cancels it.
pub(super) struct InFlight {
    id: RequestId,
    cancel: Option<oneshot::Sender<()>>,
    /// Where in the history the question stands that is asked anew.
    again: Option<usize>,
}

impl InFlight {
    pub(super) fn new(id: RequestId, cancel: oneshot::Sender<()>) -> Self {
        Self { id, cancel: Some(cancel), again: None }
    }
}

/// What a question is answered with that was stopped before it was sent.
pub(super) fn cancelled(id: RequestId) -> Event {
    Event::Failed { id, failure: describe::cancelled(), attempts: Vec::new() }
}

/// Who chooses: the user for this question, or for the conversation, or the router.
fn choice(of_question: Option<ModelId>, of_conversation: Option<&Override>) -> Choice {
    let fixed = |fixed: &Override| Choice::Model { id: fixed.model.clone(), locked: fixed.locked };
    // Who lets nobody stand in means it for every question.
    let locked = of_conversation.is_some_and(|fixed| fixed.locked);
    let asked = of_question.map(|id| Choice::Model { id, locked });
    asked.or_else(|| of_conversation.map(fixed)).unwrap_or(Choice::Auto)
}

impl Actor {
    pub(super) fn is_busy(&self) -> bool {
        self.turn.is_some() || self.waiting.is_some() || self.is_asking_for_turn()
    }

    pub(super) async fn ask(&mut self, question: Waiting) {
        let refused = match () {
            () if self.is_busy() => Some(describe::one_at_a_time()),
            () if question.prompt.is_blank() => Some(describe::blank()),
            () => None,
        };
        if let Some(failure) = refused {
            return self.say(Event::Failed { id: question.id, failure, attempts: Vec::new() }).await;
        }
        self.waiting = Some(question);
        self.go_on();
    }

    /// Asks the last question anew: what came to it is not shown to whoever is asked.
    pub(super) async fn retry(&mut self, id: RequestId, model: Option<ModelId>) {
        let last = self.open.history.iter().rposition(|message| message.role == Role::User);
        let Some(at) = last else {
            let failure = nothing_yet("ask again");
            return self.say(Event::Failed { id, failure, attempts: Vec::new() }).await;
        };
        let prompt = self.open.history[at].prompt.clone();
        self.waiting = Some(Waiting { again: Some(at), ..Waiting::new(id, prompt, model) });
        self.go_on();
    }

    /// Begins the question that waits, if there is nothing left to wait for; else sees to it that there will be.
    pub(super) fn go_on(&mut self) {
        if self.waiting.is_none() || self.resuming || self.naming.is_some() || self.contacting {
            return;
        }
        if !self.refusals_known || !self.measured_known || !self.remembered {
            return;
        }
        if self.catalog.is_fresh() {
            return self.start();
        }
        // A look that found nothing to ask is as fresh as can be, if it began after the question came.
        match self.looked_for_question {
            // Its end comes back here.
            true if self.looking => {}
            true => self.start(),
            false => {
                self.looked_for_question = true;
                self.look_again = self.looking;
                self.look();
            }
        }
    }

    fn start(&mut self) {
        self.looked_for_question = false;
        let Some(question) = self.waiting.take() else { return };
        let (cancel, cancelled) = oneshot::channel();
        let (id, again) = (question.id, question.again);
        let turn = self.turn_of(question);
        self.examples_wanted = turn.wants_examples();
        self.turn = Some(InFlight { again, ..InFlight::new(id, cancel) });
        self.tasks.spawn(Kind::Turn(id), async move { Done::of(turn.run(cancelled).await) });
    }

    /// Who would be asked.
    pub(super) fn route(&self, prompt: Prompt, model: Option<ModelId>) -> Reply {
        let turn = self.turn_of(Waiting::new(RequestId(0), prompt, model));
        turn.plan(turn.classified()).map_or_else(Reply::Failed, |plan| Reply::Route(Box::new(plan)))
    }

    /// All that a turn reads, as it is now.
    fn turn_of(&self, question: Waiting) -> Turn {
        let model_override = self.open.model_override.clone();
        let history = match question.again {
            Some(at) => Arc::new(self.open.history[..at].to_vec()),
            None => self.open.history.clone(),
        };
        Turn {
            id: question.id,
            prompt: question.prompt,
            choice: choice(question.model, model_override.as_ref()),
            measured: self.measured.clone(),
            fitness: Arc::new(self.fitness()),
            meter: self.meter.clone(),
            sizes: self.sizes.clone(),
            examples: self.examples.clone(),
            config: self.config.clone(),
            backends: self.backends.clone(),
            server_state: self.catalog.server.clone(),
            models: self.catalog.models.clone(),
            machine: self.catalog.machine,
            pass: self.pass.clone(),
            history,
            density: self.open.density,
            conversation: self.open.id(),
            model_override,
            store: self.store.clone(),
            outlet: self.outlet.clone(),
            memory: self.memory.clone(),
            events: self.events.clone(),
        }
    }

    /// Applies what a turn brought; its last word comes after, so that who hears of the end may ask at once.
    pub(super) async fn turn_ended(&mut self, outcome: Outcome) {
        let ended = self.turn.take_if(|turn| turn.id == outcome.id);
        if let (Some(at), Event::Finished { .. }) = (ended.and_then(|turn| turn.again), &outcome.last) {
            self.open.forget(at);
        }
        self.open.density = outcome.density;
        self.open.grow(outcome.conversation, outcome.messages);
        match outcome.storage {
            Some(failure) => self.storage_failed(failure).await,
            None => self.storage_told = None,
        }
        self.keep_model();
        if let Some(measure) = outcome.measure {
            let store = self.store.clone();
            self.tasks.spawn(Kind::Measure, async move {
                let noted = store.measure(measure).await;
                Done::Measured(match noted {
                    Ok(()) => store.measurements().await,
                    Err(error) => Err(error),
                })
            });
        }
        self.tried(outcome.tries).await;
        if let Some((provider, spent)) = outcome.spent {
            self.spend(provider, spent);
        }
        self.make_examples();
        if outcome.suspect {
            self.look_afresh();
        }
        self.say(outcome.last).await;
    }

    /// Has the examples made that would have helped, now that nobody waits: for the next time.
    fn make_examples(&mut self) {
        let Some(model) = self.examples_wanted.take() else { return };
        let means = self.means();
        self.tasks.spawn(Kind::Read, async move { Done::Examples(opinion::examples(means, model).await) });
    }

    /// A turn cannot go on without a yes. One that was stopped meanwhile is not asked about.
    pub(super) async fn asks(&mut self, paused: Box<Paused>) {
        let stopped = self.turn.take_if(|turn| turn.id == paused.id()).is_some_and(|turn| turn.cancel.is_none());
        match stopped {
            true => self.give_up(Asks::Turn(paused), describe::cancelled()).await,
            false => self.must_ask(Asks::Turn(paused)).await,
        }
    }

    pub(super) async fn cancel(&mut self, id: RequestId) {
        if let Some(asks) = self.take_asking(id) {
            self.give_up(asks, describe::cancelled()).await;
            return self.show_next().await;
        }
        if self.waiting.take_if(|waiting| waiting.id == id).is_some() {
            self.looked_for_question = false;
            return self.say(cancelled(id)).await;
        }
        // The turn stays in flight until it has stored what came: its outcome frees the place.
        if let Some(turn) = self.turn.as_mut().filter(|turn| turn.id == id) {
            turn.cancel = None;
        }
        // A pull that is dropped here stops; its end frees the place.
        if let Some(pull) = self.pulls.get_mut(&id) {
            pull.cancel = None;
        }
    }
}
