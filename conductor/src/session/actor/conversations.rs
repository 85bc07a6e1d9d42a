//! The open conversation, and the commands about conversations.

use super::Actor;
use super::open::Place;
use super::tasks::{Done, Kind};
use crate::domain::{
    Conversation, ConversationId, ConversationSummary, Domain, Failure, FailureKind, Location, MessageId, Model, ModelId,
    Override,
};
use crate::privacy::Refusal;
use crate::protocol::{ConversationCommand, ConversationEvent, Event, Notice};
use crate::routing;
use crate::session::describe;
use crate::store::{LONGEST_GIVEN, StoreError, now_ms};

/// Of a conversation in which nothing was asked.
pub(super) fn nothing_yet(what: &str) -> Failure {
    let what = format!("there is nothing to {what} yet");
    Failure::new(FailureKind::NotFound, what, "ask something first: a conversation is kept from its first question on")
}

impl Actor {
    pub(super) async fn conversation(&mut self, command: ConversationCommand) {
        match command {
            ConversationCommand::SetModel(model) => return self.set_model(model).await,
            ConversationCommand::LockModel(locked) => return self.lock_model(locked).await,
            ConversationCommand::SetDomain(domain) => return self.set_domain(domain).await,
            ConversationCommand::Rename { id, title } => return self.rename(id, title).await,
            ConversationCommand::Restore(id) => return self.restore(id),
            ConversationCommand::Purge { id, which } => return self.purge(id, which),
            ConversationCommand::Import { id, text } => return self.import(id, text),
            ConversationCommand::Draft { conversation, text } => return self.draft(conversation, text).await,
            ConversationCommand::Compact { id } => return self.compact(id).await,
            ConversationCommand::UndoCompact { id } => return self.undo_compact(id).await,
            ConversationCommand::Show { .. } if self.is_compacting_here() => {
                return self.refuse(&describe::summing_up()).await;
            }
            _ => {}
        }
        // Two cannot be opened at once; and what is asked anew has to have ended.
        let retries = matches!(command, ConversationCommand::Retry { .. } | ConversationCommand::Edit { .. });
        if self.resuming || retries && self.is_busy() {
            return match command {
                ConversationCommand::Retry { id, .. } | ConversationCommand::Edit { id, .. } => {
                    self.say(Event::Failed { id, failure: self.what_goes_on(), attempts: Vec::new() }).await
                }
                _ => self.refuse(&describe::opening()).await,
            };
        }
        match command {
            ConversationCommand::New => {
                self.opened.begin(self.is_busy());
                self.say(Event::Conversation(ConversationEvent::New)).await;
            }
            ConversationCommand::Resume(id) if self.is_in_memory(id) => self.come_back(id).await,
            ConversationCommand::Resume(id) => self.resume(Some(id)),
            ConversationCommand::ResumeLast => self.resume(None),
            ConversationCommand::Fork { at } => self.fork(at).await,
            ConversationCommand::Retry { id, model, at } => self.retry(id, model, at).await,
            ConversationCommand::Edit { id, at, prompt, model } => self.edit(id, at, (prompt, model)).await,
            ConversationCommand::Show { at } => self.show(at),
            ConversationCommand::Delete(id) => self.delete(id).await,
            ConversationCommand::Rename { .. }
            | ConversationCommand::Restore(_)
            | ConversationCommand::Purge { .. }
            | ConversationCommand::Import { .. }
            | ConversationCommand::Draft { .. }
            | ConversationCommand::Compact { .. }
            | ConversationCommand::UndoCompact { .. }
            | ConversationCommand::SetModel(_)
            | ConversationCommand::LockModel(_)
            | ConversationCommand::SetDomain(_) => {}
        }
    }

    /// Whether more is known here of the conversation `id` than is stored: something goes on in it.
    fn is_in_memory(&self, id: ConversationId) -> bool {
        self.opened.has_behind(id) || self.opened.open.id() == Some(id) && self.is_busy()
    }

    /// Opens one that is in memory.
    async fn come_back(&mut self, id: ConversationId) {
        self.opened.come_back(id, self.is_busy());
        if let Some(conversation) = self.opened.open.shown() {
            self.say(Event::Conversation(ConversationEvent::Opened(Box::new(conversation)))).await;
            self.tell_context(self.opened.open.place, None).await;
        }
    }

    /// Reads a stored conversation: `id`, or the one last written to.
    fn resume(&mut self, id: Option<ConversationId>) {
        self.resuming = true;
        let store = self.store.clone();
        self.tasks.spawn(Kind::Resume, async move {
            let read = async {
                let id = match id {
                    Some(id) => Some(id),
                    None => store.latest().await?,
                };
                match id {
                    Some(id) => Ok(store.conversation(id).await?.map(Box::new)),
                    None => Ok(None),
                }
            };
            Done::Resumed(read.await)
        });
    }

    /// Opens the conversation of a message, with the path that goes through it.
    fn show(&mut self, at: MessageId) {
        self.resuming = true;
        let store = self.store.clone();
        self.tasks.spawn(Kind::Resume, async move {
            Done::Resumed(store.show(at).await.map(|conversation| Some(Box::new(conversation))))
        });
    }

    /// Copies the open conversation and opens the copy, as if it were an earlier one.
    async fn fork(&mut self, at: Option<MessageId>) {
        let open = &self.opened.open;
        // What is shown, and not what an answer that is coming anew has made of the stored path meanwhile.
        let at = at.or_else(|| open.history.iter().rev().map(|message| message.id).find(|id| id.0 > 0));
        let (Some(id), true) = (open.id(), at.is_some() || !self.is_busy_here()) else {
            return self.refuse(&nothing_yet("copy")).await;
        };
        self.resuming = true;
        let store = self.store.clone();
        self.tasks.spawn(Kind::Resume, async move {
            Done::Resumed(store.fork(id, at, now_ms()).await.map(|conversation| Some(Box::new(conversation))))
        });
    }

    async fn rename(&mut self, id: Option<ConversationId>, title: String) {
        let title: String = title.chars().filter(|c| !c.is_control()).take(LONGEST_GIVEN).collect();
        let title = title.trim().to_owned();
        if title.is_empty() {
            let failure = Failure::new(FailureKind::Refused, "a title needs at least one letter", "`/rename TITLE`");
            return self.refuse(&failure).await;
        }
        let Some(id) = id.or(self.opened.open.id()) else { return self.refuse(&nothing_yet("name")).await };
        if let Some(summary) = self.opened.named(id).and_then(|open| open.summary.as_mut()) {
            summary.title.clone_from(&title);
        }
        let store = self.store.clone();
        self.tasks.spawn(Kind::StoreModel, async move { Done::ModelStored(store.rename(id, title).await) });
    }

    pub(super) async fn resumed(&mut self, found: Result<Option<Box<Conversation>>, StoreError>) {
        self.resuming = false;
        match found {
            Ok(Some(conversation)) if conversation.summary.deleted_ms.is_some() => {
                let what = format!("conversation {} was deleted", conversation.summary.id.0);
                self.refuse(&Failure::new(FailureKind::NotFound, what, "`segno history restore ID` brings it back")).await;
            }
            Ok(Some(conversation)) if self.is_in_memory(conversation.summary.id) => {
                self.come_back(conversation.summary.id).await;
            }
            Ok(Some(conversation)) => {
                let busy = self.is_busy_here();
                self.opened.take(&conversation, busy);
                self.say(Event::Conversation(ConversationEvent::Opened(conversation))).await;
                self.tell_context(self.opened.open.place, None).await;
            }
            Ok(None) => {
                let what = "there is no conversation to resume";
                let failure = Failure::new(FailureKind::NotFound, what, "ask something: it is kept by itself");
                self.refuse(&failure).await;
            }
            Err(error) => self.refuse(&error.failure()).await,
        }
        self.settle_waiting().await;
        self.go_on();
    }

    /// Fixes the model, or gives the choice back. A name is looked up in a list that is fresh.
    async fn set_model(&mut self, model: Option<ModelId>) {
        let place = self.opened.open.place;
        match model {
            Some(name) if name.is_guide() => self.fix_model(place, Some(name)).await,
            Some(name) if self.catalog.is_fresh() => self.name_model(place, name).await,
            Some(name) => {
                self.naming = Some((place, name));
                self.look_again = self.looking;
                self.look();
            }
            None => self.fix_model(place, None).await,
        }
    }

    /// Fixes the model that the user named, in the conversation where that was said. A name that no installed model has is refused
    /// while the servers are up; while one is down the name is taken as it is, and the question says what is wrong.
    pub(super) async fn name_model(&mut self, place: Place, name: ModelId) {
        let name = routing::meant(&self.config, &*self.catalog.models, &name);
        let found = routing::resolve(&self.config, &*self.catalog.models, &name);
        if !self.catalog.is_up() || found.is_none() && !self.catalog.is_whole() {
            return self.fix_model(place, Some(name)).await;
        }
        let refused = match found {
            Some(found) => match routing::unfit(found, false).or_else(|| self.not_allowed(found)) {
                None => return self.fix_model(place, Some(found.id.clone())).await,
                Some(failure) => failure,
            },
            None => routing::switched_off(&self.config, &name).unwrap_or_else(|| self.not_installed(&name)),
        };
        self.refuse(&refused).await;
        self.tell_model().await;
    }

    fn not_installed(&self, name: &ModelId) -> Failure {
        let names = self.catalog.models.iter().map(|model| model.id.short());
        let near = crate::config::nearest(name.short(), names).map(|near| format!("did you mean `/model {near}`? "));
        let hint = format!("{}`/pull {name}` gets it, `/models` lists what is there", near.unwrap_or_default());
        Failure::new(FailureKind::NotFound, format!("{name} is not installed"), hint)
    }

    /// Why a model of somebody else cannot be chosen, if it cannot.
    fn not_allowed(&self, model: &Model) -> Option<Failure> {
        let off = matches!(model.location, Location::External(_)) && !self.config.privacy.allow_external;
        off.then(|| describe::refusal(&Refusal::NotAllowed { model: model.id.clone(), location: model.location.clone() }))
    }

    async fn fix_model(&mut self, place: Place, model: Option<ModelId>) {
        // One that was left meanwhile, and in which nothing goes on, is not there any more.
        let Some(open) = self.opened.at(place) else { return };
        // The same again changes nothing of it.
        let locked = |model: &ModelId| open.model_override.as_ref().is_some_and(|old| old.locked && old.model == *model);
        open.model_override = model.map(|model| Override { locked: locked(&model), model });
        self.keep_model(place);
        self.tell_model().await;
    }

    /// Forbids that somebody stands in for the fixed model, or allows it again.
    async fn lock_model(&mut self, locked: bool) {
        match &mut self.opened.open.model_override {
            Some(fixed) => fixed.locked = locked,
            None => {
                let hint = "`/model NAME` fixes one; then `/model lock` lets no other answer in its place";
                self.refuse(&Failure::new(FailureKind::Refused, "no model is fixed: Segno chooses", hint)).await;
            }
        }
        self.keep_model(self.opened.open.place);
        self.tell_model().await;
    }

    async fn tell_model(&mut self) {
        let in_force = ConversationEvent::ModelInForce(self.opened.open.model_override.clone());
        self.say(Event::Conversation(in_force)).await;
        self.tell_context(self.opened.open.place, None).await;
    }

    /// Takes what the questions of the open conversation are about.
    async fn set_domain(&mut self, domain: Option<Domain>) {
        self.opened.open.domain.clone_from(&domain);
        self.keep_domain(self.opened.open.place);
        self.say(Event::Conversation(ConversationEvent::DomainInForce(domain))).await;
    }

    /// Stores what a conversation is about, where the stored one says something else. One that is not stored yet takes it along with
    /// its first question.
    pub(super) fn keep_domain(&mut self, place: Place) {
        let Some(open) = self.opened.at(place) else { return };
        let domain = open.domain.clone();
        let Some(summary) = open.summary.as_mut().filter(|summary| summary.domain != domain) else { return };
        summary.domain.clone_from(&domain);
        let (store, id) = (self.store.clone(), summary.id);
        self.tasks.spawn(Kind::StoreModel, async move { Done::ModelStored(store.set_domain(id, domain).await) });
    }

    /// Stores the model in force, where the stored conversation has another. One that is not stored yet takes it along
    /// with its first question.
    pub(super) fn keep_model(&mut self, place: Place) {
        let Some(open) = self.opened.at(place) else { return };
        let model = open.model_override.clone();
        let Some(summary) = open.summary.as_mut().filter(|summary| summary.model_override != model) else { return };
        summary.model_override.clone_from(&model);
        let (store, id) = (self.store.clone(), summary.id);
        self.tasks.spawn(Kind::StoreModel, async move { Done::ModelStored(store.set_model(id, model).await) });
    }

    pub(super) async fn model_stored(&mut self, stored: Result<ConversationSummary, StoreError>) {
        match stored {
            Ok(summary) => self.say(Event::Conversation(ConversationEvent::Changed(summary))).await,
            Err(error @ StoreError::NoSuchConversation(_)) => self.refuse(&error.failure()).await,
            Err(error) => self.storage_failed(error.failure()).await,
        }
    }

    pub(super) async fn refuse(&mut self, failure: &Failure) {
        self.say(Event::Notice { id: None, notice: Notice::error(failure) }).await;
    }
}
