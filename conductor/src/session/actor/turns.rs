//! Questions: when one may begin, and what its end changes.

use super::Actor;
use super::consent::Asks;
use super::conversations::nothing_yet;
use super::open::{Open, Place};
use super::tasks::{Done, Kind};
use crate::domain::{
    Conversation, Failure, FailureKind, Message, MessageId, ModelId, Override, Prompt, Rating, RequestId, Role, Status, Version,
};
use crate::protocol::{ConversationEvent, Event, Notice, Reply};
use crate::routing::Choice;
use crate::session::describe;
use crate::session::opinion;
use crate::session::turn::{Outcome, Pass, Paused, Turn, UNSTORED};
use crate::store::{After, Begun, StoreError, now_ms};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Answers that may be on their way at the same time, in as many conversations.
pub(super) const TURNS: usize = 8;

/// A question that waits for a fresh list of models, or for the conversation that it belongs to.
pub(super) struct Waiting {
    pub(super) id: RequestId,
    pub(super) prompt: Prompt,
    pub(super) model: Option<ModelId>,
    /// The question of the history that it takes the place of.
    pub(super) branch: Option<Branch>,
    /// The conversation; `None` while the one is being read that it is for.
    pub(super) place: Option<Place>,
    /// A look at the server was begun for it.
    looked: bool,
}

impl Waiting {
    pub(super) fn new(id: RequestId, prompt: Prompt, model: Option<ModelId>) -> Self {
        Self { id, prompt, model, branch: None, place: None, looked: false }
    }
}

/// Where a turn leaves the history that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Branch {
    /// Where in the history the question stands.
    pub(super) at: usize,
    /// What is asked is another question; else it is the same.
    pub(super) edits: bool,
}

/// A turn in flight, until its outcome is applied: it answers, ends, or waits for a yes.
pub(super) struct InFlight {
    /// Where what comes of it goes.
    place: Place,
    /// Dropping it cancels the turn.
    cancel: Option<oneshot::Sender<()>>,
    /// The question of the history that it takes the place of.
    branch: Option<Branch>,
    /// That it is stored was said.
    begun: bool,
    /// Whose examples would have helped.
    examples_wanted: Option<ModelId>,
}

impl InFlight {
    /// Has it stop. It stays in flight until what came is stored.
    pub(super) fn cancel(&mut self) {
        self.cancel = None;
    }
}

/// The turns in flight.
pub(super) type Turns = HashMap<RequestId, InFlight>;

/// What a question is answered with that was stopped before it was sent.
pub(super) fn cancelled(id: RequestId) -> Event {
    Event::Failed { id, failure: describe::cancelled(), attempts: Vec::new() }
}

/// Draws the bullets on trial: front ends count their questions anew each time.
fn seed(id: RequestId) -> u64 {
    now_ms().unsigned_abs() ^ id.0.rotate_left(48)
}

/// What is said where an answer came, or did not, in a conversation that is not open.
fn ended_behind(left: &Open, last: &Event) -> Notice {
    let title = left.summary.as_ref().map_or("a conversation in the background", |summary| summary.title.as_str());
    let hint = "`/resume` opens it";
    match last {
        Event::Finished { status: Status::Complete, .. } => Notice::info(format!("“{title}” has its answer"), hint),
        Event::Finished { .. } => Notice::warning(format!("“{title}” has a part of its answer"), hint),
        Event::Failed { failure, .. } if failure.kind == FailureKind::Cancelled => {
            Notice::info(format!("“{title}” was stopped before anything came"), hint)
        }
        Event::Failed { failure, .. } => Notice::warning(format!("“{title}” has no answer: {}", failure.what), hint),
        _ => Notice::info(format!("“{title}” is at rest"), hint),
    }
}

/// Who chooses: the user for this question, or for the conversation, or the router.
fn choice(of_question: Option<ModelId>, of_conversation: Option<&Override>) -> Choice {
    let fixed = |fixed: &Override| Choice::Model { id: fixed.model.clone(), locked: fixed.locked };
    // Who lets nobody stand in means it for every question.
    let locked = of_conversation.is_some_and(|fixed| fixed.locked);
    let asked = of_question.map(|id| Choice::Model { id, locked });
    asked.or_else(|| of_conversation.map(fixed)).unwrap_or(Choice::Auto)
}

/// Where a turn is stored: after the last of what is `told`, beside the question that it changes, or under the same one. What could
/// not be stored has no place that others could be beside.
fn after(history: &[Message], told: &[Message], branch: Option<Branch>) -> After {
    let is_stored = |message: &&Message| message.id != UNSTORED;
    let replaced = branch.and_then(|branch| history.get(branch.at).filter(is_stored).map(|question| (question.id, branch.edits)));
    match replaced {
        Some((question, true)) => After::Beside(question),
        Some((question, false)) => After::Again(question),
        None => told.iter().rfind(is_stored).map_or(After::Shown, |last| After::Message(last.id)),
    }
}

impl Actor {
    /// Whether something goes on in the conversation at `place`.
    fn is_busy_at(&self, place: Place) -> bool {
        self.turns.values().any(|turn| turn.place == place)
            || self.compacting.values().any(|compacting| compacting.place == place)
            || self.waiting.iter().any(|waiting| waiting.place == Some(place))
    }

    /// Whether something goes on in the conversation that is open, or waits for the one that is being read.
    pub(super) fn is_busy(&self) -> bool {
        self.is_busy_at(self.opened.open.place) || self.waiting.iter().any(|waiting| waiting.place.is_none())
    }

    /// The same, of the one that is open alone.
    pub(super) fn is_busy_here(&self) -> bool {
        self.is_busy_at(self.opened.open.place)
    }

    /// What goes on in the conversation that is open, for whoever has to wait for it.
    pub(super) fn what_goes_on(&self) -> Failure {
        if self.is_compacting_here() { describe::summing_up() } else { describe::one_at_a_time() }
    }

    /// Whether anything goes on, in whatever conversation.
    pub(super) fn is_answering(&self) -> bool {
        !self.turns.is_empty() || !self.waiting.is_empty() || !self.compacting.is_empty()
    }

    pub(super) async fn ask(&mut self, question: Waiting) {
        let refused = match () {
            // While one is being read, what goes on in the other is no matter.
            () if !self.resuming && self.is_busy() => Some(self.what_goes_on()),
            () if self.waiting.iter().any(|waiting| waiting.place.is_none()) => Some(describe::one_at_a_time()),
            () if self.turns.len() + self.waiting.len() >= TURNS => Some(describe::too_many_answers(TURNS)),
            () if question.prompt.is_blank() => Some(describe::blank()),
            () => None,
        };
        if let Some(failure) = refused {
            return self.say(Event::Failed { id: question.id, failure, attempts: Vec::new() }).await;
        }
        if question.branch.is_none() && !self.resuming {
            self.take_signs(&self.opened.open.history.clone(), &question.prompt.typed_text());
        }
        let place = Some(self.opened.open.place).filter(|_| !self.resuming);
        self.waiting.push(Waiting { place, ..question });
        self.go_on();
    }

    /// Asks a question anew: what came to it is not shown to whoever is asked.
    pub(super) async fn retry(&mut self, id: RequestId, model: Option<ModelId>, at: Option<MessageId>) {
        let history = self.opened.open.history.clone();
        let named = match at {
            Some(at) => history.iter().position(|message| message.id == at),
            None => history.len().checked_sub(1),
        };
        let Some(at) = named.and_then(|at| history[..=at].iter().rposition(|message| message.role == Role::User)) else {
            let failure = if history.is_empty() { nothing_yet("ask again") } else { describe::not_shown() };
            return self.say(Event::Failed { id, failure, attempts: Vec::new() }).await;
        };
        if let Some(answer) = history.get(at + 1).filter(|answer| answer.status == Status::Complete) {
            self.note_sign(answer, Rating::Again);
        }
        let prompt = history[at].prompt.clone();
        self.ask(Waiting { branch: Some(Branch { at, edits: false }), ..Waiting::new(id, prompt, model) }).await;
    }

    /// Asks another question in the place of one that is shown.
    pub(super) async fn edit(&mut self, id: RequestId, at: MessageId, (prompt, model): (Prompt, Option<ModelId>)) {
        let history = self.opened.open.history.clone();
        let is_it = |message: &Message| message.id == at && message.role == Role::User;
        let Some(at) = history.iter().position(is_it) else {
            return self.say(Event::Failed { id, failure: describe::not_shown(), attempts: Vec::new() }).await;
        };
        let came =
            |answer: &&Message| matches!(answer.status, Status::Complete | Status::Cancelled) && !answer.text.trim().is_empty();
        if let Some(answer) = history.get(at + 1).filter(came).filter(|_| !prompt.is_blank()) {
            self.note_sign(answer, Rating::Edited);
        }
        self.ask(Waiting { branch: Some(Branch { at, edits: true }), ..Waiting::new(id, prompt, model) }).await;
    }

    /// The conversation that questions waited for is open now.
    pub(super) async fn settle_waiting(&mut self) {
        let place = self.opened.open.place;
        let busy = self.is_busy_at(place);
        while let Some(at) = self.waiting.iter().position(|waiting| waiting.place.is_none()) {
            if busy {
                let id = self.waiting.remove(at).id;
                self.say(Event::Failed { id, failure: describe::one_at_a_time(), attempts: Vec::new() }).await;
            } else {
                self.waiting[at].place = Some(place);
            }
        }
    }

    /// Begins the questions that wait, if there is nothing left to wait for; else sees to it that there will be.
    pub(super) fn go_on(&mut self) {
        let placed = |waiting: &Waiting| waiting.place.is_some();
        if !self.waiting.iter().any(placed) || self.naming.is_some() || self.contacts.any_begun() {
            return;
        }
        if !self.refusals_known || !self.measured_known || !self.remembered || !self.learnt_known {
            return;
        }
        // A look that found nothing to ask is as fresh as can be, if it began after the question came.
        let new = !self.catalog.is_fresh() && self.waiting.iter().any(|waiting| !waiting.looked);
        if new {
            self.waiting.iter_mut().for_each(|waiting| waiting.looked = true);
            self.look_again = self.looking;
            self.look();
        } else if self.catalog.is_fresh() || !self.looking {
            // The end of a look comes back here.
            let (ready, left) = std::mem::take(&mut self.waiting).into_iter().partition(placed);
            self.waiting = left;
            ready.into_iter().for_each(|question| self.start(question));
        }
    }

    fn start(&mut self, question: Waiting) {
        let Some(place) = question.place else { return };
        let (id, branch) = (question.id, question.branch);
        let ((begun, told), (cancel, cancelled)) = (oneshot::channel(), oneshot::channel());
        let Some(open) = self.opened.get(place) else { return };
        let turn = self.turn_in(open, question);
        let examples_wanted = turn.wants_examples();
        self.turns.insert(id, InFlight { place, cancel: Some(cancel), branch, begun: false, examples_wanted });
        self.tasks.spawn(Kind::Turn(id), async move { Done::of(turn.run(begun, cancelled).await) });
        // What cannot be stored has nothing to tell.
        self.tasks.spawn(Kind::Read, async move { told.await.map_or(Done::Read, |begun| Done::Begun(id, Box::new(begun))) });
    }

    /// The conversation of a turn is stored: it has a number, and a title.
    pub(super) async fn begun(&mut self, id: RequestId, begun: Begun) {
        let Some(turn) = self.turns.get_mut(&id) else { return };
        turn.begun = true;
        let place = turn.place;
        let Some(open) = self.opened.at(place) else { return };
        open.stored(begun.conversation);
        let summary = open.summary.clone();
        self.keep_model(place);
        self.keep_domain(place);
        if let Some(summary) = summary {
            let question = Version { id: begun.user, versions: begun.user_versions };
            let answer = Version { id: begun.answer, versions: begun.answer_versions };
            self.say(Event::Conversation(ConversationEvent::Begun { id, summary, question, answer })).await;
        }
    }

    /// Goes on with a turn that had stopped.
    pub(super) fn resume_turn<F>(&mut self, id: RequestId, goes_on: impl FnOnce(oneshot::Receiver<()>) -> F)
    where
        F: Future<Output = Pass> + Send + 'static,
    {
        let (cancel, cancelled) = oneshot::channel();
        if let Some(turn) = self.turns.get_mut(&id) {
            turn.cancel = Some(cancel);
        }
        let goes_on = goes_on(cancelled);
        self.tasks.spawn(Kind::Turn(id), async move { Done::of(goes_on.await) });
    }

    /// Who would be asked.
    pub(super) fn route(&self, prompt: Prompt, model: Option<ModelId>) -> Reply {
        let turn = self.turn_in(&self.opened.open, Waiting::new(RequestId(0), prompt, model));
        turn.plan(turn.classified()).map_or_else(Reply::Failed, |plan| Reply::Route(Box::new(plan)))
    }

    /// All that a turn in the conversation `open` reads, as it is now.
    pub(super) fn turn_in(&self, open: &Open, question: Waiting) -> Turn {
        let model_override = open.model_override.clone();
        let history = match question.branch {
            Some(Branch { at, .. }) => Arc::new(open.history[..at].to_vec()),
            None => open.history.clone(),
        };
        let after = after(&open.history, &history, question.branch);
        Turn {
            id: question.id,
            prompt: question.prompt,
            choice: choice(question.model, model_override.as_ref()),
            measured: self.measured.clone(),
            fitness: Arc::new(self.fitness()),
            meter: self.meter.clone(),
            books: self.books.clone(),
            seed: seed(question.id),
            sizes: self.sizes.clone(),
            examples: self.examples.clone(),
            config: self.config.clone(),
            backends: self.backends.clone(),
            server_state: self.catalog.server.clone(),
            other_states: self.catalog.others.clone(),
            models: self.catalog.models.clone(),
            machine: self.catalog.machine,
            passes: Arc::new(self.contacts.passes()),
            history,
            summaries: Arc::new(open.summaries.clone()),
            density: open.density,
            conversation: open.id(),
            after,
            model_override,
            domain: open.domain.clone(),
            store: self.store.clone(),
            outlet: self.outlet.clone(),
            memory: self.memory.clone(),
            events: self.events.clone(),
        }
    }

    /// Applies what a turn brought; its last word comes after, so that who hears of the end may ask at once.
    pub(super) async fn turn_ended(&mut self, outcome: Outcome) {
        // Its end may be here before the word that it is stored.
        let unsaid = self.turns.get(&outcome.id).is_some_and(|turn| !turn.begun);
        if let Some(begun) = outcome.begun.clone().filter(|_| unsaid) {
            self.begun(outcome.id, begun).await;
        }
        let Some(ended) = self.turns.remove(&outcome.id) else { return };
        let place = ended.place;
        let mut back = None;
        self.answered(&outcome.messages, matches!(outcome.last, Event::Finished { status: Status::Complete, .. }));
        if let Some(open) = self.opened.at(place) {
            back = open.ended(ended.branch, outcome.messages, matches!(outcome.last, Event::Finished { .. }));
            open.density = outcome.density;
            if let Some(summary) = outcome.conversation {
                open.stored(summary);
            }
        }
        if let Some(last) = back {
            let store = self.store.clone();
            self.tasks.spawn(Kind::Keep, async move { Done::Back(place, store.show(last).await) });
        }
        match outcome.storage {
            Some(failure) => self.storage_failed(failure).await,
            None => self.storage_told = None,
        }
        self.keep_model(place);
        self.keep_domain(place);
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
        self.make_examples(ended.examples_wanted);
        if outcome.suspect {
            self.look_afresh();
        }
        self.tell_context(place, Some(outcome.id)).await;
        let notice = self.opened.rest(place).map(|left| ended_behind(&left, &outcome.last));
        let came = matches!(outcome.last, Event::Finished { status: Status::Complete, .. });
        self.say(outcome.last).await;
        if came && self.opened.open.place == place {
            self.warn_of_context(place).await;
        }
        if let Some(notice) = notice {
            self.say(Event::Notice { id: None, notice }).await;
        }
    }

    /// A retry that brought nothing is a version that is not shown: the answer before it is, as it is stored now.
    pub(super) fn back(&mut self, place: Place, found: Result<Conversation, StoreError>) {
        match found {
            Ok(conversation) => _ = self.opened.at(place).map(|open| open.refresh(conversation.messages)),
            // Another question is being answered there: that is what is shown.
            Err(error) => tracing::debug!(%error, "not gone back"),
        }
    }

    /// Has the examples made that would have helped, now that nobody waits: for the next time.
    fn make_examples(&mut self, wanted: Option<ModelId>) {
        let Some(model) = wanted else { return };
        let means = self.means();
        self.tasks.spawn(Kind::Memory, async move { Done::Examples(opinion::examples(means, model).await) });
    }

    /// A turn cannot go on without a yes. One that was stopped meanwhile is not asked about.
    pub(super) async fn asks(&mut self, paused: Box<Paused>) {
        let stopped = self.turns.get(&paused.id()).is_none_or(|turn| turn.cancel.is_none());
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
        if let Some(at) = self.waiting.iter().position(|waiting| waiting.id == id) {
            let place = self.waiting.remove(at).place;
            _ = place.and_then(|place| self.opened.rest(place));
            return self.say(cancelled(id)).await;
        }
        // The turn stays in flight until it has stored what came: its outcome frees the place.
        if let Some(turn) = self.turns.get_mut(&id) {
            turn.cancel();
        }
        if let Some(compacting) = self.compacting.get_mut(&id) {
            compacting.cancel = None;
        }
        self.stop_training(id);
        // A pull that is dropped here stops; its end frees the place.
        if let Some(pull) = self.pulls.get_mut(&id) {
            pull.cancel = None;
        }
    }
}
