//! How full windows are, and summaries of what was before: `/context` and `/compact`.
//!
//! What must stay true: a summary is written by a model on this machine alone; while one is written nothing is asked in that
//! conversation; nothing of the meter is a timer.

use super::Actor;
use super::open::{Open, Place};
use super::tasks::{Done, Kind};
use super::turns::Waiting;
use crate::domain::{
    Candidate, Classification, ContextReport, ContextUse, Failure, FailureKind, MessageId, Model, Prompt, RequestId, Summary,
    TaskClass,
};
use crate::protocol::{CompactStep, ConversationEvent, Event, Notice};
use crate::routing;
use crate::session::context::{self, Window, summary};
use crate::session::describe;
use crate::session::turn::{Job, Turn};
use std::collections::HashMap;
use tokio::sync::oneshot;

/// A summary that is being written.
pub(super) struct Compacting {
    pub(super) place: Place,
    /// Dropping it stops it.
    pub(super) cancel: Option<oneshot::Sender<()>>,
}

pub(super) type Compactings = HashMap<RequestId, Compacting>;

fn step(id: RequestId, step: CompactStep) -> Event {
    Event::Conversation(ConversationEvent::Compact { id, step })
}

fn candidate(model: &Model) -> Candidate {
    let Model { id, backend, location, family, .. } = model.clone();
    Candidate { model: id, backend, location, family }
}

impl Actor {
    /// Whose window is meant in the conversation `open`: that of the fixed model, else of the one that answered last.
    fn at_rest(&self, open: &Open) -> Option<(Candidate, Window)> {
        let models = &*self.catalog.models;
        let fixed = open.model_override.as_ref().and_then(|fixed| routing::resolve(&self.config, models, &fixed.model));
        let last = || open.history.iter().rev().filter_map(|message| message.signature.as_ref()).find(|by| !by.is_guide());
        let row = fixed.or_else(|| {
            let by = last()?;
            models.iter().find(|model| model.id == by.model && model.backend == by.backend)
        });
        let window = |num_ctx, vision| {
            let num_predict = self.config.ollama.num_predict;
            Window { num_ctx, num_predict, density: open.density, vision }
        };
        match row {
            Some(model) => Some((candidate(model), window(model.num_ctx, model.capabilities.vision))),
            None => {
                let by = last()?.clone();
                let asked = Candidate { model: by.model, backend: by.backend, location: by.location, family: by.family };
                Some((asked, window(self.config.ollama.num_ctx, false)))
            }
        }
    }

    /// How full the window is in the conversation at `place`; `None` before anything was asked there.
    fn context_at(&self, place: Place) -> Option<ContextUse> {
        let open = self.opened.get(place).filter(|open| !open.history.is_empty())?;
        let (asked, window) = self.at_rest(open)?;
        Some(context::standing(&asked, window, open.earlier()).0)
    }

    /// Says how full the window is; of the turn `id`, where one has just ended.
    pub(super) async fn tell_context(&mut self, place: Place, id: Option<RequestId>) {
        if let Some(now) = self.context_at(place) {
            self.say(Event::Conversation(ConversationEvent::Context { id, now })).await;
        }
    }

    /// Warns once, on each path, before anything has to be left out.
    pub(super) async fn warn_of_context(&mut self, place: Place) {
        let Some(now) = self.context_at(place) else { return };
        let Some(open) = self.opened.at(place) else { return };
        let Some(usual) = context::usual_question(&open.history, open.density) else { return };
        let told = open.warned.is_some_and(|at| open.history.iter().any(|message| message.id == at));
        let fits = now.left_out == 0 && now.used.saturating_add(usual) <= now.room();
        if told || fits {
            return;
        }
        open.warned = open.history.last().map(|last| last.id);
        let (room, model) = (now.room(), self.config.name_of(&now.model));
        let (used, next) = match now.left_out {
            0 => (format!("takes {} of the {room} tokens", now.used), "with the next questions the oldest messages are left out"),
            _ => (format!("no longer fits the {room} tokens"), "with the next question the oldest messages are left out"),
        };
        let what = format!("the conversation {used} that {model} has room for: {next}");
        let hint = "`/compact` has a model on this machine sum up what was before; `/context` shows what takes the room";
        self.say(Event::Notice { id: None, notice: Notice::warning(what, hint) }).await;
    }

    /// What of the open conversation a model is shown, for the user.
    pub(super) fn context_report(&self) -> Option<Box<ContextReport>> {
        let open = &self.opened.open;
        let (asked, window) = self.at_rest(open)?;
        let (now, mut parts, seen) = context::standing(&asked, window, open.earlier());
        let up_to = if now.left_out > 0 { context::up_to(&open.history, now.first_seen) } else { None };
        if let Some(question) = open.history.iter().rev().find(|message| message.signature.is_some()) {
            parts.advice = self.advice_tokens(open, question.id, window);
        }
        let in_force = Summary::in_force(&open.summaries, &open.history);
        let compactable = summary::span(&open.history, &open.summaries, open.density).map_or(0, |span| span.messages);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Some(Box::new(ContextReport {
            now,
            parts,
            seen: count(seen),
            up_to: up_to.unwrap_or_default(),
            summary: in_force.map(|(summary, covers)| (summary.clone(), count(covers))),
            compactable,
            by: self.summariser(open).map(|model| model.id.clone()),
        }))
    }

    /// Tokens of the advice that the last question was asked with; it is chosen anew for each.
    fn advice_tokens(&self, open: &Open, answer: MessageId, window: Window) -> u32 {
        let Some(at) = open.history.iter().position(|message| message.id == answer).filter(|at| *at > 0) else { return 0 };
        let Some(by) = open.history[at].signature.clone() else { return 0 };
        let asked = Candidate { model: by.model, backend: by.backend, location: by.location, family: by.family };
        let question = open.history[at - 1].prompt.text();
        let of_turn = (0, question.as_str(), window.num_ctx);
        let advice = self.books.advice(&self.config, &asked, (open.domain.as_ref(), by.class), of_turn);
        advice.map_or(0, |advice| u32::try_from(window.density.tokens(&advice.text())).unwrap_or(u32::MAX))
    }

    /// Who would write a summary: the fixed model or the one that answered last where it runs here, else whom the router takes for
    /// general questions among those that do.
    fn summariser(&self, open: &Open) -> Option<&Model> {
        let models = &*self.catalog.models;
        let fits = |model: &&Model| {
            model.location.is_local() && model.capabilities.completion && model.obstacle.is_none() && !model.id.is_guide()
        };
        let find = |asked: &Candidate| models.iter().filter(fits).find(|m| m.id == asked.model && m.backend == asked.backend);
        if let Some(model) = self.at_rest(open).and_then(|(asked, _)| find(&asked)) {
            return Some(model);
        }
        let turn = self.turn_in(open, Waiting::new(RequestId(0), Prompt::typed("sum this up"), None));
        let turn = Turn { choice: routing::Choice::Auto, ..turn };
        let task = Classification { class: TaskClass::General, ..turn.classified() };
        let plan = turn.plan(task).ok();
        let chosen = plan.iter().flat_map(|plan| &plan.candidates).find_map(find);
        // Where the router would ask others alone: the largest that there is here.
        chosen.or_else(|| models.iter().filter(fits).max_by_key(|model| (model.resident.is_some(), model.size_bytes)))
    }

    /// Begins a summary of what stands before the last two exchanges of the open conversation.
    pub(super) async fn compact(&mut self, id: RequestId) {
        match self.job() {
            Ok((job, turn)) => {
                let (cancel, cancelled) = oneshot::channel();
                let place = self.opened.open.place;
                self.compacting.insert(id, Compacting { place, cancel: Some(cancel) });
                let turn = Turn { id, ..turn };
                self.tasks.spawn(Kind::Compact(id), async move { Done::Compacted(id, turn.compact(job, cancelled).await) });
            }
            Err(failure) => self.say(step(id, CompactStep::Failed(failure))).await,
        }
    }

    fn job(&self) -> Result<(Job, Turn), Failure> {
        let open = &self.opened.open;
        let hint = "the last two questions and their answers always stay as they are";
        let nothing = || Failure::new(FailureKind::Refused, "there is nothing to sum up yet", hint);
        if self.resuming {
            return Err(describe::opening());
        }
        if self.is_busy_here() {
            return Err(self.what_goes_on());
        }
        let (Some(conversation), Some(span)) = (open.id(), summary::span(&open.history, &open.summaries, open.density)) else {
            return Err(nothing());
        };
        let nobody = || {
            let what = "no model on this machine can write a summary";
            Failure::new(FailureKind::NoCandidate, what, "`/pull NAME` fetches one; a summary is never written elsewhere")
        };
        let model = self.summariser(open).ok_or_else(nobody)?.clone();
        let before = Summary::in_force(&open.summaries, &open.history).map(|(summary, _)| summary.clone());
        let job = Job { conversation, by: candidate(&model), model, span, before };
        Ok((job, self.turn_in(open, Waiting::new(RequestId(0), Prompt::default(), None))))
    }

    /// A summary was written, or was not.
    pub(super) async fn compacted(&mut self, id: RequestId, result: Result<Summary, Failure>) {
        let apply = |open: &mut Open, summary: &Summary| {
            open.summaries.push(summary.clone());
            open.warned = None;
        };
        self.end_compacting(id, result, apply, CompactStep::Done).await;
    }

    /// A summary was taken back, or was not.
    pub(super) async fn taken_back(&mut self, id: RequestId, result: Result<Summary, Failure>) {
        let apply = |open: &mut Open, summary: &Summary| open.summaries.retain(|other| other.id != summary.id);
        self.end_compacting(id, result, apply, CompactStep::Undone).await;
    }

    async fn end_compacting(
        &mut self,
        id: RequestId,
        result: Result<Summary, Failure>,
        apply: impl FnOnce(&mut Open, &Summary),
        told: impl FnOnce(Box<Summary>) -> CompactStep,
    ) {
        let Some(Compacting { place, .. }) = self.compacting.remove(&id) else { return };
        let done = match result {
            Ok(summary) => {
                if let Some(open) = self.opened.at(place) {
                    apply(open, &summary);
                }
                told(Box::new(summary))
            }
            Err(failure) => CompactStep::Failed(failure),
        };
        self.say(step(id, done)).await;
        if self.opened.open.place == place {
            self.tell_context(place, None).await;
        }
        self.opened.rest(place);
        self.settle_waiting().await;
        self.go_on();
    }

    pub(super) fn is_compacting_here(&self) -> bool {
        self.compacting.values().any(|compacting| compacting.place == self.opened.open.place)
    }

    /// Takes the summary back that stands in the open conversation.
    pub(super) async fn undo_compact(&mut self, id: RequestId) {
        let open = &self.opened.open;
        let found = Summary::in_force(&open.summaries, &open.history).map(|(summary, _)| summary.clone());
        let refused = match &found {
            _ if self.resuming => Some(describe::opening()),
            _ if self.is_busy_here() => Some(self.what_goes_on()),
            None => {
                let hint = "`/context` shows what a model is shown of this conversation";
                Some(Failure::new(FailureKind::Refused, "no summary stands in this conversation", hint))
            }
            Some(_) => None,
        };
        match (refused, found) {
            (None, Some(summary)) => {
                let (place, store) = (open.place, self.store.clone());
                self.compacting.insert(id, Compacting { place, cancel: None });
                self.tasks.spawn(Kind::TakeBack(id), async move {
                    let taken = store.take_back(summary.id).await;
                    Done::TakenBack(id, taken.map(|()| summary).map_err(|error| error.failure()))
                });
            }
            (Some(failure), _) => self.say(step(id, CompactStep::Failed(failure))).await,
            (None, None) => {}
        }
    }
}
